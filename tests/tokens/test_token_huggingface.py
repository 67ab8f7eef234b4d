"""`CompositionTokenizer` behaves as a Hugging Face tokenizer, with `amounts` beside the ids."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from matprior.notations import InvalidString
from matprior.notations.elements import SYMBOLS
from matprior.tokens import encode_many
from matprior.tokens.composition import CompositionTokenizer

TOKENIZERS = {encoding: CompositionTokenizer(encoding=encoding) for encoding in ("amounts", "repeat")}
FORMULAS = ["Fe2O3", "NaCl", "He", "Ca(OH)2", "LiFePO4", "Fe0.62C0.00095", "CuSO4·5H2O", "D2O"]


@pytest.fixture
def tokenizer() -> CompositionTokenizer:
    return CompositionTokenizer()


def test_one_text_gives_lists_without_a_batch_axis(tokenizer):
    assert dict(tokenizer("Fe2O3")) == {
        "input_ids": [2, 30, 12, 3],
        "amounts": [0, 0.4, 0.6, 0],
        "attention_mask": [1, 1, 1, 1],
    }


def test_length_and_special_tokens_are_the_vocabulary(tokenizer):
    assert len(tokenizer) == tokenizer.vocab_size == len(tokenizer.get_vocab()) == 123
    roles = ("pad", "unk", "cls", "sep", "mask")
    assert [getattr(tokenizer, f"{role}_token_id") for role in roles] == [0, 1, 2, 3, 4]
    assert sorted(tokenizer.all_special_ids) == [0, 1, 2, 3, 4]
    assert tokenizer.convert_tokens_to_ids(["Fe", "D", "[MASK]"]) == [30, 5, 4]
    assert tokenizer.convert_ids_to_tokens(list(range(123))) == list(tokenizer.get_vocab())
    assert tokenizer.num_special_tokens_to_add() == 2
    with pytest.raises(ValueError, match="No token has the id 123"):
        tokenizer.convert_ids_to_tokens([123])


@pytest.mark.parametrize("encoding", TOKENIZERS)
@pytest.mark.parametrize("kind", ["pt", "np"])
def test_the_bulk_path_gives_the_same_arrays(encoding, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = TOKENIZERS[encoding](FORMULAS, padding=True, return_tensors=kind)
        encoded = encode_many(FORMULAS, encoding)
    for ours, theirs in [("ids", "input_ids"), ("amounts", "amounts"), ("attention_mask", "attention_mask")]:
        np.testing.assert_array_equal(getattr(encoded, ours), np.asarray(batch[theirs]))
    assert str(batch["amounts"].dtype).endswith("float32")
    assert str(batch["input_ids"].dtype).endswith("int64")


@given(
    st.lists(
        st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 99), min_size=1, max_size=9), max_size=4
    )
)
def test_the_bulk_path_agrees_on_any_formula_and_any_length(rows):
    strings = ["".join(f"{symbol}{amount}" for symbol, amount in row.items()) for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for max_length in (5, 64):
            for encoding, tokenizer in TOKENIZERS.items():
                encoded = encode_many(strings, encoding, max_length)
                batch = tokenizer(strings, truncation=True, max_length=max_length)
                for row, (ids, amounts) in enumerate(zip(batch["input_ids"], batch["amounts"], strict=True)):
                    n = encoded.lengths[row]
                    assert encoded.ids[row, :n].tolist() == ids
                    assert encoded.amounts[row, :n].tolist() == np.float32(amounts).tolist()


def test_arrays_and_series_of_strings_are_batches(tokenizer):
    expected = tokenizer(["Fe2O3", "NaCl"])
    assert tokenizer(np.array(["Fe2O3", "NaCl"])) == expected
    assert tokenizer(pd.Series(["Fe2O3", "NaCl"])) == expected
    assert tokenizer([])["input_ids"] == []


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding_fills_amounts_with_zero_on_the_same_side(tokenizer, side):
    batch = tokenizer(["LiFePO4", "He"], padding=True, padding_side=side, return_offsets_mapping=True)
    assert len(set(map(len, batch["amounts"]))) == 1
    padded = np.array(batch["attention_mask"][1]) == 0
    assert padded.sum() == 3
    assert padded[-1 if side == "right" else 0]
    assert (np.array(batch["amounts"][1])[padded] == 0).all()
    assert np.array(batch["amounts"][1])[~padded].tolist() == [0, 1, 0]
    assert (np.array(batch["offset_mapping"][1])[padded] == 0).all()


def test_padding_to_max_length_and_to_multiples(tokenizer):
    assert tokenizer(["He"], padding="max_length", return_tensors="np")["amounts"].shape == (1, 64)
    assert tokenizer(["He"], padding="max_length", max_length=9, return_tensors="np")["amounts"].shape == (
        1,
        9,
    )
    assert tokenizer(["LiFePO4"], padding=True, pad_to_multiple_of=8, return_tensors="np")[
        "amounts"
    ].shape == (1, 8)


def test_pad_takes_rows_lists_and_tensors(tokenizer):
    rows = [tokenizer(formula) for formula in ("LiFePO4", "He")]
    expected = tokenizer(["LiFePO4", "He"], padding=True, return_tensors="pt")
    for given_as in (
        rows,
        [dict(row) for row in rows],
        [{name: torch.tensor(values) for name, values in row.items()} for row in rows],
        tokenizer(["LiFePO4", "He"]),
    ):
        padded = tokenizer.pad(given_as, return_tensors="pt")
        assert padded["amounts"].dtype == torch.float32
        for name, values in expected.items():
            assert torch.equal(padded[name], values), name


@pytest.mark.parametrize("encoding", TOKENIZERS)
def test_truncation_warns_and_keeps_sep(encoding):
    with pytest.warns(UserWarning, match="1 of 2 formulas"):
        batch = TOKENIZERS[encoding](["LiFePO4", "NaCl"], truncation=True, max_length=5)
    assert all(row[0] == 2 and row[-1] == 3 and len(row) <= 5 for row in batch["input_ids"])


def test_nothing_is_cut_unless_asked(tokenizer):
    assert len(tokenizer("".join(SYMBOLS))["input_ids"]) == 120


def test_no_room_for_an_element_is_an_error(tokenizer):
    with pytest.raises(ValueError, match="no room for an element"):
        tokenizer("NaCl", truncation=True, max_length=2)


def test_without_special_tokens_only_elements_remain(tokenizer):
    batch = tokenizer("Fe2O3", add_special_tokens=False)
    assert (batch["input_ids"], batch["amounts"]) == ([30, 12], [0.4, 0.6])
    assert tokenizer.tokenize("Ca(OH)2") == ["Ca", "H", "O"]
    assert tokenizer.encode("Fe2O3", add_special_tokens=False) == [30, 12]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Fe2O3", {"Fe": "Fe", "O": "O"}),
        ("Ca(OH)2", {"Ca": "Ca", "O": "O", "H": "H"}),
        ("CH3COOH", {"C": "C", "O": "O", "H": "H"}),
        ("  Ｆｅ₂Ｏ₃", {"Fe": "Ｆｅ", "O": "Ｏ"}),
        ("F\u200be2O3", {"Fe": "F\u200be", "O": "O"}),
        ("CuSO4·5D2O", {"Cu": "Cu", "S": "S", "O": "O", "H": "D"}),
        ("Fe<sub>2</sub>O<sub>3</sub>", {"Fe": "Fe", "O": "O"}),
    ],
)
def test_offsets_point_at_the_first_mention_in_the_original_text(tokenizer, text, mentions):
    batch = tokenizer(text, return_offsets_mapping=True)
    tokens = tokenizer.convert_ids_to_tokens(batch["input_ids"])
    spans = dict(zip(tokens, batch["offset_mapping"], strict=True))
    assert spans.pop("[CLS]") == spans.pop("[SEP]") == (0, 0)
    assert {token: text[start:end] for token, (start, end) in spans.items()} == mentions
    for token, (start, _) in spans.items():
        assert text.find(mentions[token]) == start


def test_repeated_atoms_share_the_place_of_their_element():
    batch = TOKENIZERS["repeat"]("Fe2O3", return_offsets_mapping=True)
    assert batch["offset_mapping"] == [(0, 0), (0, 2), (0, 2), (3, 4), (3, 4), (3, 4), (0, 0)]


def test_special_tokens_mask_and_length_on_request(tokenizer):
    batch = tokenizer(["LiFePO4", "He"], padding=True, return_special_tokens_mask=True, return_length=True)
    assert batch["special_tokens_mask"] == [[1, 0, 0, 0, 0, 1], [1, 0, 1, 1, 1, 1]]
    assert batch["length"] == [6, 3]
    assert "token_type_ids" not in batch


@pytest.mark.parametrize("bad", ["Xx2O3", "FeQ3", "", "iron oxide", "[UNK]2O3x"])
def test_what_is_no_formula_raises_with_its_row(tokenizer, bad):
    with pytest.raises(InvalidString) as single:
        tokenizer(bad)
    assert single.value.row is None
    with pytest.raises(InvalidString, match="row 2"):
        tokenizer(["Fe2O3", bad])


def test_pairs_and_split_words_are_refused(tokenizer):
    for wrong in ({"text_pair": "NaCl"}, {"is_split_into_words": True}, {"return_overflowing_tokens": True}):
        with pytest.raises(ValueError, match="one whole formula"):
            tokenizer("Fe2O3", **wrong)


@pytest.mark.parametrize("encoding", TOKENIZERS)
@pytest.mark.parametrize("formula", ["Fe2O3", "NaCl", "He", "CaO2H2", "Li3Fe2P3O12", "Li0.5CoO2"])
def test_a_formula_survives_encoding_and_decoding(encoding, formula):
    tokenizer = TOKENIZERS[encoding]
    batch = tokenizer(formula)
    again = tokenizer(tokenizer.decode_formula(batch["input_ids"], batch["amounts"]))
    assert again == batch


def test_formulas_are_found_from_single_precision_too(tokenizer):
    encoded = encode_many(["Fe0.998C0.0015", "Fe4095C"])
    assert tokenizer.decode_formula(encoded.ids[0], encoded.amounts[0]) == "Fe1996C3"
    assert tokenizer.decode_formula(encoded.ids[1], encoded.amounts[1]) == "Fe4095C"


def test_decode_gives_symbols_and_runs_of_atoms(tokenizer):
    assert tokenizer.decode(tokenizer.encode("Fe2O3")) == "[CLS] Fe O [SEP]"
    assert tokenizer.decode(tokenizer.encode("Fe2O3"), skip_special_tokens=True) == "Fe O"
    repeat = TOKENIZERS["repeat"]
    assert repeat.decode(repeat.encode("Fe2O3")) == "[CLS] Fe2O3 [SEP]"
    assert repeat.decode([2, 30, 4, 4, 12, 12, 3]) == "[CLS] Fe [MASK] [MASK] O2 [SEP]"
    assert repeat.batch_decode(repeat(["Fe2O3", "NaCl"])["input_ids"], skip_special_tokens=True) == [
        "Fe2O3",
        "NaCl",
    ]


def test_decoding_without_amounts_or_elements_is_an_error(tokenizer):
    with pytest.raises(ValueError, match="needs the amounts"):
        tokenizer.decode_formula([2, 30, 3])
    with pytest.raises(ValueError, match="No element"):
        tokenizer.decode_formula([2, 3], [0, 0])
    with pytest.raises(ValueError, match="above 0"):
        tokenizer.decode_formula([2, 30, 3], [0, 0, 0])
    with pytest.raises(ValueError, match="one length"):
        tokenizer.decode_formula([2, 30, 3], [0.0])


def test_it_pickles_and_copies(tokenizer):
    tokenizer.add_tokens(["[OXIDE]"])
    for twin in (pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer)):
        assert twin("[OXIDE] Fe2O3") == tokenizer("[OXIDE] Fe2O3")


def test_wrong_options_name_the_right_ones():
    with pytest.raises(ValueError, match=r"'amounts'.*'repeat'"):
        CompositionTokenizer(encoding="count")
    with pytest.raises(ValueError, match="'error' or '\\[UNK\\]'"):
        CompositionTokenizer(unknown="skip")
