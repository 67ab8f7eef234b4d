"""Heads, scales and extra columns from the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from matprior.cli.options import estimator_options


@pytest.fixture
def gaps(table):
    """The table with a temperature and a gap that is 0 in half of the rows."""
    frame = pd.read_csv(table)
    frame["gap_eV"] = np.where(np.arange(32) % 2, 0.0, 1 + np.arange(32) / 8)
    frame["T_K"] = np.linspace(300, 900, 32)
    frame["a"], frame["b"] = np.arange(32) % 2, np.arange(32) // 16
    path = table.with_name("gaps.csv")
    frame.to_csv(path, index=False)
    return path


def test_a_two_part_head_with_bounds_and_an_extra_column_goes_from_shell_to_predictions(
    matprior, gaps, quick, tmp_path
):
    folder = tmp_path / "m"
    done = matprior(
        "fit", gaps, "--target", "gap_eV", "--model", "none", "--head", "two_part", "--bounds", "0,",
        "--extra", "T_K", *quick, "--output", folder,
    )  # fmt: skip
    assert done.code == 0, done.err
    config = json.loads((folder / "config.json").read_text())
    assert config["head"]["name"] == "two_part"
    assert config["head"]["bounds"] == [0.0, None]
    assert config["extra_features"]["names"] == ["T_K"]
    done = matprior("predict", folder, gaps, "--output", tmp_path / "p.csv")
    assert done.code == 0, done.err
    assert (pd.read_csv(tmp_path / "p.csv")["gap_eV_low"] >= 0).all()
    bare = tmp_path / "bare.csv"
    pd.read_csv(gaps)[["formula"]].to_csv(bare, index=False)
    done = matprior("predict", folder, bare, "--output", tmp_path / "p.csv")
    assert done.code == 2
    assert "'T_K'" in done.err


def test_several_yes_or_no_targets_are_learned_together(matprior, gaps, quick, tmp_path):
    done = matprior(
        "fit", gaps, "--target", "a", "--target", "b", "--model", "none", *quick, "--output", tmp_path / "m"
    )
    assert done.code == 0, done.err
    assert matprior("predict", tmp_path / "m", gaps, "--output", tmp_path / "p.csv").code == 0
    told = pd.read_csv(tmp_path / "p.csv")
    assert {"a", "a_p_1", "b", "b_p_1"} <= set(told.columns)
    assert told["a_p_1"].between(0, 1).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--head", "twopart"], "Did you mean 'two_part'"),
        (["--head", "two_part"], "head='point'"),
        (["--transform", "ln"], "transform is 'ln'"),
        (["--bounds", "a,b"], "LOW,HIGH"),
        (["--set", "class_weight=balanced"], "'class_weight' is not an option of MaterialRegressor"),
        (["--extra", "note"], "'note' holds no numbers"),
        (["--set", "nose.soft=true"], "not understood"),
    ],
)
def test_a_wrong_choice_is_a_mistake_with_an_answer(words, said, matprior, gaps, quick, tmp_path):
    done = matprior(
        "fit",
        gaps,
        "--target",
        "melting_point_K",
        "--model",
        "none",
        *quick,
        *words,
        "--output",
        tmp_path / "m",
    )
    assert done.code == 2
    assert said in done.err


def test_evaluate_takes_a_head_as_a_setting_and_refuses_a_wrong_one_before_any_fold(
    matprior, gaps, quick, tmp_path
):
    words = ["evaluate", gaps, "--target", "gap_eV", "--fold-column", "fold", "--models", "scratch", *quick]
    done = matprior(*words, "--set", "head=two_part", "--output", tmp_path / "e")
    assert done.code == 0, done.err
    done = matprior(*words, "--set", "head=tow_part", "--output", tmp_path / "e")
    assert done.code == 2
    assert "Did you mean 'two_part'" in done.err


def test_settings_of_the_estimator_are_told_from_those_of_the_training():
    settings = ["epochs=3", "head=two_part", "head.soft=true", "loss=absolute", "bounds=positive"]
    assert estimator_options(settings, transform=None) == {
        "head": {"two_part": {"soft": True}}, "loss": "absolute", "bounds": "positive",
    }  # fmt: skip
    assert estimator_options(["head=two_part"], head="point") == {"head": "point"}
