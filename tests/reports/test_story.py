"""The sentences follow the numbers, also when the news is bad."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.evaluation.scores import LOG, Log
from matprior.reports import comparison, story
from matprior.reports.comparison import standing


def swapped(results: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return results.assign(model=results["model"].replace(names))


def test_pretraining_that_hurts_is_called_so(regression):
    worse = swapped(regression, {"matbert-small": "scratch", "scratch": "matbert-small"})
    assert story.pretraining(standing(worse, "eV")).startswith("Pretraining did not help here")


def test_without_a_twin_nothing_is_claimed_about_pretraining(regression):
    alone = regression[regression["model"] != "scratch"]
    assert "cannot be said" in story.pretraining(standing(alone, "eV"))


def test_a_baseline_in_front_is_recommended(regression):
    better = swapped(regression, {"matbert-small": "extratrees", "extratrees": "matbert-small"})
    words = " ".join(story.headline(standing(better, "eV")))
    assert "Best of 4 models: extratrees" in words
    assert "Prefer the simple baseline here" in words


def test_a_dummy_in_front_means_nothing_was_learned(regression):
    noise = regression.assign(prediction=regression["prediction"].where(regression["model"] == "dummy", 99.0))
    assert "nothing was learned" in " ".join(story.headline(standing(noise, "eV")))


def test_models_that_cannot_be_told_apart_are_named(regression):
    twin = regression[regression["model"] == "extratrees"]
    rng = np.random.default_rng(0)
    copy = twin.assign(model="ridge", prediction=twin["prediction"] + rng.normal(0, 0.02, len(twin)))
    words = " ".join(story.cautions(standing(pd.concat([twin, copy]), "eV")))
    assert "cannot be told apart" in words


@pytest.mark.parametrize(("n_folds", "said"), [(1, False), (2, True), (3, True), (4, False)])
def test_a_test_over_two_or_three_folds_is_said_to_have_little_power(n_folds, said):
    words = f"with {n_folds} folds the test has little power"
    assert (words in story._power(n_folds)) is said


def test_materials_on_both_sides_of_a_split_are_pointed_out(regression):
    run = {
        "model": "dummy",
        "target": "band_gap_eV",
        "seed": 0,
        "seconds": 1,
        "n_train": 20,
        "n_test": 10,
        "error": "",
    }
    regression.attrs[LOG] = Log(runs=[{**run, "fold": fold, "n_shared": 2} for fold in range(3)])
    assert "6 test rows hold a material that is also among the training" in " ".join(
        story.cautions(standing(regression, "eV"))
    )


def test_narrow_intervals_are_called_narrow(regression):
    tight = regression.assign(low=regression["prediction"] - 0.01, high=regression["prediction"] + 0.01)
    assert "too narrow" in " ".join(story.practice(standing(tight, "eV")))


def test_overfitting_is_found_and_only_there(histories):
    lines = story.training(histories)
    assert len(lines) == 1
    assert lines[0].startswith("scratch overfits: its validation loss is lowest at epoch 10 of 30")


def test_results_of_two_targets_are_refused(regression):
    both = pd.concat([regression, regression.assign(target="other")])
    with pytest.raises(ValueError, match="Rows of one target"):
        standing(both)


def test_an_unknown_role_is_refused(regression):
    with pytest.raises(ValueError, match="Role 'champion'"):
        standing(regression, roles={"scratch": "champion"})


def test_a_higher_roc_auc_leads_and_a_lower_error_leads(binary, regression):
    assert comparison.standing(binary).best == "matbert-small"
    assert comparison.standing(regression).best == "matbert-small"


def test_every_model_has_a_colour_of_its_own_up_to_seven():
    names = ["dummy", "extratrees", "ridge", "scratch", "matbert-small", "matbert-base", "auto"]
    colours = comparison.assign_colours(names, comparison.roles_of(names))
    assert len(set(colours.values())) == 7
