"""From out-of-fold predictions to the mix that answers: weights, and a gate for a frequent edge value.

Pure NumPy and SciPy; nothing here knows what a candidate is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

MANY = 100
"""From this many rows on weights are solved for; fewer can't tell them from luck."""
SMALLEST = 0.02
"""Weights below this are dropped: they cost a model and change nothing."""
FLOOR = 1e-3
"""Probabilities are held above this before a logarithm: forests say 0 and mean `not seen`."""
SHARE_AT_EDGE = 0.2
"""Share of rows with one value at the end of the range from which two parts are tried."""
FEWEST_OFF_EDGE = 20
"""Rows with other values that this needs."""


@dataclass
class Stack:
    """How candidates become one answer."""

    weights: dict[str, float]
    """Candidate -> weight; not negative, together 1."""
    edge: float | None = None
    upper: bool = False
    """Whether the edge is the largest number instead of the smallest."""
    gates: list[str] = field(default_factory=list)
    """Candidates whose probability of the edge value is averaged."""
    threshold: float | None = None
    """Above this probability the answer is the edge value; None: no gate."""
    midway: float | None = None
    """Half way from the edge to the median of the other values: beyond it an answer is none of the edge."""

    def combine(self, told: Mapping[str, np.ndarray], gates: Mapping[str, np.ndarray]) -> np.ndarray:
        """Answer from what the candidates said, shape (n,) or (n, c)."""
        mixed = sum(weight * told[name] for name, weight in self.weights.items())
        if self.edge is None:
            return np.asarray(mixed)
        # No row lies beyond the edge, so no answer does.
        mixed = np.minimum(mixed, self.edge) if self.upper else np.maximum(mixed, self.edge)
        if self.threshold is None:
            return mixed
        doubt = np.mean([gates[name] for name in self.gates], axis=0)
        return np.where(doubt > self.threshold, self.edge, mixed)

    def consented(self, answer: np.ndarray, witness: np.ndarray, strange: np.ndarray) -> np.ndarray:
        """Answers of which an edge value of a strange row has a witness, shape (n,).

        Trees that never saw an element tell nothing apart by it, and may send a whole family of materials to
        the edge: after oxides every sulfide was a metal. Where the witness is clearly elsewhere it answers.

        Parameters
        ----------
        answer : of `combine`, shape (n,)
        witness : what the network answers, shape (n,)
        strange : rows with an element that no training row has, shape (n,), bool
        """
        if self.edge is None or self.midway is None:
            return answer
        elsewhere = witness < self.midway if self.upper else witness > self.midway
        return np.where(strange & elsewhere & (answer == self.edge), witness, answer)


def edge_of(values: np.ndarray) -> float | None:
    """The value at an end of the range that at least 20 % of the rows have, if there is one.

    Examples
    --------
    >>> edge_of(np.array([0.0] * 10 + list(range(1, 31))))
    0.0
    """
    for edge in (values.min(), values.max()):
        share = float(np.mean(values == edge))
        if share >= SHARE_AT_EDGE and np.sum(values != edge) >= FEWEST_OFF_EDGE:
            return float(edge)
    return None


def loss_of(told: np.ndarray, answers: np.ndarray, kind: str) -> float:
    """Mean absolute error, or log loss."""
    if kind == "regression":
        return float(np.abs(told - answers).mean())
    right = told[np.arange(len(answers)), answers]
    return float(-np.log(np.clip(right, FLOOR, 1.0)).mean())


def learn(
    told: Mapping[str, np.ndarray],
    gates: Mapping[str, np.ndarray],
    answers: np.ndarray,
    kind: str,
    edge: float | None = None,
) -> Stack:
    """The mix with the least loss on out-of-fold predictions.

    Parameters
    ----------
    told : candidate -> predictions (n,) or (n, c), all finite
    gates : two-part candidate -> probability of the edge value (n,)
    answers : numbers or class indices, shape (n,)

    Notes
    -----
    Below 100 rows: the best candidate, or the plain mean of the two that go best together.
    """
    names = list(told)
    if len(answers) < MANY:
        weights = _few(told, answers, kind)
    else:
        stacked = np.stack([told[name] for name in names])
        solve = _least_absolute if kind == "regression" else _least_log_loss
        solved = solve(stacked, answers)
        solved[solved < SMALLEST] = 0.0
        weights = dict(zip(names, solved / solved.sum(), strict=True))
    stack = Stack({name: float(weight) for name, weight in weights.items() if weight > 0}, edge)
    if edge is not None:
        stack.upper = bool(edge >= answers.max())
        others = answers[answers != edge]
        stack.midway = float((edge + np.median(others)) / 2) if len(others) else None
        _learn_gate(stack, told, gates, answers)
    return stack


def _few(told: Mapping[str, np.ndarray], answers: np.ndarray, kind: str) -> dict[str, float]:
    options = [{name: 1.0} for name in told] + [{a: 0.5, b: 0.5} for a, b in combinations(told, 2)]
    # The first of equals is the simplest: single candidates come before pairs, cheap ones before dear.
    return min(options, key=lambda w: loss_of(Stack(w).combine(told, {}), answers, kind))


def _least_absolute(stacked: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Weights of the least mean absolute error, by linear programming; `stacked` is (m, n)."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, eye_array, hstack

    m, n = stacked.shape
    # predictions @ w + over - under = answers, with both errors not negative
    errors = hstack([csr_matrix(stacked.T), eye_array(n), -eye_array(n)], format="csr")
    ones = csr_matrix(np.concatenate([np.ones(m), np.zeros(2 * n)])[None])
    from scipy.sparse import vstack

    solved = linprog(
        np.concatenate([np.zeros(m), np.full(2 * n, 1.0 / n)]),
        A_eq=vstack([errors, ones], format="csr"),
        b_eq=np.append(answers, 1.0),
        method="highs",
    )
    if not solved.success:  # the best single candidate is always a solution
        best = int(np.argmin(np.abs(stacked - answers).mean(1)))
        return np.eye(m)[best]
    return np.clip(solved.x[:m], 0.0, None)


def _least_log_loss(stacked: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Weights of the mixture of highest likelihood, by expectation-maximisation; `stacked` is (m, n, c)."""
    right = np.clip(stacked[:, np.arange(len(answers)), answers], FLOOR, 1.0)
    weights = np.full(len(right), 1.0 / len(right))
    for _ in range(2000):
        shares = weights[:, None] * right
        moved = (shares / shares.sum(0)).mean(1)
        still = np.abs(moved - weights).max() < 1e-7
        weights = moved
        if still:
            break
    return weights


def _learn_gate(
    stack: Stack, told: Mapping[str, np.ndarray], gates: Mapping[str, np.ndarray], answers: np.ndarray
) -> None:
    """Add the gate if it lowers the mean absolute error."""
    if not gates:
        return
    plain = loss_of(stack.combine(told, gates), answers, "regression")
    doubt = np.mean([gates[name] for name in gates], axis=0)
    mixed = stack.combine(told, gates)
    gain = np.abs(mixed - answers) - np.abs(stack.edge - answers)  # what the edge value would spare
    thresholds = np.linspace(0.2, 0.95, 76)
    losses = [plain - gain[doubt > threshold].sum() / len(answers) for threshold in thresholds]
    best = int(np.argmin(losses))
    if losses[best] < plain:
        stack.gates, stack.threshold = list(gates), float(thresholds[best])
