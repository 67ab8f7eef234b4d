"""Whole chemical systems and scaffolds kept away, to be judged by what is new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from matprior.estimators.crossfit import deal_families
from matprior.estimators.watched import families, family_positions
from matprior.notations import NOTATIONS

SYSTEMS = some.lists(some.sampled_from("abcdefghij"), min_size=12, max_size=80).filter(
    lambda x: len(set(x)) > 1
)


@given(members=SYSTEMS, seed=some.integers(0, 5))
def test_a_family_is_watched_as_a_whole_and_most_rows_teach(members, seed):
    watched = set(family_positions(members, 0.1, seed).tolist())
    inside = {members[i] for i in watched}
    assert watched == {i for i, one in enumerate(members) if one in inside}
    assert len(watched) <= max(10, len(members) // 3)


@given(members=SYSTEMS, seed=some.integers(0, 5))
def test_a_family_is_in_one_fold(members, seed):
    folds = deal_families(members, 5, seed)
    assert len({(one, fold) for one, fold in zip(members, folds, strict=True)}) == len(set(members))
    assert len(set(folds.tolist())) >= 2


def test_the_watched_rows_of_a_fit_share_no_system_with_the_others(regressor, strings, values):
    fitted = regressor(held_out="families").fit(strings, values)
    group = NOTATIONS["composition"].group
    watched = set(fitted.watched_results_["string"])
    assert watched
    assert not {group(one) for one in watched} & {group(one) for one in strings if one not in watched}


def test_auto_deals_families_into_folds(strings, values):
    from matprior.estimators import AutoRegressor

    auto = AutoRegressor(model=None, candidates=["trees-fractions"], held_out="families").fit(strings, values)
    systems = [NOTATIONS["composition"].group(one) for one in strings]
    assert sum(auto.folds_) == len(strings)
    assert auto.folds_ == np.bincount(deal_families(systems, 5, 0)).tolist()


def test_an_unknown_word_and_a_single_family_are_refused():
    with pytest.raises(ValueError, match=r"held_out is 'groups'\. Known: 'rows', 'families'"):
        families(["NaCl"], "composition", "groups")
    with pytest.raises(ValueError, match=r"All 2 rows are of one family, 'Cl-Na'"):
        families(["NaCl", "Na2Cl2"], "composition", "families")


def test_rows_at_random_have_no_families():
    assert families(["NaCl"], "composition", "rows") is None
