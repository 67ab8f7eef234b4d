"""`matprior prompts` from the shell: a model grows by tasks, answers them, and shows what they do."""

from __future__ import annotations

import pandas as pd
import pytest

from matprior.estimators import load


@pytest.fixture
def several(matprior, checkpoint, table, quick, tmp_path):
    """Folder of a model with two tasks."""
    folder = tmp_path / "several"
    for column, further in (("melting_point_K", ["--base", checkpoint]), ("is_oxide", ["--task", "oxide"])):
        done = matprior("prompts", "add", folder, table, "--target", column, *further, *quick)
        assert done.code == 0, done.err
        assert "trainable of" in done.out
    return folder


def test_tasks_are_added_listed_answered_and_taken_out(matprior, several, table, quick, tmp_path):
    listed = matprior("prompts", "list", several)
    assert "melting_point_K" in listed.out
    assert "deep × 16" in listed.out
    every = tmp_path / "every.csv"
    assert matprior("predict", several, table, "--output", every).code == 0
    answers = pd.read_csv(every)
    assert {"melting_point_K", "melting_point_K_low", "oxide", "oxide_p_yes", "oxide_in_domain"} <= set(
        answers
    )
    assert "melting_point_K_input" in answers
    one = tmp_path / "one.csv"
    assert matprior("predict", several, table, "--task", "melting_point_K", "--output", one).code == 0
    alone = pd.read_csv(one)
    assert (alone["melting_point_K"] - answers["melting_point_K"]).abs().max() < 1e-2
    single = tmp_path / "single"
    assert matprior("prompts", "take", several, "oxide", "--output", single).code == 0
    assert list(load(single).classes_) == ["no", "yes"]
    added = matprior(
        "prompts", "add", several, table, "--target", "fold", "--kind", "regression", "--from-task",
        "melting_point_K", "--task", "index", *quick,
    )  # fmt: skip
    assert added.code == 0, added.err
    again = tmp_path / "again.csv"
    matprior("predict", several, table, "--output", again)
    pd.testing.assert_frame_equal(pd.read_csv(again)[list(answers)], answers, check_exact=True)


def test_the_analysis_is_told_and_drawn(matprior, several, table, tmp_path):
    done = matprior("prompts", "analyse", several, table, "--output", tmp_path / "a")
    assert done.code == 0, done.err
    effects = pd.read_csv(tmp_path / "a" / "effects.csv", keep_default_na=False)
    for task, other in (("melting_point_K", "oxide"), ("oxide", "melting_point_K")):
        assert effects.loc[effects["task"] == task, "prompt"].tolist() == ["none", f"of {other}", "random"]
    assert set(effects["task"]) == {"melting_point_K", "oxide"}
    assert (effects["low"] <= effects["difference"]).all()
    assert (effects["difference"] - (effects["other"] - effects["own"])).abs().max() < 1e-6
    looks = pd.read_csv(tmp_path / "a" / "attention.csv")
    assert ((looks[["prompt", "elements", "special"]].sum(axis=1) - 1).abs() < 1e-6).all()
    page = (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 + 1 + 4  # an effect of each task, the map, two lookers of two tasks
    assert "How alike the prompts are" in page


def test_a_plain_fit_with_prompts_becomes_a_model_of_several(matprior, checkpoint, table, quick, tmp_path):
    fitted = tmp_path / "fitted"
    done = matprior(
        "fit", table, "--target", "melting_point_K", "--strategy", "prompts", "--model", checkpoint, *quick,
        "--output", fitted,
    )  # fmt: skip
    assert "trainable of" in done.out
    assert matprior("prompts", "add", fitted, table, "--target", "is_oxide", *quick).code == 0
    assert load(fitted).names == ["melting_point_K", "is_oxide"]


def test_what_wants_one_model_says_how_to_take_one_out(matprior, several, table, tmp_path):
    for command in (
        ("explain", several, "NaCl"),
        ("screen", several, table, "--output", tmp_path / "s.csv"),
        ("export", several, "--output", tmp_path / "e"),
    ):
        done = matprior(*command)
        assert done.code == 2, (command, done.out)
        assert "matprior prompts take" in done.err
    wrong = matprior("predict", several, table, "--task", "oxid", "--output", tmp_path / "x.csv")
    assert "Did you mean 'oxide'?" in wrong.err


def test_a_model_without_prompts_is_no_model_of_several(matprior, checkpoint, table, quick, tmp_path):
    folder = tmp_path / "full"
    fit = ["fit", table, "--target", "melting_point_K", "--model", checkpoint, *quick, "--strategy=full"]
    matprior(*fit, "--output", folder)
    done = matprior("prompts", "list", folder)
    assert done.code == 2
    assert "without a prompt" in done.err
    asked = matprior("predict", folder, table, "--task", "gap", "--output", tmp_path / "x.csv")
    assert "--task is for models of several tasks" in asked.err
