"""`matprior pretrain` for a recipe of kind describer: a checkpoint that says facts, with its card."""

from __future__ import annotations

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
    from matprior.cli.checkpoint_card import facts_and_scores, write_checkpoint_card

    facts, scores = facts_and_scores(folder)
    metrics = [
        {"dataset": f"{one['task']}, held out", **{k: one[k] for k in ("model", "metric", "value", "unit")}}
        for one in scores
    ]
    write_checkpoint_card(folder, facts, metrics, command, "formulas", kind="describer")
