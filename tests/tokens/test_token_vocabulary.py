"""Ids: every element has one, none is a special token's, none is an atomic number by accident."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from matprior.notations.elements import ATOMIC_NUMBER, SYMBOLS
from matprior.tokens import SPECIALS, VOCABULARY_SIZE, encode_many
from matprior.tokens.vocabulary import ID, ORDER, TOKENS


def test_the_vocabulary_is_five_specials_and_118_elements():
    assert SPECIALS == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    assert VOCABULARY_SIZE == len(set(TOKENS)) == 123


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_element_is_one_token_of_its_own(symbol):
    encoded = encode_many([symbol])
    assert encoded.ids.tolist() == [[2, 4 + ATOMIC_NUMBER[symbol], 3]]
    assert encoded.amounts.tolist() == [[0, 1, 0]]


def test_mendelevium_and_nobelium_are_not_the_specials_that_bert_keeps_at_101_and_102():
    assert (ATOMIC_NUMBER["Md"], ATOMIC_NUMBER["No"]) == (101, 102)
    ids = encode_many(["Md", "No"]).ids
    assert ids[:, 1].tolist() == [105, 106]
    assert (ids[:, 0] == 2).all()
    assert (ids[:, 2] == 3).all()


def test_no_element_shares_an_id_with_a_special_token():
    assert set(ID.values()).isdisjoint(range(len(SPECIALS)))
    assert sorted(ID[symbol] for symbol in SYMBOLS) == list(range(5, 123))


def test_deuterium_and_tritium_are_hydrogen():
    assert ID["D"] == ID["T"] == ID["H"] == 5
    plain = encode_many(["H2O"])
    for heavy in ("D2O", "T2O", "DHO", "HTO"):
        encoded = encode_many([heavy])
        assert encoded.ids.tolist() == plain.ids.tolist()
        assert encoded.amounts.tolist() == plain.amounts.tolist()


def test_the_order_of_tokens_cannot_be_changed_by_a_caller():
    with pytest.raises(ValueError, match="read-only"):
        ORDER[5] = 0
    assert len(np.unique(ORDER[5:])) == 118


def test_the_bulk_path_loads_neither_torch_nor_transformers():
    code = "import sys, matprior.tokens as t; t.encode_many(['He']); "
    code += "print({'torch', 'transformers'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
