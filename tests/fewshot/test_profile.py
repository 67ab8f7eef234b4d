"""What training tasks say of a string: right, blind to the string's own labels, and of use to a new task."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from matprior.evaluation.metrics import roc_auc
from matprior.fewshot.profile import FEWEST, Profile, held_out_profile, main_directions
from matprior.fewshot.prototypes import Prototypes


@pytest.fixture
def world():
    """Three hidden questions; tasks mix them, and most of the columns are noise."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(400, 40))
    hidden = vectors[:, :3]
    labels = (hidden @ random.normal(size=(3, 12)) > 0).astype(float)
    labels[random.random(labels.shape) < 0.3] = np.nan
    return vectors, labels, hidden


@pytest.mark.parametrize("rows", [30, 200])
def test_weights_are_those_of_ridge_regression(world, rows):
    """Fewer rows than columns and more: both ways to solve it."""
    vectors, labels, _ = world
    vectors, labels = vectors[:rows], np.nan_to_num(labels[:rows, :1])
    mean, axes = main_directions(vectors)
    scores = (vectors - mean) @ axes
    values = (labels[:, 0] - labels.mean()) / labels.std()
    expected = Ridge(2.0 * np.sqrt(rows) * np.sqrt(scores.shape[1])).fit(scores, values)
    told = Profile(vectors, labels, penalty=2.0).answers(vectors)[:, 0]
    assert_allclose(told, scores @ expected.coef_, atol=1e-8)


def test_no_label_of_a_string_reaches_its_own_profile(world):
    vectors, labels, _ = world
    other = labels.copy()
    other[7] = 1 - np.nan_to_num(labels[7])
    before, after = held_out_profile(vectors, labels), held_out_profile(vectors, other)
    assert_allclose(after[7], before[7])
    assert np.abs(after - before).max() > 1e-4


def test_a_new_question_is_answered_better_by_the_profile(world):
    vectors, labels, hidden = world
    learned, new = slice(0, 300), slice(300, 400)
    profile = Profile(vectors[learned], labels[learned]).answers(vectors[new])
    truth = (hidden[new] @ np.array([1.0, -1.0, 0.5]) > 0).astype(int)
    support = np.concatenate([np.flatnonzero(truth == code)[:5] for code in (0, 1)])
    scores = {
        name: roc_auc(truth, Prototypes(block[support], truth[support], 2).probabilities(block)[:, 1])
        for name, block in (("profile", profile), ("vectors", vectors[new]))
    }
    assert scores["profile"] > scores["vectors"] + 0.1


def test_tasks_that_say_nothing_are_silent(world):
    vectors, labels, _ = world
    labels = labels[:, :3].copy()
    labels[FEWEST - 1 :, 0] = np.nan
    labels[:, 1] = 1.0
    told = Profile(vectors, labels).answers(vectors)
    assert not told[:, :2].any()
    assert told[:, 2].any()


def test_labels_of_another_shape_are_named(world):
    with pytest.raises(ValueError, match=r"400 strings but labels of shape \(400,\)"):
        Profile(world[0], world[1][:, 0])
