"""Prototypes, their metrics and probabilities, on arrays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from matprior.fewshot.blocks import Scales
from matprior.fewshot.distances import METRICS, SMALLEST_SHRINKAGE, class_means
from matprior.fewshot.peers import LEARNERS, REGRESSORS
from matprior.fewshot.prototypes import PrototypeOptions, Prototypes


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_tells_clouds_apart(metric, clouds):
    few = Prototypes(*clouds(), 3, PrototypeOptions(metric))
    queries, truth = clouds(n=60, seed=1)
    assert (few.probabilities(queries).argmax(1) == truth).mean() > 0.9


@pytest.mark.parametrize("metric", METRICS)
def test_probabilities_add_up_and_follow_the_distances(metric, clouds):
    few = Prototypes(*clouds(), 3, PrototypeOptions(metric))
    queries, _ = clouds(n=9, seed=1)
    told, distances = few.probabilities(queries), few.distances(queries)
    assert_allclose(told.sum(1), 1.0)
    assert (told.argmax(1) == distances.argmin(1)).all()
    assert (distances >= 0).all()


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 0.9])
def test_mahalanobis_is_that_of_the_whole_inverse(clouds, shrinkage):
    vectors, codes = clouds(n=30, d=8)
    queries, _ = clouds(n=4, d=8, seed=1)
    centres = class_means(vectors, codes, 3)
    within = vectors - centres[codes]
    free = len(vectors) - 3
    covariance = (1 - shrinkage) * within.T @ within / free
    size = (within**2).sum() / free / 8
    inverse = np.linalg.inv(covariance + max(shrinkage, SMALLEST_SHRINKAGE) * size * np.eye(8))
    apart = queries[:, None] - centres
    expected = np.einsum("qcd,de,qce->qc", apart, inverse, apart) / 8
    found = METRICS["mahalanobis"](vectors, codes, 3, shrinkage).distances(queries)
    assert_allclose(found, expected, rtol=1e-6)


def test_full_shrinkage_is_the_euclidean_order(clouds):
    vectors, codes = clouds()
    queries, _ = clouds(n=20, seed=1)
    round_one = METRICS["mahalanobis"](vectors, codes, 3, 1.0).distances(queries)
    straight = METRICS["euclidean"](vectors, codes, 3, 1.0).distances(queries)
    assert_allclose(round_one / straight, (round_one / straight).mean(), rtol=1e-9)


def test_mahalanobis_looks_past_a_noisy_direction():
    random = np.random.default_rng(0)
    codes = np.repeat([0, 1], 20)
    signal = np.where(codes == 0, -1.0, 1.0) + 0.3 * random.normal(size=40)
    noise = 30 * random.normal(size=40)
    rows, queries = np.column_stack([signal, noise]), np.column_stack([[-1.0, 1.0], [40.0, -40.0]])
    told = {
        name: Prototypes(rows, codes, 2, PrototypeOptions(name, shrinkage=0.01)).probabilities(queries)
        for name in ("euclidean", "mahalanobis")
    }
    assert told["mahalanobis"].argmax(1).tolist() == [0, 1]
    assert (told["mahalanobis"].max(1) > told["euclidean"].max(1)).all()


def test_calibration_is_unsure_where_classes_overlap(clouds):
    def sureness(apart):
        few = Prototypes(*clouds(n=10, apart=apart), 3)
        return few.probabilities(clouds(n=50, apart=apart, seed=1)[0]).max(1).mean()

    assert sureness(8.0) > 0.9
    assert sureness(0.0) < 0.55


def test_calibrated_probabilities_come_true(clouds):
    few = Prototypes(*clouds(n=15, apart=1.5), 3)
    queries, truth = clouds(n=300, apart=1.5, seed=1)
    told = few.probabilities(queries)
    assert abs(told.max(1).mean() - (told.argmax(1) == truth).mean()) < 0.12


def test_copies_of_a_sample_do_not_vouch_for_it(clouds):
    vectors, codes = clouds(n=6, apart=0.0)
    three = np.tile(vectors, (3, 1))
    origins = np.tile(np.arange(len(codes)), 3)
    honest = Prototypes(three, np.tile(codes, 3), 3, origins=origins).temperature
    fooled = Prototypes(three, np.tile(codes, 3), 3).temperature
    assert honest > 2 * fooled


def test_one_row_per_class_is_enough(clouds):
    told = Prototypes(*clouds(n=1), 3).probabilities(clouds(n=2)[0])
    assert np.isfinite(told).all()


def test_a_class_without_rows_is_refused(clouds):
    with pytest.raises(ValueError, match="1 of 4 classes have no support row"):
        Prototypes(*clouds(), 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"metric": "manhattan"}, "expected one of euclidean"), ({"temperature": 0.0}, "positive number"),
     ({"shrinkage": 1.5}, "from 0 to 1")],
)  # fmt: skip
def test_options_that_mean_nothing_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        PrototypeOptions(**changes)


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_gives_probabilities_of_every_class(name, clouds):
    support, codes = clouds()
    queries, truth = clouds(n=30, seed=1)
    if name == "tanimoto":  # reads zeros and ones
        support, queries = support > 0, queries > 0
    told = LEARNERS[name](support, codes, 3, queries, 0)
    assert_allclose(told.sum(1), 1.0, atol=1e-6)
    if name != "constant":
        assert (told.argmax(1) == truth).mean() > 0.6


@pytest.mark.parametrize("name", REGRESSORS)
def test_every_regressor_beats_the_mean_on_a_line(name, clouds):
    random = np.random.default_rng(0)
    rows, queries = random.normal(size=(20, 4)), random.normal(size=(200, 4))
    told = REGRESSORS[name](rows, rows[:, 0] * 3 + 100, queries, 0)
    error, floor = (np.abs(queries[:, 0] * 3 + 100 - x).mean() for x in (told, 100.0))
    assert error < 0.9 * floor if name != "mean" else error > 0.9 * floor


def test_blocks_count_alike_whatever_their_width_and_unit():
    random = np.random.default_rng(0)
    wide, narrow = random.normal(size=(50, 400)), 1e4 * random.normal(size=(50, 20))
    joined = Scales([wide, narrow]).joined([wide, narrow])
    weight = (joined**2).sum(0)
    assert_allclose(weight[:400].sum(), weight[400:].sum(), rtol=0.02)


def test_scales_come_back_from_their_arrays():
    blocks = [np.random.default_rng(0).normal(size=(9, 3)), np.ones((9, 2))]
    scales = Scales(blocks)
    assert_allclose(Scales.of(scales.arrays()).joined(blocks), scales.joined(blocks))
