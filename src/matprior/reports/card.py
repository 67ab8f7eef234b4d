"""The README of a saved model: what it is, what it was trained on, how good it is, how to use it.

Markdown with the front matter that model hubs read. Facts that nobody stated are named as missing
under "Not stated", because a silent gap in a card reads like a clean record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from matprior.reports.card_words import licence, opening, standard_limits
from matprior.reports.formats import is_number, number, plus_minus

_EXPECTED = {
    "pretrained": ("architecture", "parameters", "objective", "training_data", "license", "command"),
    "generator": ("architecture", "parameters", "objective", "training_data", "license", "command"),
    "describer": ("architecture", "parameters", "objective", "training_data", "license", "command"),
    "fitted": ("base", "targets", "n_train", "data", "data_sha256", "license", "command"),
}
_NAMES = {
    "architecture": "Architecture",
    "parameters": "Parameters",
    "size_mb": "Size (MB)",
    "notation": "Input",
    "encoding": "Encoding",
    "objective": "Pretraining objective",
    "base": "Started from",
    "strategy": "Strategy",
    "targets": "Predicts",
    "n_train": "Rows trained on",
    "n_test": "Rows",
    "data": "Data",
    "data_sha256": "SHA-256 of the data",
    "seed": "Seed",
    "seeds": "Seeds",
    "seconds": "Training time (s)",
    "date": "Date",
    "versions": "Versions",
}
_SECTIONS = ("summary", "training_data", "limits", "intended_use", "citation", "command", "usage")
EXAMPLES = {
    "composition": ("NaCl", "MgO", "KCl"),
    "smiles": ("CCO", "c1ccccc1", "CC(=O)O"),
    "selfies": ("[C][C][O]", "[C][N]", "[C][O]"),
}
"""Notation -> two strings to learn from and one to predict."""
_META = ("kind", "license", "base_license", "tags", "units")


def model_card(
    name: str, facts: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]] | None = None
) -> str:
    """Write the card of a pretrained checkpoint or a fitted model.

    Parameters
    ----------
    name : of the checkpoint or folder
    facts : all optional. kind (one of `_EXPECTED`; guessed from `targets`), summary,
        license (an SPDX id), base_license (what the checkpoint says that a model was fitted from), tags,
        command, limits and intended_use (text or list of sentences), citation, usage (Python code in
        place of the standard lines), training_data (text, or a list of dicts
        such as name, rows, licence, source), units (target -> unit); everything else becomes a row
        of the table of facts under its own name
    metrics : records in the form of the results files: dataset, split, model, metric, value, std,
        unit, n_train, n_test, folds

    Returns
    -------
    Text for README.md.

    Examples
    --------
    >>> card = model_card("my-gaps", {"targets": ["gap"], "units": {"gap": "eV"}, "base": "matbert-small"})
    >>> "# my-gaps" in card, "| Predicts | gap (eV) |" in card, "Not stated" in card
    (True, True, True)
    """
    kind = facts.get("kind") or ("fitted" if facts.get("targets") else "pretrained")
    if kind not in _EXPECTED:
        raise ValueError(f"Kind of model {kind!r} is unknown. Expected one of: {', '.join(_EXPECTED)}.")
    first = _lines(facts.get("summary")) or opening(facts, str(kind), _targets(facts))
    parts = [_front_matter(facts), f"# {name}", first]
    parts += [_section("Use", _usage(name, facts, str(kind))), _section("Facts", _facts(facts))]
    parts += [_section("Training data", _training_data(facts.get("training_data")))]
    parts += [_section("Measured", _metrics(metrics or []))]
    parts += [_section("Meant for", _lines(facts.get("intended_use")))]
    limits = _lines(facts.get("limits")) or standard_limits(str(kind), facts.get("notation"))
    parts += [_section("Limits", limits), _section("Licence", licence(facts, str(kind)))]
    command = facts.get("command")
    parts += [_section("Made by", f"```bash\n{command}\n```" if command else "")]
    parts += [_section("Cite", _lines(facts.get("citation")))]
    missing = [_label(key).lower() for key in _EXPECTED[str(kind)] if facts.get(key) in (None, "", [], {})]
    if kind == "fitted" and facts.get("base_license"):
        missing = ["license of the rows it was fitted on" if one == "license" else one for one in missing]
    parts += [_section("Not stated", ", ".join(missing) + "." if missing else "")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front_matter(facts: Mapping[str, Any]) -> str:
    # JSON strings are valid YAML: quotes and colons in a fact cannot break the header.
    tags = ["materials", "chemistry", *(facts.get("tags") or [])]
    rows = [
        "library_name: matprior",
        f"tags: {json.dumps(list(dict.fromkeys(map(str, tags))), ensure_ascii=False)}",
    ]
    if facts.get("license"):
        rows.insert(0, f"license: {json.dumps(str(facts['license']))}")
    return "\n".join(["---", *rows, "---"])


def _usage(name: str, facts: Mapping[str, Any], kind: str) -> str:
    code = facts.get("usage")
    one, other, new = EXAMPLES.get(str(facts.get("notation", "composition")), EXAMPLES["composition"])
    estimator = "MaterialClassifier" if facts.get("task") in ("binary", "multiclass") else "MaterialRegressor"
    if not code and kind == "pretrained":
        code = (
            f"from matprior import {estimator}\n\n"
            f'model = {estimator}(model="{name}").fit(["{one}", "{other}", ...], [8.5, 7.8, ...])\n'
            f'model.predict(["{new}"])'
        )
    if not code and kind == "generator":
        code = f'from matprior.generation.propose import propose\n\ntable, notes = propose("{name}", n=100)'
    if not code and kind == "describer":
        code = (
            "from matprior.generation.describe import describe\n\n"
            f'table = describe(["{one}"], model="{name}")'
        )
    if not code:
        code = f'from matprior import load\n\nmodel = load("path/to/{name}")\nmodel.predict(["{new}"])'
    return f"```python\n{code}\n```"


def _targets(facts: Mapping[str, Any]) -> str:
    targets = facts.get("targets") or []
    targets = [targets] if isinstance(targets, str) else targets
    units = facts.get("units") or {}
    # A column that is called "mp / K" says its unit itself.
    return ", ".join(
        f"{t} ({units[t]})" if units.get(t) and str(units[t]) not in str(t).split() else str(t)
        for t in targets
    )


def _facts(facts: Mapping[str, Any]) -> str:
    left_out = {*_SECTIONS, *_META}
    keys = [key for key in _NAMES if key in facts]
    keys += [key for key in facts if key not in _NAMES and key not in left_out]
    rows = [(_label(key), _targets(facts) if key == "targets" else _value(facts[key])) for key in keys]
    if facts.get("license"):
        rows.append(("Licence of the weights", str(facts["license"])))
    return _table(["", ""], [row for row in rows if row[1]])


def _training_data(data: Any) -> str:
    if not data or isinstance(data, str):
        return _lines(data)
    if all(isinstance(entry, Mapping) for entry in data):
        columns = list(dict.fromkeys(key for entry in data for key in entry))
        return _table(
            [_label(c) for c in columns], [[_value(entry.get(c)) for c in columns] for entry in data]
        )
    return _lines(data)


def _metrics(metrics: Sequence[Mapping[str, Any]]) -> str:
    if not metrics:
        return "Nothing measured yet: do not rely on this model before you have tested it on your own rows."
    columns = ["dataset", "split", "model", "strategy", "n_train", "n_test", "metric"]
    columns = [c for c in columns if any(m.get(c) not in (None, "") for m in metrics)]
    rows = []
    for record in metrics:
        score = plus_minus(record.get("value"), record.get("std"), str(record.get("unit") or ""))
        folds = record.get("n_folds") or len(record.get("folds") or [])
        rows.append([*(_value(record.get(c)) for c in columns), score, str(folds or "")])
    head = [*(_label(c) for c in columns), "Value", "Folds"]
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    spread = any(is_number(record.get("std")) for record in metrics)
    note = "\n\n± is the standard deviation over test folds." if spread else ""
    return _table(head, rows) + note


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _lines(text: Any) -> str:
    """A paragraph from text, a list from several sentences, nothing from nothing."""
    if not text:
        return ""
    return text if isinstance(text, str) else "\n".join(f"- {line}" for line in text)


def _label(key: str) -> str:
    return _NAMES.get(key, key.replace("_", " ")[:1].upper() + key.replace("_", " ")[1:])


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    if is_number(value):
        return number(value, 0) if float(value).is_integer() else number(value)
    return str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    cells = [
        head,
        ["---"] * len(head),
        *([str(c).replace("|", "\\|").replace("\n", " ") for c in r] for r in rows),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)
