"""Sentences as facts again: the exact inverse of `matprior.tokens.descriptions.render`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from matprior.notations.element_roles import ROLES, ElementRole
from matprior.tokens.descriptions import SPACE, STATES, class_word, role_word
from matprior.tokens.facts import NUMBERS, Facts
from matprior.tokens.phrases import CLASS_WORDS, JOINTS, LANGUAGES, PHRASES, UNKNOWN
from matprior.tokens.sentences import ELEMENTS


class _Pattern(NamedTuple):
    """One way in which a sentence can be written."""

    text: re.Pattern[str]
    """The whole sentence; its one group is the value."""
    language: str
    """It is in this language."""
    fact: str
    """It says this."""
    verdict: str
    """It draws this from a number."""


def read_description(text: str) -> Facts:
    """The facts that a description states, in either language.

    Parameters
    ----------
    text : as `render` writes it; facts that it does not mention are unknown

    Raises
    ------
    ValueError
        A sentence is none of the grammar, says a fact twice, or draws from a number what does not follow.

    Examples
    --------
    >>> facts = read_description("Class of the material: oxides. Formation energy, predicted: -1.65 eV/atom.")
    >>> facts.classes, facts.formation_energy, facts.band_gap
    (('OXIDE',), -1.65, None)
    """
    found: dict[str, Any] = {}
    rest = text.strip()
    while rest:
        for pattern in _patterns():
            match = pattern.text.match(rest)
            if match and (value := _value(pattern, match.group(1))) is not None:
                break
        else:
            raise ValueError(f"No sentence of a description begins here: {rest[:60]!r}.")
        if pattern.fact in found:
            raise ValueError(f"{pattern.fact} is said twice in {text!r}.")
        found[pattern.fact] = value[0]
        rest = rest[match.end() :].lstrip()
    return Facts(**found)


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Every way to say every fact; longer beginnings first, so that none hides behind a shorter one."""
    ways: list[tuple[str, _Pattern]] = []
    for language in LANGUAGES:
        for fact, phrases in PHRASES[language].items():
            for phrase in phrases:
                for verdict, after in phrase.after.items():
                    said = f"{re.escape(phrase.before)}(.+?){_end(after)}"
                    ways.append((phrase.before, _Pattern(re.compile(said), language, fact, verdict)))
            for said in UNKNOWN[language][fact]:
                pattern = _Pattern(re.compile(f"(){_end(said)}"), language, fact, "unknown")
                ways.append((said, pattern))
    return tuple(pattern for _, pattern in sorted(ways, key=lambda way: -len(way[0])))


def _end(after: str) -> str:
    """The end of a sentence; no full stop within a number ends one."""
    return re.escape(after.removesuffix(SPACE)) + (r"(?=\s|$)" if after.endswith(SPACE) else "")


def _value(pattern: _Pattern, text: str) -> tuple[Any] | None:
    """The value of a sentence in a tuple; None if this is no value of this fact."""
    if pattern.verdict == "unknown":
        return (None,)
    joint = JOINTS[pattern.language][0]
    if pattern.fact in NUMBERS:
        said: dict[str, Any] = {pattern.fact: _numbers(pattern.fact).get(text)}
        agrees = Facts(**said).verdict(pattern.fact) == pattern.verdict
        return (said[pattern.fact],) if text in _numbers(pattern.fact) and agrees else None
    if pattern.fact == "similar":
        return (tuple(text.split(joint)),)
    known = _classes(pattern.language) if pattern.fact == "classes" else _roles(pattern.language)
    values = tuple(_cut(text, joint, known))
    return (values,) if None not in values else None


def _cut(text: str, joint: str, known: dict[str, Any]) -> Iterator[Any]:
    """Members of a list whose words may hold the joint themselves; None for what is no member."""
    words: list[str] = []
    for part in text.split(joint):
        words.append(part)
        member = known.get(joint.join(words))
        if member is not None:
            words = []
            yield member
    if words:
        yield None


@cache
def _numbers(fact: str) -> dict[str, float]:
    number = NUMBERS[fact]
    return {number.token(value): value for value in number.grid}


@cache
def _classes(language: str) -> dict[str, str]:
    return {class_word(language, name, False): name for name in CLASS_WORDS[language]}


@cache
def _roles(language: str) -> dict[str, ElementRole]:
    return {
        symbol + role_word(language, state, role, False): ElementRole(symbol, state, role)
        for symbol in ELEMENTS
        for state in (None, *STATES)
        for role in ROLES
    }
