"""Every kind of fitted model can screen: mixes, several targets, several labels, extra columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.estimators import AutoClassifier, AutoRegressor, MaterialClassifier, MaterialRegressor
from matprior.notations import NOTATIONS
from matprior.screening import Screening, screen

QUICK = {"epochs": 1, "batch_size": 16}


@pytest.fixture
def run(pool, tmp_path):
    """Save a fitted model and screen the pool with it."""

    def call(fitted, **options):
        folder = fitted.save(tmp_path / "model")
        return screen(folder, pool, tmp_path / "best.csv", Screening(chunk=100, **options), workers=1).best

    return call


@pytest.fixture(scope="session")
def strings(formulas):
    """Canonical strings of the pool."""
    return list(map(NOTATIONS["composition"].canonical, formulas))


def test_a_mix_of_regressors(run, salts, strings):
    fitted = AutoRegressor(model=None, candidates=["trees-fractions"], members=3, n_jobs=1).fit(*salts)
    best = run(fitted, by="upper", top=9, in_domain_only=False)
    told = fitted.predict_interval(strings)
    np.testing.assert_allclose(best["score"], np.sort(told["high"])[::-1][:9], rtol=1e-6)
    np.testing.assert_allclose(best["target_high"], best["score"], rtol=1e-6)


def test_a_mix_of_classifiers_tells_sets(run, salts, strings):
    labels = ["oxide" if "O" in string else "salt" for string in salts[0]]
    fitted = AutoClassifier(model=None, candidates=["trees-fractions"], members=3, n_jobs=1).fit(
        salts[0], labels
    )
    best = run(fitted, top=9, by="probability=oxide", coverage=0.8)
    np.testing.assert_allclose(
        best["score"], np.sort(fitted.predict_proba(strings)[:, 0])[::-1][:9], rtol=1e-6
    )
    sets = fitted.predict_set(best["string"].tolist(), 0.8)
    assert best["target_set"].tolist() == ["|".join(one) for one in sets]


def test_several_targets_need_a_name(run, salts, strings):
    values = pd.DataFrame({"a": salts[1], "b": np.arange(48.0) ** 2})
    fitted = MaterialRegressor(model=None, size="tiny", training={"epochs": 5}).fit(salts[0], values)
    with pytest.raises(ValueError, match=r"Which target\? none was named; this model has a, b"):
        run(fitted, top=3)
    best = run(fitted, target="b", top=3)
    np.testing.assert_allclose(best["score"], np.sort(fitted.predict(strings)[:, 1])[::-1][:3], rtol=1e-4)
    assert {"a", "a_std", "b", "b_low"} <= set(best)


def test_several_labels_need_a_name(run, salts, strings):
    labels = pd.DataFrame({"oxide": ["O" in s for s in salts[0]], "light": ["Li" in s for s in salts[0]]})
    fitted = MaterialClassifier(model=None, size="tiny", training=QUICK).fit(salts[0], labels.astype(int))
    best = run(fitted, target="light", top=3)
    np.testing.assert_allclose(
        best["score"], np.sort(fitted.predict_proba(strings)[:, 1])[::-1][:3], rtol=1e-4
    )


def test_extra_columns_get_one_value_for_the_pool(run, salts, strings):
    warm = np.linspace(200, 900, 48)
    fitted = MaterialRegressor(model=None, size="tiny", training=QUICK).fit(
        *salts, extra=pd.DataFrame({"T_K": warm})
    )
    with pytest.raises(ValueError, match=r"this model needs T_K; got none.*--at T_K=VALUE"):
        run(fitted, top=3)
    best = run(fitted, top=3, at={"T_K": 300.0})
    told = fitted.predict(strings, extra=pd.DataFrame({"T_K": np.full(len(strings), 300.0)}))
    np.testing.assert_allclose(best["score"], np.sort(told)[::-1][:3], rtol=1e-4)
