"""Metrics against scikit-learn, against hand-made cases, and against a trip through CSV."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from matprior.evaluation.metrics import METRICS, class_name, find_metric, kind_of, metrics_for, score


def regression_rows(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=n)
    prediction = truth + rng.normal(0, 0.5, n)
    return pd.DataFrame(
        {"truth": truth, "prediction": prediction, "low": prediction - 1, "high": prediction + 1}
    )


def binary_rows(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    p = rng.uniform(size=n)
    return pd.DataFrame({"truth": rng.binomial(1, p), "prediction": p, "label": (p > 0.4).astype(int)})


def multiclass_rows(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    p = rng.dirichlet([1, 1, 1], n)
    names = np.array(["1", "2", "10"])  # as text these sort in another order than as numbers
    truth = names[[rng.choice(3, p=row) for row in p]]
    frame = pd.DataFrame({"truth": truth, "prediction": names[p.argmax(1)], "label": names[p.argmax(1)]})
    return frame.assign(**{f"p_{name}": p[:, i] for i, name in enumerate(names)})


def test_regression_metrics_agree_with_scikit_learn():
    rows = regression_rows()
    y, p = rows["truth"], rows["prediction"]
    assert score(rows, "MAE") == pytest.approx(oracle.mean_absolute_error(y, p))
    assert score(rows, "RMSE") == pytest.approx(oracle.root_mean_squared_error(y, p))
    assert score(rows, "R2") == pytest.approx(oracle.r2_score(y, p))


def test_binary_metrics_agree_with_scikit_learn():
    rows = binary_rows()
    y, p, label = rows["truth"], rows["prediction"], rows["label"]
    assert score(rows, "ROC-AUC") == pytest.approx(oracle.roc_auc_score(y, p))
    assert score(rows, "balanced_accuracy") == pytest.approx(oracle.balanced_accuracy_score(y, label))
    assert score(rows, "accuracy") == pytest.approx(oracle.accuracy_score(y, label))
    assert score(rows, "F1") == pytest.approx(oracle.f1_score(y, label))


def test_multiclass_metrics_agree_with_scikit_learn():
    rows = multiclass_rows()
    y, label = rows["truth"], rows["label"]
    hit = np.column_stack([y == name for name in ("1", "2", "10")]).astype(int)
    told = rows[["p_1", "p_2", "p_10"]].to_numpy()
    assert score(rows, "ROC-AUC") == pytest.approx(oracle.roc_auc_score(hit, told, average="macro"))
    assert score(rows, "balanced_accuracy") == pytest.approx(oracle.balanced_accuracy_score(y, label))
    assert score(rows, "F1") == pytest.approx(oracle.f1_score(y, label, average="macro"))


@pytest.mark.parametrize("make", [regression_rows, binary_rows, multiclass_rows])
def test_every_metric_is_the_same_after_a_trip_through_csv(make):
    rows = make()
    again = pd.read_csv(io.StringIO(rows.to_csv(index=False)), keep_default_na=False, na_values=[""])
    assert kind_of(again) == kind_of(rows)
    for metric in metrics_for(kind_of(rows)):
        assert score(again, metric) == pytest.approx(score(rows, metric)), metric.name


def test_roc_auc_reads_probabilities_and_not_labels():
    rows = binary_rows().assign(label=0)
    assert score(rows, "ROC-AUC") > 0.7
    assert score(rows, "balanced_accuracy") == 0.5


def test_one_class_in_a_fold_leaves_roc_auc_unknown_instead_of_inventing_it():
    rows = binary_rows().assign(truth=1)
    assert np.isnan(score(rows, "ROC-AUC"))


def test_r2_of_a_constant_truth_is_unknown():
    assert np.isnan(score(regression_rows().assign(truth=1.0), "R2"))


def test_calibration_error_is_zero_for_true_probabilities_and_large_for_false_ones():
    truth = np.array([0, 0, 0, 1] * 25)
    honest = pd.DataFrame({"truth": truth, "prediction": 0.25, "label": 0})
    assert score(honest, "ECE") == pytest.approx(0.0)
    assert score(honest.assign(prediction=0.95), "ECE") == pytest.approx(0.70)


def test_calibration_error_of_many_classes_judges_the_likeliest():
    told = {"p_a": [0.8] * 10, "p_b": [0.1] * 10, "p_c": [0.1] * 10}
    rows = pd.DataFrame({"truth": ["a"] * 5 + ["c"] * 5, "prediction": "a", "label": "a", **told})
    assert score(rows, "ECE") == pytest.approx(0.3)


def test_probability_one_falls_into_the_last_bin():
    rows = pd.DataFrame({"truth": [1, 1], "prediction": [1.0, 1.0], "label": 1})
    assert score(rows, "ECE") == 0


def test_coverage_counts_only_rows_that_have_an_interval():
    rows = regression_rows(4).assign(truth=0.0, low=[-1, -1, 1, np.nan], high=[1, 1, 2, np.nan])
    assert score(rows, "coverage90") == pytest.approx(2 / 3)
    assert score(rows, "interval_width") == pytest.approx(5 / 3)


def test_gain_is_positive_for_the_better_value_whatever_the_direction():
    assert METRICS["MAE"].gain(0.3, 0.4) > 0
    assert METRICS["R2"].gain(0.4, 0.3) > 0
    assert METRICS["coverage90"].gain(0.91, 0.99) > 0
    assert METRICS["coverage90"].gain(0.91, 0.80) > 0


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_metrics_do_not_depend_on_the_order_of_rows(values, random):
    rows = pd.DataFrame({"truth": values, "prediction": np.linspace(-1, 1, len(values))})
    order = list(range(len(values)))
    random.shuffle(order)
    for name in ("MAE", "RMSE", "R2"):
        assert score(rows.iloc[order], name) == pytest.approx(score(rows, name), nan_ok=True)


def test_units_follow_the_target():
    assert METRICS["MAE"].unit("MPa") == "MPa"
    assert METRICS["ROC-AUC"].unit("MPa") == ""


def test_rows_of_two_models_are_refused():
    rows = pd.concat([regression_rows().assign(model="a"), regression_rows().assign(model="b")])
    with pytest.raises(ValueError, match="2 models"):
        score(rows, "MAE")


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'ROC-AUC'"):
        find_metric("roc_auc")


def test_classes_have_one_name_however_they_were_read():
    assert {class_name(value) for value in (1, 1.0, np.int64(1), np.float64(1), "1")} == {"1"}


def test_listing_the_metrics_does_not_load_scikit_learn_or_torch():
    code = "import sys, matprior.evaluation.metrics; print({'sklearn', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
