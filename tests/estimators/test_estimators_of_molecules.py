"""Molecules through the same estimators: spelling changes nothing, folders answer without us."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from matprior import load
from matprior.estimators import AutoRegressor, MaterialClassifier, MaterialRegressor
from matprior.estimators.candidates import CANDIDATES, Problem
from matprior.estimators.crossfit import out_of_fold
from matprior.estimators.encoding import spelled
from matprior.estimators.features import Features, Pretrained
from matprior.models.families import save_tokenizer
from matprior.models.molbert import MolBertConfig, MolBertForPreTraining
from matprior.notations import InvalidString
from matprior.strategies import STRATEGIES

HEADS = ["C", "CC", "CCC", "CCCC", "C1CC1", "C1CCCC1", "c1ccccc1", "Cc1ccccc1", "CC(C)", "CCCCC"]
TAILS = ["O", "N", "Cl", "Br", "F"]
STRINGS = [f"{tail}{head}" for head in HEADS for tail in TAILS]
VALUES = np.array([30.0 * i - 40.0 * j for i in range(len(HEADS)) for j in range(len(TAILS))])
QUICK = {"epochs": 2, "batch_size": 16}


@pytest.fixture(scope="module")
def molbert(tmp_path_factory):
    """A pretrained-looking MolBERT with random weights."""
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    model = MolBertForPreTraining(MolBertConfig.of_size("tiny", **shape))
    folder = tmp_path_factory.mktemp("molbert")
    model.save_pretrained(folder)
    save_tokenizer(model.config, folder)
    return folder


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"prompts"}))
def test_a_fitted_folder_answers_without_us(molbert, strategy, tmp_path):
    fitted = MaterialRegressor(str(molbert), strategy, QUICK).fit(STRINGS, VALUES)
    fitted.save(tmp_path / "m")
    plain = AutoModelForSequenceClassification.from_pretrained(tmp_path / "m").eval()
    words = AutoTokenizer.from_pretrained(tmp_path / "m")(STRINGS[:9], padding=True, return_tensors="pt")
    with torch.inference_mode():
        told = plain(**words).logits[:, 0].numpy()
    ours = load(tmp_path / "m")
    # To the last digit of float32 or so: kernels of wide vector units depend on where weights lie in memory.
    np.testing.assert_allclose(ours.predict(STRINGS), fitted.predict(STRINGS), rtol=2e-6)
    # Plain programs see the string as it stands; these are canonical already, or read alike.
    canonical = [i for i in range(9) if fitted.predict([STRINGS[i]])[0] == pytest.approx(told[i], abs=1e-3)]
    assert len(canonical) >= 5


def test_the_spelling_of_a_molecule_changes_no_answer(molbert):
    fitted = MaterialRegressor(str(molbert), training=QUICK).fit(STRINGS, VALUES)
    same = fitted.predict(["OCC", "CCO", "C(C)O", "[CH3]C[OH]"])
    np.testing.assert_array_equal(same, same[0])


def test_a_string_that_is_no_molecule_is_named_with_its_row(molbert):
    fitted = MaterialRegressor(str(molbert), training=QUICK).fit(STRINGS, VALUES)
    with pytest.raises(InvalidString, match="row 2"):
        fitted.predict(["CCO", "C(C"])


def test_a_checkpoint_of_the_other_notation_is_refused(molbert, checkpoint):
    with pytest.raises(ValueError, match="reads smiles strings, not composition"):
        MaterialRegressor(str(molbert), notation="composition").fit(STRINGS, VALUES)
    with pytest.raises(ValueError, match=r"reads composition strings, not smiles.*molbert-small"):
        MaterialRegressor(str(checkpoint), notation="smiles").fit(STRINGS, VALUES)


def test_from_scratch_needs_no_checkpoint_and_reads_selfies_too():
    from matprior.notations.selfies import to_selfies

    selfies = [to_selfies(string) for string in STRINGS]
    fitted = MaterialRegressor(None, training=QUICK, size="tiny", notation="selfies").fit(selfies, VALUES)
    assert fitted.notation_ == "selfies"
    assert np.isfinite(fitted.predict(selfies[:3])).all()


def test_more_spellings_are_seen_in_training_with_as_many_steps(molbert):
    plain = MaterialRegressor(str(molbert), training=QUICK | {"epochs": 4}).fit(STRINGS, VALUES)
    several = MaterialRegressor(str(molbert), training=QUICK | {"epochs": 4, "variants": 1}).fit(
        STRINGS, VALUES
    )
    assert len(several.history_) * 2 == len(plain.history_)
    assert not np.array_equal(several.predict(STRINGS), plain.predict(STRINGS))


def test_answers_are_averaged_over_spellings_when_asked(molbert):
    fitted = MaterialRegressor(str(molbert), training=QUICK).fit(STRINGS, VALUES)
    averaged = fitted.predict(["CCCCCO"], variants=3)
    assert averaged.shape == (1,)
    assert averaged[0] != fitted.predict(["CCCCCO"])[0]
    with pytest.raises(ValueError, match="variants=2 is for molecules"):
        spelled(["NaCl"], "composition", 2, 0)


def test_a_classifier_of_molecules_knows_probabilities(molbert):
    families = np.array(["alcohol", "amine", "chloride", "bromide", "fluoride"] * len(HEADS))
    fitted = MaterialClassifier(str(molbert), training=QUICK).fit(STRINGS, families)
    probability = fitted.predict_proba(STRINGS, variants=1)
    np.testing.assert_allclose(probability.sum(1), 1, atol=1e-5)
    assert probability.shape == (50, 5)


@pytest.fixture(scope="module")
def features(molbert):
    return Features(STRINGS, Pretrained.open(str(molbert)), "smiles")


MOLECULAR = [n for n, c in CANDIDATES.items() if "regression" in c.kinds and "smiles" in c.notations]


@pytest.mark.parametrize("name", MOLECULAR)
def test_the_answer_out_of_fold_does_not_know_its_own_target(name, features):
    values = np.where(np.arange(50) % 3 == 0, 0.0, VALUES + 500)
    folds = np.arange(50) % 3
    problem = Problem("regression", values, edge=0.0, notation="smiles")
    told = out_of_fold(name, problem, features, folds, 0, 1)
    changed = values.copy()
    changed[7] = 9000.0
    again = out_of_fold(
        name, Problem("regression", changed, edge=0.0, notation="smiles"), features, folds, 0, 1
    )
    mine = folds == folds[7]
    np.testing.assert_array_equal(again.predictions[mine], told.predictions[mine])
    assert (again.predictions[~mine] != told.predictions[~mine]).any()


def test_auto_mixes_molecular_candidates_and_is_saved_whole(molbert, tmp_path):
    names = ["trees-fingerprints", "trees-descriptors", "ridge-pretrained"]
    auto = AutoRegressor(str(molbert), members=3, candidates=names, n_jobs=1).fit(STRINGS, VALUES)
    assert set(auto.stack_.weights) <= set(names)
    after = load(auto.save(tmp_path / "m"))
    np.testing.assert_array_equal(after.predict(["CCO", "c1ccccc1I"]), auto.predict(["CCO", "c1ccccc1I"]))
    with pytest.raises(ValueError, match="trees-fractions"):
        AutoRegressor(str(molbert), candidates=["trees-fractions"], n_jobs=1).fit(STRINGS, VALUES)


@pytest.mark.parametrize("lacking", ["head", "facts"])
def test_a_folder_without_a_property_head_is_saved_as_one_without(lacking, tmp_path):
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    facts = [{"name": str(i), "unit": "", "transform": "none", "mean": 0.0, "scale": 1.0} for i in range(7)]
    model = MolBertForPreTraining(MolBertConfig.of_size("tiny", **shape, properties=facts))
    weights = model.state_dict()
    if lacking == "head":
        weights = {name: value for name, value in weights.items() if not name.startswith("properties.")}
    else:
        model.config.properties = []
        weights = {
            name: value[:1] if name.startswith("properties.") else value for name, value in weights.items()
        }
    model.save_pretrained(tmp_path / "whole", state_dict=weights)
    save_tokenizer(model.config, tmp_path / "whole")
    opened = Pretrained.open(tmp_path / "whole")
    assert not opened.answers_properties
    assert opened.network.properties.out_features == 1
    opened.save(tmp_path / "saved")
    again = Pretrained.open(tmp_path / "saved")
    assert not again.answers_properties
    np.testing.assert_array_equal(*(one.vectors(one.encode(STRINGS[:3])) for one in (opened, again)))
