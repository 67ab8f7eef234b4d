"""Explanations of a model that was taught a known sum of elements: complete, true, and faithful."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("captum", reason='explanations need captum: pip install "matprior[explain]"')

from matprior.estimators import AutoRegressor, MaterialClassifier, MaterialRegressor
from matprior.evaluation.explain import TOLERANCE, contributions
from matprior.evaluation.explain_rows import attention, nearest_rows
from matprior.evaluation.explanation import explain
from matprior.evaluation.faithfulness import faithfulness
from matprior.evaluation.what_if import similar, what_ifs
from matprior.notations import parse

WORTH = {"Li": -4.0, "Fe": 0.5, "Co": 2.0, "Ni": 6.0, "O": -1.0, "S": 1.0, "F": 3.0}
"""What each element adds, times its fraction."""
QUICK = {"epochs": 2, "batch_size": 16}


def world() -> tuple[list[str], np.ndarray]:
    strings = list(
        dict.fromkeys(
            f"{a}{i}{b}{j}{c}{k}"
            for a, b, c in itertools.combinations(WORTH, 3)
            for i, j, k in [(1, 1, 1), (1, 2, 3), (3, 1, 1), (1, 3, 2), (2, 1, 4), (1, 4, 1)]
        )
    )
    return strings, np.array([truth(one) for one in strings])


def truth(string: str) -> float:
    return sum(WORTH[symbol] * x for symbol, x in parse(string).fractions.items())


@pytest.fixture(scope="module")
def taught() -> MaterialRegressor:
    strings, values = world()
    options = {"epochs": 25, "batch_size": 16, "learning_rate": 1e-3}
    return MaterialRegressor(model=None, size="tiny", training=options).fit(strings, values)


@pytest.fixture(scope="module")
def asked() -> list[str]:
    return world()[0][::2][:100]


def test_contributions_are_complete(taught, asked):
    found = contributions(taught, asked)
    assert found.strings["complete"].all()
    assert (found.strings["gap"] <= TOLERANCE).all()
    sums = found.parts.groupby("string", sort=False)["contribution"].sum().to_numpy()
    difference = (found.strings["answer"] - found.strings["hidden"]).to_numpy()
    assert np.allclose(sums, difference, atol=0.03 * np.abs(difference).max())
    assert np.allclose(found.strings["answer"], taught.predict(found.strings["string"].tolist()), atol=1e-4)


def test_contributions_of_a_known_sum_are_its_terms(taught, asked):
    parts = contributions(taught, asked).parts
    fraction = [parse(line.string).fractions[line.part] for line in parts.itertuples()]
    mean = np.mean(list(WORTH.values()))
    terms = [x * (WORTH[part] - mean) for x, part in zip(fraction, parts["part"], strict=True)]
    assert np.corrcoef(terms, parts["contribution"])[0, 1] > 0.8


@pytest.mark.parametrize("how", ["delete", "hide"])
def test_the_part_ranked_first_moves_the_prediction_more_than_a_random_one(taught, asked, how):
    found = faithfulness(taught, asked, how)
    assert found.faithful, found
    assert found.top > 1.1 * found.other


def test_a_hundred_materials_take_seconds(taught, asked):
    start = time.perf_counter()
    explain(taught, asked)
    assert time.perf_counter() - start < 20
    assert len(asked) == 100


def test_what_ifs_are_the_models_own_answers(taught):
    found = what_ifs(taught, ["CoLiO2"], {"Co": ["Ni"]}).set_index("change")
    assert found.loc["Ni for Co", "new"] == "LiNiO2"
    assert found.loc["without Li", "new"] == "CoO2"
    before, after = taught.predict(["LiCoO2", "LiNiO2"])
    assert found.loc["Ni for Co", "difference"] == pytest.approx(after - before, abs=1e-5)
    assert found.loc["Ni for Co", "difference"] > 0.3  # taught: 6 in place of 2, a quarter of the atoms


@pytest.mark.parametrize("targets", [1, 2])
def test_what_ifs_know_what_the_model_says_and_what_is_far_from_its_rows(targets):
    strings, values = world()
    columns = values if targets == 1 else np.stack([values, -values], 1)
    model = MaterialRegressor(model=None, size="tiny", training=QUICK).fit(strings, columns)
    found = what_ifs(model, ["CoLiO2", "FeF3"], target=targets - 1)
    told = model.predict(found["new"].tolist())
    assert found["after"].to_numpy() == pytest.approx(told if targets == 1 else told[:, 1], abs=1e-4)
    assert found["in_domain"].tolist() == model.in_domain(found["new"].tolist()).tolist()
    assert not found["in_domain"].all()  # like elements that no row holds


def test_similar_elements_are_kin_that_one_can_buy():
    assert set(similar("Co")) == {"Ni", "Fe", "Mn"}
    assert set(similar("Li")) == {"Na", "K", "Rb"}
    assert "Pm" not in similar("Eu")


def test_classes_are_explained_by_their_log_odds(asked):
    strings, values = world()
    model = MaterialClassifier(model=None, size="tiny", training=QUICK).fit(strings, values > 1)
    found = contributions(model, asked[:5])
    sure = model.predict_proba(found.strings["string"].tolist()).max(1)
    assert np.allclose(found.strings["answer"], np.log(sure / (1 - sure)), atol=1e-4)
    assert "log-odds" in found.what
    assert found.strings["complete"].all()


def test_a_mix_is_explained_by_its_networks_and_says_so(checkpoint, asked):
    strings, values = world()
    auto = AutoRegressor(
        model=str(checkpoint), members=2, training=QUICK, candidates=["network"], n_jobs=1
    ).fit(strings[:60], values[:60])
    found = contributions(auto, asked[:3])
    assert np.allclose(found.strings["answer"], auto.predict(asked[:3]), atol=1e-4)
    assert "2 networks, averaged" in found.notes[0]


def test_networks_that_cancel_each_other_are_integrated_more_finely(taught, monkeypatch):
    strings, values = world()
    options = {"epochs": 25, "batch_size": 16, "learning_rate": 1e-3}
    other = MaterialRegressor(model=None, size="tiny", training=options, seed=1).fit(strings, -values)
    mix = SimpleNamespace(
        members_=[taught, other],
        stack_=SimpleNamespace(weights={"network": 1.0}),
        target_names_=taught.target_names_,
    )
    import matprior.evaluation.explain as module
    import matprior.evaluation.explain_path as path

    monkeypatch.setattr(path, "PIECES", 4)
    monkeypatch.setattr(path, "NODES", 2)  # so that every network is only as exact as it has to be
    # Which answers all but cancel depends on the last bits of the training, which differ between machines.
    finely = contributions(mix, strings).strings["complete"]
    monkeypatch.setattr(module, "_SHARES", (1.0,))
    coarsely = contributions(mix, strings).strings["complete"]
    assert finely.mean() > 0.98
    assert finely.sum() > coarsely.sum()


def test_a_mix_without_a_network_has_what_ifs_only(asked):
    strings, values = world()
    auto = AutoRegressor(model=None, candidates=["trees-fractions"], n_jobs=1).fit(strings[:40], values[:40])
    with pytest.raises(ValueError, match="no gradients"):
        contributions(auto, asked[:2])
    found = explain(auto, asked[:2])
    assert found.contributions is None
    assert len(found.what_ifs)


def test_a_choice_between_two_parts_is_explained_where_it_has_a_gradient(asked):
    strings, values = world()
    model = MaterialRegressor(model=None, size="tiny", training=QUICK, head="two_part")
    found = contributions(model.fit(strings, np.maximum(values, 0.5)), asked[:4])
    assert found.what == "target where it is not 0.5"
    assert found.strings["complete"].all()


def test_atoms_written_one_by_one_are_one_part(asked, taught):
    found = contributions(taught, ["Fe2O3", "O6 Fe4"])
    assert found.parts["part"].tolist()[:2] == ["Fe", "O"]
    assert found.parts["contribution"][:2].tolist() == pytest.approx(
        found.parts["contribution"][2:].tolist(), abs=1e-4
    )


def test_extra_columns_are_taken_at_their_mean_and_said(asked):
    strings, values = world()
    table = pd.DataFrame({"T_K": np.linspace(300, 900, len(strings))})
    model = MaterialRegressor(model=None, size="tiny", training=QUICK).fit(strings, values, extra=table)
    found = explain(model, asked[:2])
    assert "T_K" in found.notes[0]


def test_attention_is_a_share_in_every_layer(taught, asked):
    seen = attention(taught, asked[:3])
    layers = taught.model_.config.num_hidden_layers
    assert len(seen) == 3 * 3 * layers
    sums = seen.groupby(["string", "layer"])["weight"].sum()
    assert ((sums > 0) & (sums <= 1 + 1e-6)).all()
    assert taught.model_.config._attn_implementation == "sdpa"


def test_the_nearest_row_of_a_training_row_is_itself(taught, asked):
    table = pd.DataFrame({"string": asked, "label": np.arange(len(asked))})
    near = nearest_rows(taught, asked[:4], table, k=2)
    assert near[near["rank"] == 1]["label"].tolist() == [0, 1, 2, 3]


def test_rows_that_stay_incomplete_get_no_contributions(taught, asked, monkeypatch):
    import matprior.evaluation.explain_path as module

    monkeypatch.setattr(module, "NODES", 2)
    monkeypatch.setattr(module, "HALVINGS", 0)
    found = contributions(taught, asked[:20], tolerance=1e-7)
    wrong = found.strings.loc[~found.strings["complete"], "string"]
    assert len(wrong)
    assert found.parts[found.parts["string"].isin(wrong)]["contribution"].isna().all()
    assert "are not explained" in found.notes[-1]


def test_refusals_name_the_way_out(taught):
    with pytest.raises(ValueError, match="0 strings"):
        explain(taught, [])
    with pytest.raises(ValueError, match="no target number 3"):
        contributions(taught, ["LiF"], target=3)
    with pytest.raises(ValueError, match="'delete' or 'hide'"):
        faithfulness(taught, ["LiF"], how="burn")
