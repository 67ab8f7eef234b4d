"""`matprior pretrain` for a recipe of kind describer: a checkpoint that says facts, with its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read(recipe: Path, settings: list[str] | None) -> Any:
    """The recipe with its settings."""
    from matprior.data.recipe import read_recipe
    from matprior.generation.describing_recipe import DescriberRecipe

    return read_recipe(recipe, DescriberRecipe, settings)


def notes(chosen: Any, folder: Path) -> list[str]:
    """What there is to learn from."""
    from matprior.generation.describing_run import lessons_of

    lessons = lessons_of(chosen, folder)
    return [*lessons.notes, f"{len(lessons.formulas):,} formulas to learn from."]


def run(chosen: Any, *where: Any) -> Any:
    """Pretrain; `where` are data folder, output folder, progress, and whether TensorBoard is written for."""
    from matprior.generation.describing_run import pretrain_describer

    return pretrain_describer(chosen, *where)


def save(result: Any, chosen: Any, output: Path) -> None:
    """Write the checkpoint."""
    from matprior.generation.describing_run import save_describer

    save_describer(result, chosen, output)


def tell(result: Any, chosen: Any, output: Path) -> None:
    """Say what was learned from, and how far numbers of held-out formulas are off."""
    from matprior.cli.console import say, show_table

    say(*result.lessons.notes, f"{len(result.lessons.formulas):,} formulas learned from.")
    rows = [
        [one["task"], one["model"], f"{one['value']:.3f}", one["unit"], f"{one['n']:,}"]
        for one in result.scores
    ]
    show_table("Held-out formulas", ["number", "model", "MAE", "unit", "formulas"], rows)
    say(f"Saved in {output}. Use it with: matprior describe Fe2O3 --model {output}")


def write_card(folder: Path, command: str) -> None:
    """The card of a describer, from the facts and scores in its folder."""
    from matprior.cli.checkpoint_card import facts_and_scores, write_checkpoint_card

    facts, scores = facts_and_scores(folder)
    write_checkpoint_card(folder, facts, record_lines(facts, scores), command, "formulas", kind="describer")


def record_lines(facts: dict[str, Any], scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores for a results file, those of the median among them: data set, model, metric, unit, value."""
    return [
        {"dataset": f"{one['task']}, held out", **{k: one[k] for k in ("model", "metric", "value", "unit")}}
        for one in scores
    ]
