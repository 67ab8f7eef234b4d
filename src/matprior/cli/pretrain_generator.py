"""`matprior pretrain` for a recipe of kind generator: a checkpoint that writes strings, with its card."""

from __future__ import annotations

from pathlib import Path


def pretrain_generator(
    recipe: Path,
    output: Path | None,
    exclude: list[str] | None,
    dry_run: bool,
    tensorboard: bool,
    settings: list[str] | None,
    folder: Path,
) -> None:
    """Read the recipe, train, save, and tell how likely held-out strings have become."""
    from matprior.cli.console import command, progress_bar, say, show_table
    from matprior.data.recipe import read_recipe
    from matprior.generation.lessons import lessons_of
    from matprior.generation.recipe import GeneratorRecipe
    from matprior.generation.run import KINDS, save_generator
    from matprior.generation.run import pretrain_generator as run

    chosen = read_recipe(recipe, GeneratorRecipe, settings)
    chosen.exclude += [name for name in exclude or [] if name not in chosen.exclude]
    what = KINDS[chosen.notation]
    if dry_run:
        lessons = lessons_of(chosen, folder)
        say(*lessons.notes, f"{len(lessons.strings):,} {what}s to learn from.")
        return
    if output is None:
        raise ValueError("There is no --output. Give the folder of the checkpoint, or --dry-run.")
    with progress_bar("Pretraining") as progress:
        result = run(chosen, folder, output, progress, tensorboard)
    save_generator(result, chosen, output)
    write_generator_card(output, command())
    say(*result.lessons.notes, f"{len(result.lessons.strings):,} {what}s learned from.")
    rows = [[one["model"], f"{one['value']:.3f}", f"{one['n']:,}"] for one in result.scores]
    show_table(f"Held-out {what}s", ["model", f"nats per {what}", f"{what}s"], rows)
    say(f"Saved in {output}. Use it with: matprior generate --model {output} --output FILE")


def write_generator_card(folder: Path, command: str) -> None:
    """The card of a generator, from the facts and scores in its folder."""
    from matprior.cli.checkpoint_card import facts_and_scores, write_checkpoint_card
    from matprior.generation.run import KINDS

    facts, scores = facts_and_scores(folder)
    metrics = [
        {"dataset": one["task"], "model": one["model"], "metric": one["metric"], "value": one["value"]}
        for one in scores
    ]
    what = f"{KINDS[facts['notation']]}s"
    own = {"kind": "generator", "notation": facts["notation"]}
    write_checkpoint_card(folder, facts, metrics, command, what, **own)
