"""`matprior pretrain`: a recipe in, a checkpoint folder with its card out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from matprior.cli.options import DataFolder, Set


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
    from matprior.launched import is_first

    steps = steps_of(recipe)
    chosen = steps.read(recipe, settings)
    chosen.exclude += [name for name in exclude or [] if name not in chosen.exclude]
    folder = local_folder(data_folder) or Path()
    if dry_run:
        say(*steps.notes(chosen, folder))
        return
    if output is None:
        raise ValueError("There is no --output. Give the folder of the checkpoint, or --dry-run.")
    if not is_first():  # of several processes one writes and talks
        steps.run(chosen, folder, output)
        return
    with progress_bar("Pretraining") as progress:
        result = steps.run(chosen, folder, output, progress, tensorboard)
    steps.save(result, chosen, output)
    if record is not None:
        write_records(output, record, steps, command())
    steps.write_card(output, command())
    steps.tell(result, chosen, output)


def steps_of(recipe: Path) -> Any:
    """The module that reads, runs, saves and tells what a recipe's `kind` asks for."""
    from matprior.cli import pretrain_describer, pretrain_encoder, pretrain_generator
    from matprior.generation.describing_recipe import KIND as DESCRIBER
    from matprior.generation.recipe import KIND as GENERATOR
    from matprior.generation.recipe import kind_of

    others = {GENERATOR: pretrain_generator, DESCRIBER: pretrain_describer}
    return others.get(str(kind_of(recipe)), pretrain_encoder)


def write_records(folder: Path, record: Path, steps: Any, command: str) -> None:
    """Add the scores of a checkpoint, its baselines among them, to a results file."""
    from datetime import UTC, datetime

    from matprior.cli.checkpoint_card import facts_and_scores
    from matprior.data.files import sha256_of
    from matprior.evaluation.records import append_records, peak_rss_mb

    facts, scores = facts_and_scores(folder)
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
    append_records(record, [one | common for one in steps.record_lines(facts, scores)])
