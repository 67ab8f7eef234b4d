"""What a generator writes in: its tokens, what can be asked before a string, and the way back to a string."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from matprior.tokens.composition import Encoded


class Language(ABC):
    """Tokens in this order: special ones, then what can be asked, then what strings are made of."""

    notation: str
    """Key in `NOTATIONS`."""
    tokens: tuple[str, ...]
    """Token of every id."""
    centres: Mapping[str, tuple[float, ...]]
    """Property that can be asked for -> the values that have a token, in the order they are asked in."""
    context: int
    """Tokens of the longest sentence, what is asked and both ends included."""
    pad: int
    bos: int
    eos: int
    first_asked: int
    """Id of the first token of `centres`; those of all properties follow one another."""

    @property
    def first_spoken(self) -> int:
        """Id of the first token that strings are made of."""
        return self.first_asked + sum(map(len, self.centres.values()))

    def nearest(self, name: str, values: np.ndarray) -> np.ndarray:
        """Ids of the tokens that stand nearest to some values of a property; `pad` where a value is NaN."""
        place = np.abs(np.nan_to_num(values)[:, None] - np.array(self.centres[name])).argmin(1)
        names = list(self.centres)
        first = self.first_asked + sum(len(self.centres[one]) for one in names[: names.index(name)])
        return np.where(np.isfinite(values), first + place, self.pad)

    def asked_tokens(self, asked: Mapping[str, float]) -> list[int]:
        """Ids of what is asked, in the order of the language.

        Raises
        ------
        ValueError
            A property that the language has no tokens for.

        Examples
        --------
        >>> from matprior.tokens.formula_language import FORMULAS
        >>> wished = FORMULAS.asked_tokens({"formation_energy": -1.9, "band_gap": 1.6})
        >>> [FORMULAS.tokens[i] for i in wished]
        ['<band_gap=1.5>', '<formation_energy=-2>']
        """
        for name in asked:
            if name not in self.centres:
                raise ValueError(f"{name!r} cannot be asked for. Known: {', '.join(self.centres)}.")
        return [int(self.nearest(one, np.array([asked[one]]))[0]) for one in self.centres if one in asked]

    @abstractmethod
    def encode(self, strings: Iterable[str]) -> tuple[Encoded, np.ndarray]:
        """Sentences of the strings that can be written, and the positions of these strings."""

    @abstractmethod
    def string_of(self, ids: Sequence[int]) -> str | None:
        """The canonical string of what a network wrote, up to `eos`; None if it is none."""

    @abstractmethod
    def tokenizer(self) -> Any:
        """The tokenizer as Hugging Face saves it; what it gives can be continued."""
