"""`matprior pretrain` for a recipe of kind describer: a checkpoint that says facts, with its card."""

from __future__ import annotations

import json
from pathlib import Path


def pretrain_describer(
    recipe: Path,
    output: Path | None,
    exclude: list[str] | None,
    dry_run: bool,
    tensorboard: bool,
    settings: list[str] | None,
    folder: Path,
) -> None:
    """Read the recipe, train, save, and tell how far numbers of held-out formulas are off."""
    from matprior.cli.console import command, progress_bar, say, show_table
    from matprior.data.recipe import read_recipe
    from matprior.generation.describing_recipe import DescriberRecipe
    from matprior.generation.describing_run import lessons_of, save_describer
    from matprior.generation.describing_run import pretrain_describer as run

    chosen = read_recipe(recipe, DescriberRecipe, settings)
    chosen.exclude += [name for name in exclude or [] if name not in chosen.exclude]
    if dry_run:
        lessons = lessons_of(chosen, folder)
        say(*lessons.notes, f"{len(lessons.formulas):,} formulas to learn from.")
        return
    if output is None:
        raise ValueError("There is no --output. Give the folder of the checkpoint, or --dry-run.")
    with progress_bar("Pretraining") as progress:
        result = run(chosen, folder, output, progress, tensorboard)
    save_describer(result, chosen, output)
    write_describer_card(output, command())
    say(*result.lessons.notes, f"{len(result.lessons.formulas):,} formulas learned from.")
    rows = [
        [one["task"], one["model"], f"{one['value']:.3f}", one["unit"], f"{one['n']:,}"]
        for one in result.scores
    ]
    show_table("Held-out formulas", ["number", "model", "MAE", "unit", "formulas"], rows)
    say(f"Saved in {output}. Use it with: matprior describe Fe2O3 --model {output}")


def write_describer_card(folder: Path, command: str) -> None:
    """The card of a describer, from the facts and scores in its folder."""
    from matprior.data.files import write_atomically
    from matprior.reports.card import model_card

    facts = json.loads((folder / "matprior.json").read_text(encoding="utf-8"))
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    metrics = [
        {"dataset": f"{one['task']}, held out", **{k: one[k] for k in ("model", "metric", "value", "unit")}}
        for one in scores
    ]
    told = {
        "kind": "describer",
        "architecture": facts["architecture"],
        "parameters": f"{facts['parameters']:,}",
        "objective": facts["objectives"],
        "training_data": "\n".join([f"{facts['formulas']:,} distinct formulas.", *facts["notes"]]),
        "license": "apache-2.0",
        "summary": facts["licence"],
        "versions": facts["versions"],
        "seed": facts["seed"],
        "command": command,
    }
    with write_atomically(folder / "README.md") as draft:
        draft.write_text(model_card(facts["name"], told, metrics), encoding="utf-8")
