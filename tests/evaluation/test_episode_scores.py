"""Scores over episodes: ΔAUPRC as FS-Mol has it, the same rows for all, and intervals that hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.data.episodes import EpisodeOptions, Episodes, draw_episodes
from matprior.evaluation.episode_scores import by_task, difference, summary
from matprior.evaluation.episode_values import VALUE_CONTESTANTS, evaluate_values
from matprior.evaluation.episodes import (
    CONTESTANTS,
    Contestant,
    delta_auprc,
    evaluate_choices,
    evaluate_episodes,
)


@pytest.fixture(scope="module")
def world():
    """200 rows in two classes, good features, useless ones, and 12 episodes of two tasks."""
    random = np.random.default_rng(0)
    strings = [f"Fe{i}O{i + 1}" for i in range(1, 201)]
    labels = np.arange(200) % 2
    features = {
        "embeddings": random.normal(size=(200, 6)) + labels[:, None],
        "classical": random.normal(size=(200, 6)),
    }
    tasks = ["a"] * 100 + ["b"] * 100
    options = EpisodeOptions(shots=5, queries=40, grouped=False)
    return draw_episodes(strings, labels.tolist(), options, 6, tasks=tasks), features


def test_delta_auprc_is_average_precision_minus_the_share_of_positives():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(1)
    for _ in range(20):
        truth = random.integers(0, 2, 30)
        told = random.random(30).round(1)  # with ties
        expected = metrics.average_precision_score(truth, told) - truth.mean()
        assert delta_auprc(truth, told) == pytest.approx(expected)


def test_a_guess_has_no_delta_auprc_at_any_balance():
    for positives in (2, 10, 28):
        assert delta_auprc(np.arange(30) < positives, np.full(30, 0.4)) == pytest.approx(0.0)


def test_everybody_answers_the_same_episodes(world):
    episodes, features = world
    few = Episodes(episodes.options, episodes.strings_sha256, episodes.episodes[:2])
    results = evaluate_episodes(few, features)
    elsewhere = {"scratch", "tanimoto"}  # they read features that are not there, as profiles do
    assert set(results["contestant"]) == {
        name for name in CONTESTANTS if name not in elsewhere and not name.endswith("-profile")
    }
    sizes = results.groupby("episode")[["n_query", "n_support"]].nunique()
    assert (sizes == 1).all().all()


def test_features_that_know_more_score_higher_with_an_interval_above_zero(world):
    results = evaluate_episodes(*world, {name: CONTESTANTS[name] for name in ("prototypes", "knn")})
    told = difference(results, "prototypes", "knn")
    assert told["low"] > 0.1
    assert told["low"] < told["mean"] < told["high"]
    assert told["n_episodes"] == 12
    assert (by_task(results)["prototypes"] > by_task(results)["knn"]).all()


def test_a_difference_to_oneself_is_nothing(world):
    same = {"one": CONTESTANTS["linear"], "other": CONTESTANTS["linear"]}
    told = difference(evaluate_episodes(*world, same), "one", "other")
    assert told["low"] == told["mean"] == told["high"] == 0.0


def test_a_task_with_more_episodes_counts_no_more():
    lines = [("a", 1.0)] * 9 + [("b", 0.0)]
    results = pd.DataFrame(
        [
            {"episode": i, "task": task, "contestant": "x", "dAUPRC": value}
            for i, (task, value) in enumerate(lines)
        ]
    ).assign(accuracy=np.nan, **{"ROC-AUC": np.nan})
    (line,) = summary(results).to_dict("records")
    assert line["mean"] == 0.5
    assert (line["low_tasks"], line["high_tasks"]) == (0.0, 1.0)


def test_intervals_cover_the_truth_as_often_as_they_say():
    random = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        frame = pd.DataFrame(
            {
                "episode": range(60),
                "task": "t",
                "contestant": "x",
                "dAUPRC": random.normal(0.2, 0.1, 60),
                "accuracy": np.nan,
                "ROC-AUC": np.nan,
            }
        )
        (line,) = summary(frame).to_dict("records")
        held += line["low"] <= 0.2 <= line["high"]
    assert 88 <= held <= 100


def test_choices_compete_for_the_same_queries(world):
    episodes, features = world
    results = evaluate_choices(episodes, features, 4, ("random", "kmeans", "stratified"))
    assert set(results["n_support"]) == {4}
    assert results.groupby("episode")["n_query"].nunique().eq(1).all()


def test_a_set_of_one_class_says_nothing(world):
    episodes, features = world
    results = evaluate_choices(episodes, features, 1, ("random",))
    assert results["dAUPRC"].abs().max() < 1e-12
    assert (results["ROC-AUC"] == 0.5).all()


def test_an_unknown_contestant_is_named(world):
    results = evaluate_episodes(*world, {"knn": Contestant("knn", ("classical",))})
    with pytest.raises(ValueError, match=r"no contestant 'forest'; expected one of \['knn'\]"):
        difference(results, "knn", "forest")


def test_regressors_answer_the_same_rows_in_the_unit_of_the_values(world):
    episodes, features = world
    few = Episodes(episodes.options, episodes.strings_sha256, episodes.episodes[:3])
    values = 1000 + 100 * features["embeddings"].sum(1)
    results = evaluate_values(few, values, features)
    means = results.groupby("contestant")[["R2", "MAE"]].mean()
    assert set(means.index) == set(VALUE_CONTESTANTS)
    assert means.loc["gp", "R2"] > means.loc["mean", "R2"] + 0.3
    assert means.loc["ridge", "MAE"] < 0.7 * means.loc["mean", "MAE"]
    assert set(summary(results)["metric"]) == {"R2", "MAE"}


def test_an_episode_without_numbers_is_refused(world):
    episodes, features = world
    with pytest.raises(ValueError, match="Episode 0 of task 'a' has 0 support"):
        evaluate_values(episodes, np.full(200, np.nan), features)
