"""Molecules as sentences: what is written comes back, and what cannot be written is left out."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.notations import NOTATIONS
from matprior.notations.selfies import to_selfies
from matprior.tokens.molecule_language import CONTEXT, MoleculeLanguage
from matprior.tokens.smiles_vocabulary import UNK

SMILES = ["CCO", "c1ccncc1", "CC(=O)Nc1ccc(O)cc1", "C[C@H](N)C(=O)O", "[Na+].[Cl-]"]


@pytest.mark.parametrize("notation", ["smiles", "selfies"])
def test_a_sentence_is_the_molecule_it_came_from(notation):
    strings = SMILES if notation == "smiles" else [to_selfies(one) for one in SMILES]
    language = MoleculeLanguage.of(strings, notation)
    encoded, kept = language.encode(strings)
    assert kept.tolist() == list(range(len(SMILES)))
    assert encoded.ids.max() == len(language.tokens) - 1
    back = [language.string_of(row[1:]) for row in encoded.ids.tolist()]
    assert back == [NOTATIONS["smiles"].canonical(one) for one in SMILES]


def test_tokens_that_no_molecule_showed_and_long_strings_are_not_written():
    language = MoleculeLanguage.of(["CCO"], "smiles")
    _, kept = language.encode(["CO", "CN", "C" * CONTEXT, "OC"])
    assert kept.tolist() == [0, 3]


def test_asked_values_stand_for_the_nearest_token_and_unknown_ones_for_nothing():
    language = MoleculeLanguage.of(["CCO"], "smiles")
    told = [language.tokens[i] for i in language.asked_tokens({"weight": 303.0, "logp": 2.6})]
    assert told == ["<logp=2.5>", "<weight=300>"]  # in the order of the language, not of the question
    assert language.nearest("tpsa", np.array([np.nan])).tolist() == [language.pad]
    with pytest.raises(ValueError, match="Known: logp, qed, tpsa, weight"):
        language.asked_tokens({"band_gap": 1.0})


def test_nothing_but_a_whole_molecule_is_read():
    language = MoleculeLanguage.of(["C1CC1O"], "smiles")
    first = language.first_spoken
    carbon = language.tokens.index("C")
    assert language.string_of([carbon, language.first_asked, carbon, language.eos]) == "CC"
    assert language.string_of([language.tokens.index("1"), language.eos]) is None
    assert language.string_of([carbon, UNK]) is None
    assert language.string_of([language.eos, first]) is None


def test_the_tokenizer_opens_without_us_and_brings_the_language_back(tmp_path):
    from transformers import AutoTokenizer

    language = MoleculeLanguage.of(["[C][=O]"], "selfies")
    language.tokenizer().save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    ids = tokenizer("[C][=O]").input_ids
    assert [language.tokens[i] for i in ids] == ["<cls>", "[C]", "[=O]"]  # open at the end: it can go on
    assert tokenizer.decode(ids, skip_special_tokens=True) == "[C][=O]"
    assert MoleculeLanguage.opened(tmp_path, "selfies").tokens == language.tokens


def test_an_unknown_notation_is_refused():
    with pytest.raises(ValueError, match="smiles or selfies"):
        MoleculeLanguage("inchi", [])
