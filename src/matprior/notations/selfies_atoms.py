"""Which symbol of a SELFIES became which atom."""

from __future__ import annotations


def symbols_of_atoms(string: str) -> tuple[str, list[int]]:
    """The SMILES of a SELFIES, and for each of its atoms the symbol it came from.

    Symbols are counted from 0, dots left out. Symbols that open branches, close rings or count their sizes
    became no atom.

    Examples
    --------
    >>> symbols_of_atoms("[C][C][Branch1][C][F][C][=O]")
    ('CC(F)C=O', [0, 1, 4, 5, 6])
    """
    import selfies

    smiles, made = selfies.decoder(string, attribute=True)
    # Of several symbols the last is the atom's own; those before it opened the branch. Bonds are signs alone.
    places = [
        one.attribution[-1].index
        for one in made
        if one.attribution and any(letter.isalpha() for letter in one.token)
    ]
    return str(smiles), places
