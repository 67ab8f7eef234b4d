"""Checkpoints (or recipes, pretrained first) on tasks, label counts and seeds, against the twin from scratch.

    python benchmarks/ablation.py --models scratch,matbert-small-strict --output runs/ablation
    python benchmarks/ablation.py --recipes a.yaml,b.yaml --output runs/ablation --record ablation.json

Stopped, it goes on where it stood when given again: finished cells and checkpoints are not made twice.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from label_efficiency import ladder, tell
from measured import chosen, facts, open_task

from matprior.cli.learning_curve import whole_numbers
from matprior.data.files import write_atomically
from matprior.data.folder import local_folder
from matprior.data.recipe import read_recipe
from matprior.evaluation.ablation import ablation, ablation_records, ablation_summary, gains
from matprior.evaluation.contestants import SCRATCH
from matprior.evaluation.records import append_records
from matprior.reports.study_figures import ablation_figure, ablation_rows

TASKS = "expt_gap,expt_is_metal,log_kvrh,supercon"


def main(arguments: list[str] | None = None) -> None:
    """Pretrain what is missing, fill the cells, then write table, picture and records."""
    options = _parser().parse_args(arguments)
    command = shlex.join(["python", "benchmarks/ablation.py", *(arguments or sys.argv[1:])])
    models = [name.strip() for name in options.models.split(",") if name.strip()]
    for recipe in [Path(name.strip()) for name in options.recipes.split(",") if name.strip()]:
        models.append(str(checkpoint_of(recipe, options.output, options.set)))
    models = list(dict.fromkeys([SCRATCH, *models]))
    training = {"training": {"epochs": options.epochs}} if options.epochs else {}
    tasks = [open_task(name, None, training, options.rows) for name in chosen(options.tasks)]
    seeds = whole_numbers(options.seeds, "--seeds") or [0]
    cells = ablation(
        tasks, models, ladder(options.counts), seeds, options.output / "cells.csv", tell, options.jobs
    )
    table = gains(cells)
    if options.record is not None:
        told = {task.name: facts(task.name, task, None, None) for task in tasks}
        append_records(options.record, ablation_records(cells, told, command))
    # Folders of checkpoints are long; their names are what people gave them.
    table["model"] = [Path(name).name for name in table["model"]]
    with write_atomically(options.output / "ablation.csv") as draft:
        table.to_csv(draft, index=False)
    with write_atomically(options.output / "ablation.svg") as draft:
        draft.write_text(ablation_figure(table).standalone(), encoding="utf-8")
    head, rows = ablation_rows(table)
    for row in [head, *rows]:
        print("  ".join(f"{cell:>16}" for cell in row))
    for line in ablation_summary(table).itertuples():
        print(f"{line.model}: median gain {line.gain:.1%}, better in {line.won:.0%} of the cells")


def checkpoint_of(recipe: Path, output: Path, changes: list[str]) -> Path:
    """Folder of the checkpoint that a recipe gives; pretrained now if it is not there."""
    from matprior.pretraining.run import PretrainingRecipe, pretrain
    from matprior.pretraining.saving import save

    settings = read_recipe(recipe, PretrainingRecipe, changes)
    folder = output / "checkpoints" / settings.name
    if (folder / "model.safetensors").exists():
        if read_recipe(folder / "recipe.yaml", PretrainingRecipe) != settings:
            raise ValueError(f"{folder} was made by another recipe. Choose another --output, or remove it.")
        return folder
    result = pretrain(settings, local_folder(None) or Path(), folder, lambda done, total, note: None)
    save(result, settings, folder)
    print(f"{settings.name}: pretrained", flush=True)
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="folder for cells, table and picture")
    parser.add_argument("--record", type=Path, default=None, help="results file (JSON) to add to")
    parser.add_argument("--models", default="", help="comma-separated names or folders; scratch always joins")
    parser.add_argument("--recipes", default="", help="comma-separated recipes to pretrain by first")
    parser.add_argument("--set", action="append", default=[], help="change of every recipe as key=value")
    parser.add_argument("--tasks", default=TASKS, help="comma-separated")
    parser.add_argument("--counts", default="100,300,1000,all", help="label counts")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, default=None, help="of the networks, for a quick try")
    parser.add_argument("--rows", type=int, default=None, help="read only so many rows, for a quick try")
    parser.add_argument("--jobs", type=int, default=-1, help="processes of baselines")
    return parser


if __name__ == "__main__":
    main()
