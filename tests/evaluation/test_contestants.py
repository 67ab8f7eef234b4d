"""Names of models: what they mean, and what is said about wrong ones."""

from __future__ import annotations

import sys

import pytest

from matprior.evaluation.baselines import ExtraTrees
from matprior.evaluation.contestants import checkpoint_and_strategy, contestants


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("scratch", (None, None)),
        ("none", (None, None)),
        ("scratch:full", (None, "full")),
        ("matbert-small", ("matbert-small", None)),
        ("matbert-small:lora", ("matbert-small", "lora")),
        ("C:\\models\\mine", ("C:\\models\\mine", None)),
        ("runs/mine:extract", ("runs/mine", "extract")),
    ],
)
def test_a_name_says_checkpoint_and_strategy(name, parts):
    assert checkpoint_and_strategy(name) == parts


def test_a_folder_with_a_colon_in_its_name_is_a_folder(tmp_path):
    folder = tmp_path / "run 12:30"
    folder.mkdir()
    assert checkpoint_and_strategy(str(folder)) == (str(folder), None)


def test_each_call_gives_a_fresh_model_with_its_seed_and_options():
    make = contestants(["extratrees"], "binary", n_jobs=1)["extratrees"]
    first, second = make(3), make(4)
    assert isinstance(first, ExtraTrees)
    assert (first.seed, second.seed, first.n_jobs, first.kind) == (3, 4, 1, "binary")


@pytest.mark.parametrize("typo", ["extratree", "ExtraTrees", "scrach", "extra-trees", "dumy"])
def test_a_misspelt_name_is_refused_before_anything_is_trained(typo):
    with pytest.raises(ValueError, match="Did you mean"):
        contestants(["dummy", typo], "regression")


@pytest.mark.parametrize(("name", "said"), [("no-such-model", "no model"), ("scratch:fulll", "'full'")])
def test_an_unknown_checkpoint_or_strategy_is_refused_too(name, said):
    with pytest.raises(ValueError, match=said):
        contestants([name], "regression")


def test_a_name_given_twice_is_run_once():
    assert list(contestants(["dummy", "ridge", "dummy"], "regression")) == ["dummy", "ridge"]


def test_no_models_are_an_error_that_lists_some():
    with pytest.raises(ValueError, match="extratrees"):
        contestants([], "regression")


def test_options_of_a_strategy_reach_every_contestant_that_names_it():
    makers = contestants(
        ["scratch", "scratch:partial", "scratch:full"],
        "regression",
        options={"strategy": {"partial": {"layers": 1}}},
    )
    assert {name: make(0).strategy for name, make in makers.items()} == {
        "scratch": {"partial": {"layers": 1}},
        "scratch:partial": {"partial": {"layers": 1}},
        "scratch:full": "full",
    }


def test_options_that_reach_nobody_are_refused():
    with pytest.raises(ValueError, match=r"'full' .*none of the models uses it.*--strategy partial"):
        contestants(["scratch:partial", "dummy"], "regression", options={"strategy": {"full": {"layers": 1}}})


@pytest.mark.parametrize("options", [{}, {"strategy": "lora"}])
def test_a_library_that_is_missing_is_refused_before_any_fold(options, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ValueError, match='pip install "matprior'):
        contestants(["scratch" if options else "scratch:lora"], "regression", options=options)


def test_auto_is_a_contestant_of_its_own_class():
    made = contestants(["scratch:auto", "matbert-small:auto"], "regression", n_jobs=1)
    first, second = (made[name](7) for name in ("scratch:auto", "matbert-small:auto"))
    assert type(first).__name__ == type(second).__name__ == "AutoRegressor"
    assert (first.model, second.model, first.seed, first.n_jobs) == (None, "matbert-small", 7, 1)
    assert type(contestants(["scratch:auto"], "binary")["scratch:auto"](0)).__name__ == "AutoClassifier"
    with pytest.raises(ValueError, match="'auto' has no option 'folds'"):
        contestants(["scratch"], "regression", options={"strategy": {"auto": {"folds": 3}}})
