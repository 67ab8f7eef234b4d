"""What lies beside the weights of a fitted model: results, settings, card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matprior.data.wording import counted

if TYPE_CHECKING:
    from matprior.data.table import Table

FEW = 30
"""Rows below which an error says little."""


def save_fitted(estimator: Any, table: Table, folder: Path, data: str) -> list[str]:
    """Save the model, `results.csv` of its watched rows, `recipe.yaml` and the card `README.md`.

    Returns
    -------
    One sentence per target with the error on watched rows.
    """
    import yaml

    from matprior.cli.console import command
    from matprior.data.files import write_atomically
    from matprior.reports.card import model_card
    from matprior.strategies import told

    estimator.task_ = asdict(table.task)
    estimator.save(folder)
    with write_atomically(folder / "results.csv") as draft:
        estimator.watched_results_.to_csv(draft, index=False)
    parameters = {name: _text(value) for name, value in estimator.get_params(deep=False).items()}
    parameters["strategy"] = told(getattr(estimator, "strategy", "auto"))
    recipe = {
        "data": Path(data).name,
        "task": estimator.task_,
        "estimator": parameters,
        "training": estimator.training_,
    }
    with write_atomically(folder / "recipe.yaml") as draft:
        draft.write_text(yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True), encoding="utf-8")
    records = _records(estimator, table)
    facts = {
        "kind": "fitted",
        "base": estimator.model or "no pretraining",
        "base_license": _licence(estimator.model),
        "strategy": parameters["strategy"],
        "targets": estimator.target_names_,
        "units": table.task.units,
        "n_train": estimator.n_training_rows_,
        "data": Path(data).name,
        "data_sha256": table.sha256,
        "seed": estimator.seed,
        "task": table.task.kind,
        "notation": table.task.notation or "composition",
        "command": command(),
        **_auto_facts(estimator),
    }
    with write_atomically(folder / "README.md") as draft:
        draft.write_text(model_card(folder.name, facts, records), encoding="utf-8")
    return [_sentence(record) for record in records]


def _sentence(record: dict[str, Any]) -> str:
    """A score in words; of few rows it says little, and of rows like those learned from it flatters."""
    score = f"{record['metric']} {record['value']:.4g} {record['unit']}".rstrip()
    rows = counted(record["n_test"], "row")
    kept = f"{rows} held back" if record["dataset"] == "watched rows" else rows
    few = "; so few say little: see matprior evaluate" if record["n_test"] < FEW else ""
    return f"{record['dataset'].capitalize()}, {record['target']}: {score} ({kept}{few})."


def _records(estimator: Any, table: Table) -> list[dict[str, Any]]:
    """Scores on the watched rows: they stopped the training, so they flatter a little."""
    from matprior.evaluation.metrics import METRICS

    name = "MAE" if table.task.kind == "regression" else "balanced_accuracy"
    found = []
    for target, rows in estimator.watched_results_.groupby("target", sort=False):
        rows = rows[rows["truth"].notna()]
        if rows.empty:
            continue
        if name == "MAE":
            value = float((rows["truth"] - rows["prediction"]).abs().mean())
        else:
            hit = rows["truth"] == rows["prediction"]
            value = float(hit.groupby(rows["truth"]).mean().mean())
        scores = {name: value} | _calibration_scores(rows, estimator)
        found += [
            {
                "dataset": estimator.judged_by,
                "target": str(target),
                "metric": metric,
                "value": score,
                "unit": table.task.units.get(str(target), "") if METRICS[metric].unit_power else "",
                "n_test": len(rows),
            }
            for metric, score in scores.items()
        ]
    return found


def _calibration_scores(rows: Any, estimator: Any) -> dict[str, float]:
    """How far error bars and probabilities keep their promise, where rows were answered out of fold."""
    from matprior.evaluation.metrics import METRICS

    if {"low", "high"} <= set(rows):
        columns = [rows[name].to_numpy(float) for name in ("truth", "low", "high")]
        return {"coverage90": METRICS["coverage90"].function(*columns)}
    if not hasattr(estimator, "choice_"):
        return {}
    truth = (rows["truth"].to_numpy()[:, None] == estimator.classes_).argmax(1)
    told = rows[[f"p_{label}" for label in estimator.classes_]].to_numpy(float)
    return {
        name: METRICS[name].function(truth, told[:, 1] if len(estimator.classes_) == 2 else told)
        for name in ("ROC-AUC", "ECE")
    }


def _licence(checkpoint: str | Path | None) -> str:
    """What the checkpoint that was fitted says of its weights; nothing where it says nothing."""
    from matprior.models.zoo import facts

    told = "" if checkpoint is None else str(facts(checkpoint).get("licence") or "")
    return "" if told == "not stated" else told


def _auto_facts(estimator: Any) -> dict[str, Any]:
    """What the card of a mix says beyond that of one network."""
    if not hasattr(estimator, "choice_"):
        return {}
    mix = ", ".join(f"{name} {100 * weight:.0f} %" for name, weight in estimator.stack_.weights.items())
    missing = "its structure" if estimator.notation_ == "composition" else "the places of its atoms in space"
    limits = [*estimator.story_, f"The input says what a material is made of, not {missing}."]
    facts: dict[str, Any] = {"mix": mix, "limits": limits}
    if hasattr(estimator, "coverage_"):
        found = estimator.coverage_.to_dict("records")
        facts["coverage found"] = ", ".join(f"{c['found']:.3f} of promised {c['promised']:g}" for c in found)
    return facts


def _text(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, (str, int, float, dict, list, type(None))) else type(value).__name__
