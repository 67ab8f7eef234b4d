"""Paired comparisons: the arithmetic, the false alarms, the sentence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from matprior.evaluation.compare import compare, compare_all, verdict
from matprior.evaluation.statistics import bootstrap, corrected_t_test, rounded

BETTER = [[0.30] * 9, [0.32] * 9, [0.31] * 9, [0.29] * 9, [0.33] * 9]
WORSE = [[0.40] * 9, [0.41] * 9, [0.40] * 9, [0.37] * 9, [0.42] * 9]


def test_the_standard_error_is_that_of_nadeau_and_bengio():
    gains = np.array([0.10, 0.09, 0.09, 0.08, 0.09])
    error, p = corrected_t_test(gains, 0.25)
    assert error == pytest.approx(math.sqrt((1 / 5 + 0.25) * gains.var(ddof=1)))
    assert p == pytest.approx(2 * stats.t.sf(gains.mean() / error, 4))


def test_few_labels_of_many_rows_do_not_make_folds_overlap_more(results_of):
    results = results_of({"scratch": WORSE, "matbert-small": BETTER})
    alone = compare(results, "matbert-small", "scratch").standard_error

    def with_rows(n_train: int) -> float:
        results.attrs["evaluation"] = {"runs": [{"target": "gap", "n_train": n_train, "n_test": 9}]}
        return compare(results, "matbert-small", "scratch").standard_error

    assert with_rows(36) == with_rows(3) == pytest.approx(alone)  # five folds of nine rows
    assert with_rows(360) < alone


def test_without_overlap_it_is_the_plain_paired_t_test():
    gains = np.random.default_rng(0).normal(0.2, 1, 12)
    assert corrected_t_test(gains, 0.0)[1] == pytest.approx(stats.ttest_1samp(gains, 0).pvalue)


def test_equal_models_are_rarely_called_different():
    rng = np.random.default_rng(0)
    alarms = [corrected_t_test(rng.normal(size=5), 0.25)[1] < 0.05 for _ in range(2000)]
    assert np.mean(alarms) < 0.05


def test_pretraining_that_helped_is_said_in_one_sentence(results_of):
    results = results_of({"dummy": WORSE, "scratch": WORSE, "matbert-small": BETTER})
    results.attrs["evaluation"] = {"units": {"gap": "eV"}}
    assert verdict(results) == (
        "Pretraining helped here: MAE 0.310 vs 0.400 eV from scratch, "
        "better by 0.090 ± 0.005 eV on 5 of 5 folds."
    )


def test_pretraining_that_hurt_is_said_as_plainly(results_of):
    told = verdict(results_of({"scratch": BETTER, "matbert-small": WORSE}))
    assert told.startswith("Pretraining did not help here: MAE 0.400 vs 0.310 from scratch, worse by 0.090")
    assert "on 5 of 5 folds" in told


def test_a_gain_within_chance_is_not_claimed(results_of):
    wavering = [[0.30], [0.45], [0.36], [0.41], [0.42]]
    told = verdict(results_of({"scratch": WORSE, "matbert-small": wavering}))
    assert told.startswith("Pretraining did not clearly help here")
    assert "(p = " in told


def test_without_a_twin_there_is_no_verdict(results_of):
    assert verdict(results_of({"dummy": WORSE, "matbert-small": BETTER})) is None
    assert verdict(results_of({"dummy": WORSE, "scratch": BETTER})) is None


def test_a_strategy_is_compared_with_its_own_twin(results_of):
    errors = {"scratch": WORSE, "scratch:lora": BETTER, "matbert-small:lora": BETTER}
    assert "no difference" in verdict(results_of(errors))


def test_the_best_pretrained_model_is_judged(results_of):
    errors = {"scratch": WORSE, "bad": [[9.0]] * 5, "matbert-small": BETTER}
    rows = results_of({**errors, "bad": [[9.0] * 9] * 5})
    told = verdict(rows)
    assert "MAE 0.310" in told
    assert told.endswith("matbert-small is the best of 2 models with pretraining.")


def test_the_choice_of_the_best_of_many_is_paid_for_in_its_p_value(results_of):
    barely = [[0.33], [0.38], [0.35], [0.33], [0.36]]
    alone = {"scratch": WORSE, "matbert-small": barely}
    assert verdict(results_of(alone)).startswith("Pretraining helped here")
    many = alone | {f"other{i}": [[0.45], [0.39], [0.52], [0.37], [0.44]] for i in range(9)}
    told = verdict(results_of(many))
    assert told.startswith("Pretraining did not clearly help here")
    assert "matbert-small is the best of 10" in told


def test_seeds_are_no_further_evidence(results_of):
    errors = {"a": BETTER, "b": WORSE}
    once, thrice = compare(results_of(errors), "a", "b"), compare(results_of(errors, seeds=3), "a", "b")
    assert once == thrice


def test_only_rows_that_both_models_answered_count(results_of):
    results = results_of({"a": BETTER, "b": WORSE})
    hard = (results["model"] == "b") & (results["row"] % 100 == 0)
    results.loc[hard, "prediction"] = 50.0
    part = results[~((results["model"] == "a") & (results["row"] % 100 == 0))]
    found = compare(part, "a", "b")
    assert found.reference_value == pytest.approx(0.40)
    assert found.n_rows == 40


def test_a_fold_that_one_model_failed_on_is_left_out(results_of):
    results = results_of({"a": BETTER, "b": WORSE})
    found = compare(results[~((results["model"] == "a") & (results["fold"] == 4))], "a", "b")
    assert (found.n_folds, found.wins) == (4, 4)


def test_models_without_a_common_row_cannot_be_compared(results_of):
    results = results_of({"a": BETTER, "b": WORSE})
    apart = results[(results["model"] == "a") == (results["fold"] == 0)]
    with pytest.raises(ValueError, match="share no test row"):
        compare(apart, "a", "b")


def test_swapping_the_models_turns_the_sign_and_keeps_the_doubt(results_of):
    results = results_of({"a": BETTER, "b": WORSE})
    one, other = compare(results, "a", "b"), compare(results, "b", "a")
    assert one.gain == pytest.approx(-other.gain)
    assert one.p_value == pytest.approx(other.p_value)
    assert (one.wins, one.losses) == (other.losses, other.wins)


def test_for_a_metric_that_should_be_high_the_higher_model_wins():
    rng = np.random.default_rng(0)
    truth = np.tile([0, 1], 100)
    rows = {"row": np.arange(200), "target": "metal", "fold": np.arange(200) // 40, "seed": 0, "truth": truth}
    sharp = pd.DataFrame({**rows, "model": "sharp", "prediction": 0.5 + 0.3 * (truth - 0.5)})
    blunt = pd.DataFrame({**rows, "model": "blunt", "prediction": rng.uniform(size=200)})
    found = compare(pd.concat([sharp, blunt]).assign(label=0), "sharp", "blunt")
    assert found.metric == "ROC-AUC"
    assert found.gain > 0.3
    assert found.wins == 5


def test_one_test_set_is_judged_by_its_rows(results_of):
    rng = np.random.default_rng(0)
    errors = {"a": [list(rng.uniform(0.1, 0.3, 200))], "b": [list(rng.uniform(0.2, 0.4, 200))]}
    found = compare(results_of(errors), "a", "b")
    assert found.n_folds == 1
    assert found.standard_error == pytest.approx(math.sqrt(2) * 0.2 / math.sqrt(12) / math.sqrt(200), rel=0.2)
    assert found.clear
    assert "on the one test set" in found.sentence()


def test_a_bootstrap_of_nothing_finds_nothing():
    gains = np.random.default_rng(5).normal(0, 1, 300)
    error, p = bootstrap(lambda rows: float((gains - gains.mean())[rows].mean()), 300)
    assert error == pytest.approx(1 / math.sqrt(300), rel=0.15)
    assert p > 0.5


def test_a_table_of_all_models_against_one(results_of):
    table = compare_all(results_of({"dummy": WORSE, "a": BETTER, "b": WORSE}), "dummy")
    assert table["model"].tolist() == ["a", "b"]
    assert table["gain"].round(3).tolist() == [0.09, 0.0]


@pytest.mark.parametrize(("model", "target"), [("nobody", None), ("a", "density")])
def test_an_unknown_model_or_target_is_refused_with_the_known_ones(results_of, model, target):
    with pytest.raises(ValueError, match=r"Models: \['a', 'b'\]|Targets: \['gap'\]"):
        compare(results_of({"a": BETTER, "b": WORSE}), model, "b", target=target)


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ([0.3121, 0.4033, 0.0912], 0.0123, ["0.31", "0.40", "0.09", "0.01"]),
        ([100.2, 84.1, 16.1], 3.2, ["100", "84", "16", "3"]),
        ([1000.0, 2000.0, 1000.0], 130.0, ["1000", "2000", "1000", "130"]),
        ([0.391, 0.392, 0.001], 0.02, ["0.391", "0.392", "0.001", "0.020"]),
        ([0.0, 0.0, 0.0], 0.0, ["0.00", "0.00", "0.00", ""]),
    ],
)
def test_numbers_carry_the_digits_that_their_error_justifies(values, error, text):
    assert rounded(values, error) == text
