"""The bulk path: what a formula's arrays are, and what may not change them."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matprior.notations import InvalidString
from matprior.notations.elements import SYMBOLS
from matprior.tokens import Encoded, encode_many
from matprior.tokens import flat as flat_module

formulas = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 400), min_size=1, max_size=9)


def write(amounts):
    return "".join(f"{symbol}{amount}" for symbol, amount in amounts.items())


def same(left: Encoded, right: Encoded) -> bool:
    return all(
        getattr(left, name).tobytes() == getattr(right, name).tobytes()
        for name in ("ids", "amounts", "lengths")
    )


def test_fractions_stand_at_elements_and_nothing_stands_at_specials():
    encoded = encode_many(["Fe2O3", "He"])
    assert encoded.ids.tolist() == [[2, 30, 12, 3], [2, 6, 3, 0]]
    assert encoded.amounts.tolist() == [[0, np.float32(0.4), np.float32(0.6), 0], [0, 1, 0, 0]]
    assert encoded.lengths.tolist() == [4, 3]
    assert encoded.attention_mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert (encoded.ids.dtype, encoded.amounts.dtype) == (np.int16, np.float32)
    assert encoded.lengths.dtype == encoded.attention_mask.dtype == np.int64


def test_decimals_are_not_cut_to_whole_numbers():
    encoded = encode_many(["Fe0.620C9.5e-4", "Fe0.5O0.5"])
    assert encoded.amounts[0, 1:3] == pytest.approx([0.62 / 0.62095, 0.00095 / 0.62095], rel=1e-6)
    assert same(encode_many(["Fe0.5O0.5"]), encode_many(["FeO"]))


def test_brackets_hydrates_and_subscripts_count():
    for strange, plain in [
        ("Ca(OH)2", "CaO2H2"),
        ("K4[Fe(CN)6]", "K4FeC6N6"),
        ("CuSO4·5H2O", "CuSO9H10"),
        ("Fe₂O₃", "Fe2O3"),
        ("SO4^2-", "SO4"),
    ]:
        assert same(encode_many([strange]), encode_many([plain])), strange


@given(formulas, st.randoms(use_true_random=False))
def test_order_changes_no_bit(amounts, random):
    shuffled = list(amounts.items())
    random.shuffle(shuffled)
    for encoding in ("amounts", "repeat"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            left, right = (
                encode_many([write(amounts)], encoding),
                encode_many([write(dict(shuffled))], encoding),
            )
        assert same(left, right)


@given(formulas, st.sampled_from([2, 3, 7, 1000, 10**16, Fraction(1, 2), Fraction(1, 8), Fraction(1, 10)]))
def test_scale_changes_no_bit(amounts, scale):
    scaled = {}
    for symbol, amount in amounts.items():
        product = amount * scale
        scaled[symbol] = int(product) if product == int(product) else float(product)
    for encoding in ("amounts", "repeat"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            left, right = encode_many([write(amounts)], encoding), encode_many([write(scaled)], encoding)
        assert same(left, right)


@given(formulas)
def test_fractions_sum_to_one_and_are_those_of_the_formula(amounts):
    encoded = encode_many([write(amounts)])
    total = sum(amounts.values())
    found = dict(zip(encoded.ids[0].tolist(), encoded.amounts[0].tolist(), strict=True))
    for symbol, amount in amounts.items():
        assert found[4 + SYMBOLS.index(symbol) + 1] == np.float32(amount / total)
    assert encoded.amounts.sum() == pytest.approx(1, rel=1e-5)


def test_a_trace_is_small_but_never_none():
    encoded = encode_many(["Fe(((C1e-12)1e-12)1e-12)1e-12"])  # 1e-48: 0 in float32
    assert (encoded.amounts[:, 1:3] >= np.finfo(np.float32).tiny).all()


def test_the_bad_row_is_named_as_a_person_counts():
    with pytest.raises(InvalidString, match=r"Zz.* at row 3") as caught:
        encode_many(["Fe2O3", "NaCl", "Zz2"])
    assert caught.value.row == 3


def test_unknown_elements_are_neither_skipped_nor_padding():
    for bad in ("Xx2O3", "FeQ", "fe2o3", "", "nan", None, 3.2):
        with pytest.raises(InvalidString, match="row 2"):
            encode_many(["Fe", bad])


def test_a_chunk_border_changes_nothing(monkeypatch):
    strings = ["Fe2O3", "NaCl", "He", "Ca(OH)2", "Fe0.3O0.7"] * 4
    for encoding in ("amounts", "repeat"):
        at_once = encode_many(strings, encoding)
        with monkeypatch.context() as patch:
            patch.setattr(flat_module, "CHUNK", 5)
            assert same(encode_many(strings, encoding), at_once)
            patch.setattr(flat_module, "CHUNK", 3)
            assert same(encode_many(strings, encoding), at_once)
    with monkeypatch.context() as patch:
        patch.setattr(flat_module, "CHUNK", 2)
        with pytest.raises(InvalidString, match="row 4"):
            encode_many(["Fe", "Fe", "Fe", "Zz"])


def test_lists_arrays_series_and_generators_are_one():
    strings = ["Fe2O3", "NaCl"]
    expected = encode_many(strings)
    for given_as in (np.array(strings), pd.Series(strings), (s for s in strings), tuple(strings)):
        assert same(encode_many(given_as), expected)


def test_no_rows_is_an_answer_too():
    encoded = encode_many([])
    assert len(encoded) == 0
    assert encoded.ids.shape == encoded.amounts.shape == encoded.attention_mask.shape == (0, 0)


def test_take_trims_to_the_longest_and_copies():
    encoded = encode_many(["LiFePO4", "NaCl", "He"])
    some = encoded.take(np.array([2, 1]))
    assert some.ids.tolist() == [[2, 6, 3, 0], encoded.ids[1, :4].tolist()]
    assert some.amounts.shape == (2, 4)
    assert len(some) == 2
    some.ids[:] = 0
    assert encoded.ids[1, 0] == 2
    assert len(encoded.take(np.array([], dtype=int))) == 0


def test_truncation_keeps_sep_and_the_largest_amounts_and_says_so():
    with pytest.warns(UserWarning, match="1 of 2 formulas have more than 2 distinct elements"):
        encoded = encode_many(["Li1Fe20P3O40", "NaCl"], max_length=4)
    assert encoded.ids.tolist() == [[2, 30, 12, 3], [2, 15, 21, 3]]
    assert encoded.amounts[0].tolist() == [0, 20 / 64, 40 / 64, 0]  # fractions of the whole formula


def test_every_element_at_once_still_ends_in_sep():
    with pytest.warns(UserWarning, match="more than 62 distinct"):
        encoded = encode_many(["".join(SYMBOLS)])
    assert encoded.ids.shape == (1, 64)
    assert encoded.ids[0, -1] == 3


def test_wrong_arguments_say_what_to_do():
    with pytest.raises(ValueError, match=r"Use \['Fe2O3'\]"):
        encode_many("Fe2O3")
    with pytest.raises(ValueError, match=r"'amounts'.*'repeat'"):
        encode_many(["Fe2O3"], encoding="count")
    with pytest.raises(ValueError, match="at least 3"):
        encode_many(["Fe2O3"], max_length=2)
