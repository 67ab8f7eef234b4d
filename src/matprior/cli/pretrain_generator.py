"""`matprior pretrain` for a recipe of kind generator: a checkpoint that writes strings, with its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read(recipe: Path, settings: list[str] | None) -> Any:
    """The recipe with its settings."""
    from matprior.data.recipe import read_recipe
    from matprior.generation.recipe import GeneratorRecipe

    return read_recipe(recipe, GeneratorRecipe, settings)


def notes(chosen: Any, folder: Path) -> list[str]:
    """What there is to learn from."""
    from matprior.generation.lessons import lessons_of

    lessons = lessons_of(chosen, folder)
    return [*lessons.notes, f"{len(lessons.strings):,} {_what(chosen.notation)} to learn from."]


def run(chosen: Any, *where: Any) -> Any:
    """Pretrain; `where` are data folder, output folder, progress, and whether TensorBoard is written for."""
    from matprior.generation.run import pretrain_generator

    return pretrain_generator(chosen, *where)


def save(result: Any, chosen: Any, output: Path) -> None:
    """Write the checkpoint."""
    from matprior.generation.run import save_generator

    save_generator(result, chosen, output)


def tell(result: Any, chosen: Any, output: Path) -> None:
    """Say what was learned from, and how likely held-out strings have become."""
    from matprior.cli.console import say, show_table

    what = _what(chosen.notation)
    say(*result.lessons.notes, f"{len(result.lessons.strings):,} {what} learned from.")
    rows = [[one["model"], f"{one['value']:.3f}", f"{one['n']:,}"] for one in result.scores]
    show_table(f"Held-out {what}", ["model", f"nats per {what[:-1]}", what], rows)
    say(f"Saved in {output}. Use it with: matprior generate --model {output} --output FILE")


def write_card(folder: Path, command: str) -> None:
    """The card of a generator, from the facts and scores in its folder."""
    from matprior.cli.checkpoint_card import facts_and_scores, write_checkpoint_card

    facts, scores = facts_and_scores(folder)
    own = {"kind": "generator", "notation": facts["notation"]}
    what = _what(facts["notation"])
    write_checkpoint_card(folder, facts, record_lines(facts, scores), command, what, **own)


def record_lines(facts: dict[str, Any], scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores for a results file, those of the baseline among them: data set, model, metric, unit, value."""
    return [
        {"dataset": one["task"], "unit": "", **{name: one[name] for name in ("model", "metric", "value")}}
        for one in scores
    ]


def _what(notation: str) -> str:
    """What strings are called, in the plural."""
    from matprior.generation.run import KINDS

    return f"{KINDS[notation]}s"
