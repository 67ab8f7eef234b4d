"""Descriptions of compositions: facts as sentences, sentences as facts again, and both as tokens.

What is asked is a line of tokens: a language, the facts to be said, and the formula in the grammar of
`matprior.tokens.sentences`. What is answered is one sentence a fact (`matprior.tokens.phrases`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from matprior.notations.element_roles import ROLES
from matprior.tokens.facts import FACTS, NUMBERS, Facts
from matprior.tokens.phrases import (
    CLASS_WORDS,
    JOINTS,
    LANGUAGES,
    NO_STATE,
    PHRASES,
    ROLE_WORDS,
    UNKNOWN,
)
from matprior.tokens.sentences import ELEMENTS, FRACTIONS, WHOLE, sentence

SPECIALS = ("<pad>", "</s>", "<unk>")
"""Special tokens; the position in this tuple is the id."""
PAD, EOS, UNK = range(3)
ASKS: dict[str, str] = {name: f"<{name}>" for name in (*LANGUAGES, *FACTS)}
"""Language or fact -> the token that asks for it."""
SIMILAR = "<materials>"
"""Stands for the names of similar materials, which are looked up, not remembered."""
STATES = (*range(-4, 0), *range(1, 9))
SPACE = "▁"
CONTEXT = 96
"""Tokens of the longest question or description that is promised to fit."""


def class_word(language: str, name: str, more: bool) -> str:
    """A class as a token; `more` where another follows."""
    return CLASS_WORDS[language][name] + JOINTS[language][0] * more


def role_word(language: str, state: int | None, role: str, more: bool) -> str:
    """A state with a role as a token; `more` where another element follows."""
    joint, form = JOINTS[language]
    told = NO_STATE[language] if state is None else f"{state:+d}"
    return form.format(told, ROLE_WORDS[language].get(role, role)) + joint * more


def _vocabulary() -> dict[str, int]:
    words: list[str] = [*SPECIALS, *ASKS.values(), SIMILAR, *ELEMENTS, *WHOLE, *FRACTIONS.values()]
    words += [number.token(value) for number in NUMBERS.values() for value in number.grid]
    for language in LANGUAGES:
        for more in (False, True):
            words += [class_word(language, name, more) for name in CLASS_WORDS[language]]
            words += [role_word(language, s, role, more) for s in (None, *STATES) for role in ROLES]
        for ways in PHRASES[language].values():
            words += [piece for way in ways for piece in (way.before, *way.after.values())]
        words += [piece for ways in UNKNOWN[language].values() for piece in ways]
    return {word: index for index, word in enumerate(dict.fromkeys(words))}


ID: dict[str, int] = _vocabulary()
"""Token -> its id."""
TOKENS: tuple[str, ...] = tuple(ID)
FIRST_NUMBER: dict[str, int] = {name: ID[number.token(number.grid[0])] for name, number in NUMBERS.items()}
"""Fact that is a number -> id of the first value of its grid; the others follow."""


def question(formula: str, facts: Iterable[str] = FACTS, language: str = "en") -> list[int] | None:
    """Ids of what is asked; None if the grammar of formulas cannot write the formula.

    Examples
    --------
    >>> [TOKENS[i] for i in question("Fe2O3", ["band_gap"])]
    ['<en>', '<band_gap>', 'Fe', '2', 'O', '3', '</s>']
    """
    tokens = sentence(formula)
    if tokens is None:
        return None
    return [ID[one] for one in (ASKS[language], *(ASKS[fact] for fact in facts), *tokens)] + [EOS]


def value_tokens(facts: Facts, fact: str, language: str) -> list[str] | None:
    """Tokens between the beginning and the end of the sentence of a fact; None if it is unknown.

    The value of `similar` is the text itself, which is no token: see `SIMILAR`.
    """
    value = getattr(facts, fact)
    if value is None or value == ():
        return None
    if fact in NUMBERS:
        return [NUMBERS[fact].token(value)]
    last = len(value) - 1
    if fact == "classes":
        return [class_word(language, name, place < last) for place, name in enumerate(value)]
    if fact == "roles":
        return [
            token
            for place, (symbol, state, role) in enumerate(value)
            for token in (symbol, role_word(language, state, role, place < last))
        ]
    return [JOINTS[language][0].join(value)]


def pieces(
    facts: Facts,
    choices: Mapping[str, int],
    language: str = "en",
    asked: Iterable[str] = FACTS,
) -> list[str]:
    """A description in pieces, one a token.

    Parameters
    ----------
    facts : numbers as `Facts.rounded` gives them
    choices : fact -> which of its paraphrases; whole numbers of any size
    language : en or ja
    asked : the facts to be said, in this order
    """
    found: list[str] = []
    for fact in asked:
        value = value_tokens(facts, fact, language)
        if value is None:
            ways = UNKNOWN[language][fact]
            found.append(ways[choices[fact] % len(ways)])
            continue
        way = PHRASES[language][fact][choices[fact] % len(PHRASES[language][fact])]
        found += [way.before, *value, way.after[facts.verdict(fact)]]
    return found


def text_of(tokens: Iterable[str]) -> str:
    """Pieces as running text."""
    return "".join(tokens).replace(SPACE, " ").rstrip()


def render(facts: Facts, language: str = "en", seed: int = 0, asked: Iterable[str] = FACTS) -> str:
    """Facts in words.

    Parameters
    ----------
    facts : what to say; numbers are rounded to those that have a token
    language : en or ja
    seed : which paraphrases; the same seed says it in the same words
    asked : the facts to be said

    Examples
    --------
    >>> render(Facts(("OXIDE",), band_gap=2.21), asked=["classes", "band_gap"], seed=3)
    'Class of the material: oxides. Its computed band gap is likely 2.20 eV, so it is no metal.'
    """
    check_language(language)
    drawn = np.random.default_rng(seed).integers(0, 2**31, len(FACTS)).tolist()
    return text_of(pieces(facts.rounded(), dict(zip(FACTS, drawn, strict=True)), language, asked))


def check_language(language: str) -> None:
    """Refuse a language that there are no phrases for."""
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; expected one of {', '.join(LANGUAGES)}.")


def ids_of(tokens: Sequence[str]) -> list[int]:
    """Ids of the pieces of a description; what is looked up becomes `SIMILAR`."""
    return [ID.get(token, ID[SIMILAR]) for token in tokens]


def padded(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Rows of ids as one array, padded on the right."""
    width = max(map(len, rows), default=0)
    found = np.full((len(rows), width), PAD, dtype=np.int64)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found


def description_tokenizer() -> Any:
    """The tokenizer as Hugging Face saves it: `AutoTokenizer` opens its folder without matprior."""
    import re

    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )
    from transformers import PreTrainedTokenizerFast

    special = (*SPECIALS, *ASKS.values(), SIMILAR)
    # Longest first: where two tokens begin alike, the one that says more is meant.
    words = sorted((re.escape(word) for word in TOKENS if word not in special), key=len, reverse=True)
    tokenizer = Tokenizer(models.WordLevel(ID, unk_token="<unk>"))
    # A full stop and a space end a sentence, and so does a last full stop.
    tokenizer.normalizer = normalizers.Replace(Regex(r"\.( |$)"), f".{SPACE}")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("|".join(words)), behavior="isolated")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.Fuse(), decoders.Strip(" ", 0, 1)]
    )
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", EOS)])
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=CONTEXT,
        model_input_names=["input_ids", "attention_mask"],
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
