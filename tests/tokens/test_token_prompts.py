"""Text beside and inside formulas: prompts, `[MASK]`, unknown elements."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.notations import InvalidString
from matprior.tokens.composition import CompositionTokenizer


@pytest.fixture
def prompted() -> CompositionTokenizer:
    tokenizer = CompositionTokenizer()
    tokenizer.add_tokens(["[OXIDE]", "[OXIDE2]", "[BANDGAP]"])
    return tokenizer


def test_prompts_stand_after_cls_and_have_no_amount(prompted):
    batch = prompted("[OXIDE] Fe2O3 [BANDGAP]", return_offsets_mapping=True)
    assert batch["input_ids"] == [2, 123, 30, 12, 125, 3]
    assert batch["amounts"] == [0, 0, 0.4, 0.6, 0, 0]
    assert batch["offset_mapping"] == [(0, 0), (0, 7), (8, 10), (11, 12), (14, 23), (0, 0)]


def test_the_longest_prompt_wins(prompted):
    assert prompted("[OXIDE2]Fe2O3")["input_ids"] == [2, 124, 30, 12, 3]


def test_prompts_take_room_from_the_formula_of_their_own_row_only(prompted):
    with pytest.warns(UserWarning, match="more than 2 distinct"):
        batch = prompted(["[OXIDE] LiFePO4", "LiFeO2", "NaCl"], truncation=True, max_length=5)
    # Li, Fe and P have one atom each; the one with the lower electronegativity stays beside O.
    assert batch["input_ids"] == [[2, 123, 7, 12, 3], [2, 7, 30, 12, 3], [2, 15, 21, 3]]


def test_prompts_are_special_to_masking(prompted):
    assert prompted("[OXIDE] NaCl", return_special_tokens_mask=True)["special_tokens_mask"] == [1, 1, 0, 0, 1]
    assert prompted.get_special_tokens_mask([2, 123, 15, 21, 3], already_has_special_tokens=True) == [
        1,
        1,
        0,
        0,
        1,
    ]


def test_a_prompt_inside_or_instead_of_a_formula_is_an_error(prompted):
    with pytest.raises(InvalidString, match=r"'\[OXIDE\]' stands inside the formula.*character 3"):
        prompted("Fe[OXIDE]2O3")
    with pytest.raises(InvalidString, match="empty"):
        prompted("[OXIDE]")
    with pytest.raises(InvalidString, match="row 2"):
        prompted(["NaCl", "Fe[OXIDE]2O3"])


def test_errors_beside_a_prompt_quote_the_text_as_it_came(prompted):
    with pytest.raises(InvalidString) as caught:
        prompted(["NaCl", "[OXIDE] Fe2Zz"])
    assert caught.value.string == "[OXIDE] Fe2Zz"
    assert caught.value.row == 2
    assert caught.value.position is not None
    assert caught.value.position >= len("[OXIDE] Fe2")


def test_a_token_that_reads_as_a_formula_is_refused():
    for name in ("CO", "[NO]", "Fe2O3"):
        with pytest.raises(ValueError, match="reads as a formula"):
            CompositionTokenizer().add_tokens([name])
    assert CompositionTokenizer().add_tokens(["Fe"]) == 0  # there already


def test_mask_in_text_is_an_element_with_an_amount():
    tokenizer = CompositionTokenizer()
    batch = tokenizer("Fe2[MASK]3", return_offsets_mapping=True)
    assert batch["input_ids"] == [2, 30, 4, 3]
    assert batch["amounts"] == [0, 0.4, 0.6, 0]
    assert batch["offset_mapping"][2] == (3, 9)
    assert sorted(tokenizer("[MASK]2[MASK]3")["amounts"]) == [0, 0, 0.4, 0.6]
    assert tokenizer("Ca([MASK]H)2")["input_ids"].count(4) == 1


def test_special_tokens_other_than_mask_have_no_meaning_in_text():
    tokenizer = CompositionTokenizer()
    for text in ("[PAD]", "[CLS] Fe2O3 [SEP]", "Fe2O3[SEP]"):
        with pytest.raises(InvalidString):
            tokenizer(text)
    assert tokenizer.tokenize("[UNK]") == tokenizer.tokenize("KUN")  # potassium, uranium, nitrogen


def test_unknown_elements_keep_their_amount_when_asked_to_stay():
    tokenizer = CompositionTokenizer(unknown="[UNK]")
    with pytest.warns(UserWarning, match="2 of 3 strings hold unknown elements"):
        batch = tokenizer(["Xx2O3", "Fe2O3", "Ca(Qq)2"], return_offsets_mapping=True)
    assert batch["input_ids"] == [[2, 12, 1, 3], [2, 30, 12, 3], [2, 24, 1, 3]]
    assert batch["amounts"][0] == [0, 0.6, 0.4, 0]
    assert np.isclose(batch["amounts"][2], [0, 1 / 3, 2 / 3, 0]).all()
    assert batch["offset_mapping"][0][2] == (0, 2)


def test_what_is_no_formula_is_one_unknown_token_never_padding():
    tokenizer = CompositionTokenizer(unknown="[UNK]")
    with pytest.warns(UserWarning, match="1 of 1"):
        batch = tokenizer(["iron oxide"])
    assert batch["input_ids"] == [[2, 1, 3]]
    assert batch["amounts"] == [[0, 1, 0]]


def test_a_missing_value_is_an_error_even_then():
    with pytest.raises(InvalidString, match="row 2"):
        CompositionTokenizer(unknown="[UNK]")(["Fe2O3", None])
