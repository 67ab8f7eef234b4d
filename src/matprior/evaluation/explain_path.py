"""Integrated gradients along one path, piece by piece: pieces that miss something are halved.

Over any piece of the path the contributions must add up to the change of the answer
between its two ends, which costs one more forward pass to know. So nothing is estimated: work goes where a
piece misses something, and a row whose pieces are right is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matprior.evaluation.explain_cores import on_cores
from matprior.evaluation.explain_model import Explained
from matprior.training.batches import as_tensors

PIECES = 6
"""Pieces of the path at first."""
NODES = 4
"""Gauss-Legendre points of a piece."""
HALVINGS = 6
"""How often a piece may be halved."""
TOKENS_AT_ONCE = 1_200
"""Small enough for what a layer leaves behind to stay in a processor's cache."""


@dataclass
class Integral:
    """Contributions of tokens (n, l), and answers at both ends of the path, each (n,)."""

    told: NDArray
    answer: NDArray
    hidden: NDArray


@dataclass(frozen=True)
class _Piece:
    row: int
    low: float
    high: float
    told: NDArray
    missed: float


def integrate(method: Any, network: Any, about: Explained, tolerance: float) -> Integral:
    """Contributions of one network to the answers of all rows.

    Parameters
    ----------
    method : captum's `IntegratedGradients`, or what has its face
    network : one of `about.networks`
    about : `n` strings as the network reads them
    tolerance : share of the difference that all pieces of a row together may miss before some are halved
    """
    n = len(about.encoded)
    edges = np.linspace(0.0, 1.0, PIECES + 1).tolist()
    with _given(network) as given:
        path = _Path(method, network, about, given)
        values: dict[tuple[int, float], float] = {}
        path.ask([(row, edge) for row in range(n) for edge in edges], values)
        asked = [(row, low, high) for row in range(n) for low, high in pairwise(edges)]
        kept: list[list[_Piece]] = [[] for _ in range(n)]
        for halving in range(HALVINGS + 1):
            for piece in path.pieces(asked, values):
                kept[piece.row].append(piece)
            rows = {row for row, *_ in asked}
            if halving == HALVINGS:
                break
            asked = [half for row in sorted(rows) for half in _halves(kept[row], tolerance)]
            if not asked:
                break
            path.ask([(row, high) for row, _, high in asked[::2]], values)
    told = np.stack([sum((piece.told for piece in own), np.zeros(path.width)) for own in kept])
    ends = np.array([[values[row, edge] for edge in (1.0, 0.0)] for row in range(n)])
    return Integral(told, ends[:, 0], ends[:, 1])


def scale(told: NDArray, difference: NDArray) -> NDArray:
    """What a miss is measured by, shape (n,): the difference of the answers.

    Where contributions cancel, a tenth of their sizes is the measure: a share of nothing says nothing.
    """
    return np.maximum(np.abs(difference), 0.1 * np.abs(told).sum(1))


def _halves(pieces: list[_Piece], tolerance: float) -> list[tuple[int, float, float]]:
    """Halves of the pieces of one row that miss most, which are taken out of the list."""
    told = sum(piece.told for piece in pieces)
    difference = sum(float(piece.told.sum()) - piece.missed for piece in pieces)
    size = scale(np.asarray(told)[None], np.array([difference]))[0]
    allowed = tolerance * max(float(size), 1e-9)
    total = sum(abs(piece.missed) for piece in pieces)
    if total <= allowed:
        return []
    pieces.sort(key=lambda piece: -abs(piece.missed))
    halves = []
    # Half of what is allowed stays free for what the halves will miss.
    while pieces and total > allowed / 2:
        worst = pieces.pop(0)
        total -= abs(worst.missed)
        middle = (worst.low + worst.high) / 2
        halves += [(worst.row, worst.low, middle), (worst.row, middle, worst.high)]
    return halves


