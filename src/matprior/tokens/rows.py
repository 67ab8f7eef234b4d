"""Rows of tokens as Python lists, as Hugging Face tokenizers give them: framed, with prompts and places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matprior.notations import InvalidString
from matprior.tokens.flat import TRACE, flatten
from matprior.tokens.text import NOWHERE, Reading, Span
from matprior.tokens.vocabulary import CLS, SEP


@dataclass
class Row:
    """One encoded text; the three lists have one length."""

    ids: list[int]
    amounts: list[float]
    """Atomic fraction at element tokens, 0 elsewhere."""
    spans: list[Span]
    """Place of each token in the text; (0, 0) for `[CLS]` and `[SEP]`, and for all where not wanted."""


def encode_rows(
    readings: Sequence[Reading], encoding: str, room: int, framed: bool, placed: bool
) -> list[Row]:
    """Encode texts that may have prompts and stand-ins.

    Parameters
    ----------
    readings : `n` texts
    room : tokens that fit in a row, prompts included, `[CLS]` and `[SEP]` not
    framed : whether `[CLS]` and `[SEP]` go around each row
    placed : whether spans are wanted

    Raises
    ------
    InvalidString
        A text holds no formula. The message has its row, counted from 1.
    """
    rooms = [room - len(reading.before) - len(reading.after) for reading in readings]
    rows: dict[int, Row] = {}
    for space in sorted(set(rooms)):  # one pass where all texts have equally many prompts
        if space < 1:
            raise ValueError(
                f"max_length leaves no room for an element: beside [CLS] and [SEP] it holds {room} tokens, "
                f"and {room - space} are prompts. Raise max_length."
            )
        members = [place for place, its_space in enumerate(rooms) if its_space == space]
        try:
            flat = flatten(((place + 1, readings[place].formula) for place in members), encoding, space)
        except InvalidString as error:
            raise readings[(error.row or 1) - 1].blame(error) from None
        flat.warn(space)
        amounts = np.maximum(flat.fractions, TRACE)
        for place, count, end in zip(members, flat.counts, flat.counts.cumsum(), strict=True):
            ids, parts = flat.ids[end - count : end].tolist(), amounts[end - count : end].tolist()
            rows[place] = _row(readings[place], ids, parts, framed, placed)
    return [rows[place] for place in range(len(readings))]


def _row(reading: Reading, ids: list[int], amounts: list[float], framed: bool, placed: bool) -> Row:
    spans = reading.spans() if placed else {}
    places = [spans.get(token, NOWHERE) for token in ids]
    ids = [reading.stand_ins.get(token, (token, NOWHERE))[0] for token in ids]
    before, after = reading.before, reading.after
    row = Row(
        [token for token, _ in before] + ids + [token for token, _ in after],
        [0.0] * len(before) + amounts + [0.0] * len(after),
        [span for _, span in before] + places + [span for _, span in after],
    )
    if framed:
        row = Row([CLS, *row.ids, SEP], [0.0, *row.amounts, 0.0], [NOWHERE, *row.spans, NOWHERE])
    return row
