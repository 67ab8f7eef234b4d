"""Clouds of points that few-shot learners can tell apart."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def clouds():
    """Function: `n` rows of each of `c` classes in `d` dimensions, and their codes."""

    def make(n=5, c=3, d=20, apart=3.0, seed=0):
        random = np.random.default_rng(seed)
        centres = np.random.default_rng(99).normal(size=(c, d)) * apart / np.sqrt(d)
        codes = np.repeat(np.arange(c), n)
        return centres[codes] + random.normal(size=(n * c, d)) / np.sqrt(2), codes

    return make
