"""What `auto` tries: one line per candidate, and what a fitted one can say."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matprior.estimators import learners
from matprior.estimators.boosting import Boosted

OUT_OF_FOLD_TREES = 80
"""ExtraTrees while candidates are compared; the error differs by about 1 % from that of a full forest."""
TREES = 200
"""ExtraTrees in the final fit."""
COMPOSITIONS, MOLECULES = ("composition",), ("smiles", "selfies")
NETWORK = "network"
"""The candidate that is fine-tuned instead of solved."""
SOLVED = "solved"
"""In place of names: the usual candidates without the network, in a fraction of the time."""


@dataclass(frozen=True)
class Problem:
    """What is asked, with the known answers."""

    kind: str
    """`regression` or `classes`."""
    answers: np.ndarray
    """Numbers, or class indices, shape (n,)."""
    n_classes: int = 0
    edge: float | None = None
    """The number at the end of the range that many rows have exactly, such as a band gap of 0."""
    notation: str = "composition"
    """What the strings mean."""

    @property
    def classes(self) -> np.ndarray | None:
        """Class of each row, shape (n,); None for numbers."""
        return self.answers if self.kind == "classes" else None

    @property
    def at_edge(self) -> np.ndarray:
        """Which rows have that number, shape (n,)."""
        return self.answers == self.edge


@dataclass(frozen=True)
class Candidate:
    """Which features go into which learner."""

    block: str
    """Block of `features.Features`."""
    learner: str
    """Name in `LEARNERS`."""
    two_part: bool = False
    """First whether a row has the edge value, then its number if it has not."""
    usual: bool = True
    """Whether it is tried without being named."""
    most_rows: int | None = None
    """More rows would take too long."""
    kinds: tuple[str, ...] = ("regression", "classes")
    notations: tuple[str, ...] = COMPOSITIONS + MOLECULES

    def refuses(self, problem: Problem, pretrained: bool) -> str:
        """Why it can't be tried, or nothing."""
        if self.block in ("pretrained", "all") and not pretrained:
            return "needs a pretrained model"
        if problem.notation not in self.notations:
            return f"is for {' or '.join(self.notations)}"
        if problem.kind not in self.kinds:
            return f"is for {' or '.join(self.kinds)}"
        if self.two_part and problem.edge is None:
            return "is for targets of which at least 20 % have one value at the end of the range"
        if self.most_rows is not None and len(problem.answers) > self.most_rows:
            return f"is too slow for more than {self.most_rows:,} rows"
        return ""


CANDIDATES: dict[str, Candidate] = {
    "trees-fractions": Candidate("fractions", "extratrees", notations=COMPOSITIONS),
    "trees-fingerprints": Candidate("fingerprints", "extratrees", notations=MOLECULES),
    "trees-statistics": Candidate("statistics", "extratrees", notations=COMPOSITIONS),
    "trees-statistics-two-part": Candidate(
        "statistics", "extratrees", two_part=True, kinds=("regression",), notations=COMPOSITIONS
    ),
    "trees-descriptors": Candidate("descriptors", "extratrees", notations=MOLECULES),
    "lightgbm-descriptors": Candidate("descriptors", "lightgbm", notations=MOLECULES),
    "ridge-pretrained": Candidate("pretrained", "ridge"),
    "gp-pretrained": Candidate("pretrained", "gp", most_rows=1000, kinds=("regression",)),
    "extratrees-pretrained": Candidate("pretrained", "extratrees", usual=False),
    "mlp-pretrained": Candidate("pretrained", "mlp", usual=False),
    "lightgbm-pretrained": Candidate("pretrained", "lightgbm", usual=False),
    "lightgbm-statistics": Candidate("statistics", "lightgbm", usual=False, notations=COMPOSITIONS),
    "trees-pretrained": Candidate("all", "lightgbm"),
    "trees-pretrained-two-part": Candidate("all", "lightgbm", two_part=True, kinds=("regression",)),
}
"""Name -> candidate, from cheap to dear; `network` is tried after them."""
WITHOUT_PRETRAINING = (
    "trees-fractions",
    "trees-statistics",
    "trees-statistics-two-part",
    "lightgbm-statistics",
    "trees-fingerprints",
    "trees-descriptors",
    "lightgbm-descriptors",
)
"""Candidates that any table has without us: what `auto` is compared with in `explain`."""

Learner = Callable[[str, np.ndarray, np.ndarray, int, int | None, bool], Any]


def _trees(kind: str, matrix: Any, answers: Any, seed: int, n_jobs: int | None, final: bool) -> Any:
    # A third of the columns a split: as good as all on statistics, in a third of the time.
    share = 0.33 if matrix.shape[1] > 118 else None
    return learners.extra_trees(kind, TREES if final else OUT_OF_FOLD_TREES, seed, n_jobs, share)


def _ridge(kind: str, matrix: Any, answers: Any, seed: int, n_jobs: int | None, final: bool) -> Any:
    fewest = 0 if kind == "regression" else int(np.unique(answers, return_counts=True)[1].min())
    return learners.penalised(kind, fewest)


