"""`PrototypeClassifier`: scikit-learn's manners, what it saves, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matprior import PrototypeClassifier
from matprior.estimators.suggestions import suggest


@pytest.fixture
def few(checkpoint):
    return lambda **changes: PrototypeClassifier(**{"model": str(checkpoint), **changes})


@pytest.fixture
def support(strings, families):
    """Twelve of the 48 salts: three of each anion."""
    return strings[:12], families[:12]


@pytest.mark.parametrize("features", ["embeddings", "classical", "both"])
@pytest.mark.parametrize("metric", ["euclidean", "cosine", "mahalanobis"])
def test_anions_are_recognised_from_three_rows_each(few, support, strings, families, features, metric):
    told = few(features=features, metric=metric).fit(*support).predict(strings[12:])
    assert (told == families[12:]).mean() > (0.6 if features != "embeddings" else 0.4)  # chance is 0.25


def test_probabilities_follow_the_classes(few, support, strings):
    fitted = few().fit(*support)
    told = fitted.predict_proba(strings)
    assert told.shape == (48, 4)
    assert_allclose(told.sum(1), 1.0)
    assert fitted.classes_.tolist() == ["bromide", "chloride", "fluoride", "oxide"]
    assert (fitted.classes_[told.argmax(1)] == fitted.predict(strings)).all()


def test_spelling_changes_no_answer(few, support):
    fitted = few(features="both").fit(*support)
    assert_allclose(fitted.predict_proba(["MgCl2"]), fitted.predict_proba(["Cl2Mg1"]), atol=1e-6)


def test_classes_keep_their_type(few, strings):
    assert few().fit(strings[:8], [0, 1] * 4).predict(strings[:2]).dtype.kind == "i"
    assert few().fit(strings[:8], [True, False] * 4).classes_.tolist() == [False, True]


def test_rows_without_a_label_are_left_out(few, support, strings):
    labels = [*support[1], None, float("nan")]
    fitted = few().fit([*support[0], *strings[20:22]], labels)
    assert_allclose(fitted.predict_proba(strings), few().fit(*support).predict_proba(strings))


def test_a_series_and_a_list_are_alike(few, support, strings):
    one = few().fit(pd.Series(support[0]), pd.Series(support[1]))
    assert (one.predict(pd.Series(strings)) == few().fit(*support).predict(strings)).all()


def test_parameters_are_kept_as_given_and_cloned(few):
    one = few(metric="cosine", augment=3)
    assert clone(one).get_params() == one.get_params()


def test_nearest_names_the_class_and_the_rows_behind_it(few, support, strings):
    fitted = few(features="classical").fit(*support)
    near = fitted.nearest(strings[:2], k=2)
    assert near["nearest"].tolist() == fitted.predict(strings[:2]).tolist()
    assert near["like"].str.split().str[0].tolist() == fitted.support_[:2]
    assert (near["distance"] <= near["distance_to_second"]).all()


@pytest.mark.parametrize("features", ["embeddings", "both"])
@pytest.mark.parametrize("augment", [0, 3])
def test_a_saved_folder_answers_alone(few, support, strings, tmp_path, features, augment):
    fitted = few(features=features, augment=augment).fit(*support)
    fitted.save(tmp_path / "few")
    back = PrototypeClassifier.load(tmp_path / "few")
    assert_allclose(back.predict_proba(strings), fitted.predict_proba(strings), atol=1e-6)
    assert (back.predict(strings) == fitted.predict(strings)).all()
    assert (tmp_path / "few" / "encoder" / "model.safetensors").is_file()
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".pkl", ".joblib", ".pt")]


def test_a_damaged_folder_is_named(few, support, tmp_path):
    few().fit(*support).save(tmp_path / "few")
    (tmp_path / "few" / "support.safetensors").write_bytes(b"cut")
    with pytest.raises(ValueError, match=r"support\.safetensors can't be used"):
        PrototypeClassifier.load(tmp_path / "few")
    facts = json.loads((tmp_path / "few" / "fewshot.json").read_text())
    facts.pop("support")
    (tmp_path / "few" / "fewshot.json").write_text(json.dumps(facts))
    with pytest.raises(ValueError, match="'support' is not in it"):
        PrototypeClassifier.load(tmp_path / "few")
    with pytest.raises(ValueError, match="holds no few-shot classifier"):
        PrototypeClassifier.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"features": "all"}, "features is 'all'"), ({"metric": "l1"}, "metric is 'l1'"),
     ({"model": None}, "model is None"), ({"augment": -2}, "augment is -2"),
     ({"model": "bert"}, "no model 'bert'")],
)  # fmt: skip
def test_options_that_mean_nothing_are_refused(few, support, changes, message):
    with pytest.raises(ValueError, match=message):
        few(**changes).fit(*support)


def test_one_class_is_refused(few, strings):
    with pytest.raises(ValueError, match=r"has 1 class \(salt\)"):
        few().fit(strings[:3], ["salt"] * 3)


def test_a_bad_string_is_named_with_its_row(few):
    with pytest.raises(ValueError, match="at row 2"):
        few().fit(["NaCl", "Xx2O"], ["a", "b"])


def test_asking_before_fitting_is_refused(few):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        few().predict(["NaCl"])


@pytest.fixture
def molecules(tmp_path):
    """A tiny MolBERT of random weights, opened from a folder."""
    torch = pytest.importorskip("torch")
    from matprior.estimators.features import Pretrained
    from matprior.models.molbert import MolBertConfig, MolBertForPreTraining

    torch.manual_seed(0)
    network = MolBertForPreTraining(MolBertConfig.of_size("tiny"))
    network.save_pretrained(tmp_path / "mol")
    assert Pretrained.open(tmp_path / "mol").network.config.notation == "smiles"
    return str(tmp_path / "mol")


@pytest.mark.parametrize("augment", [0, 2])
def test_molecules_are_told_apart_by_the_same_noun(molecules, augment):
    alcohols, amines = ["CCO", "CCCO", "CC(C)O", "OCCO"], ["CCN", "CCCN", "CC(C)N", "NCCN"]
    few = PrototypeClassifier(molecules, features="both", augment=augment)
    few.fit(alcohols[:3] + amines[:3], ["alcohol"] * 3 + ["amine"] * 3)
    assert few.notation_ == "smiles"
    assert few.predict(["CCCCO", "CCCCN"]).tolist() == ["alcohol", "amine"]
    assert_allclose(few.predict_proba(["OCC"]), few.predict_proba(["CCO"]), atol=1e-6)


def test_suggestions_leave_out_what_is_measured_and_rank_by_doubt(few, support, strings):
    fitted = few(features="classical").fit(*support)
    found = suggest([*strings, "Li1F1", "ClNa"], 6, fitted)
    assert len(found) == 6
    assert set(found["string"]).isdisjoint(fitted.support_)
    assert found["doubt"].is_monotonic_decreasing
    assert_allclose(found.filter(like="p_").sum(axis=1), 1.0)


def test_suggestions_at_the_beginning_need_no_classifier(checkpoint, strings):
    found = suggest(strings, 5, model=str(checkpoint))
    assert len(set(found["string"])) == 5
    assert [strings[i] for i in found["position"]] == found["string"].tolist() or all(
        isinstance(i, int | np.integer) for i in found["position"]
    )


@pytest.mark.parametrize(("by", "message"), [("best", "by is 'best'"), ("stratified", "by is 'stratified'")])
def test_an_unknown_way_to_choose_is_refused(few, support, by, message):
    with pytest.raises(ValueError, match=message):
        suggest(["KCl"], 1, few().fit(*support), by=by)


def test_a_pool_that_is_all_measured_is_refused(few, support):
    with pytest.raises(ValueError, match="measured already"):
        suggest(support[0][:3], 1, few().fit(*support))
