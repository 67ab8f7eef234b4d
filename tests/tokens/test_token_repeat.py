"""The repeat encoding: one token per atom, also for amounts that are no whole numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matprior.notations.elements import SYMBOLS
from matprior.tokens import encode_many
from matprior.tokens.flat import apportion


def test_each_atom_is_a_token_of_the_reduced_formula():
    assert encode_many(["Fe2O3", "Fe4O6"], "repeat").ids.tolist() == [[2, 30, 30, 12, 12, 12, 3]] * 2


def test_atoms_share_the_amount_equally():
    encoded = encode_many(["Fe2O3"], "repeat")
    assert encoded.amounts[0].tolist() == [0, *[np.float32(0.2)] * 5, 0]


def test_decimals_become_whole_numbers_where_they_fit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoded = encode_many(["Li0.5CoO2", "LiCo2O4"], "repeat")
    assert encoded.ids[0].tolist() == encoded.ids[1].tolist()


def test_one_warning_counts_the_formulas_that_were_rounded():
    with pytest.warns(UserWarning, match="2 of 3 formulas have more than 62 atoms") as caught:
        encoded = encode_many(["Fe0.62C0.00095", "NaCl", "C60H122O3"], "repeat")
    assert len(caught) == 1
    assert encoded.lengths.tolist() == [64, 4, 64]


def test_a_trace_keeps_one_atom():
    with pytest.warns(UserWarning, match="10 atoms"):
        encoded = encode_many(["Fe0.9999C0.0001"], "repeat", max_length=12)
    assert encoded.ids[0].tolist() == [2, *[30] * 9, 10, 3]


def test_more_elements_than_places_keeps_the_largest():
    with pytest.warns(UserWarning, match="more than 3 distinct"), pytest.warns(UserWarning, match="3 atoms"):
        encoded = encode_many(["Li1Fe20P3O40"], "repeat", max_length=5)
    assert encoded.ids[0].tolist() == [2, 30, 19, 12, 3]


@given(
    st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 10**6), min_size=1, max_size=12),
    st.integers(12, 62),
)
def test_apportioned_atoms_fill_the_room_and_stay_near_the_quota(amounts, atoms):
    shares = apportion(amounts, atoms)
    total = sum(amounts.values())
    assert sum(shares.values()) == atoms
    assert min(shares.values()) >= 1
    for symbol, amount in amounts.items():
        quota = amount * atoms / total
        assert shares[symbol] <= max(1, np.floor(quota) + 1)
        # Each element below one atom takes its missing part from the others.
        assert shares[symbol] >= np.floor(quota) - len(amounts)
    for symbol, amount in amounts.items():
        for other, its_amount in amounts.items():
            if amount > its_amount:
                assert shares[symbol] >= shares[other]
