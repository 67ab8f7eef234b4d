"""One chunk of a pool through a model: what is read, what is passed over, and the best of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data.canonical import bad_row
from matprior.notations import NOTATIONS, InvalidString, parse
from matprior.notations.base import Notation
from matprior.screening.answers import IN_DOMAIN, answer, bars, values
from matprior.screening.engines import open_model
from matprior.screening.options import Screening
from matprior.screening.pool import Chunk
from matprior.screening.rules import rule_of
from matprior.screening.scores import score_of

BLOCK = 1000
"""Candidates whose likeness to the training rows is asked at once, best first."""
COUNTS = ("rows", "bad", "against_rules", "repeated", "unscored", "unlike", "answered")
"""What every row is counted as: read, unreadable, against a rule on elements, the same as an earlier one of
its chunk, without a score, and answered. `unlike` of these were passed over as unlike the training rows."""
KEY, GROUP, SCORE = "_key", "group", "score"
"""Columns beside the answers: what is ordered by, the family, and the score as people want it."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to know."""

    model: Path
    notation: str
    amount_unit: str
    options: Screening


class Screener:
    """A loaded model that answers chunks.

    Parameters
    ----------
    job : model, notation and options
    """

    def __init__(self, job: Job) -> None:
        self.options = job.options
        self.estimator = open_model(job.model, job.options.engine)
        self.notation: Notation = NOTATIONS[job.notation]
        self.canonical = _canonical(self.notation, job.amount_unit)
        self.score = score_of(self.estimator, self.options)
        self.allowed = rule_of(self.options, self.notation)
        self.beside = _beside(self.estimator, self.options.at)
        if self.options.in_domain_only and not hasattr(self.estimator, "domain_"):
            raise ValueError(
                "This model was saved without its training rows' vectors, so nothing is known of its domain. "
                "Fit and save it again, or leave out --in-domain-only."
            )

    def run(self, chunk: Chunk) -> dict[str, Any]:
        """Counts, bad rows and the best rows of a chunk, as plain data."""
        counts = dict.fromkeys(COUNTS, 0)
        counts["rows"] = len(chunk.rows)
        places, strings, bad = self._read(chunk, counts)
        best: dict[str, list[Any]] = {}
        if strings:
            ask = bars if self.score.bars else _values
            frame = ask(self.estimator, strings, self.options.coverage, **self._extra(len(strings)))
            keys = self.score.keys(frame)
            counts["unscored"] = int(np.isnan(keys).sum())
            # Stable: of equals the earlier row stands first.
            order = np.argsort(-keys, kind="stable")[: len(keys) - counts["unscored"]]
            picked, groups = self._pick(order, strings, counts)
            told = frame.iloc[picked]
            best = {
                "position": [chunk.position + places[i] for i in picked],
                "file": [chunk.file] * len(picked),
                "row": [chunk.rows[places[i]] for i in picked],
                "string": [strings[i] for i in picked],
                KEY: keys[picked].tolist(),
                **({GROUP: groups} if self.options.diverse else {}),
                **{str(name): told[name].tolist() for name in told},
            }
        return {"counts": counts, "bad": bad, "best": best}

    def tell(self, strings: list[str], keys: list[float]) -> pd.DataFrame:
        """Score of the winners, and everything the model says of them."""
        frame = answer(self.estimator, strings, self.options.coverage, **self._extra(len(strings)))
        if hasattr(self.estimator, "predict_set"):
            sets = self.estimator.predict_set(strings, self.options.coverage)
            place = list(frame).index(IN_DOMAIN) if IN_DOMAIN in frame else len(frame.columns)
            name = f"{self.estimator.target_names_[0]}_set"
            frame.insert(place, name, ["|".join(map(str, one)) for one in sets])
        frame.insert(0, SCORE, self.score.shown(np.array(keys)))
        return frame

    def _read(self, chunk: Chunk, counts: dict[str, int]) -> tuple[list[int], list[str], list[list[Any]]]:
        """Places in the chunk and canonical strings of what is answered, and the rows that can't be read."""
        first: dict[str, int] = {}
        bad: list[list[Any]] = []
        for place, text in enumerate(chunk.strings):
            try:
                string = self.canonical(text)
            except InvalidString as error:
                line = bad_row(chunk.rows[place], text, error)
                # A pasted file in one cell must not fill the disk a second time.
                bad.append([chunk.file, line.row, line.string[:500], line.reason, line.suggestion])
                continue
            if self.allowed is not None and not self.allowed(string):
                counts["against_rules"] += 1
            elif string in first:
                counts["repeated"] += 1
            else:
                first[string] = place
        counts["bad"], counts["answered"] = len(bad), len(first)
        return list(first.values()), list(first), bad

    def _pick(
        self, order: np.ndarray, strings: list[str], counts: dict[str, int]
    ) -> tuple[list[int], list[str]]:
        """The best by the order, as far as they are wanted, and their families if these matter."""
        picked: list[int] = []
        groups: dict[str, None] = {}
        for i in self._like_training(order, strings, counts):
            if self.options.diverse:
                group = self.notation.group(strings[i])
                if group in groups:
                    continue
                groups[group] = None
            picked.append(i)
            if len(picked) == self.options.top:
                break
        return picked, list(groups)

    def _like_training(self, order: np.ndarray, strings: list[str], counts: dict[str, int]) -> Iterator[int]:
        """Positions in their order, those unlike the training rows left out if that is wanted."""
        if not self.options.in_domain_only:
            yield from map(int, order)
            return
        for start in range(0, len(order), BLOCK):
            block = order[start : start + BLOCK]
            for i, near in zip(block, self.estimator.in_domain([strings[i] for i in block]), strict=True):
                counts["unlike"] += not near
                if near:
                    yield int(i)

    def _extra(self, n: int) -> dict[str, Any]:
        if self.beside is None:
            return {}
        return {"extra": pd.DataFrame({name: np.full(n, value) for name, value in self.beside.items()})}


def _values(estimator: Any, strings: list[str], coverage: float, **beside: Any) -> pd.DataFrame:
    return values(estimator, strings, **beside)


def _canonical(notation: Notation, unit: str) -> Callable[[str], str]:
    if notation.name == "composition" and unit != "atoms":
        return lambda string: parse(string, unit=unit).canonical
    return notation.canonical


def _beside(estimator: Any, at: dict[str, float]) -> dict[str, float] | None:
    """Extra columns the model reads, with the value each has in the whole pool."""
    config = getattr(getattr(estimator, "model_", None), "config", None)
    names = list((getattr(config, "extra_features", None) or {}).get("names") or [])
    if sorted(names) != sorted(at):
        wants = f"needs {', '.join(names)}" if names else "needs none"
        example = " ".join(f"--at {name}=VALUE" for name in names) or "no --at"
        raise ValueError(
            f"Extra columns: this model {wants}; got {', '.join(at) or 'none'}. A screening gives each one "
            f"value for the whole pool: {example}."
        )
    return {name: float(at[name]) for name in names} or None