LEARNERS: dict[str, Learner] = {
    "extratrees": _trees,
    "ridge": _ridge,
    "gp": lambda kind, matrix, answers, seed, n_jobs, final: learners.gaussian_process(matrix.shape[1], seed),
    "mlp": lambda kind, matrix, answers, seed, n_jobs, final: learners.perceptron(kind, seed),
    "lightgbm": lambda kind, matrix, answers, seed, n_jobs, final: Boosted(kind, seed, n_jobs),
}
"""Name -> function that makes a fresh learner for some rows."""


@dataclass
class Fitted:
    """A fitted candidate: up to two learners, and the classes each of them saw."""

    problem_kind: str
    n_classes: int = 0
    edge: float | None = None
    value: Any = None
    gate: Any = None
    seen: dict[str, list[int]] = field(default_factory=dict)
    """Part (`value`, `gate`) -> class indices that its rows had."""

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """Numbers (n,) or probabilities (n, c)."""
        if self.problem_kind == "classes":
            return self._probability("value", matrix, self.n_classes)
        if self.edge is None:
            return np.asarray(self.value.predict(matrix), dtype=float)
        number = np.full(len(matrix), self.edge)
        off = self.probability_of_edge(matrix) <= 0.5
        if self.value is not None and off.any():
            number[off] = self.value.predict(matrix[off])
        return number

    def probability_of_edge(self, matrix: np.ndarray) -> np.ndarray:
        """How likely each row has the edge value, shape (n,); for two-part candidates."""
        return self._probability("gate", matrix, 2)[:, 1]

    def _probability(self, part: str, matrix: np.ndarray, n_classes: int) -> np.ndarray:
        told = np.zeros((len(matrix), n_classes))
        learner, seen = getattr(self, part), self.seen[part]
        told[:, seen] = 1.0 if learner is None else learner.predict_proba(matrix)
        return told


def fit(
    name: str,
    problem: Problem,
    rows: np.ndarray,
    matrix: np.ndarray,
    seed: int,
    n_jobs: int | None,
    final: bool,
) -> Fitted:
    """Fit a candidate on some rows.

    Parameters
    ----------
    rows : positions that may be looked at
    matrix : features of all rows, shape (n, f)
    final : False while candidates are compared, where fewer trees will do
    """
    candidate = CANDIDATES[name]
    make = LEARNERS[candidate.learner]
    fitted = Fitted(problem.kind, problem.n_classes, problem.edge if candidate.two_part else None)

    def classes(part: str, chosen: np.ndarray, codes: np.ndarray) -> Any:
        seen, places = np.unique(codes, return_inverse=True)
        fitted.seen[part] = [int(code) for code in seen]
        if len(seen) == 1:
            return None  # no learner can be fitted to one class, and none is needed
        return _fit(make("classes", matrix[chosen], places, seed, n_jobs, final), matrix[chosen], places)

    def numbers(chosen: np.ndarray) -> Any:
        truth = problem.answers[chosen]
        return _fit(make("regression", matrix[chosen], truth, seed, n_jobs, final), matrix[chosen], truth)

    if problem.kind == "classes":
        fitted.value = classes("value", rows, problem.answers[rows])
    elif candidate.two_part:
        fitted.gate = classes("gate", rows, problem.at_edge[rows].astype(int))
        off = rows[~problem.at_edge[rows]]
        fitted.value = numbers(off) if len(off) >= 2 else None
    else:
        fitted.value = numbers(rows)
    return fitted


def _fit(learner: Any, matrix: np.ndarray, answers: np.ndarray) -> Any:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # A length scale at its bound or a slow last step is no news to the user: the error out of fold is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = learner.fit(matrix, answers)
    if hasattr(fitted, "estimators_"):
        # Threads add up the answers of trees as they come: another order, another last bit.
        fitted.n_jobs = 1
    return getattr(fitted, "best_estimator_", fitted)  # of a search only what it found


def choose(
    wanted: Iterable[str] | None, problem: Problem, pretrained: bool
) -> tuple[list[str], dict[str, str]]:
    """Names to try, cheap ones first, and why the others are left out.

    Raises
    ------
    ValueError
        A name that is not known, or one that was asked for and can't be tried.
    """
    known = [*CANDIDATES, NETWORK]
    only_solved = wanted in (SOLVED, [SOLVED])
    wanted = None if only_solved else wanted
    wanted = [wanted] if isinstance(wanted, str) else wanted if wanted is None else list(wanted)
    for name in wanted or []:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"There is no candidate {name!r}. Known: {', '.join(known)}, or {SOLVED} alone.{hint}"
            )
        if name != NETWORK and (why := CANDIDATES[name].refuses(problem, pretrained)):
            raise ValueError(f"Candidate {name!r} {why}. Leave it out of candidates.")
    if wanted is not None:
        asked = set(wanted)
        if not asked:
            raise ValueError(f"candidates is empty. Name some of {', '.join(known)}, or None for the usual.")
        return [name for name in known if name in asked], {}
    left_out = {
        name: why
        for name, candidate in CANDIDATES.items()
        if candidate.usual
        and problem.kind in candidate.kinds
        and problem.notation in candidate.notations
        and not (candidate.two_part and problem.edge is None)
        and (why := candidate.refuses(problem, pretrained))
    }
    names = [
        name
        for name, candidate in CANDIDATES.items()
        if candidate.usual and not candidate.refuses(problem, pretrained)
    ]
    if only_solved:
        return names, left_out | {NETWORK: "was not asked for"}
    return [*names, NETWORK], left_out
