"""Formulas with hard prompts to ids at once: `[OXIDE] Fe2O3 [BAND_GAP]` for a model that has these tokens.

Prompt tokens have the ids behind the elements, no amount, and stand where they were written: between
`[CLS]` and the formula, or between the formula and `[SEP]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import numpy as np

from matprior.notations import InvalidString
from matprior.notations.prompts import Prompted, split_prompts
from matprior.tokens.composition import MAX_LENGTH, Encoded, encode_many
from matprior.tokens.vocabulary import VOCABULARY_SIZE


def encode_prompted(
    strings: Iterable[str],
    encoding: str = "amounts",
    max_length: int = MAX_LENGTH,
    prompts: Sequence[str] = (),
) -> Encoded:
    """Encode formulas that may have prompts; those without get what `encode_many` gives.

    Parameters
    ----------
    strings : `n` formulas, each with prompts of the vocabulary before or after it, or without
    encoding, max_length : as for `encode_many`; prompts count as tokens
    prompts : the prompt tokens of the model, in the order of their ids

    Raises
    ------
    InvalidString
        A string is no formula, or has a prompt that the model does not. The message has its row.

    Examples
    --------
    >>> encoded = encode_prompted(["[OXIDE] Fe2O3", "NaCl"], prompts=["[HALIDE]", "[OXIDE]"])
    >>> encoded.ids.tolist(), encoded.amounts[0].round(1).tolist()
    ([[2, 124, 30, 12, 3], [2, 15, 21, 3, 0]], [0.0, 0.0, 0.4000000059604645, 0.6000000238418579, 0.0])
    """
    if not prompts or isinstance(strings, str):  # where there are none, the parser says so of those it meets
        return encode_many(strings, encoding, max_length)
    parts = [split_prompts(string) for string in strings]
    ids = {word: VOCABULARY_SIZE + place for place, word in enumerate(prompts)}
    for row, part in enumerate(parts, start=1):
        for word in (*part.before, *part.after):
            if word not in ids:
                raise _unknown(part, word, prompts, row)
    longest = max((len(part.before) + len(part.after) for part in parts), default=0)
    plain = encode_many([part.formula for part in parts], encoding, max_length - longest)
    return _with_prompts(plain, parts, ids, longest) if longest else plain


def _with_prompts(plain: Encoded, parts: list[Prompted], ids: dict[str, int], longest: int) -> Encoded:
    """Rows with their prompts in place, as wide as the longest needs."""
    added = np.array([len(part.before) + len(part.after) for part in parts])
    lengths = plain.lengths + added
    wide = ((0, 0), (0, longest))
    tokens, amounts = np.pad(plain.ids, wide), np.pad(plain.fractions, wide)
    for row in np.flatnonzero(added):
        before, after = ([ids[word] for word in words] for words in (parts[row].before, parts[row].after))
        cls, *formula, sep = plain.ids[row, : plain.lengths[row]].tolist()
        tokens[row, : lengths[row]] = [cls, *before, *formula, *after, sep]
        amounts[row] = 0
        first = 1 + len(before)
        amounts[row, first : first + len(formula)] = plain.fractions[row, 1 : 1 + len(formula)]
    width = int(lengths.max(initial=0))
    return Encoded(tokens[:, :width], amounts[:, :width], lengths)


def _unknown(part: Prompted, word: str, prompts: Sequence[str], row: int) -> InvalidString:
    text = part.around(part.formula)
    near = get_close_matches(word, prompts, n=1, cutoff=0.5)
    return InvalidString(
        text,
        f"{word} is none of the {len(prompts)} prompt tokens of this model, such as {', '.join(prompts[:3])}",
        suggestion=text.replace(word, near[0]) if near else part.formula,
        row=row,
    )
