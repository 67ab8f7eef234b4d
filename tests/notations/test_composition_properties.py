"""Facts that hold for every formula, tried on generated ones: order, nesting, scale, Unicode, noise."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from matprior.notations import NOTATIONS, Composition, InvalidString, fraction_matrix, parse, parse_amounts
from matprior.notations.composition_flat import read_flat
from matprior.notations.composition_grammar import Reader, add
from matprior.notations.composition_text import clean, separate_parts
from matprior.notations.elements import SYMBOLS

canonical = NOTATIONS["composition"].canonical
settings.register_profile("matprior", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("matprior")

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code) not in ".-*"}

symbols = st.sampled_from([*SYMBOLS, "D", "T"])
numbers = st.one_of(
    st.just(""),
    st.integers(1, 400).map(str),
    st.decimals("0.001", "99", places=3).map(lambda d: f"{d:f}"),
    st.sampled_from(["9.5e-4", "1E2", "2e+1", "1/3"]),
)
flat = st.lists(st.tuples(symbols, numbers), min_size=1, max_size=6)


def value(number: str) -> Fraction:
    return Fraction(number) if number else Fraction(1)


def written(pieces: list[tuple[str, str]]) -> str:
    return "".join(symbol + number for symbol, number in pieces)


@st.composite
def nested(draw, depth: int = 3) -> tuple[str, dict[str, Fraction]]:
    """A formula with nested brackets, and its amounts worked out independently."""
    text, amounts = "", {}
    for _ in range(draw(st.integers(1, 3))):
        number = draw(numbers)
        if depth and draw(st.booleans()):
            inner, inside = draw(nested(depth=depth - 1))
            left, right = draw(st.sampled_from(["()", "[]", "{}"]))
            # An element precedes the bracket, and a number follows it: `(I)` is an oxidation state.
            text += f"{left}{inner}{right}{number or '1'}"
        else:
            inside = {draw(symbols): Fraction(1)}
            text += next(iter(inside)) + number
        for symbol, amount in inside.items():
            amounts[symbol] = amounts.get(symbol, 0) + amount * value(number)
    return text, amounts


@given(nested())
def test_brackets_multiply_through_at_every_depth(case):
    text, amounts = case
    assert parse(text).amounts == amounts
    assert list(parse(text).amounts) == list(amounts)


@given(flat, st.randoms(use_true_random=False))
def test_the_order_of_elements_does_not_matter(pieces, random):
    shuffled = random.sample(pieces, len(pieces))
    assert canonical(written(pieces)) == canonical(written(shuffled))


@given(nested(), st.integers(2, 60))
def test_scale_does_not_matter(case, times):
    text, _ = case
    assert canonical(f"({text}){times}") == canonical(text)
    assert canonical(f"{times}({text})") == canonical(text)


@given(flat)
def test_the_canonical_form_is_its_own_and_keeps_the_fractions(pieces):
    text = written(pieces)
    form = canonical(text)
    assert canonical(form) == form
    assert parse(form).fractions.keys() == parse(text).fractions.keys()
    assert abs(fraction_matrix([form]) - fraction_matrix([text])).max() < 1e-12


@given(flat, st.integers(-9, 9).filter(bool))
def test_a_charged_canonical_form_is_its_own_too(pieces, charge):
    sign = "+" if charge > 0 else "-"
    form = canonical(f"({written(pieces)})^{abs(charge)}{sign}")
    assert form[-1] == sign
    assert canonical(form) == form


@given(st.lists(st.tuples(symbols, st.integers(1, 99).map(str)), min_size=1, max_size=5))
def test_unicode_dress_and_spaces_do_not_matter(pieces):
    text = written(pieces)
    assert parse(text.translate(SUBSCRIPTS)).amounts == parse(text).amounts
    assert parse(text.translate(FULL_WIDTH)).amounts == parse(text).amounts
    assert parse("\u200b".join(text)).amounts == parse(text).amounts
    assert parse(" ".join(s + n for s, n in pieces)).amounts == parse(text).amounts


@given(flat)
def test_the_fast_path_and_the_full_grammar_agree(pieces):
    text = written(pieces)
    fast = read_flat(text)
    if fast is not None:
        full, charge = Reader(separate_parts(clean(text))[0]).read()
        assert (fast, charge) == (full, 0)
        assert list(fast) == list(full)


@given(st.lists(nested(depth=1), min_size=2, max_size=3), st.sampled_from("·•⋅*∙"))
def test_parts_add_up(parts, dot):
    total: dict = {}
    for _, amounts in parts:
        add(total, amounts)
    assert parse(dot.join(text for text, _ in parts)).amounts == total


ALPHABET = "FeOCHNaSi0123456789.()[]{}+-^·*/ ,xδ₂²⁺⁻%eE½Ⅲ_$<>'\u200b\x00𝟚"


@settings(max_examples=600)
@given(st.one_of(st.text(max_size=20), st.text(ALPHABET, max_size=14)))
def test_noise_is_read_or_refused_but_never_crashes(text):
    for unit in ("atoms", "wt%"):
        composition, error = read(text, unit)
        if error is not None:
            assert str(error)
            assert error.position is None or 0 <= error.position <= len(text)
            assert error.suggestion is None or parse(error.suggestion, unit=unit).amounts
        if composition is not None:
            assert all(amount > 0 for amount in composition.amounts.values())
            assert sum(composition.fractions.values()) > 0.999999
            assert canonical(composition.canonical) == composition.canonical
            assert unit != "atoms" or parse_amounts(text) == composition.amounts


def read(text: str, unit: str) -> tuple[Composition | None, InvalidString | None]:
    try:
        return parse(text, unit=unit), None
    except InvalidString as error:
        return None, error
