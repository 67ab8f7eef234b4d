"""Columns of numbers that a notation makes of strings, for learners that read no strings. No torch here."""

from __future__ import annotations

import numpy as np


def classical(strings: list[str], which: str, notation: str = "composition") -> np.ndarray:
    """Features without a network, shape (n, f).

    Parameters
    ----------
    which : of compositions `fractions` or `statistics` (which holds the fractions); of molecules
        `fingerprints` or `descriptors` (which holds the fingerprints)
    """
    from matprior.notations import NOTATIONS

    if which == "fractions" and notation == "composition":
        from matprior.notations.composition import fraction_matrix

        return fraction_matrix(strings)
    matrix = NOTATIONS[notation].features(strings)
    if which in ("fractions", "fingerprints"):
        names = NOTATIONS[notation].feature_names()
        return matrix[:, [name.startswith("ECFP") for name in names]]
    return matrix
