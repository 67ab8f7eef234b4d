"""The search for training options: inside the rows it is given, continued where it stopped."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from matprior.estimators import tune
from matprior.estimators.tuning_search import SEARCHED, _loss
from matprior.strategies import TuningOptions

FIXED = {"epochs": 1, "batch_size": 16, "pooling": "cls"}


@pytest.fixture(autouse=True)
def optuna():
    return pytest.importorskip("optuna")


def trials(journal) -> list[int]:
    """Numbers of the finished trials of a journal, as they came."""
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    return [line["trial_id"] for line in lines if line.get("state") == 1]


def test_a_search_is_continued_and_keeps_what_was_given(regressor, strings, values, tmp_path):
    journal, told = tmp_path / "new" / "tuning.jsonl", []
    search = {"estimator": regressor(training=FIXED), "folds": 2, "journal": journal}
    first = tune(strings, values, 1, **search)
    assert len(trials(journal)) == 1
    # The first trial is the defaults for this number of rows.
    default = TuningOptions()
    assert {k: first[k] for k in ("learning_rate", "dropout")} == {
        "learning_rate": default.learning_rate,
        "dropout": default.dropout,
    }
    best = tune(strings, values, 2, progress=lambda *step: told.append(step[:2]), **search)
    assert len(trials(journal)) == 2
    assert told == [(1, 2), (2, 2)]
    assert set(best) == set(SEARCHED)
    assert {name: best[name] for name in FIXED} == FIXED
    assert tune(strings, values, 2, **search) == best  # nothing left to do: nothing is fitted

    with pytest.raises(ValueError, match=r"tuning.jsonl belongs to a search on other rows"):
        tune(strings, values + 1, 2, **search)


def test_classes_are_searched_too(classifier, strings, families, tmp_path):
    best = tune(strings, families, 1, classifier(training=FIXED), folds=2)
    assert set(best) == set(SEARCHED)


@pytest.mark.parametrize(
    ("n", "changes", "said"),
    [
        (48, {"n_trials": 0}, "at least 1 trial"),
        (12, {}, "12 rows are too few"),
        (48, {"strategy": "extract"}, "no training options"),
        (48, {"training": dict.fromkeys(SEARCHED, 1)}, "nothing is left"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(n, changes, said, regressor, strings, values):
    n_trials = changes.pop("n_trials", 2) if "n_trials" in changes else 2
    with pytest.raises(ValueError, match=said):
        tune(strings[:n], values[:n], n_trials, regressor(**changes))


def test_without_optuna_the_extra_is_named(regressor, strings, values, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ValueError, match='pip install "matprior'):
        tune(strings, values, 1, regressor())


def test_the_loss_weighs_each_target_by_its_spread():
    class Fixed:
        def predict(self, strings):
            return np.array([[0.0, 0.0]] * 4)

    truth = np.array([[-1.0, -1000.0], [1.0, 1000.0], [1.0, 1000.0], [-1.0, np.nan]])
    assert _loss(Fixed(), ["a"] * 4, truth) == pytest.approx(1.0, abs=0.35)
    assert _loss(Fixed(), ["a"] * 4, truth * [1, 1e6]) == pytest.approx(_loss(Fixed(), ["a"] * 4, truth))
