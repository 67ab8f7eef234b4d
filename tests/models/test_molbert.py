"""MolBERT: a plain ModernBERT with our heads, opened by the `Auto*` classes without us."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoTokenizer

from matprior.models.families import family_of, notation_of, save_tokenizer
from matprior.models.molbert import (
    MolBertConfig,
    MolBertForPreTraining,
    MolBertForSequenceClassification,
)

STRINGS = ["CCO", "c1ccccc1C(=O)O", "[Na+].[Cl-]", "C[C@@H](N)C(=O)O"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkpoint with random weights, as `matprior pretrain` saves one."""
    torch.manual_seed(0)
    columns = [{"name": "weight", "unit": "Da", "transform": "none", "mean": 100.0, "scale": 50.0}]
    model = MolBertForPreTraining(MolBertConfig.of_size("tiny", num_hidden_layers=2, properties=columns))
    found = tmp_path_factory.mktemp("molbert")
    model.save_pretrained(found)
    save_tokenizer(model.config, found)
    return found


def batch(folder):
    return AutoTokenizer.from_pretrained(folder)(STRINGS, padding=True, return_tensors="pt")


def test_plain_classes_read_the_same_numbers(folder):
    ours = MolBertForPreTraining.from_pretrained(folder).eval()
    words = batch(folder)
    with torch.inference_mode():
        answer = ours(**words)
        plain = AutoModelForMaskedLM.from_pretrained(folder).eval()(**words).logits
        hidden = AutoModel.from_pretrained(folder).eval()(**words).last_hidden_state
        mean = (hidden * words["attention_mask"][..., None]).sum(1) / words["attention_mask"].sum(1)[:, None]
        vector = ours.head(mean)
    torch.testing.assert_close(answer.logits, plain)
    torch.testing.assert_close(answer.pooler_output, vector)


def test_a_program_without_matprior_opens_the_folder(folder):
    script = (
        "import sys, torch; from transformers import AutoModelForMaskedLM, AutoTokenizer;"
        "t = AutoTokenizer.from_pretrained(sys.argv[1]);"
        "m = AutoModelForMaskedLM.from_pretrained(sys.argv[1]);"
        "print(m(**t('CCO', return_tensors='pt')).logits.shape[1], 'matprior' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["5", "False"]


def test_padding_changes_no_answer(folder):
    model = MolBertForPreTraining.from_pretrained(folder).eval()
    words = batch(folder)
    with torch.inference_mode():
        together = model(**words).pooler_output
        alone = [
            model(words["input_ids"][i : i + 1, : int(n)]).pooler_output
            for i, n in enumerate(words["attention_mask"].sum(1))
        ]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_a_fitted_head_starts_from_the_pretrained_encoder_and_head(folder):
    fitted = MolBertForSequenceClassification.from_pretrained(folder, num_labels=2)
    pretrained = MolBertForPreTraining.from_pretrained(folder)
    assert torch.equal(fitted.head.dense.weight, pretrained.head.dense.weight)
    assert fitted.classifier.out_features == 2


def test_plain_sequence_classification_gives_our_answer(folder, tmp_path):
    fitted = MolBertForSequenceClassification.from_pretrained(
        folder, num_labels=1, problem_type="regression"
    ).eval()
    fitted.save_pretrained(tmp_path)
    words = batch(folder)
    plain = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        np.testing.assert_allclose(plain(**words).logits, fitted(**words).logits, atol=1e-6)


def test_the_config_says_whose_architecture_it_is_and_what_the_strings_mean(folder):
    told = json.loads((folder / "config.json").read_text())
    assert told["model_type"] == "modernbert"
    assert (told["notation"], told["encoding"]) == ("smiles", "split")
    assert notation_of(folder) == "smiles"
    assert family_of(folder).name == "MolBERT"


def test_a_model_of_another_family_is_refused_by_name(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bart"}')
    with pytest.raises(ValueError, match=r"is a 'bart' model; matprior reads matbert, modernbert"):
        family_of(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ValueError, match="writes strings and cannot be fitted"):
        family_of(tmp_path)
