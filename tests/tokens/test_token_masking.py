"""`DataCollatorForLanguageModeling` works on compositions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import DataCollatorForLanguageModeling

from matprior.tokens.composition import CompositionTokenizer

FORMULAS = ["Fe2O3", "NaCl", "LiFePO4", "He", "CaTiO3", "Al2Mg4Si5O18"] * 300


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
@pytest.mark.parametrize("with_mask", [True, False])
def test_only_elements_are_masked_at_the_asked_rates(encoding, with_mask):
    tokenizer = CompositionTokenizer(encoding=encoding)
    rows = [tokenizer(formula, return_special_tokens_mask=with_mask) for formula in FORMULAS]
    originals = tokenizer.pad([tokenizer(formula) for formula in FORMULAS], return_tensors="pt")
    batch = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.3, seed=0)(rows)
    asked = batch["labels"] != -100
    elements = originals["input_ids"] >= 5
    assert not (asked & ~elements).any()
    assert torch.equal(batch["labels"][asked], originals["input_ids"][asked])
    assert torch.equal(batch["input_ids"][~asked], originals["input_ids"][~asked])
    assert asked.sum() / elements.sum() == pytest.approx(0.3, abs=0.02)
    assert (batch["input_ids"][asked] == 4).float().mean() == pytest.approx(0.8, abs=0.03)


def test_amounts_are_padded_and_left_as_they_are():
    tokenizer = CompositionTokenizer()
    rows = [tokenizer(formula) for formula in FORMULAS[:6]]
    batch = DataCollatorForLanguageModeling(tokenizer, mlm_probability=1.0, seed=0)(rows)
    expected = tokenizer(FORMULAS[:6], padding=True, return_tensors="np")["amounts"]
    np.testing.assert_array_equal(batch["amounts"].numpy(), expected)
    assert batch["amounts"].dtype == torch.float32
    assert rows[0]["input_ids"] == [2, 30, 12, 3]  # the inputs themselves are not written on
