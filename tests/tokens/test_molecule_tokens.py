"""SMILES and SELFIES as tokens: every valid string comes back, nothing is dropped, both readers agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, DataCollatorForLanguageModeling

from matprior.notations import InvalidString
from matprior.notations.elements import SYMBOLS
from matprior.tokens.audit import audit_molecules
from matprior.tokens.fast import FORMS, molecule_tokenizer
from matprior.tokens.selfies import encode_selfies, split_selfies
from matprior.tokens.smiles import encode_smiles, split_smiles
from matprior.tokens.smiles_vocabulary import CHIRALITY, MASK, SEP, TOKENS, UNK

HARD = [
    "CSc1ccccc1", "C%12CCCCC%12", "C%(123)CC%(123)", "[13CH3-:7]", "F/C=C\\F", "[Fe+2].[O-2]", "[nH]1cccc1",
    "C[C@@H](N)C(=O)O", "[Co@OH26](Cl)(Br)(I)(F)(N)O", "[Pt@SP2](Cl)(Br)N", "C$C", "c1cc[se]c1", "*CC*",
    "CC>>CCO", "[C:1](=[O:2])O>[H+]>[C:1]", "[Cl-]~[Na+]", "N->[Cu]<-N", "[U+++]", "[Fe++]", "[O--]", "[2H]O",
    "[te]1cccc1", "[Cn]", "[Og+8]", "CC(C)(C)c1ccc(Cl)c(Br)c1", "B(O)O", "[O-][N+](=O)c1ccccc1", "[Th@TH1]",
]  # fmt: skip


@pytest.mark.parametrize("string", HARD)
def test_tokens_joined_are_the_string_and_decode_gives_it_back(string):
    tokenizer = molecule_tokenizer()
    assert "".join(tokenizer.tokenize(string)) == string
    assert tokenizer.decode(tokenizer(string).input_ids, skip_special_tokens=True) == string
    assert UNK not in tokenizer(string).input_ids


@pytest.mark.parametrize("string", ["C[C@@H](N)C(=O)[O-]", "c1cc[nH]c1", "[13CH3]C", "[Fe+2].[Cl-]"])
def test_whole_brackets_are_one_token_each(string):
    tokens = molecule_tokenizer("smiles", "whole").tokenize(string)
    assert "".join(tokens) == string
    assert not {"[", "]"} & set(tokens)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_element_is_one_token_inside_brackets(symbol):
    assert split_smiles(f"[{symbol}+2]") == ["[", symbol, "+", "2", "]"]


@pytest.mark.parametrize("mark", CHIRALITY)
def test_every_mark_of_chirality_is_one_token(mark):
    assert split_smiles(f"[Pt{mark}H]")[2] == mark


def test_two_letters_are_an_element_only_where_they_may_be():
    assert split_smiles("CSc1ccccc1")[:3] == ["C", "S", "c"]
    assert split_smiles("ClC(Br)Cn") == ["Cl", "C", "(", "Br", ")", "C", "n"]
    assert split_smiles("[Cn]") == ["[", "Cn", "]"]


def _atoms() -> st.SearchStrategy[str]:
    plain = st.sampled_from(["C", "N", "O", "S", "P", "F", "Cl", "Br", "I", "B", "c", "n", "o", "s", "*"])
    bracket = st.builds(
        lambda mass, symbol, turn, hydrogens, charge, label: (
            f"[{mass}{symbol}{turn}{hydrogens}{charge}{label}]"
        ),
        st.sampled_from(["", "2", "13", "131"]),
        st.sampled_from([*SYMBOLS, "c", "n", "se", "as", "*"]),
        st.sampled_from(["", *CHIRALITY]),
        st.sampled_from(["", "H", "H3"]),
        st.sampled_from(["", "+", "-", "+2", "-3", "++", "--", "+15"]),
        st.sampled_from(["", ":1", ":042"]),
    )
    return plain | bracket


@st.composite
def smiles(draw) -> str:
    """A string of the grammar of OpenSMILES; whether its valences make sense does not matter to tokens."""
    text = ""
    for number in range(draw(st.integers(1, 8))):
        if number:
            text += draw(st.sampled_from(["", "", "-", "=", "#", "$", ":", "/", "\\", "~", ".", ">", ">>"]))
        text += draw(_atoms())
        text += draw(st.sampled_from(["", "", "1", "=2", "%10", "%(105)", "(C)", "(=O)", "(-[Og])"]))
    return text


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(smiles(), min_size=1, max_size=4))
def test_bulk_encoding_and_the_saved_tokenizer_agree_on_any_smiles(strings):
    encoded = encode_smiles(strings)
    tokenizer = molecule_tokenizer()
    for string, ids, length in zip(strings, encoded.ids, encoded.lengths, strict=True):
        assert tokenizer(string).input_ids == ids[:length].tolist()
        assert "".join(TOKENS[i] for i in ids[1 : length - 1]) == string


@settings(deadline=None)
@given(st.text(alphabet="CNOcn[]()=#@+-%0123456789HSclBr. \u00e9\u2082\n", min_size=1, max_size=24))
def test_text_of_any_kind_is_tokens_or_unknown_but_never_lost(text):
    pieces = molecule_tokenizer().tokenize(text)
    encoded = encode_smiles([text], unknown="<unk>")
    assert encoded.lengths[0] == len(pieces) + 2
    if UNK not in encoded.ids:
        assert "".join(split_smiles(text)) == text


@pytest.mark.parametrize(("text", "place"), [("CC!C", 2), ("C C", 1), ("CC\u00e9", 2), ("CXeC", 1)])
def test_a_leftover_character_is_an_error_with_its_place_or_unknown(text, place):
    with pytest.raises(InvalidString) as caught:
        encode_smiles(["CC", text])
    assert caught.value.position == place
    assert "row 2" in str(caught.value)
    assert UNK in encode_smiles([text], unknown="<unk>").ids


def test_truncation_keeps_the_end_token_and_says_how_many_were_cut():
    with pytest.warns(UserWarning, match="1 of 2 strings are longer than 16 tokens"):
        encoded = encode_smiles(["C" * 40, "CC"], max_length=16)
    assert encoded.ids[0, -1] == SEP
    assert encoded.lengths.tolist() == [16, 4]
    cut = molecule_tokenizer(max_length=16)("C" * 40, truncation=True).input_ids
    assert cut == encoded.ids[0].tolist()


@pytest.mark.parametrize(("notation", "encoding"), FORMS)
def test_a_saved_tokenizer_opens_without_us_and_is_the_same(notation, encoding, tmp_path):
    ours = molecule_tokenizer(notation, encoding)
    ours.save_pretrained(tmp_path)
    opened = AutoTokenizer.from_pretrained(tmp_path)
    assert type(opened).__module__.startswith("transformers.")
    strings = HARD if notation == "smiles" else ["[C][=O].[Na+1]", "[nop][C][Branch1][C][O][C]"]
    assert opened(strings).input_ids == ours(strings).input_ids
    assert opened.get_vocab() == ours.get_vocab()
    assert opened.backend_tokenizer.to_str() == ours.backend_tokenizer.to_str()
    assert {opened.pad_token_id, opened.unk_token_id, opened.mask_token_id} == {0, UNK, MASK}
    assert "token_type_ids" not in opened("C")


def test_offsets_point_into_the_text():
    text = "C[nH]%12Cl"
    found = molecule_tokenizer()(text, return_offsets_mapping=True)
    pieces = [text[a:b] for a, b in found["offset_mapping"][1:-1]]
    assert pieces == ["C", "[", "n", "H", "]", "%12", "Cl"]


def test_the_collator_of_hugging_face_hides_tokens_and_never_the_frame():
    tokenizer = molecule_tokenizer()
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.3, seed=0)
    batch = collator([tokenizer(string) for string in HARD * 4])
    hidden = batch["labels"] != -100
    assert 0.2 < hidden.float().sum() / (batch["input_ids"] > SEP).float().sum() < 0.4
    assert not hidden[batch["input_ids"] <= SEP].any() or (batch["labels"][hidden] > SEP).all()


def test_the_vocabulary_of_selfies_does_not_grow():
    before = len(molecule_tokenizer("selfies"))
    assert encode_selfies(["[Xx9]"], unknown="<unk>").ids[0, 1] == UNK
    with pytest.raises(InvalidString, match=r"\[Xx9\] is not in the vocabulary"):
        encode_selfies(["[C]", "[Xx9]"])
    assert len(molecule_tokenizer("selfies")) == before


def test_a_smiles_given_as_selfies_is_told_so():
    with pytest.raises(InvalidString, match="this may be a SMILES"):
        split_selfies("CCO")


def test_an_unknown_notation_or_encoding_names_those_that_there_are():
    with pytest.raises(ValueError, match="Known: smiles, selfies"):
        molecule_tokenizer("inchi")
    with pytest.raises(ValueError, match="Known: split, whole"):
        molecule_tokenizer("smiles", "words")


def test_the_audit_counts_what_is_unknown():
    report = audit_molecules(["CCO", "CC!", "C" * 300])
    assert (report["unknown"], report["truncated"], report["round_trip_failures"]) == (1, 1, 0)
    assert report["examples"]["unknown"] == ["CC!"]


def _columns(folder: Path) -> list[Path]:
    found = [*folder.rglob("*.csv"), *folder.rglob("*.csv.gz")]
    return sorted(p for p in found if not p.name.startswith(("published", "fsmol")))


def test_strings_of_the_real_tables_come_back_exactly(shared):
    for path in _columns(shared / "molecules"):
        table = pd.read_csv(path, keep_default_na=False, nrows=4000)
        for column in [name for name in table if "smiles" in str(name).lower()]:
            strings = [text for text in table[column].astype(str) if text]
            if "rdkit_ok" in table and column == "smiles":
                strings = [s for s, ok in zip(table[column], table["rdkit_ok"], strict=True) if ok and s]
            encoded = encode_smiles(strings, max_length=10**5)
            names = np.array(TOKENS, dtype=object)
            for string, ids, length in zip(strings, encoded.ids, encoded.lengths, strict=True):
                assert "".join(names[ids[1 : length - 1]]) == string, (path, string)
