"""The grammar: what it writes comes back, and what it cannot write is said."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.notations import parse
from matprior.tokens.sentences import (
    CONTEXT,
    ELEMENTS,
    ID,
    TOKENS,
    encode_sentences,
    formula_of,
    nearest_asked,
    sentence,
    sentence_tokenizer,
)

FORMULAS = [
    "NaCl",
    "Ca(OH)2",
    "LiFePO4",
    "La1.85Sr0.15CuO4",
    "Fe30O29",
    "Ba0.6K0.4Fe2As2",
    "D2O",
    "Mg149Ac",
    "H",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_sentence_comes_back_as_the_canonical_formula(formula):
    ids = [ID[token] for token in sentence(formula)]
    assert formula_of([*ids, ID["<eos>"]]) == parse(formula).canonical


@pytest.mark.parametrize("formula", ["O3Fe2", "PO4LiFe", "N2H8O3"])
def test_elements_come_in_the_order_of_electronegativity(formula):
    places = [ELEMENTS.index(token) for token in sentence(formula) if token in ELEMENTS]
    assert places == sorted(places)


@pytest.mark.parametrize("formula", ["Fe0.997O", "SO4^2-"])
def test_amounts_without_a_token_and_charges_are_not_written(formula):
    assert sentence(formula) is None


def test_what_cannot_be_written_is_left_out_and_the_rest_keeps_its_place():
    encoded, kept = encode_sentences(["NaCl", "Fe0.997O", "MgO"])
    assert kept.tolist() == [0, 2]
    assert encoded.lengths.tolist() == [4, 4]


def test_no_two_tokens_have_one_id():
    assert len(set(TOKENS)) == len(TOKENS)


def test_the_tokenizer_opens_with_auto_tokenizer_beside_the_model(generator):
    from transformers import AutoTokenizer

    opened = AutoTokenizer.from_pretrained(generator)
    for formula in FORMULAS:
        tokens = sentence(formula)
        ids = opened("".join(tokens))["input_ids"]
        assert ids == [ID["<bos>"], *(ID[token] for token in tokens)]
        assert opened.decode(ids, skip_special_tokens=True) == "".join(tokens)


def test_what_is_asked_is_one_token_that_decoding_drops():
    tokenizer = sentence_tokenizer()
    ids = tokenizer("<band_gap=1.5>NaCl")["input_ids"]
    assert [TOKENS[i] for i in ids] == ["<bos>", "<band_gap=1.5>", "Na", "Cl"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "NaCl"


def test_a_small_gap_is_not_taken_for_a_metal():
    found = nearest_asked("band_gap", np.array([0.0, 0.04, 0.1, 1.3, np.nan, 30]))
    assert [TOKENS[i] for i in found] == [
        "<band_gap=0>", "<band_gap=0>", "<band_gap=0.5>", "<band_gap=1.5>", "<pad>", "<band_gap=8>",
    ]  # fmt: skip


def test_a_sentence_always_fits_the_context():
    many = "".join(ELEMENTS[i] + "7" for i in range(0, 60, 2))
    assert sentence(many) is None
    assert all(len(sentence(formula)) < CONTEXT for formula in FORMULAS)
