"""`matprior pretrain`: a recipe in, a checkpoint folder with its card out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from matprior.cli.options import DataFolder, Set

HIDDEN = {"masked_atom": "One hidden atom", "masked_token": "One hidden token"}
"""Task of a score -> what was asked."""


def pretrain(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe, such as recipes/matbert-small.yaml.")],
    output: Annotated[
        Path | None, typer.Option(help="Folder of the checkpoint. A broken run there is continued.")
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="File or data set whose materials must not be seen; added to the recipe's."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the corpus, tell what it holds, and train nothing.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write losses for TensorBoard into OUTPUT/run.")
    ] = False,
    settings: Set = None,
    record: Annotated[Path | None, typer.Option(help="Results file (JSON) to add the scores to.")] = None,
    data_folder: DataFolder = None,
) -> None:
    """Pretrain a MatBERT on formulas, a MolBERT on molecules (the recipe's `notation` decides), a generator
    of formulas (`kind: generator`), or a network that describes them (`kind: describer`)."""
    from matprior.cli.console import command, progress_bar, say
    from matprior.data.folder import local_folder
    from matprior.generation.describing_recipe import KIND as DESCRIBER
    from matprior.generation.recipe import is_generator, kind_of
    from matprior.launched import is_first
    from matprior.pretraining.kinds import kind_of_recipe
    from matprior.pretraining.saving import save

    if is_generator(recipe):
        from matprior.cli.pretrain_generator import pretrain_generator

        folder = local_folder(data_folder) or Path()
        pretrain_generator(recipe, output, exclude, dry_run, tensorboard, settings, folder)
        return
    if kind_of(recipe) == DESCRIBER:
        from matprior.cli.pretrain_describer import pretrain_describer

        folder = local_folder(data_folder) or Path()
        pretrain_describer(recipe, output, exclude, dry_run, tensorboard, settings, folder)
        return
    kind = kind_of_recipe(recipe)
    chosen, run = kind.read(recipe, settings), kind.run
    chosen.exclude += [name for name in exclude or [] if name not in chosen.exclude]
    folder = local_folder(data_folder) or Path()
    if dry_run:
        say(*kind.corpus(chosen, folder).notes)
        return
    if output is None:
        raise ValueError("There is no --output. Give the folder of the checkpoint, or --dry-run.")
    if not is_first():  # of several processes one writes and talks
        run(chosen, folder, output)
        return
    with progress_bar("Pretraining") as progress:
        result = run(chosen, folder, output, progress, tensorboard)
    save(result, chosen, output)
    if record is not None:
        write_records(output, record, command())
    write_card(output, command())
    say(*result.notes, f"{result.n_strings:,} {kind.what} learned from.")
    show_scores(result.scores)
    say(f"Saved in {output}.")


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


def write_records(folder: Path, record: Path, command: str) -> None:
    """Add the scores of a checkpoint, its baselines among them, to a results file."""
    import json
    from datetime import UTC, datetime

    from matprior.data.files import sha256_of
    from matprior.evaluation.records import append_records, peak_rss_mb
    from matprior.pretraining.scoring import measured

    facts = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
    common = {
        "split": "held-out strings" if facts["notation"] != "composition" else "held-out formulas",
        "target": "",
        "strategy": "",
        "checkpoint": facts["name"],
        "n_train": facts["formulas"],
        "std": None,
        "folds": [],
        "seeds": [facts["seed"]],
        "seconds": facts["seconds"],
        "peak_rss_mb": peak_rss_mb(),
        "command": command,
        "data_sha256": sha256_of(folder / "recipe.yaml"),
        "versions": facts["versions"],
        "date": datetime.now(UTC).date().isoformat(),
    }
    found = []
    for one in json.loads((folder / "scores.json").read_text(encoding="utf-8")):
        if one["task"] in (*HIDDEN, "masked_atom_group"):
            model = facts["name"] if one["model"] == "network" else one["model"]
            for metric, unit in (("cross_entropy", "nats"), ("perplexity", ""), ("top1", ""), ("top5", "")):
                task = one["task"].removesuffix("_group")
                dataset = f"{task} {one.get('group', '')}".strip()
                said = {"dataset": dataset, "model": model, "metric": metric, "unit": unit}
                found.append(said | {"value": one[metric]} | common)
        else:
            for metric, unit, value, dummy in measured(one):
                said = {"dataset": one["task"], "metric": metric, "unit": unit} | common
                found.append(said | {"model": facts["name"], "value": value})
                if dummy is not None:
                    found.append(said | {"model": "dummy", "value": dummy})
    append_records(record, found)
