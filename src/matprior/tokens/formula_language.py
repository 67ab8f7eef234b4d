"""The language of formulas, `matprior.tokens.sentences`, as a `Language`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from matprior.tokens import sentences
from matprior.tokens.composition import Encoded
from matprior.tokens.language import Language


class FormulaLanguage(Language):
    """Canonical formulas, cut into elements and amounts."""

    notation = "composition"
    tokens = sentences.TOKENS
    centres = sentences.CENTRES
    context = sentences.CONTEXT
    pad, bos, eos = sentences.PAD, sentences.BOS, sentences.EOS
    first_asked = len(sentences.SPECIALS)

    def nearest(self, name: str, values: np.ndarray) -> np.ndarray:
        """As everywhere, but a band gap of 0 means a metal."""
        return sentences.nearest_asked(name, values)

    def encode(self, strings: Iterable[str]) -> tuple[Encoded, np.ndarray]:
        """See `sentences.encode_sentences`."""
        return sentences.encode_sentences(strings)

    def string_of(self, ids: Sequence[int]) -> str | None:
        """See `sentences.formula_of`."""
        return sentences.formula_of(ids)

    def tokenizer(self) -> Any:
        """See `sentences.sentence_tokenizer`."""
        return sentences.sentence_tokenizer()


FORMULAS = FormulaLanguage()
"""The one language of formulas."""
