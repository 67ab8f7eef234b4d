"""`matprior pretrain` for encoders: MatBERT on formulas, MolBERT on molecules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

HIDDEN = {"masked_atom": "One hidden atom", "masked_token": "One hidden token"}
"""Task of a score -> what was asked."""


def read(recipe: Path, settings: list[str] | None) -> Any:
    """The recipe with its settings."""
    from matprior.pretraining.kinds import kind_of_recipe

    return kind_of_recipe(recipe).read(recipe, settings)


def notes(chosen: Any, folder: Path) -> list[str]:
    """What the corpus of a recipe holds."""
    return list(_kind(chosen).corpus(chosen, folder).notes)


def run(chosen: Any, *where: Any) -> Any:
    """Pretrain; `where` are data folder, output folder, progress, and whether TensorBoard is written for."""
    return _kind(chosen).run(chosen, *where)


def save(result: Any, chosen: Any, output: Path) -> None:
    """Write the checkpoint."""
    from matprior.pretraining.saving import save as write

    write(result, chosen, output)


def tell(result: Any, chosen: Any, output: Path) -> None:
    """Say what was learned from, and what the checkpoint knows of held-out strings."""
    from matprior.cli.console import say

    say(*result.notes, f"{result.n_strings:,} {_kind(chosen).what} learned from.")
    show_scores(result.scores)
    say(f"Saved in {output}.")


def _kind(chosen: Any) -> Any:
    from matprior.pretraining.kinds import KINDS

    return next(kind for kind in KINDS.values() if isinstance(chosen, kind.recipe))


def show_scores(scores: list[dict[str, Any]]) -> None:
    """Tables of what a checkpoint knows of held-out formulas."""
    from matprior.cli.console import show_table
    from matprior.pretraining.scoring import measured

    for task, title in HIDDEN.items():
        masked = [r for r in scores if r["task"] == task]
        rows = [
            [r["model"], f"{r['cross_entropy']:.3f}", f"{r['top1']:.1%}", f"{r['top5']:.1%}"] for r in masked
        ]
        if rows:
            show_table(f"{title}, held out", ["model", "cross-entropy", "top-1", "top-5"], rows)
    show_groups(scores)
    others = [r for r in scores if r["task"] not in (*HIDDEN, "masked_atom_group")]
    rows = [
        [r["task"], metric, unit, f"{r['n']:,}", f"{value:.4g}", "" if dummy is None else f"{dummy:.4g}"]
        for r in others
        for metric, unit, value, dummy in measured(r)
    ]
    head = ["task", "metric", "unit", "rows", "network", "without"]
    show_table("Computed properties and vectors, held out", head, rows)


def show_groups(scores: list[dict[str, Any]]) -> None:
    """Top-1 accuracy of the network and its baselines for each chemical group."""
    from matprior.cli.console import show_table

    found: dict[str, dict[str, Any]] = {}
    for one in scores:
        if one["task"] == "masked_atom_group":
            line = found.setdefault(one["group"], {"rows": f"{one['n']:,}"})
            line[one["model"]] = f"{one['top1']:.1%}"
    if not found:
        return
    head = ["rows", "unigram", "cooccurrence", "substitution", "network"]
    rows = [[group, *(line[name] for name in head)] for group, line in found.items()]
    show_table("Top-1 by chemical group of the hidden atom", ["group", *head], rows)


def write_card(folder: Path, command: str) -> None:
    """The card of a checkpoint, from the facts and scores in its folder."""
    from matprior.cli.checkpoint_card import facts_and_scores, write_checkpoint_card
    from matprior.pretraining.scoring import measured

    facts, scores = facts_and_scores(folder)
    metrics = []
    for one in scores:
        if one["task"] == "masked_atom_group":
            continue  # 36 more lines would bury the others; they are in scores.json
        if one["task"] in HIDDEN:
            common = {"dataset": f"{HIDDEN[one['task']].lower()}, held out", "model": one["model"]}
            metrics += [common | {"metric": m, "value": one[m]} for m in ("cross_entropy", "top1", "top5")]
        else:
            for metric, unit, value, dummy in measured(one):
                common = {"dataset": one["task"], "metric": metric, "unit": unit}
                metrics.append(common | {"model": facts["name"], "value": value})
                if dummy is not None:
                    metrics.append(common | {"model": "median" if unit else "dummy", "value": dummy})
    own = {
        "kind": "pretrained",
        "architecture": f"{facts['architecture']} {facts['size']}, {facts['encoding']} encoding",
        "notation": facts["notation"],
    }
    write_checkpoint_card(folder, facts, metrics, command, "strings", **own)


def record_lines(facts: dict[str, Any], scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores for a results file, those of the baselines among them: data set, model, metric, unit, value."""
    from matprior.pretraining.scoring import measured

    found = []
    for one in scores:
        if one["task"] in (*HIDDEN, "masked_atom_group"):
            model = facts["name"] if one["model"] == "network" else one["model"]
            for metric, unit in (("cross_entropy", "nats"), ("perplexity", ""), ("top1", ""), ("top5", "")):
                task = one["task"].removesuffix("_group")
                dataset = f"{task} {one.get('group', '')}".strip()
                said = {"dataset": dataset, "model": model, "metric": metric, "unit": unit}
                found.append(said | {"value": one[metric]})
        else:
            for metric, unit, value, dummy in measured(one):
                said = {"dataset": one["task"], "metric": metric, "unit": unit}
                found.append(said | {"model": facts["name"], "value": value})
                if dummy is not None:
                    found.append(said | {"model": "dummy", "value": dummy})
    return found
