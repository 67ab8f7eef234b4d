"""The model card: valid front matter, no invented facts, gaps named."""

from __future__ import annotations

import pytest
import yaml

from matprior.reports.card import model_card

FACTS = {
    "architecture": "MatBERT: BERT encoder on element tokens",
    "parameters": 1_916_928,
    "objective": "masked atoms",
    "training_data": [
        {"name": "corpus", "rows": 500_123, "licence": "CC BY 4.0", "source": "Materials Project"}
    ],
    "license": "CC-BY-4.0",
    "command": "matprior pretrain corpus.txt.gz --size small",
    "versions": {"torch": "2.13.0"},
}
RECORD = {"dataset": "expt_gap", "split": "official", "model": "matbert-small", "metric": "MAE", "unit": "eV",
          "value": 0.3041, "std": 0.0083, "folds": [0.30, 0.31, 0.30, 0.31, 0.30]}  # fmt: skip


def front_matter(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_a_full_card_names_every_fact_and_leaves_no_gap():
    card = model_card("matbert-small", FACTS, [RECORD])
    for words in (
        "# matbert-small",
        "1,916,928",
        "500,123",
        "CC BY 4.0",
        "0.304 ± 0.008",
        "torch 2.13.0",
        "matprior pretrain",
    ):
        assert words in card
    assert "Not stated" not in card
    assert front_matter(card)["license"] == "CC-BY-4.0"


def test_a_score_without_folds_claims_no_spread():
    card = model_card("x", FACTS, [{"dataset": "held out", "metric": "top1", "value": 0.61}])
    assert "| held out | top1 | 0.610 |" in card
    assert "±" not in card


def test_missing_facts_are_named_as_missing():
    card = model_card("x", {"objective": "masked atoms"})
    gaps = card[card.index("## Not stated") :]
    assert "license" in gaps or "licence" in gaps
    assert "training data" in gaps
    assert "objective" not in gaps
    assert "Nothing measured yet" in card


def test_a_fitted_model_says_target_and_unit_and_how_to_load_it():
    card = model_card("gaps", {"targets": ["band_gap"], "units": {"band_gap": "eV"}, "base": "matbert-small"})
    assert "band_gap (eV)" in card
    assert 'load("path/to/gaps")' in card
    named = model_card("x", {"targets": ["mp / K"], "units": {"mp / K": "K"}, "mix": "trees 40 %, gp 60 %"})
    assert "Predicts mp / K from the composition: a mix of trees 40 %, gp 60 %." in named


def test_quotes_and_pipes_break_neither_header_nor_tables():
    card = model_card("x", {**FACTS, "license": 'other: "mine"', "tags": ["a: b"], "note": "a | b\nc"})
    assert front_matter(card)["license"] == 'other: "mine"'
    assert "a \\| b c" in card


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="Expected one of: pretrained, generator, describer, fitted"):
        model_card("x", {"kind": "magic"})


def test_a_fitted_card_repeats_the_licence_of_its_checkpoint_and_leaves_the_rest_to_the_data():
    facts = {"targets": ["gap"], "base": "matbert-small", "base_license": "Weights: Apache-2.0. From COD."}
    card = model_card("gaps", facts)
    section = card[card.index("## Licence") :]
    assert "Of matbert-small, from which it started: Weights: Apache-2.0. From COD. The terms of" in section
    assert "rows it was fitted on decide the rest" in section
    assert "license of the rows it was fitted on" in section[section.index("## Not stated") :]
    assert "license" not in front_matter(card)


def test_a_licence_for_the_whole_model_is_not_called_missing():
    card = model_card("gaps", {"targets": ["gap"], "license": "MIT", "base_license": "Weights: MIT."})
    assert "Given for this model as a whole: MIT." in card
    assert "license" not in card[card.index("## Not stated") :]
    assert front_matter(card)["license"] == "MIT"


def test_a_fitted_card_without_any_licence_says_so():
    card = model_card("gaps", {"targets": ["gap"], "base": "no pretraining"})
    assert "## Licence" not in card
    assert "license" in card[card.index("## Not stated") :]
