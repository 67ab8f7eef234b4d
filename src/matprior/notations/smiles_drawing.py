"""Drawings of molecules as SVG, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from matprior.notations.smiles_reading import read


def svg(string: str, highlight: Sequence[int] | None = None, size: tuple[int, int] = (240, 160)) -> str:
    """A drawing as an `<svg>` element, to be put into a page as it is; the same for the same input.

    Parameters
    ----------
    string : a SMILES
    highlight : atoms to colour, numbered as they appear in the string
    size : width and height in pixels

    Examples
    --------
    >>> svg("CCO", highlight=[2]).startswith("<svg")
    True
    """
    molecule = Chem.Mol(read(string))
    atoms = [int(atom) for atom in highlight or ()]
    if atoms and not 0 <= min(atoms) <= max(atoms) < molecule.GetNumAtoms():
        raise ValueError(
            f"highlight is {atoms}; {string!r} has {molecule.GetNumAtoms()} atoms, counted from 0. "
            "Name atoms of this string."
        )
    drawer: Any = rdMolDraw2D.MolDraw2DSVG(*size)
    drawer.drawOptions().padding = 0.08
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule, highlightAtoms=atoms)
    drawer.FinishDrawing()
    text = drawer.GetDrawingText()
    return str(text[text.index("<svg") :]).strip()
