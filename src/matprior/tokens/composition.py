"""Many compositions to ids at once: NumPy arrays, no Hugging Face call.

This is what training and screening use. `CompositionTokenizer` (loaded on first use, it needs
transformers) is the public, saved form and gives the same ids, because it calls `flatten` too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matprior.tokens.flat import TRACE, Flat, flatten
from matprior.tokens.vocabulary import (
    CLS,
    ELEMENT_OFFSET,
    ENCODINGS,
    SEP,
    SPECIALS,
    VOCABULARY_SIZE,
    check_encoding,
)

if TYPE_CHECKING:
    from matprior.tokens.huggingface import CompositionTokenizer

__all__ = [
    "ELEMENT_OFFSET",
    "ENCODINGS",
    "MAX_LENGTH",
    "SPECIALS",
    "VOCABULARY_SIZE",
    "CompositionTokenizer",
    "Encoded",
    "encode_many",
    "register",
]

MAX_LENGTH = 64
"""Tokens of the longest sequence, `[CLS]` and `[SEP]` included."""


@dataclass
class Encoded:
    """Formulas as arrays: `n` rows of `l` tokens, padded on the right with 0.

    Examples
    --------
    >>> encoded = encode_many(["Fe2O3", "NaCl", "He"])
    >>> encoded.lengths.tolist()
    [4, 4, 3]
    >>> encoded.take(np.array([2])).ids.tolist()
    [[2, 6, 3]]
    """

    ids: np.ndarray
    """Token ids, shape (n, l), int16."""
    amounts: np.ndarray | None
    """Atomic fraction at element tokens, 0 elsewhere, shape (n, l), float32; None for molecules."""
    lengths: np.ndarray
    """Tokens of each row, shape (n,), int64."""
    extra: np.ndarray | None = None
    """Numbers that belong to a row beside its formula, such as a temperature, shape (n, e), float64."""

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def fractions(self) -> np.ndarray:
        """`amounts` of rows that have them, as those of compositions do."""
        if self.amounts is None:
            raise ValueError("These rows have no amounts: they are not compositions.")
        return self.amounts

    @property
    def attention_mask(self) -> np.ndarray:
        """1 at tokens, 0 at padding, shape (n, l), int64."""
        return (np.arange(self.ids.shape[1]) < self.lengths[:, None]).astype(np.int64)

    def take(self, rows: np.ndarray) -> Encoded:
        """Some rows, as copies, trimmed to the longest of them."""
        lengths = self.lengths[rows]
        width = int(lengths.max(initial=0))
        extra = None if self.extra is None else self.extra[rows]
        amounts = None if self.amounts is None else self.amounts[rows, :width]
        return Encoded(self.ids[rows, :width], amounts, lengths, extra)


def encode_many(strings: Iterable[str], encoding: str = "amounts", max_length: int = MAX_LENGTH) -> Encoded:
    """Encode formulas. Order, brackets and scale of a formula change nothing.

    Parameters
    ----------
    strings : `n` formulas (list, array or Series)
    encoding : "amounts": `[CLS]`, one token per distinct element with its atomic fraction, `[SEP]`.
        "repeat": `[CLS]`, one token per atom of the reduced formula, `[SEP]`; every atom's amount is
        1 / number of atoms. A formula whose reduced form doesn't fit is rounded to as many atoms as
        fit, at least one of each element, and one warning counts such formulas.
    max_length : longest sequence. A formula with more distinct elements than fit keeps those with
        the largest amounts; one warning counts such formulas.

    Raises
    ------
    InvalidString
        A string is not a formula. The message has its row, counted from 1.

    Examples
    --------
    >>> encoded = encode_many(["Fe2O3", "O6Fe4"])
    >>> encoded.ids.tolist(), encoded.amounts[1].round(2).tolist()
    ([[2, 30, 12, 3], [2, 30, 12, 3]], [0.0, 0.4000000059604645, 0.6000000238418579, 0.0])
    >>> encode_many(["Fe2O3"], encoding="repeat").ids.tolist()
    [[2, 30, 30, 12, 12, 12, 3]]
    """
    check_encoding(encoding)
    if isinstance(strings, str):
        raise ValueError(
            f"encode_many takes a list of formulas, got the string {strings!r}. Use [{strings!r}]."
        )
    if max_length < 3:
        raise ValueError(f"max_length must be at least 3 ([CLS], an element, [SEP]), got {max_length}.")
    tokens = flatten(enumerate(strings, start=1), encoding, max_length - 2)
    tokens.warn(max_length - 2)
    return _frame(tokens)


def _frame(flat: Flat) -> Encoded:
    """Put `[CLS]` and `[SEP]` around every row and pad."""
    n = len(flat.counts)
    lengths = flat.counts + 2
    shape = (n, int(lengths.max(initial=0)))
    ids = np.zeros(shape, dtype=np.int16)
    amounts = np.zeros(shape, dtype=np.float32)
    inside = np.arange(1, shape[1] + 1) <= flat.counts[:, None]
    # Shifted by one column: position 0 is [CLS].
    ids[:, 1:][inside[:, : max(shape[1] - 1, 0)]] = flat.ids
    amounts[:, 1:][inside[:, : max(shape[1] - 1, 0)]] = np.maximum(flat.fractions, TRACE)
    ids[:, :1] = CLS
    ids[np.arange(n), flat.counts + 1] = SEP
    return Encoded(ids, amounts, lengths)


def register(config_class: type) -> None:
    """Let `AutoTokenizer` find `CompositionTokenizer` for models of `config_class`."""
    from transformers import AutoTokenizer

    from matprior.tokens.huggingface import CompositionTokenizer

    AutoTokenizer.register(config_class, tokenizer_class=CompositionTokenizer, exist_ok=True)


def __getattr__(name: str) -> Any:
    if name == "CompositionTokenizer":  # transformers is loaded only by who needs it
        from matprior.tokens.huggingface import CompositionTokenizer

        return CompositionTokenizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
