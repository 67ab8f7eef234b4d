"""Molecules as pictures of a report."""

from __future__ import annotations

from collections.abc import Sequence

from matprior.reports.theme import Figure


def molecule_figure(name: str, string: str, caption: str, highlight: Sequence[int] = ()) -> Figure:
    """A drawing of one molecule under its SMILES.

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

    return Figure(name, string, caption, svg(string, highlight=highlight))
