"""Descriptions say facts in many ways, and every way is read back as the same facts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.notations.element_roles import ROLES, ElementRole
from matprior.notations.material_classes import CLASSES
from matprior.tokens.description_reading import read_description
from matprior.tokens.descriptions import (
    ID,
    STATES,
    TOKENS,
    UNK,
    description_tokenizer,
    ids_of,
    pieces,
    question,
    render,
    text_of,
)
from matprior.tokens.facts import FACTS, NUMBERS, Facts, rounded
from matprior.tokens.phrases import CLASS_WORDS, LANGUAGES, PHRASES, UNKNOWN
from matprior.tokens.sentences import ELEMENTS

roles = st.builds(
    ElementRole, st.sampled_from(ELEMENTS), st.sampled_from([None, *STATES]), st.sampled_from(ROLES)
)
facts = st.builds(
    Facts,
    classes=st.none() | st.lists(st.sampled_from(list(CLASSES)), min_size=1, max_size=3).map(tuple),
    roles=st.none() | st.lists(roles, min_size=1, max_size=5).map(tuple),
    similar=st.none() | st.lists(st.sampled_from(["Cr2O3", "LiMn2O4", "I", "NaN"]), min_size=1).map(tuple),
    **{name: st.none() | st.sampled_from(number.grid) for name, number in NUMBERS.items()},
)
FULL = Facts(
    ("PHOSPHATE", "HALIDE"), 0.0, -2.5, 0.3,
    (ElementRole("Li", 1, "cation"), ElementRole("P", None, "oxoanion centre")), ("NaFePO4", "LiMnPO4"),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(facts, st.sampled_from(LANGUAGES), st.integers(0, 10_000))
def test_what_is_rendered_is_read_back(facts, language, seed):
    assert read_description(render(facts, language, seed)) == facts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_paraphrase_of_every_fact_is_read_back(language, fact):
    values = [getattr(FULL, fact), None]
    values += [number.grid[-1] for name, number in NUMBERS.items() if name == fact]
    for value in values:
        told = Facts(**{fact: value})
        for choice in range(len(PHRASES[language][fact]) * len(UNKNOWN[language][fact])):
            text = text_of(pieces(told, {fact: choice}, language, [fact]))
            assert read_description(text) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_many_paraphrases_and_none_is_said_twice(language):
    said = [way.before for ways in PHRASES[language].values() for way in ways]
    assert len(set(said)) == len(said)
    assert all(len(ways) >= 4 for ways in PHRASES[language].values())
    assert len({render(FULL, language, seed) for seed in range(50)}) > 45


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Band gap, predicted for computed structures: 2.20 eV (metal).", "No sentence"),
        ("Formation energy, predicted: 1 GPa.", "No sentence"),
        ("Class of the material: oxides. Class of the material: oxides.", "twice"),
        ("It is very nice.", "No sentence"),
    ],
)
def test_what_is_no_description_or_contradicts_itself_is_refused(text, told):
    with pytest.raises(ValueError, match=told):
        read_description(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_a_word(language):
    assert set(CLASS_WORDS[language]) == set(CLASSES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tokenizer_opens_without_us_and_keeps_the_text(language, tmp_path):
    from transformers import AutoTokenizer

    description_tokenizer().save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    told = Facts(**{**vars(FULL), "similar": None})
    for choice in range(5):
        said = pieces(told, dict.fromkeys(FACTS, choice), language)
        ids = tokenizer(text_of(said)).input_ids
        assert ids[:-1] == ids_of(said)
        assert tokenizer.decode(ids, skip_special_tokens=True) == text_of(said)
    asked = tokenizer(f"<{language}><band_gap>La1.85Sr0.15CuO4").input_ids
    assert UNK not in asked
    assert set(asked) == set(question("La1.85Sr0.15CuO4", ["band_gap"], language))


def test_numbers_are_single_tokens_and_a_small_gap_is_no_metal():
    assert all(number.token(value) in ID for number in NUMBERS.values() for value in number.grid)
    assert len(TOKENS) == len(set(TOKENS)) == len(ID)
    assert not Facts(band_gap=rounded("band_gap", 0.02)).metal
    assert Facts(band_gap=rounded("band_gap", 0.002)).metal


def test_a_language_without_phrases_is_refused():
    with pytest.raises(ValueError, match="one of en, ja"):
        render(Facts(), "fr")
