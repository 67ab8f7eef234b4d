"""Scores of proposals, and ways to propose without a network."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from matprior.evaluation.ranking import ranked
from matprior.generation.baselines import BASELINES
from matprior.generation.scores import Known, divergence, profile, score
from matprior.generation.validity import judge_all


def most(formulas: list[str]) -> list[str]:
    """All but every seventh: what is missing can be found by substitution."""
    return [formula for place, formula in enumerate(formulas) if place % 7]


def test_a_copy_of_the_training_set_is_valid_and_neither_new_nor_far(formulas):
    found = score(formulas, Known(formulas, frozenset(["LiAlO2"])))
    assert (found["balanced"], found["unique"], found["novel"], found["recovered"]) == (1, 1, 0, 0)
    assert found["nearest_training"] == found["element_distance"] == found["pattern_distance"] == 0


def test_repetitions_and_unreadable_rows_count_against_a_sample():
    found = score(["NaCl", "NaCl", None, "NaCl2"])
    assert found["readable"] == 0.75
    assert found["unique"] == 0.5
    assert found["charge_neutral"] == 0.5
    assert "novel" not in found


def test_recovery_counts_distinct_held_out_formulas_that_were_not_learned():
    found = score(["KBr", "KBr", "NaCl", "MgO"], Known(["NaCl"], frozenset(["KBr", "NaCl", "CaS"])))
    assert found["recovered"] == 1
    assert found["recovered_of_novel"] == 0.5


def test_a_sample_of_other_elements_is_farther_than_one_of_the_same(formulas):
    near, far = score(formulas[:60], Known(formulas)), score(["W2B5", "MoSi2", "TiC"], Known(formulas))
    assert near["element_distance"] < far["element_distance"] == pytest.approx(1)
    assert near["nearest_training"] < far["nearest_training"]


def test_an_element_counts_once_for_a_formula_however_much_of_it_there_is():
    assert profile(["Mg29Ac"])[0] == profile(["MgAc29"])[0]


def test_divergence_does_not_depend_on_the_size_or_order():
    one, other = Counter(a=1, b=3), Counter(b=2, c=2)
    assert divergence(one, other) == pytest.approx(divergence(other, Counter(a=10, b=30)))


def test_an_empty_sample_has_no_distances():
    assert score([None, None])["readable"] == 0


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_gives_what_is_wanted_and_repeats_it(name, formulas):
    one, again, other = (BASELINES[name](most(formulas), 60, seed) for seed in (0, 0, 1))
    assert len(one) == 60
    assert one == again != other


@pytest.mark.parametrize("name", ["random_balanced", "substitution"])
def test_the_chemical_baselines_are_balanced_by_construction(name, formulas):
    assert all(verdict.balanced for verdict in judge_all(BASELINES[name](most(formulas), 80, 3)))


def test_substitution_never_proposes_what_is_known(formulas):
    kept = most(formulas)
    assert not set(BASELINES["substitution"](kept, 50, 0)) & set(kept)


def test_substitution_gives_up_where_all_substitutes_are_known(formulas):
    assert None in BASELINES["substitution"](formulas, 20, 0)


def test_ranking_counts_the_cautious_end_of_the_error_bar():
    table = pd.DataFrame({"f": list("ABC"), "g_low": [1.0, 2.0, 0.0], "g_high": [9.0, 3.0, 0.5]})
    assert ranked(table, "g", "high")["f"].tolist() == ["B", "A", "C"]
    assert ranked(table, "g", "low")["f"].tolist() == ["C", "B", "A"]
    assert ranked(table, "g", "2.5")["f"].tolist() == ["B", "C", "A"]
    with pytest.raises(ValueError, match="expected high, low or a number"):
        ranked(table, "g", "best")
