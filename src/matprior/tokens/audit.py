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
    rows: list[tuple[int, int]] = []
    failures: dict[str, list[str]] = {
        "refused": [],
        "unknown": [],
        "truncated": [],
        "round_trip_failures": [],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the counts below say the same
        for string in strings:
            length, n_unknown, troubles = _examine(tokenizer, string)
            rows.append((length, n_unknown))
            for trouble in troubles:
                failures[trouble].append(string)
    lengths = Counter(length for length, _ in rows if length)
    n_tokens = sum(length for length, _ in rows)
    return {
        "n": len(rows),
        "encoding": tokenizer.encoding,
        **{name: len(examples) for name, examples in failures.items()},
        "unknown_rate": sum(n for _, n in rows) / max(1, n_tokens - 2 * lengths.total()),
        "lengths": dict(sorted(lengths.items())),
        "longest": max(lengths, default=0),
        "mean_length": n_tokens / max(1, lengths.total()),
        "examples": {name: examples[:SHOWN] for name, examples in failures.items()},
    }


def audit_molecules(
    strings: Iterable[str], notation: str = "smiles", encoding: str | None = None
) -> dict[str, Any]:
    """The same figures for SMILES or SELFIES as they are written.

    Parameters
    ----------
    strings : `n` strings
    notation, encoding : as in `matprior.tokens.encoders.encode`

    Examples
    --------
    >>> report = audit_molecules(["CCO", "C[nH]c", "C!"])
    >>> report["unknown"], report["lengths"], report["round_trip_failures"]
    (1, {4: 1, 5: 1, 8: 1}, 0)
    """
    from matprior.tokens.fast import MAX_LENGTH, molecule_tokenizer

    tokenizer = molecule_tokenizer(notation, encoding)
    several = list(strings)
    ids = tokenizer(several).input_ids
    back = tokenizer.batch_decode(ids, skip_special_tokens=True)
    unknown = [i for i, row in enumerate(ids) if tokenizer.unk_token_id in row]
    failures = {
        "unknown": [several[i] for i in unknown],
        "truncated": [s for s, row in zip(several, ids, strict=True) if len(row) > MAX_LENGTH],
        "round_trip_failures": [
            s for i, s in enumerate(several) if back[i] != s and tokenizer.unk_token_id not in ids[i]
        ],
    }
    lengths = Counter(map(len, ids))
    n_tokens = sum(map(len, ids))
    n_unknown = sum(row.count(tokenizer.unk_token_id) for row in ids)
    return {
        "n": len(several),
        "encoding": encoding or "default",
        **{name: len(examples) for name, examples in failures.items()},
        "unknown_rate": n_unknown / max(1, n_tokens - 2 * len(several)),
        "lengths": dict(sorted(lengths.items())),
        "longest": max(lengths, default=0),
        "mean_length": n_tokens / max(1, len(several)),
        "examples": {name: examples[:SHOWN] for name, examples in failures.items()},
    }


def _examine(tokenizer: CompositionTokenizer, string: str) -> tuple[int, int, list[str]]:
    """Tokens of one string (0 when refused), how many of them are unknown, and what went wrong."""
    try:
        row = tokenizer(string, truncation=True)
    except InvalidString:
        return 0, 0, ["refused"]
    ids = row["input_ids"]
    if UNK in ids:
        return len(ids), ids.count(UNK), ["unknown"]
    whole = reduced(parse_amounts(string))
    needed = 2 + (len(whole) if tokenizer.encoding == "amounts" else sum(whole.values()))
    troubles = ["truncated"] if needed > tokenizer.model_max_length else []
    if reduced(parse_amounts(tokenizer.decode_formula(ids, row["amounts"]))) != whole:
        troubles.append("round_trip_failures")
    return len(ids), 0, troubles
