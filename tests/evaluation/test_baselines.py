"""The exam that every baseline passes; a new one joins by being in the dict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.evaluation.baselines import BASELINES, N_INNER, Dummy, ExtraTrees, Ridge, inner_folds

KINDS = {"regression": "gap_eV", "binary": "is_wide", "multiclass": "family"}


def fresh(name: str, kind: str = "regression", **options):
    small = {"n_trees": 20} if "trees" in name else {}
    return BASELINES[name](kind=kind, n_jobs=1, **small, **options)


def answers(model, kind: str, strings: list[str]) -> np.ndarray:
    return model.predict(strings) if kind == "regression" else model.predict_proba(strings)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BASELINES)
def test_same_seed_same_numbers_and_two_fits_are_two_fresh_starts(name, kind, frame):
    strings, y = list(frame["formula"]), frame[KINDS[kind]].to_numpy()
    model = fresh(name, kind, seed=1)
    first = answers(model.fit(strings, y), kind, strings[:9])
    model.fit(strings[::-1], y[::-1])
    assert np.array_equal(answers(model.fit(strings, y), kind, strings[:9]), first)
    assert np.array_equal(answers(fresh(name, kind, seed=1).fit(strings, y), kind, strings[:9]), first)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BASELINES)
def test_spelling_of_a_formula_does_not_move_the_answer(name, kind, frame):
    model = fresh(name, kind).fit(list(frame["formula"]), frame[KINDS[kind]].to_numpy())
    told = answers(model, kind, ["Fe2O3", "O3Fe2", "Fe4O6", "(FeO1.5)2"])
    assert np.allclose(told, told[0])


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("name", BASELINES)
def test_probabilities_sum_to_one_and_labels_are_the_users_classes(name, kind, frame):
    strings, y = list(frame["formula"]), frame[KINDS[kind]].to_numpy()
    model = fresh(name, kind).fit(strings, y)
    told = model.predict_proba(strings)
    assert told.shape == (len(strings), len(set(y)))
    assert np.allclose(told.sum(axis=1), 1)
    assert set(model.predict(strings)) <= set(y)


@pytest.mark.parametrize("name", BASELINES)
def test_the_threshold_decides_the_label(name, frame):
    strings, y = list(frame["formula"]), frame["is_wide"].to_numpy()
    model = fresh(name, "binary").fit(strings, y)
    expected = model.predict_proba(strings)[:, 1] >= model.threshold_
    assert np.array_equal(model.predict(strings), expected.astype(int))


@pytest.mark.parametrize("name", BASELINES)
def test_intervals_hold_the_prediction_and_widen_with_coverage(name, frame):
    model = fresh(name).fit(list(frame["formula"]), frame["gap_eV"])
    narrow, wide = (model.predict_interval(list(frame["formula"]), coverage=c) for c in (0.5, 0.9))
    assert list(wide.columns) == ["prediction", "std", "low", "high"]
    assert (wide["low"] <= wide["prediction"]).all()
    assert (wide["prediction"] <= wide["high"]).all()
    assert ((wide["high"] - wide["low"]) >= (narrow["high"] - narrow["low"])).all()
    assert (wide["std"] >= 0).all()


@pytest.mark.parametrize("name", BASELINES)
def test_ten_rows_give_a_prediction_but_claim_no_interval(name, frame):
    told = fresh(name).fit(list(frame["formula"])[:10], frame["gap_eV"][:10]).predict_interval(["MgO"])
    assert np.isfinite(told["prediction"]).all()
    assert told[["std", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize("name", BASELINES)
def test_rows_without_a_target_change_nothing(name, frame):
    strings, y = list(frame["formula"]), frame["gap_eV"].to_numpy()
    gaps = np.concatenate([y, [np.nan, np.nan]])
    told = fresh(name).fit([*strings, "UO2", "ThO2"], gaps).predict(["MgO"])
    assert np.array_equal(told, fresh(name).fit(strings, y).predict(["MgO"]))


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "dummy"])
def test_it_learns_what_can_be_learned(name, frame):
    test = np.arange(len(frame)) % 5 == 0
    strings, y = frame["formula"], frame["gap_eV"].to_numpy()
    model = fresh(name).fit(list(strings[~test]), y[~test])
    errors = np.abs(model.predict(list(strings[test])) - y[test])
    assert errors.mean() < 0.4 * np.abs(np.median(y[~test]) - y[test]).mean()


def test_extra_trees_are_500_with_scikit_learns_settings():
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    for kind, plain in (("regression", ExtraTreesRegressor), ("binary", ExtraTreesClassifier)):
        ours = ExtraTrees(kind=kind).learner(1.0).get_params()
        theirs = plain(n_estimators=500, random_state=0, n_jobs=-1).get_params()
        assert ours == theirs


def test_the_dummy_is_the_median_because_absolute_error_decides():
    assert Dummy().fit(["NaCl", "KCl", "LiF"], [1.0, 2.0, 9.0]).predict(["MgO"])[0] == 2.0
    assert Dummy(center="mean").fit(["NaCl", "KCl", "LiF"], [1.0, 2.0, 9.0]).predict(["MgO"])[0] == 4.0


def test_a_threshold_on_training_rows_finds_rare_positives():
    strings = [f"Fe{i}O{j}" for i in range(1, 21) for j in range(21, 31)]
    chance = np.repeat([0.02] * 15 + [0.25] * 5, 10)  # never likely, so 0.5 would find none
    y = np.random.default_rng(0).binomial(1, chance)
    assert fresh("ridge", "binary").fit(strings, y).threshold_ < 0.4


def test_calibration_never_sees_the_model_that_saw_the_row(frame):
    """500 trees remember their training rows; errors on these would give intervals of width 0."""
    model = fresh("extratrees").fit(list(frame["formula"]), frame["gap_eV"])
    told = model.predict_interval(list(frame["formula"]))
    assert np.abs(told["prediction"] - frame["gap_eV"].to_numpy()).max() < 1e-9
    assert (told["high"] - told["low"]).min() > 0.05


def test_inner_folds_keep_the_share_of_each_class():
    classes = np.array([0] * 45 + [1] * 10)
    folds = inner_folds(classes, 55, seed=0)
    assert [int(classes[folds == fold].sum()) for fold in range(N_INNER)] == [2] * N_INNER
    assert np.array_equal(np.bincount(folds), [11] * N_INNER)


def test_a_class_of_one_row_does_not_stop_the_fit(frame):
    y = np.zeros(len(frame), dtype=int)
    y[3] = 1
    model = fresh("extratrees", "binary").fit(list(frame["formula"]), y)
    assert 0 <= model.threshold_ <= 1


def test_labels_may_be_words():
    strings = [f"Fe{i}O{j}" for i in range(1, 7) for j in range(7, 12)]
    y = pd.Series(["metal", "insulator"] * 15)
    model = Ridge(kind="binary").fit(strings, y)
    assert model.classes_.tolist() == ["insulator", "metal"]
    assert set(model.predict(strings)) <= {"insulator", "metal"}


@pytest.mark.parametrize(
    ("targets", "message"),
    [([1.0, 2.0], "3 strings"), ([[1.0], [2.0], [3.0]], r"\(3, 1\)"), ([np.nan] * 3, "known target")],
)
def test_targets_that_do_not_fit_the_strings_are_refused(targets, message):
    with pytest.raises(ValueError, match=message):
        Dummy().fit(["NaCl", "KCl", "LiF"], targets)


def test_asking_for_what_the_kind_does_not_have_is_refused(frame):
    with pytest.raises(ValueError, match="kind='binary'"):
        fresh("dummy").fit(["NaCl"], [1.0]).predict_proba(["KCl"])
    with pytest.raises(ValueError, match="regression"):
        fresh("dummy", "binary").fit(["NaCl", "KCl"], [0, 1]).predict_interval(["KCl"])


@pytest.mark.parametrize("name", BASELINES)
def test_columns_beside_the_strings_are_needed_where_they_were_learned_from_and_refused_elsewhere(
    name, frame
):
    strings, y = list(frame["formula"]), frame["gap_eV"].to_numpy()
    hot = pd.DataFrame({"T_K": np.linspace(300, 900, len(frame))})
    hot.loc[3, "T_K"] = np.nan
    fitted = fresh(name).fit(strings, y, extra=hot)
    assert np.isfinite(fitted.predict(strings, extra=hot)).all()
    with pytest.raises(ValueError, match=r"fitted with \['T_K'\]"):
        fitted.predict(strings)
    with pytest.raises(ValueError, match="lacks the column 'T_K'"):
        fitted.predict(strings, extra=hot.rename(columns={"T_K": "T_C"}))
    with pytest.raises(ValueError, match="fitted without"):
        fresh(name).fit(strings, y).predict(strings, extra=hot)
