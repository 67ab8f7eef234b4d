"""What a tokenizer does to a list of strings: how long, how much unknown, how much lost."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from matprior.notations import InvalidString
from matprior.notations.composition import parse_amounts
from matprior.tokens.flat import reduced
from matprior.tokens.vocabulary import UNK

if TYPE_CHECKING:
    from matprior.tokens.huggingface import CompositionTokenizer

SHOWN = 20
"""Examples kept of each kind of failure."""


def audit(tokenizer: CompositionTokenizer, strings: Iterable[str]) -> dict[str, Any]:
    """Encode and decode every string and count what goes wrong.

    Parameters
    ----------
    strings : `n` formulas

    Returns
    -------
    dict with n; refused (no formula) and unknown (has `[UNK]`), as counts; unknown_rate, the share of
    tokens inside the frame that are `[UNK]`; lengths {tokens: strings}, longest, mean_length;
    truncated, strings that need more than `model_max_length` tokens; round_trip_failures, strings
    whose decoded formula has other amounts; examples, the first few strings of each failure.

    Examples
    --------
    >>> from matprior.tokens.composition import CompositionTokenizer
    >>> report = audit(CompositionTokenizer(), ["Fe2O3", "NaCl", "Zz2"])
    >>> report["refused"], report["lengths"], report["round_trip_failures"]
    (1, {4: 2}, 0)
    """
    lengths: Counter[int] = Counter()
    failures: dict[str, list[str]] = {
        "refused": [],
        "unknown": [],
        "truncated": [],
        "round_trip_failures": [],
    }
    n = n_unknown_tokens = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the counts below say the same
        for n, string in enumerate(strings, start=1):  # noqa: B007 (read after the loop)
            try:
                row = tokenizer(string, truncation=True)
            except InvalidString:
                failures["refused"].append(string)
                continue
            lengths[len(row["input_ids"])] += 1
            n_unknown = row["input_ids"].count(UNK)
            n_unknown_tokens += n_unknown
            if n_unknown:
                failures["unknown"].append(string)
                continue
            whole = reduced(parse_amounts(string))
            needed = 2 + (len(whole) if tokenizer.encoding == "amounts" else sum(whole.values()))
            if needed > tokenizer.model_max_length:
                failures["truncated"].append(string)
            if reduced(parse_amounts(tokenizer.decode_formula(row["input_ids"], row["amounts"]))) != whole:
                failures["round_trip_failures"].append(string)
    n_encoded = lengths.total()
    n_tokens = sum(length * count for length, count in lengths.items())
    return {
        "n": n,
        "encoding": tokenizer.encoding,
        **{name: len(examples) for name, examples in failures.items()},
        "unknown_rate": n_unknown_tokens / max(1, n_tokens - 2 * n_encoded),
        "lengths": dict(sorted(lengths.items())),
        "longest": max(lengths, default=0),
        "mean_length": n_tokens / max(1, n_encoded),
        "examples": {name: examples[:SHOWN] for name, examples in failures.items()},
    }
