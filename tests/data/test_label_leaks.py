"""Sister tables: refused where they hold test formulas with labels of the same source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.data.catalog import catalog
from matprior.data.label_sources import LABEL_SOURCES, label_source, set_of, share_labels
from matprior.data.leakage import FormulaSet, LeakError, refuse_leak
from matprior.data.seen import SeenFormulas, write_seen


def test_every_set_with_a_named_source_is_in_the_catalog():
    assert set(LABEL_SOURCES) <= set(catalog())


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("expt_gap", "expt_gap"),
        ("compositions/matbench/expt_gap.csv", "expt_gap"),
        ("/data/compositions/labelled/zhuo2018_expt_gap_raw.csv", "zhuo2018_expt_gap_raw"),
        ("compositions/benchmark/mp_mu_b/train.csv", "mp_mu_b"),
        ("copy/expt_gap.csv.gz", "expt_gap"),
        ("train.csv", None),
        ("my_expt_gap.csv", None),
    ],
)
def test_a_set_is_known_by_name_and_by_file(data, name):
    assert set_of(data) == name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("expt_gap", "expt_is_metal", True),
        ("zhuo2018_expt_gap_raw", "expt_is_metal", True),
        ("mp_gap", "mp_is_metal", True),
        ("glass", "glass", True),
        ("mp_gap", "expt_gap", False),
        ("mine.csv", "mine.csv", False),
    ],
)
def test_labels_of_one_source(one, other, same):
    assert share_labels(one, other) is same


def test_a_sister_table_with_test_formulas_is_refused_with_the_list():
    with pytest.raises(LeakError, match=r"expt_is_metal holds 2 of 3 test formulas.*same source.*NaCl, MgO"):
        refuse_leak(["ClNa", "Mg2O2", "ZnS"], ["NaCl", "CaO", "MgO"], ("expt_is_metal", "expt_gap"))


def test_a_sister_table_without_test_formulas_and_another_source_are_not_refused():
    assert refuse_leak(["ZnS"], ["NaCl"], ("expt_is_metal", "expt_gap")) == 0
    assert refuse_leak(["ClNa"], ["NaCl"], ("mp_gap", "expt_gap")) == 1


def test_tables_of_ones_own_are_refused_when_said_to_be_of_one_source():
    assert refuse_leak(["NaCl"], ["NaCl"], ("a.csv", "b.csv")) == 1
    with pytest.raises(LeakError, match=r"a\.csv holds 1 of 1"):
        refuse_leak(["NaCl"], ["NaCl"], ("a.csv", "b.csv"), same_labels=True)


def test_the_entry_that_led_a_leaderboard_would_have_been_refused(shared):
    """It learned the metals of a fold's training part and was tested on the gaps of the same fold.

    Reduced formulas as pymatgen writes them agree on 3,759 rows; two more are equal once their decimals
    are cleared (`In1.5Cu0.5Se2.5`).
    """
    folder = shared / "compositions" / "matbench"
    gaps, metals = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False) for name in ("expt_gap", "expt_is_metal")
    )
    seen = []
    for fold in range(5):
        test = list(gaps["formula"][gaps["official_test_fold"] == fold])
        learned = list(metals["formula"][metals["official_test_fold"] != fold])
        seen.append(int(FormulaSet(learned).contains(test, tolerance=0).sum()))
        if fold == 0:
            with pytest.raises(LeakError, match=rf"holds {seen[0]} of {len(test)} test formulas"):
                refuse_leak(learned, test, ("expt_is_metal", "expt_gap"), tolerance=0)
    assert label_source("expt_gap") == label_source("expt_is_metal")
    assert (seen[0], sum(seen), len(gaps)) == (753, 3761, 4604)


def test_hashes_tell_seen_formulas_in_every_spelling(tmp_path):
    write_seen(["Fe2O3", "O3Fe2", "NaCl"], tmp_path / "seen.safetensors")
    seen = SeenFormulas(tmp_path / "seen.safetensors")
    assert len(seen) == 2
    assert seen.contains(["Fe4O6", "ClNa", "FeO", "Fe2O3.001"]).tolist() == [True, True, False, False]


def test_two_thousand_formulas_are_told_from_two_thousand_others(tmp_path):
    formulas = [f"Fe{i}O{j}" for i in range(1, 80) for j in range(1, 80) if np.gcd(i, j) == 1]
    write_seen(formulas[::2], tmp_path / "s")
    hits = SeenFormulas(tmp_path / "s").contains(formulas)
    assert hits[::2].all()
    assert not hits[1::2].any()


def test_a_damaged_list_of_formulas_is_named(tmp_path):
    (tmp_path / "s").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"s is damaged"):
        SeenFormulas(tmp_path / "s")
