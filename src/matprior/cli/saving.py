"""What lies beside the weights of a fitted model: results, settings, card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matprior.data.table import Table


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
    parameters["strategy"] = told(estimator.strategy)
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
        "strategy": parameters["strategy"],
        "targets": estimator.target_names_,
        "units": table.task.units,
        "n_train": estimator.n_training_rows_,
        "data": Path(data).name,
        "data_sha256": table.sha256,
        "seed": estimator.seed,
        "task": table.task.kind,
        "command": command(),
    }
    with write_atomically(folder / "README.md") as draft:
        draft.write_text(model_card(folder.name, facts, records), encoding="utf-8")
    return [
        f"Watched rows, {r['target']}: {r['metric']} {r['value']:.4g} {r['unit']}".rstrip() + "."
        for r in records
    ]


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
        found.append(
            {
                "dataset": "watched rows",
                "target": str(target),
                "metric": name,
                "value": value,
                "unit": table.task.units.get(str(target), "") if METRICS[name].unit_power else "",
                "n_train": estimator.n_training_rows_,
            }
        )
    return found


def _text(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, (str, int, float, dict, type(None))) else type(value).__name__
