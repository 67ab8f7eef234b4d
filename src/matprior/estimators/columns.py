"""Columns of numbers that a notation makes of strings, for learners that read no strings. No torch here."""

from __future__ import annotations

import numpy as np


def classical(strings: list[str], which: str, notation: str = "composition") -> np.ndarray:
    """Features without a network: `fractions` or `statistics` (which holds the fractions), shape (n, f)."""
    from matprior.notations import NOTATIONS

    if which == "fractions" and notation == "composition":
        from matprior.notations.composition import fraction_matrix

        return fraction_matrix(strings)
    return NOTATIONS[notation].features(strings)
