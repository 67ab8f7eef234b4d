"""Corrections, ranks and cliques agree with statsmodels' and Demšar's numbers and with plain sense."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.evaluation.ranks import all_pairs, ranking
from matprior.evaluation.statistics import holm


def parts(results_of, worse: float, folds: int = 12):
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 1.0, (folds, 6))
    errors = {
        "good": base.tolist(),
        "same": (base + rng.normal(0, 0.02, base.shape)).tolist(),
        "bad": (base + worse).tolist(),
    }
    results = results_of(errors)
    return [("gap", "random", "all", results)]


def test_holm_is_that_of_the_paper():
    assert holm([0.01, 0.02, 0.03, np.nan]).tolist()[:3] == pytest.approx([0.03, 0.04, 0.04])
    assert np.isnan(holm([0.01, np.nan])[1])
    assert holm([0.6, 0.7]).max() == 1.0


def test_nemenyis_distance_is_demsars():
    from matprior.evaluation.ranks import _nemenyi

    assert _nemenyi(14, 4) == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=2e-3)


def test_a_worse_model_is_last_and_outside_the_clique(results_of):
    found = ranking(parts(results_of, 0.3))
    assert found.ranks.index[-1] == "bad"
    assert found.n_cases == 12
    assert found.friedman < 0.01
    assert [set(clique) for clique in found.cliques] == [{"good", "same"}]


def test_equal_models_are_one_clique(results_of):
    found = ranking(parts(results_of, 0.001))
    assert any({"good", "same"} <= set(clique) for clique in found.cliques)


def test_pairs_are_corrected_for_their_number(results_of):
    pairs = all_pairs(parts(results_of, 0.3)).set_index(["model", "reference"])
    assert (pairs["p_holm"] >= pairs["p_value"]).all()
    assert pairs.loc[("good", "bad"), "clear"]
    assert not pairs.loc[("good", "same"), "clear"]


def test_chance_is_called_chance_nineteen_times_of_twenty(results_of):
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(40):
        errors = {name: rng.uniform(0.5, 1.0, (5, 20)).tolist() for name in "abcd"}
        wrong += bool(all_pairs([("gap", "random", "all", results_of(errors))])["clear"].any())
    assert wrong <= 5


def test_one_model_alone_cannot_be_ranked(results_of):
    with pytest.raises(ValueError, match="nothing can be ranked"):
        ranking([("gap", "random", "all", results_of({"a": [[0.1], [0.2]]}))])


def test_few_folds_are_judged_by_nemenyis_distance(results_of):
    found = ranking(parts(results_of, 0.3, folds=4))
    assert found.test == "Nemenyi"
    gaps = found.ranks.to_numpy()
    for clique in found.cliques:
        own = found.ranks[list(clique)]
        assert own.max() - own.min() <= found.distance
    assert ranking(parts(results_of, 0.3)).test == "Wilcoxon, Holm"
    assert (gaps[:-1] <= gaps[1:]).all()
