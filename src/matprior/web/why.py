"""Why a model says what it says of one string: contributions, nearest known rows, what-ifs, and the map."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from matprior.web.answers import number
from matprior.web.shelf import Served

if TYPE_CHECKING:
    import pandas as pd

SHOWN_CHANGES = 12
"""What-ifs that are told, the largest changes first."""
SHOWN_POINTS = 1500
"""Known materials on a map, at most."""


def has_captum() -> bool:
    """Whether contributions can be computed."""
    return find_spec("captum") is not None


def why(served: Served, string: str, target: int) -> dict[str, Any]:
    """`schemas.WhyOut` as plain data.

    What cannot be told (no captum, a mix without networks) is a sentence in `notes`; the rest still comes.

    Parameters
    ----------
    string : canonical
    target : which, counted from 0
    """
    from matprior.evaluation.explain_model import notation_of
    from matprior.evaluation.explain_rows import nearest_rows
    from matprior.evaluation.what_if import what_ifs

    if target >= len(served.targets):
        raise ValueError(f"There is no target number {target}; the model has {len(served.targets)}.")
    name = served.targets[target]
    found: dict[str, Any] = {
        "string": string, "what": name, "unit": served.units.get(name, ""), "hidden": None, "parts": [],
        "nearest": [], "what_ifs": [], "notes": [],
    }  # fmt: skip
    # Elsewhere a SMILES such as CCO would be explained as the formula C2O.
    readable = notation_of(served.estimator).name == served.notation
    if not readable:
        found["notes"].append(f"Strings of {served.notation} are not explained yet.")
    else:
        found |= _contributions(served, string, target, found["notes"])
        found["what_ifs"] = _changes(what_ifs(served.estimator, [string], target=target))
    if served.rows is None or served.rows.empty:
        found["notes"].append("The model's folder keeps no rows, so the nearest known ones cannot be told.")
    elif readable:
        near = nearest_rows(served.estimator, [string], served.rows)
        found["nearest"] = [
            {"string": one["near"], "label": label_of(one["label"]), "distance": float(one["distance"])}
            for one in near.to_dict("records")
        ]
    return found


def _contributions(served: Served, string: str, target: int, notes: list[str]) -> dict[str, Any]:
    from matprior.evaluation.explain import contributions

    if not has_captum():
        notes.append("Contributions need captum. Install it beside matprior: pip install captum")
        return {}
    try:
        told = contributions(served.estimator, [string], target)
    except ValueError as error:
        notes.append(str(error))
        return {}
    notes += told.notes
    parts = told.parts.dropna(subset="contribution")
    if served.notation != "composition" and len(parts):
        parts = _by_atom(served.notation, string, parts)
    return {
        "what": told.what,
        "unit": told.unit,
        "hidden": number(told.strings["hidden"].iloc[0]),
        "parts": [
            {"part": str(part), "contribution": float(value)}
            for part, value in zip(parts["part"], parts["contribution"], strict=True)
        ],
    }


def _by_atom(notation: str, string: str, parts: pd.DataFrame) -> pd.DataFrame:
    """Numbered atoms of a molecule, in the order of its string."""
    import pandas as pd

    from matprior.evaluation.explain_atoms import drawn
    from matprior.notations import NOTATIONS
    from matprior.notations.smiles_reading import read

    smiles, weights = drawn(NOTATIONS[notation], string, parts["contribution"].tolist())
    names = [f"{atom.GetSymbol()}{number}" for number, atom in enumerate(read(smiles).GetAtoms(), start=1)]
    # Of a molecule longer than the network reads, the last atoms moved nothing.
    weights += [0.0] * (len(names) - len(weights))
    return pd.DataFrame({"part": names, "contribution": weights})


def _changes(frame: pd.DataFrame) -> list[dict[str, Any]]:
    if frame.empty:
        return []
    order = frame["difference"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN_CHANGES]
    return [
        {
            "change": one["change"],
            "string": one["new"],
            "before": number(one["before"]),
            "after": number(one["after"]),
            "difference": number(one["difference"]),
            "in_domain": bool(one["in_domain"]) if "in_domain" in one else None,
        }
        for one in frame.loc[order].to_dict("records")
    ]


def label_of(value: Any) -> str | float | None:
    """A measured value or class as JSON has it."""
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    return number(value)


def has_map(served: Served) -> bool:
    """Whether there is anything to draw a map from."""
    return hasattr(served.estimator, "domain_") or (served.rows is not None and len(served.rows) > 2)


def placed(served: Served, strings: list[str]) -> dict[str, Any]:
    """`schemas.MapOut` as plain data: the two main directions of the training rows' vectors.

    Raises
    ------
    ValueError
        The folder keeps neither its training rows nor their vectors.
    """
    if not has_map(served):
        raise ValueError(f"{served.title} keeps no rows to draw a map from. Fit it again with matprior fit.")
    embed, domain = served.estimator.embed, getattr(served.estimator, "domain_", None)
    rows = None if served.rows is None else _thinned(served.rows.drop_duplicates("string"))
    known = (
        np.empty((0, 0)) if rows is None or rows.empty else np.asarray(embed(rows["string"].tolist()), float)
    )
    base = known if domain is None else np.asarray(_thinned(domain.vectors), dtype=float)
    asked = np.asarray(embed(strings), dtype=float)
    middle = base.mean(0)
    _, sizes, directions = np.linalg.svd(base - middle, full_matrices=False)
    directions = directions[:2] * np.where(directions[:2].sum(1, keepdims=True) < 0, -1.0, 1.0)

    def points(vectors: np.ndarray) -> list[dict[str, Any]]:
        flat = (vectors - middle) @ directions.T if len(vectors) else vectors
        return [{"x": float(x), "y": float(y), "string": None} for x, y in flat]

    near = [None] * len(strings) if domain is None else served.estimator.in_domain(strings).tolist()
    labels = [] if rows is None else [label_of(label) for label in rows["label"]]
    names = [] if rows is None else rows["string"].tolist()
    return {
        "share": float((sizes[:2] ** 2).sum() / max((sizes**2).sum(), 1e-12)),
        "trained": [] if domain is None else points(base),
        "known": [
            point | {"string": str(name), "label": label}
            for point, name, label in zip(points(known), names, labels, strict=True)
        ],
        "asked": [
            point | {"string": name, "in_domain": far}
            for point, name, far in zip(points(asked), strings, near, strict=True)
        ],
    }


def _thinned(rows: Any) -> Any:
    """At most `SHOWN_POINTS` rows, spread over all."""
    if len(rows) <= SHOWN_POINTS:
        return rows
    places = np.linspace(0, len(rows) - 1, SHOWN_POINTS).astype(int)
    return rows.iloc[places] if hasattr(rows, "iloc") else rows[places]
