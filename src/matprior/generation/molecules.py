"""What is asked of every molecule, how a network is held to it, and the table of what it wrote."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor, inf

from matprior.tokens.language import Language
from matprior.tokens.molecule_language import CENTRES, MoleculeLanguage


@dataclass
class MoleculeWishes:
    """What is asked of every molecule."""

    prefix: str | None = None
    """SMILES that the molecule begins with; the last atom of it goes on."""
    scaffold: str | None = None
    """SMILES of which the molecule has all atoms and bonds; `*` marks where it goes on."""

    def __post_init__(self) -> None:
        if self.prefix and self.scaffold:
            raise ValueError("A molecule begins with a prefix or with a scaffold: ask for one of the two.")

    def beginnings(self, language: MoleculeLanguage, seed: int) -> list[list[int]]:
        """Ids that strings may begin with; one empty list where nothing is asked.

        Raises
        ------
        InvalidString
            Not a SMILES, or a scaffold that cannot go on.
        ValueError
            The network knows no word for a part of it.
        """
        if self.prefix:
            return [_begun(self.prefix, language)]
        if self.scaffold:
            from matprior.notations.smiles_completion import open_spellings

            return [_begun(one, language) for one in open_spellings(self.scaffold, seed)]
        return [[]]

    def fulfilled(self, smiles: str) -> bool:
        """Whether a molecule has the scaffold."""
        if not self.scaffold:
            return True
        from matprior.notations.smiles_completion import contains

        return contains(smiles, self.scaffold)


def _begun(smiles: str, language: MoleculeLanguage) -> list[int]:
    string = smiles
    if language.notation == "selfies":
        from matprior.notations.selfies import to_selfies

        string = to_selfies(smiles)
    encoded, kept = language.encode([string])
    if not len(kept):
        raise ValueError(
            f"{smiles!r} cannot be begun with: it is too long, or has atoms that no molecule had that the "
            "network learned from. Shorten it, or choose another checkpoint (--model)."
        )
    return [int(i) for i in encoded.ids[0, 1 : encoded.lengths[0] - 1]]


class OnlyStrings:
    """Lets a network write only what strings are made of, one token at least, and ends every string in time.

    Every SELFIES it lets through has an end, and so stands for a molecule.

    Parameters
    ----------
    language : what the network writes in
    start : tokens that stand before the string
    """

    def __init__(self, language: Language, start: int) -> None:
        self.language = language
        self.start = start

    def __call__(self, written: Tensor, scores: Tensor) -> Tensor:
        language, place = self.language, written.shape[1]
        allowed = scores.new_zeros(scores.shape[1], dtype=torch.bool)
        if place < language.context - 1:
            allowed[language.first_spoken :] = True
        allowed[language.eos] = place > self.start
        return scores.masked_fill(~allowed, -inf)


def molecule_table(found: dict[str, float]) -> pd.DataFrame:
    """Molecules with computed properties and the log-probability of their sentences.

    Parameters
    ----------
    found : canonical SMILES -> log-probability
    """
    from matprior.notations.smiles_properties import properties

    table = pd.DataFrame({"smiles": list(found)})
    values = properties(list(found), list(CENTRES))
    for place, name in enumerate(CENTRES):
        table[name] = [float(f"{x:.4g}") for x in values[:, place]]
    table["log_probability"] = [round(chance, 3) for chance in found.values()]
    return table
