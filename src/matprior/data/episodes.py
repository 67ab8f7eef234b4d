"""Episodes: small questions of a few labelled rows (support) and rows to answer (query), drawn by a seed.

No query row is related to a support row (one chemical system, one scaffold), so near-duplicates never sit
on both sides. What is drawn follows from the strings and the seed, never from the order of the table.
Nothing here imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from matprior.data.episode_labels import known_codes
from matprior.data.episode_set import BALANCES, Episode, EpisodeOptions, Episodes, strings_digest
from matprior.notations import NOTATIONS

__all__ = [
    "BALANCES",
    "Episode",
    "EpisodeOptions",
    "Episodes",
    "draw_episodes",
    "related_codes",
    "shares",
    "strings_digest",
]

TRIES = 50
"""Draws after which a task counts as one that has no such episode."""


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
        rows = rows[
            np.argsort([strings[i] for i in rows.tolist()], kind="stable")
        ]  # not the order of the table
        classes, codes = known_codes([labels[i] for i in rows.tolist()], task)
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


def _check_lengths(strings: Sequence[str], **columns: Sequence[Any] | None) -> None:
    for name, column in columns.items():
        if column is not None and len(column) != len(strings):
            raise ValueError(f"{len(strings)} strings but {len(column)} {name}; expected one per string.")
