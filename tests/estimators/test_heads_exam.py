"""The exam of every head and every scale: a new member of `HEADS` or `LINKS` is examined by being there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from matprior.estimators import load
from matprior.models.answers import HEADS, new_head
from matprior.models.links import LINKS
from matprior.models.outputs import LEVELS, QuantileHead

NEW = ["NaI", "Ca(OH)2", "Fe2O3", "LiCoO2"]
PAIRS = [(name, list(LINKS)[i % len(LINKS)]) for i, name in enumerate(HEADS)] + [
    (list(HEADS)[i % len(HEADS)], name) for i, name in enumerate(LINKS, start=2)
]
"""Every head and every scale, in company that changes."""
THOROUGH = {
    "epochs": 200, "batch_size": 8, "learning_rate": 5e-3, "head_learning_rate": 5e-3, "layer_decay": 1.0,
    "weight_decay": 0.0, "dropout": 0.0, "patience": 200,
}  # fmt: skip
"""Options under which a network learns rows by heart."""


@pytest.fixture
def gaps(values) -> np.ndarray:
    """A property of which a third is exactly 0; the rest lies between 40 and 300."""
    return np.where(values < 550, 0.0, values - 500)


@pytest.mark.parametrize(("name", "transform"), PAIRS)
def test_a_loaded_model_answers_bit_for_bit_the_same(name, transform, regressor, strings, gaps, tmp_path):
    targets = gaps if name == "two_part" else gaps + 1
    before = regressor(head=name, transform=transform, bounds="positive").fit(strings, targets)
    after = load(before.save(tmp_path / "m"))
    assert (after.head, after.transform, after.bounds) == (name, transform, "positive")
    np.testing.assert_array_equal(after.predict(NEW), before.predict(NEW))
    told = before.predict_interval(NEW)
    pd.testing.assert_frame_equal(after.predict_interval(NEW), told, check_exact=True)
    np.testing.assert_array_equal(told["prediction"], before.predict(NEW))
    assert (told["low"] <= told["prediction"]).all()
    assert (told["prediction"] <= told["high"]).all()
    assert (told["low"] >= 0).all()


@pytest.mark.parametrize(("name", "transform"), PAIRS)
def test_plain_hugging_face_gives_the_same_numbers_in_the_units_of_the_user(
    name, transform, regressor, strings, gaps, tmp_path
):
    targets = pd.DataFrame({"gap": gaps + 1, "other": 700 - gaps})
    fitted = regressor(head=name, transform=transform).fit(strings, targets)
    folder = fitted.save(tmp_path / "m")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    batch = AutoTokenizer.from_pretrained(folder)(strings, padding=True, return_tensors="pt")
    with torch.no_grad():
        plain = model(**batch).logits.numpy()
    np.testing.assert_allclose(plain[:, :2], fitted.predict(strings), rtol=1e-4, atol=1e-2)
    columns = ["gap", "other"] if model.config.head is None else model.config.head["columns"]
    assert len(columns) == plain.shape[1]
    assert columns[:2] == ["gap", "other"]
    assert 300 < plain[:, 1].mean() < 900


@pytest.mark.parametrize("name", HEADS)
def test_a_head_memorises_sixteen_rows(name, regressor, strings, gaps):
    random = np.random.default_rng(0)
    some = random.permutation(48)[:24]  # a third is watched, sixteen are learned
    targets = np.where(random.random(24) < 0.4, 0.0, random.uniform(50, 150, 24))
    rows = [strings[i] for i in some]
    fitted = regressor(head=name, training=THOROUGH, validation=1 / 3)
    watched = fitted._watched(["NaCl"] * 24)
    learn = np.setdiff1d(np.arange(24), watched)
    assert len(learn) == 16
    # Watched rows hold the truth of the learned ones, so that stopping early can't stop the memory.
    rows = [rows[learn[np.flatnonzero(watched == i)[0]]] if i in watched else rows[i] for i in range(24)]
    targets[watched] = targets[learn[:8]]
    fitted.fit(rows, targets)
    error = np.abs(fitted.predict([rows[i] for i in learn]) - targets[learn])
    assert error.mean() < 6  # always saying the mean would be wrong by 45
    assert error.max() < 40


@pytest.mark.parametrize("name", HEADS)
def test_the_same_seed_gives_the_same_numbers(name, regressor, strings, gaps):
    one, two = (regressor(head=name, seed=3).fit(strings, gaps).predict_interval(NEW) for _ in range(2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize("name", HEADS)
def test_targets_of_shape_n_by_1_and_n_mean_the_same(name, regressor, strings, gaps):
    flat = regressor(head=name).fit(strings, gaps)
    tall = regressor(head=name).fit(strings, gaps[:, None])
    assert tall.predict(NEW).shape == (4, 1)
    np.testing.assert_array_equal(tall.predict(NEW)[:, 0], flat.predict(NEW))
    for key, tensor in flat.model_.state_dict().items():
        assert torch.equal(tensor, tall.model_.state_dict()[key]), key


@pytest.mark.parametrize("name", HEADS)
def test_a_constant_target_is_predicted(name, regressor, strings):
    fitted = regressor(head=name).fit(strings, np.full(48, 7.5))
    np.testing.assert_allclose(fitted.predict(NEW), 7.5, atol=1.5)


@pytest.mark.parametrize("name", HEADS)
def test_a_fitted_model_can_be_the_start_of_another_with_another_head(
    name, regressor, strings, gaps, tmp_path
):
    folder = regressor(head="gaussian", transform="quantile").fit(strings, gaps).save(tmp_path / "m")
    fitted = regressor(model=str(folder), head=name).fit(strings, gaps)
    assert (fitted.model_.config.head or {"name": "point"})["name"] == name
    assert not (fitted.model_.config.head or {"links": []})["links"]


def test_quantiles_never_cross(regressor, strings, values):
    fitted = regressor(head="quantile", transform="quantile").fit(strings, values)
    ordered = fitted._told(fitted._encode([*strings, *NEW])).answers[:, [1, 2, 0, 3, 4]]
    assert (np.diff(ordered, axis=1) >= 0).all()
    middle = fitted.predict_interval(strings, 0.5)
    wide = fitted.predict_interval(strings, 0.95)
    assert ((wide["high"] - wide["low"]) >= (middle["high"] - middle["low"]) - 1e-3).all()


def test_the_two_part_head_says_exactly_the_edge_where_the_point_head_misses_it(regressor, strings):
    # 0 for fluorides and chlorides, a number for the others: metals and insulators in small.
    targets = np.array(
        [0.0 if "F" in s or "Cl" in s else 100.0 + 9 * (i // 4) for i, s in enumerate(strings)]
    )
    told = {
        name: regressor(head=name, training={"epochs": 40, "batch_size": 8, "learning_rate": 3e-3}).fit(
            strings, targets
        )
        for name in ("point", "two_part")
    }
    exact = {name: np.mean(fitted.predict(strings)[targets == 0] == 0) for name, fitted in told.items()}
    assert exact["point"] == 0
    assert exact["two_part"] > 0.9
    error = {name: np.abs(fitted.predict(strings) - targets).mean() for name, fitted in told.items()}
    assert error["two_part"] < error["point"] + 1
    assert told["two_part"].model_.config.head["columns"] == ["target", "P(target = 0)", "target otherwise"]


def test_the_soft_two_part_head_predicts_the_mean_of_both_parts(regressor, strings, gaps):
    fitted = regressor(head={"two_part": {"soft": True}}).fit(strings, gaps)
    prediction, chance, number = fitted._told(fitted._encode(NEW)).answers.T
    np.testing.assert_allclose(prediction, (1 - chance) * number, rtol=1e-5)


@pytest.mark.parametrize(("sign", "edge", "side"), [(1, 0.0, "lower"), (-1, 0.0, "upper")])
def test_no_answer_lies_beyond_the_edge(sign, edge, side, regressor, strings, gaps):
    fitted = regressor(head="two_part").fit(strings, sign * gaps)
    assert fitted.model_.config.head["edges"] == [edge]
    assert fitted.model_.config.head["sides"] == [side]
    told = fitted.predict_interval(strings)
    assert (sign * told[["prediction", "low", "high"]].to_numpy() >= 0).all()


def test_the_edge_is_found_on_the_training_rows_alone(regressor, strings, gaps):
    estimator = regressor(head="two_part")
    gaps[estimator._watched(["NaCl"] * 48)] = -99.0
    assert estimator.fit(strings, gaps).model_.config.head["edges"] == [0.0]


def test_the_two_part_head_works_with_extraction(regressor, strings, gaps, tmp_path):
    before = regressor(head="two_part", strategy="extract").fit(strings, gaps)
    after = load(before.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict(strings), before.predict(strings))
    said = before.predict(strings)
    assert np.mean((said == 0) == (gaps == 0)) > 0.75  # the encoder has random weights


def test_a_predicted_spread_is_wide_where_the_errors_are(regressor):
    random = np.random.default_rng(0)
    metals, numbers = ["Li", "Na", "K", "Rb", "Cs"], range(1, 11)
    strings = [f"{a}{i}{x}{j}" for a in metals for i in numbers for j in (1, 2) for x in ("O", "F")]
    noisy = np.array(["O" in s for s in strings])
    targets = random.normal(0, np.where(noisy, 10.0, 0.5))
    training = {"epochs": 30, "batch_size": 16, "learning_rate": 3e-3}
    told = regressor(head="gaussian", training=training).fit(strings, targets).predict_interval(strings)
    width = (told["high"] - told["low"]).to_numpy()
    assert width[noisy].mean() > 2 * width[~noisy].mean()
    assert told["std"][noisy].mean() > 2 * told["std"][~noisy].mean()


BAD = {
    "a misspelt head": ({"head": "gausian"}, ["'gausian'", "Did you mean 'gaussian'"]),
    "an option no head has": ({"head": {"two_part": {"sof": 1}}}, ["'sof'", "Known: soft"]),
    "two heads": ({"head": {"point": {}, "gaussian": {}}}, ["Write its name"]),
    "a misspelt transform": ({"transform": "log"}, ["transform is 'log'", "Did you mean 'log10'"]),
    "a misspelt loss": ({"loss": "absolut"}, ["Did you mean 'absolute'"]),
    "a loss for another head": ({"head": "gaussian", "loss": "squared"}, ["head='point'", "'gaussian'"]),
    "an unknown name of bounds": ({"bounds": "negative"}, ["'negative'", "positive, fraction"]),
    "bounds the wrong way round": ({"bounds": (3, 1)}, ["(3, 1)", "(low, high)"]),
    "targets outside the bounds": ({"bounds": (0, 800)}, ["row 24", "outside bounds=[0.0, 800.0]"]),
    "two parts without an edge": ({"head": "two_part"}, ["only 3%", "hold 418", "20%", "head='point'"]),
    "a spread from a solver": ({"head": "gaussian", "strategy": "extract"}, ["'extract'", "strategy='full'"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_choice_is_answered(case, regressor, strings, values):
    changes, said = BAD[case]
    with pytest.raises(ValueError, match=r".") as error:
        regressor(**changes).fit(strings, values)
    for part in said:
        assert part in str(error.value), str(error.value)


def test_log10_names_the_row_it_can_not_take(regressor, strings, values):
    values[3], values[9] = np.nan, -2.5
    with pytest.raises(ValueError, match=r"'target' of row 10 is -2.5: transform='log10'.*above 0"):
        regressor(transform="log10").fit(strings, values)


@pytest.mark.parametrize("loss", ["smooth_l1", "squared"])
def test_the_loss_of_the_point_head_can_be_chosen(loss, regressor, strings, values):
    one = regressor(loss=loss).fit(strings, values).predict(NEW)
    assert np.abs(one - regressor().fit(strings, values).predict(NEW)).max() > 1e-4


def test_the_middle_level_is_the_median():
    assert LEVELS[len(LEVELS) // 2] == 0.5
    assert QuantileHead(targets=["a"], scale=[1.0]).columns[0] == "a"
    assert isinstance(new_head("point", ["a"]), HEADS["point"])
