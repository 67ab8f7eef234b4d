"""Molecules as pictures of a report."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matprior.reports.theme import Figure

_PAPER = re.compile(r"<rect style='opacity:1\.0;fill:#FFFFFF;stroke:none'[^>]*>\s*</rect>")
_INKS = {"#000000": "ink", "#0000FF": "blue", "#7F4C19": "amber", "#A01EEF": "purple", "#FF7F7F": "hot"}
"""RDKit's colours that vanish at night -> ours: bonds and carbon, nitrogen, bromine, iodine, highlights."""


def molecule_figure(name: str, string: str, caption: str, highlight: Sequence[int] = ()) -> Figure:
    """A drawing of one molecule under its SMILES, in colours that can be read by day and by night.

    Parameters
    ----------
    name : of the picture, unique on the page
    string : a valid SMILES
    caption : what to see in it
    highlight : atoms to colour, numbered as they appear in the string

    Examples
    --------
    >>> molecule_figure("first", "CCO", "Ethanol.").title
    'CCO'
    """
    from matprior.notations.smiles_drawing import svg  # RDKit's drawing is loaded where something is drawn

    drawing = _PAPER.sub("", svg(string, highlight=highlight))
    for colour, ours in _INKS.items():
        drawing = drawing.replace(colour, f"var(--{ours})")
    return Figure(name, string, caption, drawing)