class _Path:
    """Answers and gradients between hidden strings (0) and strings as they are (1)."""

    def __init__(self, method: Any, network: Any, about: Explained, given: local) -> None:
        self.method = method
        self.network, self.about, self.given = network, about, given
        self.layer = network.get_input_embeddings()
        self.width = about.encoded.ids.shape[1]

    def ask(self, places: Sequence[tuple[int, float]], values: dict[tuple[int, float], float]) -> None:
        """Add the answers at (row, place) to `values`; no gradient is kept."""
        import torch

        def answer(chosen: NDArray) -> dict[tuple[int, float], float]:
            rows, at = zip(*(places[i] for i in chosen), strict=True)
            inputs, hidden, shown = self._ends(np.array(rows))
            with torch.no_grad():
                told = self._run(_between(hidden, shown, at), *inputs).double().cpu().tolist()
            return dict(zip(zip(rows, at, strict=True), told, strict=True))

        for told in on_cores(answer, batches(self.about.encoded.lengths[[row for row, _ in places]])):
            values.update(told)

    def pieces(
        self, asked: Sequence[tuple[int, float, float]], values: dict[tuple[int, float], float]
    ) -> list[_Piece]:
        """Contributions of pieces (row, low, high), whose ends have been asked."""

        def told(chosen: NDArray) -> list[_Piece]:
            own = [asked[i] for i in chosen]
            return [
                self._piece(one, tokens, values)
                for one, tokens in zip(own, self._attributed(own), strict=True)
            ]

        each = on_cores(told, batches(self.about.encoded.lengths[[row for row, *_ in asked]], NODES))
        return [piece for some in each for piece in some]

    def _attributed(self, asked: Sequence[tuple[int, float, float]]) -> NDArray:
        """Contributions (p, l) to what changes between the ends of pieces."""
        rows, lows, highs = zip(*asked, strict=True)
        inputs, hidden, shown = self._ends(np.array(rows))
        found = self.method(self._run).attribute(
            _between(hidden, shown, highs),
            baselines=_between(hidden, shown, lows),
            additional_forward_args=tuple(inputs),
            n_steps=NODES,
            method="gausslegendre",
        )
        return found.sum(-1).detach().double().cpu().numpy()

    def _piece(
        self, asked: tuple[int, float, float], tokens: NDArray, values: dict[tuple[int, float], float]
    ) -> _Piece:
        row, low, high = asked
        told = np.zeros(self.width)
        told[: len(tokens)] = tokens
        return _Piece(row, low, high, told, float(told.sum() - (values[row, high] - values[row, low])))

    def _ends(self, rows: NDArray) -> tuple[list[Any], Any, Any]:
        """What the network reads beside embeddings, and the embeddings at both ends (p, l, d)."""
        import torch

        device = self.network.device
        batch = {name: one.to(device) for name, one in as_tensors(self.about.encoded, rows).items()}
        ids = batch["input_ids"]
        chosen = torch.from_numpy(self.about.chosen[rows]).to(device)
        self.given.embeddings = None
        with torch.no_grad():
            hidden, shown = self.layer(self.about.hide(ids, rows)), self.layer(ids)
        self.given.names = list(batch)
        return [chosen, *batch.values()], hidden, shown

    def _run(self, embeddings: Any, chosen: Any, *inputs: Any) -> Any:
        self.given.embeddings = embeddings
        named = dict(zip(self.given.names, inputs, strict=True))
        return self.about.read(self.network(**named).logits, chosen)


def batches(lengths: NDArray, copies: int = 1) -> Iterator[NDArray]:
    """Places of rows of like length, as many as fit into one pass, the shortest first.

    Parameters
    ----------
    lengths : tokens per row, shape (n,)
    copies : how often each row stands in a pass

    Examples
    --------
    >>> [part.tolist() for part in batches(np.array([1000, 3, 1001, 4]))]
    [[1, 3], [0], [2]]
    """
    order = np.argsort(lengths, kind="stable")
    start = 0
    for place in range(1, len(order) + 1):
        if place == len(order) or (place + 1 - start) * lengths[order[place]] * copies > TOKENS_AT_ONCE:
            yield order[start:place]
            start = place


def _between(hidden: Any, shown: Any, places: Sequence[float]) -> Any:
    import torch

    at = torch.tensor(places, dtype=shown.dtype, device=shown.device)[:, None, None]
    return torch.lerp(hidden, shown, at)


@contextmanager
def _given(network: Any) -> Iterator[local]:
    """Let the embedding layer answer the `embeddings` of its thread; weights need no gradient meanwhile."""
    given = local()
    learned = [one for one in network.parameters() if one.requires_grad]

    def answer(_layer: Any, _inputs: Any, output: Any) -> Any:
        own = getattr(given, "embeddings", None)
        return output if own is None else own

    hook = network.get_input_embeddings().register_forward_hook(answer)
    for one in learned:
        one.requires_grad_(False)
    try:
        yield given
    finally:
        hook.remove()
        for one in learned:
            one.requires_grad_(True)
