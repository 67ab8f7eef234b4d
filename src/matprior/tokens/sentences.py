"""Compositions as sentences: the grammar that generators of formulas write in, and its tokenizer.

A sentence is a canonical formula cut into tokens: `LiFePO4` is `Li Fe P O 4`. Elements come in the
order of the canonical formula (rising electronegativity), each once. An amount follows its element:
nothing for 1, a whole number from 2 to 30, or a whole number from 0 on and a fraction (`1 .85`).
Before the formula may stand what is asked of it, one token per property: `<band_gap=1.5>`.

What cannot be written: amounts above 30 that no scale brings to whole numbers and `FRACTIONS`, charges, more
tokens than the network's context. D and T are written as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from matprior.notations import InvalidString
from matprior.notations.composition import parse
from matprior.notations.elements import ATOMIC_NUMBER, FORMULA_ORDER
from matprior.tokens.composition import Encoded

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
"""Special tokens; the position in this tuple is the id."""
PAD, BOS, EOS, UNK = range(4)
LARGEST = 30
"""Largest whole amount that is one token."""
CONTEXT = 32
"""Tokens of the longest sentence, `<bos>` and `<eos>` included."""
ELEMENTS: tuple[str, ...] = tuple(sorted(ATOMIC_NUMBER, key=FORMULA_ORDER.__getitem__))
"""Elements, D and T included, in the order of a sentence."""
WHOLE: tuple[str, ...] = tuple(map(str, range(LARGEST + 1)))
FRACTIONS: dict[Fraction, str] = {Fraction(n, d): f"{n / d:g}"[1:] for d in (20, 8) for n in range(1, d)}
"""What may follow a whole number -> its token: every twentieth and eighth below 1."""
SCALES = sorted({*(fraction.denominator for fraction in FRACTIONS), 40})
"""What amounts are divided by where one is above `LARGEST`; the shortest sentence is taken."""
CENTRES: dict[str, tuple[float, ...]] = {
    "band_gap": tuple(0.5 * i for i in range(17)),
    "formation_energy": tuple(-4.0 + 0.25 * i for i in range(20)),
}
"""Property that can be asked for (eV; eV per atom) -> the values that have a token."""
ASKED: dict[tuple[str, float], str] = {
    (name, centre): f"<{name}={centre:g}>" for name, centres in CENTRES.items() for centre in centres
}
TOKENS: tuple[str, ...] = (*SPECIALS, *ASKED.values(), *ELEMENTS, *WHOLE, *FRACTIONS.values())
"""Token of every id."""
ID: dict[str, int] = {token: index for index, token in enumerate(TOKENS)}
FIRST_ELEMENT, FIRST_WHOLE = ID[ELEMENTS[0]], ID["0"]
FIRST_FRACTION = FIRST_WHOLE + len(WHOLE)
PIECE = re.compile(r"[A-Z][a-z]?|\d+|\.\d+")


def sentence(formula: str) -> list[str] | None:
    """Tokens of a formula, or None if the grammar cannot write it.

    Raises
    ------
    InvalidString
        Not a formula.

    Examples
    --------
    >>> sentence("PO4LiFe"), sentence("La1.85Sr0.15CuO4"), sentence("Fe0.997O")
    (['Li', 'Fe', 'P', 'O', '4'], ['Sr', '0', '.15', 'La', '1', '.85', 'Cu', 'O', '4'], None)
    """
    found = parse(formula)
    if found.charge:
        return None
    pieces = PIECE.findall(found.canonical)
    amounts: dict[str, int] = {}
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        if piece in FORMULA_ORDER:
            amounts[piece] = int(following) if following.isdigit() else 1
    if max(amounts.values()) <= LARGEST:
        shortest = _scaled(amounts, 1)
    else:
        ways = [tokens for scale in SCALES if (tokens := _scaled(amounts, scale)) is not None]
        shortest = min(ways, key=len, default=None)
    return shortest if shortest and len(shortest) + 2 + len(CENTRES) <= CONTEXT else None


def _scaled(amounts: dict[str, int], scale: int) -> list[str] | None:
    """Tokens of all amounts divided by `scale`; None if one of them has none."""
    tokens: list[str] = []
    for symbol, amount in amounts.items():
        written = _amount(Fraction(amount, scale))
        if written is None:
            return None
        tokens += [symbol, *written]
    return tokens


def _amount(amount: Fraction) -> list[str] | None:
    """Tokens behind an element; None if there are none for this amount."""
    whole, rest = divmod(amount, 1)
    if whole > LARGEST or (rest and rest not in FRACTIONS):
        return None
    if rest:
        return [WHOLE[whole], FRACTIONS[rest]]
    return [] if whole == 1 else [WHOLE[whole]]


def nearest_asked(name: str, values: np.ndarray) -> np.ndarray:
    """Ids of the tokens that stand nearest to some values of a property; `PAD` where a value is NaN.

    A band gap of 0 means a metal: only gaps below 0.05 eV are nearest to it.
    """
    centres = np.array(CENTRES[name])
    place = np.abs(np.nan_to_num(values)[:, None] - centres).argmin(1)
    if name == "band_gap":
        place = np.where((place == 0) & (np.nan_to_num(values) >= 0.05), 1, place)
    first = ID[ASKED[name, CENTRES[name][0]]]
    return np.where(np.isfinite(values), first + place, PAD)


def encode_sentences(formulas: Iterable[str]) -> tuple[Encoded, np.ndarray]:
    """Sentences with `<bos>` and `<eos>`, and which formulas they are of.

    Returns
    -------
    Ids of the formulas that the grammar can write, shape (n, l), and their positions, shape (n,).

    Examples
    --------
    >>> encoded, kept = encode_sentences(["NaCl", "Fe0.997O", "Fe2O3"])
    >>> [TOKENS[i] for i in encoded.ids[1]], kept.tolist()
    (['<bos>', 'Fe', '2', 'O', '3', '<eos>'], [0, 2])
    """
    rows, kept = [], []
    for place, formula in enumerate(formulas):
        tokens = sentence(formula)
        if tokens is not None:
            rows.append([BOS, *(ID[token] for token in tokens), EOS])
            kept.append(place)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    ids = np.zeros((len(rows), int(lengths.max(initial=0))), dtype=np.int16)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    return Encoded(ids, None, lengths), np.array(kept, dtype=np.int64)


def formula_of(ids: Sequence[int]) -> str | None:
    """The canonical formula of what a network wrote, up to `<eos>`; None if it is no formula.

    Examples
    --------
    >>> formula_of([ID["O"], ID["3"], ID["Fe"], ID["2"], EOS, PAD]), formula_of([ID["4"], EOS])
    ('Fe2O3', None)
    """
    pieces = []
    for index in ids:
        if index == EOS:
            break
        if index < len(SPECIALS):
            return None
        if index >= FIRST_ELEMENT:
            pieces.append(TOKENS[index])
    try:
        return parse("".join(pieces)).canonical
    except InvalidString:
        return None


def sentence_tokenizer() -> Any:
    """The tokenizer as Hugging Face saves it: `AutoTokenizer` opens its folder without matprior.

    It cuts a canonical formula; `<bos>` goes before it and nothing behind it, so that what it gives can
    be continued. It does not bring elements into order: see `sentence`.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel(ID, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE.pattern), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.post_processor = processors.TemplateProcessing("<bos> $A", special_tokens=[("<bos>", BOS)])
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in (*SPECIALS, *ASKED.values())])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=CONTEXT,
        model_input_names=["input_ids", "attention_mask"],
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
