"""The leak guard: which test materials were already seen."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.data.leakage import FormulaSet, overlap
from matprior.notations import InvalidString

AMOUNTS = st.dictionaries(
    st.sampled_from(["Li", "Fe", "Co", "O", "S", "H", "Na"]), st.integers(1, 12), min_size=1, max_size=5
)


def spelled(amounts: dict[str, float]) -> str:
    return "".join(f"{symbol}{amount}" for symbol, amount in amounts.items())


@pytest.mark.parametrize("spelling", ["Fe2O3", "O3Fe2", "Fe4O6", "(Fe2O3)2", "Fe0.4O0.6", "Fe₂O₃"])
def test_one_material_is_found_in_every_spelling(spelling):
    assert FormulaSet(["Fe2O3"]).contains([spelling], tolerance=0).all()


@pytest.mark.parametrize("other", ["FeO", "Fe3O4", "Fe2O3H", "Cr2O3", "O"])
def test_another_material_is_not_found(other):
    assert not FormulaSet(["Fe2O3"]).contains([other]).any()


def test_rounded_fractions_count_as_the_same_material_only_within_the_tolerance():
    seen = FormulaSet(["FeNi2"])
    assert seen.contains(["Fe0.3333Ni0.6667"]).all()
    assert not seen.contains(["Fe0.3333Ni0.6667"], tolerance=1e-5).any()
    assert not seen.contains(["Fe0.333Ni0.667"]).any()


def test_a_difference_of_exactly_the_tolerance_is_inside():
    assert FormulaSet(["Fe50Ni50"]).contains(["Fe51Ni49"], tolerance=0.01).all()


def test_a_window_of_the_first_fraction_does_not_hide_a_match_behind_a_mismatch():
    seen = FormulaSet(["Al0.2Fe0.5Ni0.3", "Al0.20001Fe0.4Ni0.39999", "Al0.20002Fe0.3Ni0.49998"])
    assert seen.contains(["Al0.2Fe0.3Ni0.5"]).all()
    assert not seen.contains(["Al0.2Fe0.35Ni0.45"]).any()


def test_heavy_water_is_water_for_the_guard():
    assert FormulaSet(["D2O"]).contains(["H2O", "HDO", "T2O"]).all()


def test_spellings_of_one_composition_are_counted_once():
    assert len(FormulaSet(["Fe2O3", "O3Fe2", "Fe4O6", "NaCl"])) == 2


def test_the_share_of_seen_test_rows_counts_rows_not_materials():
    assert overlap(["NaCl"], ["NaCl", "ClNa", "KCl", "MgO"]) == 0.5
    assert np.isnan(overlap(["NaCl"], []))


def test_a_bad_formula_is_reported_with_its_row():
    with pytest.raises(InvalidString, match="row 2"):
        FormulaSet(["NaCl", "NaXx"])


def test_a_single_string_is_not_taken_for_a_list_of_letters():
    with pytest.raises(ValueError, match="expected several"):
        FormulaSet("CO")


@pytest.mark.parametrize("tolerance", [-1e-4, 1, 5])
def test_a_tolerance_in_percent_is_refused(tolerance):
    with pytest.raises(ValueError, match="from 0 to below 1"):
        FormulaSet(["NaCl"]).contains(["NaCl"], tolerance=tolerance)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(AMOUNTS, min_size=1, max_size=8),
    st.lists(AMOUNTS, min_size=1, max_size=8),
    st.sampled_from([0, 0.05, 0.2]),
)
def test_the_fast_search_agrees_with_comparing_everything(seen, asked, tolerance):
    def fractions(amounts):
        return {symbol: amount / sum(amounts.values()) for symbol, amount in amounts.items()}

    def same(one, two):
        return one.keys() == two.keys() and all(abs(one[s] - two[s]) <= tolerance + 1e-12 for s in one)

    truth = [any(same(fractions(a), fractions(s)) for s in seen) for a in asked]
    found = FormulaSet(map(spelled, seen)).contains(map(spelled, asked), tolerance)
    assert found.tolist() == truth


def test_no_formula_of_the_pretraining_corpus_is_in_the_expt_gap_test_rows(shared):
    import pandas as pd

    table = pd.read_csv(shared / "compositions/matbench/expt_gap.csv", keep_default_na=False)
    asked = FormulaSet(table["formula"])
    with gzip.open(shared / "compositions/corpus.txt.gz", "rt", encoding="utf-8") as stream:
        lines = [line.strip() for line, _ in zip(stream, range(60_000), strict=False)]
    assert not asked.contains(lines, tolerance=0).any()
    assert asked.contains(table["formula"]).all()


def test_a_prompt_beside_a_formula_hides_it_from_no_leak_check(tmp_path):
    from matprior.data.seen import SeenFormulas, write_seen

    write_seen(["Fe2O3"], tmp_path / "seen.safetensors")
    assert SeenFormulas(tmp_path / "seen.safetensors").contains(["[OXIDE] Fe2O3 [BAND_GAP]"]).all()
    assert FormulaSet(["Fe2O3"]).contains(["[OXIDE] O6Fe4"]).all()
