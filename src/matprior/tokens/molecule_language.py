"""The language of molecules: SMILES or SELFIES in the tokens of a corpus, after what is asked of them.

The tokens are those of `matprior.tokens.smiles` and `matprior.tokens.selfies` that the corpus has: one that
no molecule showed could not be learned, and would be noise when it is drawn.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from matprior.notations import NOTATIONS, InvalidString
from matprior.tokens.composition import Encoded
from matprior.tokens.encoders import encode
from matprior.tokens.fast import FORMS, writing_tokenizer
from matprior.tokens.language import Language
from matprior.tokens.smiles_vocabulary import CLS, PAD, SEP, UNK
from matprior.tokens.smiles_vocabulary import SPECIALS as READ

SPECIALS = READ[:4]
"""Padding, unknown, and both ends: with the ids they have where molecules are read."""
CENTRES: dict[str, tuple[float, ...]] = {
    "logp": tuple(-3 + 0.5 * i for i in range(25)),
    "qed": tuple(round(0.05 * i, 2) for i in range(2, 20)),
    "tpsa": tuple(10.0 * i for i in range(21)),
    "weight": tuple(100.0 + 10 * i for i in range(61)),
}
"""Property that can be asked for (log10; 0 to 1; Å²; g/mol) -> the values that have a token."""
DEFAULTS = {"smiles": "split", "selfies": "symbols"}
"""Notation -> encoding of its sentences."""
CONTEXT = 128
"""Tokens of the longest sentence."""


class MoleculeLanguage(Language):
    """Molecules in one notation.

    Parameters
    ----------
    notation : "smiles" or "selfies"
    spoken : tokens of the notation that strings may be made of

    Examples
    --------
    >>> language = MoleculeLanguage.of(["[C][C][=O]"], "selfies")
    >>> encoded, kept = language.encode(["[C][=O]", "[N]"])
    >>> [language.tokens[i] for i in encoded.ids[0]], kept.tolist(), language.string_of(encoded.ids[0, 1:])
    (['<cls>', '[C]', '[=O]', '<sep>'], [0], 'C=O')
    """

    context = CONTEXT
    centres = CENTRES
    pad, bos, eos = PAD, CLS, SEP
    first_asked = len(SPECIALS)

    def __init__(self, notation: str, spoken: Sequence[str]) -> None:
        if notation not in DEFAULTS:
            raise ValueError(f"notation is {notation!r}; molecules are written as {' or '.join(DEFAULTS)}.")
        self.notation = notation
        asked = [f"<{name}={centre:g}>" for name, centres in CENTRES.items() for centre in centres]
        self.tokens = (*SPECIALS, *asked, *spoken)

    @classmethod
    def of(cls, strings: Iterable[str], notation: str) -> MoleculeLanguage:
        """The language of the tokens that some strings are made of."""
        known = list(FORMS[notation, DEFAULTS[notation]][1])
        seen = np.unique(_read(list(strings), notation).ids)
        return cls(notation, [known[i] for i in seen if i >= len(READ)])

    @classmethod
    def opened(cls, folder: Path, notation: str) -> MoleculeLanguage:
        """The language of a checkpoint, from its `tokenizer.json`."""
        ids = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        told = sorted(ids, key=ids.__getitem__)
        language = cls(notation, told[cls(notation, []).first_spoken :])
        if list(language.tokens) != told:
            raise ValueError(f"{folder} writes another language of molecules than this version of matprior.")
        return language

    @cached_property
    def _own(self) -> np.ndarray:
        """Id where molecules are read -> id here, `UNK` for what is not spoken."""
        ids = FORMS[self.notation, DEFAULTS[self.notation]][1]
        own = np.full(len(ids), UNK, dtype=np.int16)
        own[: len(SPECIALS)] = range(len(SPECIALS))
        for place in range(self.first_spoken, len(self.tokens)):
            own[ids[self.tokens[place]]] = place
        return own

    def encode(self, strings: Iterable[str]) -> tuple[Encoded, np.ndarray]:
        """Sentences of the strings that are short enough and made of these tokens, and their positions."""
        found = _read(list(strings), self.notation)
        ids = self._own[found.ids]
        fits = (found.lengths <= CONTEXT - len(CENTRES)) & ~(ids == UNK).any(1)
        kept = np.flatnonzero(fits)
        return Encoded(ids, None, found.lengths).take(kept), kept

    def string_of(self, ids: Sequence[int]) -> str | None:
        """The canonical SMILES of what a network wrote, in either notation; None if it is no molecule."""
        pieces = []
        for index in ids:
            if index == self.eos:
                break
            if index < len(SPECIALS):
                return None
            if index >= self.first_spoken:
                pieces.append(self.tokens[index])
        try:
            return smiles_of("".join(pieces), self.notation)
        except InvalidString:
            return None

    def tokenizer(self) -> Any:
        """Data alone: `AutoTokenizer` opens it without matprior."""
        ids = {token: place for place, token in enumerate(self.tokens)}
        asked = self.tokens[self.first_asked : self.first_spoken]
        return writing_tokenizer(FORMS[self.notation, DEFAULTS[self.notation]][0], ids, asked, CONTEXT)


def smiles_of(string: str, notation: str) -> str:
    """Canonical SMILES of a molecule in either notation.

    Raises
    ------
    InvalidString
        It is no molecule.
    """
    if notation == "selfies":
        from matprior.notations.selfies import to_smiles

        string = to_smiles(string)
    return NOTATIONS["smiles"].canonical(string)


def _read(strings: list[str], notation: str) -> Encoded:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a string was cut shows in its length
        return encode(strings, notation, max_length=CONTEXT + 1)
