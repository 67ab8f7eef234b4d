"""Episodes: small questions of a few labelled rows (support) and rows to answer (query), drawn by a seed.

No query row is related to a support row (one chemical system, one scaffold), so near-duplicates never sit
on both sides. What is drawn follows from the strings and the seed, never from the order of the table.
Nothing here imports torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np

from matprior.data.episode_labels import known_codes
from matprior.data.files import write_atomically
from matprior.notations import NOTATIONS

BALANCES = ("balanced", "natural")
"""How many rows each class gets: equally many, or its share of the task."""
TRIES = 50
"""Draws after which a task counts as one that has no such episode."""


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


def draw_episodes(
    strings: Sequence[str],
    labels: Sequence[Any],
    options: EpisodeOptions | None = None,
    n: int = 1,
    *,
    tasks: Sequence[str] | None = None,
    notation: str = "composition",
    groups: Sequence[str] | None = None,
) -> Episodes:
    """Draw `n` episodes of every task.

    Parameters
    ----------
    strings : canonical strings, one per row
    labels : class of each row, None or NaN where unknown (numbers become classes with `quantile_classes`)
    options : what an episode looks like
    n : episodes per task
    tasks : task of each row; one task when left out
    notation : whose idea of related rows counts
    groups : related rows share one; from the notation when left out

    Raises
    ------
    ValueError
        A task has too few rows for such an episode; the message says which and what would do.

    Examples
    --------
    >>> formulas = [f"{metal}{anion}" for metal in ("Li", "Na", "K", "Rb", "Cs") for anion in ("F", "Cl")]
    >>> drawn = draw_episodes(formulas, ["F" in f for f in formulas], EpisodeOptions(shots=2), n=3)
    >>> len(drawn), drawn.episodes[0].classes, len(drawn.episodes[0].support)
    (3, ('False', 'True'), 4)
    """
    options = options or EpisodeOptions()
    _check_lengths(strings, labels=labels, tasks=tasks, groups=groups)
    related = related_codes(strings, notation, groups) if options.grouped else np.arange(len(strings))
    names = np.array([""] * len(strings) if tasks is None else [str(task) for task in tasks], dtype=object)
    found = []
    for task in sorted(set(names.tolist())):
        rows = np.flatnonzero(names == task)
        rows = rows[np.argsort([strings[i] for i in rows], kind="stable")]  # not the order of the table
        classes, codes = known_codes([labels[i] for i in rows], task)
        rows, codes = rows[codes >= 0], codes[codes >= 0]
        deck = _Deck(task, classes, rows, codes, related[rows], options)
        found += [deck.draw(number) for number in range(n)]
    return Episodes(options, strings_digest(strings), found)


class _Deck:
    """The labelled rows of one task, ready to be drawn from."""

    def __init__(
        self,
        task: str,
        classes: list[str],
        rows: np.ndarray,
        codes: np.ndarray,
        related: np.ndarray,
        options: EpisodeOptions,
    ) -> None:
        self.task, self.classes, self.rows = task, classes, rows
        self.codes, self.related, self.options = codes, related, options

    def draw(self, number: int) -> Episode:
        """Episode `number`; its randomness is its own, so that a longer list begins like a shorter one."""
        word = blake2b(f"{self.task}|{number}".encode(), digest_size=8).digest()
        random = np.random.default_rng([self.options.seed, int.from_bytes(word)])
        for _ in range(TRIES):
            if (episode := self._try(random)) is not None:
                return episode
        counts = np.bincount(self.codes, minlength=len(self.classes))
        told = ", ".join(f"{name}: {count}" for name, count in zip(self.classes, counts, strict=True))
        raise ValueError(
            f"Task {self.task!r} has no episode of {self.options.ways} classes × {self.options.shots} "
            f"support rows with unrelated query rows of each class (rows by class: {told or 'none'}). "
            "Ask for fewer shots or queries, or set grouped=False."
        )

    def _try(self, random: np.random.Generator) -> Episode | None:
        options, counts = self.options, np.bincount(self.codes, minlength=len(self.classes))
        able = np.flatnonzero(counts >= (options.shots if options.balance == "balanced" else 1) + 1)
        if len(able) < options.ways:
            return None
        ways = np.sort(random.permutation(able)[: options.ways])
        share = shares(counts[ways], options.ways * options.shots, options.balance)
        support = self._pick(random, np.arange(len(self.rows)), ways, share)
        if support is None:
            return None
        free = np.isin(self.codes, ways) & ~np.isin(self.related, self.related[support])
        free[support] = False
        rest = np.flatnonzero(free)
        if options.queries is None:
            query: np.ndarray | None = rest
        else:
            left = np.array([(self.codes[rest] == way).sum() for way in ways])
            query = self._pick(random, rest, ways, shares(left, options.queries, options.balance))
        if query is None or len(np.unique(self.codes[query])) < options.ways:
            return None
        place = {int(way): code for code, way in enumerate(ways)}
        return Episode(
            self.task,
            tuple(self.classes[way] for way in ways),
            self.rows[support],
            np.array([place[code] for code in self.codes[support].tolist()]),
            self.rows[query],
            np.array([place[code] for code in self.codes[query].tolist()]),
        )

    def _pick(
        self, random: np.random.Generator, among: np.ndarray, ways: np.ndarray, share: np.ndarray
    ) -> np.ndarray | None:
        """So many rows of each class, or None where a class has too few."""
        parts = []
        for way, wanted in zip(ways, share, strict=True):
            members = among[self.codes[among] == way]
            if len(members) < wanted:
                return None
            parts.append(random.permutation(members)[:wanted])
        return np.concatenate(parts)


def shares(counts: np.ndarray, total: int, balance: str) -> np.ndarray:
    """Rows of each class when `total` are taken, shape (c,); natural shares leave no class out.

    Examples
    --------
    >>> shares(np.array([90, 10]), 8, "natural").tolist(), shares(np.array([90, 10]), 8, "balanced").tolist()
    ([7, 1], [4, 4])
    """
    if balance == "balanced":
        return np.array([(total + place) // len(counts) for place in range(len(counts))])
    total = min(total, int(counts.sum()))
    exact = counts / max(counts.sum(), 1) * total
    taken = np.maximum(np.floor(exact).astype(int), 1)
    while taken.sum() != total:  # the largest remainder gives or takes the next row
        step = 1 if taken.sum() < total else -1
        remainder = np.where((taken > 1) | (step > 0), step * (exact - taken), -np.inf)
        taken[int(remainder.argmax())] += step
    return taken


def related_codes(
    strings: Sequence[str], notation: str = "composition", groups: Sequence[str] | None = None
) -> np.ndarray:
    """A number for the family of each row, shape (n,): rows of one chemical system or scaffold share it."""
    if groups is None:
        family = {string: NOTATIONS[notation].group(string) for string in dict.fromkeys(strings)}
        groups = [family[string] for string in strings]
    return np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]


def strings_digest(strings: Sequence[str]) -> str:
    """SHA-256 of strings in their order."""
    return sha256("\n".join(strings).encode()).hexdigest()


def _check_lengths(strings: Sequence[str], **columns: Sequence[Any] | None) -> None:
    for name, column in columns.items():
        if column is not None and len(column) != len(strings):
            raise ValueError(f"{len(strings)} strings but {len(column)} {name}; expected one per string.")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _episode(told: dict[str, Any]) -> Episode:
    arrays = {
        name: np.array(told[name], dtype=np.int64)
        for name in ("support", "support_codes", "query", "query_codes")
    }
    return Episode(str(told["task"]), tuple(told["classes"]), **arrays)
