"""From the outputs of the last layer to answers: the heads by name, and `config.head`.

While a network is trained `config.head` is None and it answers with the outputs as they are. Afterwards
`config.head` says how to decode them, so that the folder alone answers in the user's units.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from torch import Tensor

from matprior.models.outputs import GaussianHead, PointHead, QuantileHead
from matprior.models.two_part import TwoPartHead

HEADS: dict[str, type[PointHead]] = {
    "point": PointHead,
    "gaussian": GaussianHead,
    "quantile": QuantileHead,
    "two_part": TwoPartHead,
}
"""Value of `head` -> class. The CLI, error messages and the exam read this."""
CHOSEN = ("soft",)
"""Fields that people set; the others are learned."""


def new_head(choice: str | Mapping[str, Mapping[str, Any]], targets: list[str]) -> PointHead:
    """A head by name, or by name and options, for targets of these names.

    Examples
    --------
    >>> new_head({"two_part": {"soft": True}}, ["gap"]).soft
    True
    """
    if not isinstance(choice, str) and (not isinstance(choice, Mapping) or len(choice) != 1):
        raise ValueError(f"head is {choice!r}. Write its name, or {{'name': {{options}}}}.")
    name, options = (choice, {}) if isinstance(choice, str) else next(iter(choice.items()))
    if name not in HEADS:
        near = difflib.get_close_matches(str(name), HEADS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no head {name!r}. Known: {', '.join(HEADS)}.{hint}")
    known = [f.name for f in fields(HEADS[name]) if f.name in CHOSEN]
    for unknown in set(options) - set(known):
        raise ValueError(f"Head {name!r} has no option {unknown!r}. Known: {', '.join(known) or 'none'}.")
    return HEADS[name](targets=targets, **options)


def told_head(head: PointHead) -> dict[str, Any] | None:
    """A head as plain data for `config.head`; None when the outputs are the answers already."""
    if type(head) is PointHead and not head.links and head.bounds is None:
        return None
    name = next(name for name, kind in HEADS.items() if type(head) is kind)
    return {"name": name, **asdict(head), "columns": head.columns}


def head_of(facts: dict[str, Any]) -> PointHead:
    """A head from what `told_head` wrote."""
    return HEADS[facts["name"]](**{k: v for k, v in facts.items() if k not in ("name", "columns")})


def decode(raw: Tensor, facts: dict[str, Any] | None) -> Tensor:
    """Outputs of the last layer (n, k * t) as answers in the user's units."""
    return raw if facts is None else head_of(facts).decode(raw)
