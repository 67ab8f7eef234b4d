"""Episodes as plain data: what one looks like, what is in it, and the file that brings it back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np

from matprior.data.files import write_atomically

BALANCES = ("balanced", "natural")
"""How many rows each class gets: equally many, or its share of the task."""


@dataclass(frozen=True)
class EpisodeOptions:
    """What an episode looks like. Each string becomes the option's help."""

    ways: int = 2
    """Classes in an episode; of a task with more, as many are drawn."""
    shots: int = 5
    """Support rows per class; with natural balance the support has ways × shots rows in all."""
    queries: int | None = None
    """Query rows in all; left out, every row that is not related to the support."""
    balance: str = "balanced"
    """balanced: each class has equally many support rows, and query rows where `queries` is given.
    natural: as many as its share of the task, and at least one."""
    grouped: bool = True
    """Keep rows of one chemical system or scaffold on one side."""
    seed: int = 0
    """Same seed, same episodes."""

    def __post_init__(self) -> None:
        if self.ways < 2:
            raise ValueError(f"ways is {self.ways}; an episode needs at least 2 classes.")
        if self.shots < 1:
            raise ValueError(f"shots is {self.shots}; expected a whole number from 1 on, such as 5.")
        if self.queries is not None and self.queries < self.ways:
            raise ValueError(
                f"queries is {self.queries}; expected at least one for each of {self.ways} classes."
            )
        if self.balance not in BALANCES:
            raise ValueError(f"balance is {self.balance!r}; expected one of {', '.join(BALANCES)}.")


@dataclass(frozen=True)
class Episode:
    """One small question; positions count the rows of the table it was drawn from."""

    task: str
    classes: tuple[str, ...]
    """Names of the classes, in the order of the codes."""
    support: np.ndarray
    """Positions of labelled rows, shape (n,)."""
    support_codes: np.ndarray
    """Their classes as codes, shape (n,)."""
    query: np.ndarray
    """Positions of the rows to answer, shape (q,)."""
    query_codes: np.ndarray
    """Their classes, for scoring, shape (q,)."""


@dataclass(frozen=True)
class Episodes:
    """Episodes over one table, with what is needed to know that it is the same table."""

    options: EpisodeOptions
    strings_sha256: str
    """Hash of the strings that positions point into."""
    episodes: list[Episode] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.episodes)

    def __iter__(self) -> Iterator[Episode]:
        return iter(self.episodes)

    def save(self, path: str | Path) -> Path:
        """Write as JSON; the file appears whole or not at all."""
        told = {
            "options": asdict(self.options),
            "strings_sha256": self.strings_sha256,
            "episodes": [
                {name: _plain(value) for name, value in vars(episode).items()} for episode in self.episodes
            ],
        }
        with write_atomically(path) as draft:
            draft.write_text(json.dumps(told, separators=(",", ":")), encoding="utf-8")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path, strings: Sequence[str]) -> Episodes:
        """Read a file that `save` wrote.

        Parameters
        ----------
        strings : the strings that the episodes were drawn from, in the same order

        Raises
        ------
        ValueError
            Not such a file, or it was drawn from other strings.
        """
        try:
            told = json.loads(Path(path).read_text(encoding="utf-8"))
            found = [_episode(one) for one in told["episodes"]]
            options, digest = EpisodeOptions(**told["options"]), told["strings_sha256"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not a file of episodes ({error}); expected one that `Episodes.save` wrote."
            ) from error
        if digest != strings_digest(strings):
            raise ValueError(
                f"The episodes of {path} were drawn from other strings than these {len(strings):,}. "
                "Give the same table in the same order, or draw the episodes anew."
            )
        return cls(options, digest, found)

    @property
    def digest(self) -> str:
        """Twelve characters that differ when any episode differs."""
        mark = blake2b(self.strings_sha256.encode(), digest_size=6)
        for episode in self.episodes:
            mark.update(repr((episode.task, episode.classes)).encode())
            for part in (episode.support, episode.support_codes, episode.query, episode.query_codes):
                mark.update(np.asarray(part, dtype=np.int64).tobytes())
        return mark.hexdigest()


def strings_digest(strings: Sequence[str]) -> str:
    """SHA-256 of strings in their order."""
    return sha256("\n".join(strings).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _episode(told: dict[str, Any]) -> Episode:
    arrays = {
        name: np.array(told[name], dtype=np.int64)
        for name in ("support", "support_codes", "query", "query_codes")
    }
    return Episode(str(told["task"]), tuple(told["classes"]), **arrays)
