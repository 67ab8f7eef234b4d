"""Masking strategies side by side: one short pretraining each, equal in all but the choice of atoms.

Each strategy has a folder: its checkpoint and its lines of the comparison. A strategy whose lines are
there is not run again, and a broken pretraining is continued.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matprior.data.files import write_atomically
from matprior.data.recipe import read_recipe
from matprior.evaluation.benchmark import evaluate
from matprior.evaluation.contestants import SCRATCH, contestants
from matprior.evaluation.scores import failures, scores
from matprior.pretraining.choices import MASKINGS

if TYPE_CHECKING:
    from matprior.data.table import Table
    from matprior.pretraining.run import PretrainingRecipe

COLUMNS = ["strategy", "task", "group", "model", "metric", "unit", "value", "std", "n"]
"""Of a comparison. `task` is masking, masked_atom, masked_atom_group, a property, or downstream; `group`
holds the chemical group, the element that has the `largest_share` of the masks, or table and column of a
downstream task; `n` counts formulas, or folds of a downstream task."""
MASKED = ("masked_atom", "masked_atom_group")
LINES = "comparison.csv"
"""File with the lines of one strategy; written last, so that its presence means: done."""
SAMPLE = 20_000
"""Formulas over which it is counted what a strategy asks for."""
Progress = Callable[[int, int, str], None]


def strategies_of(names: Iterable[str] | None = None) -> list[str]:
    """Names of strategies, checked before anything is trained; all of them for None."""
    chosen = list(dict.fromkeys(MASKINGS if names is None else names))
    for name in chosen:
        if name not in MASKINGS:
            near = get_close_matches(name, MASKINGS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"Unknown masking strategy {name!r}. Known: {', '.join(MASKINGS)}.{hint}")
    if not chosen:
        raise ValueError(f"No masking strategy to compare. Known: {', '.join(MASKINGS)}.")
    return chosen


def recipe_of(recipe: PretrainingRecipe, strategy: str) -> PretrainingRecipe:
    """The recipe with another masking strategy and nothing else changed, but for its name."""
    masking = replace(recipe.masked_atoms.masking, strategy=strategy)
    atoms = replace(recipe.masked_atoms, masking=masking)
    return replace(recipe, name=f"{recipe.name}-{strategy}", masked_atoms=atoms)


def compare_masking(
    recipe: PretrainingRecipe,
    folder: str | Path,
    output: str | Path,
    strategies: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Pretrain once per strategy, with equal budget and seed, and score each on the same held-out formulas.

    Parameters
    ----------
    recipe : what to learn from, and how long; its own strategy is not heeded
    folder : data folder that the recipe's paths start from
    output : gets one folder per strategy, a checkpoint that every command accepts
    strategies : names in `MASKINGS`; None for all
    progress : told the steps done of the strategy at work

    Returns
    -------
    Lines with the columns `COLUMNS`. The hidden atom of a held-out formula is drawn uniformly whatever
    the strategy, so overall scores favour `uniform`; those by group do so less.
    """
    parts = []
    for strategy in strategies_of(strategies):
        own, place = recipe_of(recipe, strategy), Path(output) / strategy
        if not _finished(place, own):
            _pretrain(own, strategy, Path(folder), place, progress)
        parts.append(pd.read_csv(place / LINES, keep_default_na=False, na_values={"std": [""]}))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _finished(place: Path, recipe: PretrainingRecipe) -> bool:
    from matprior.pretraining.run import PretrainingRecipe

    if not (place / LINES).exists():
        return False
    if read_recipe(place / "recipe.yaml", PretrainingRecipe) != recipe:
        raise ValueError(
            f"{place} holds a finished run of another recipe. Choose another --output, or remove the folder."
        )
    return True


def _pretrain(
    recipe: PretrainingRecipe, strategy: str, folder: Path, place: Path, progress: Progress | None
) -> None:
    from matprior.pretraining.run import pretrain
    from matprior.pretraining.saving import save

    def told(done: int, total: int, note: str) -> None:
        if progress:
            progress(done, total, f"{strategy}, {note}")

    result = pretrain(recipe, folder, place, told)
    save(result, recipe, place)
    lines = asked_for(recipe, result.learned) + score_lines(result.scores)
    frame = pd.DataFrame([{"strategy": strategy, **line} for line in lines]).reindex(columns=COLUMNS)
    with write_atomically(place / LINES) as draft:
        frame.to_csv(draft, index=False)


def asked_for(recipe: PretrainingRecipe, encoded: Any) -> list[dict[str, Any]]:
    """How many atoms of a masked formula the strategy asks for, and how many of these are of one element."""
    from matprior.notations.elements import SYMBOLS
    from matprior.pretraining.masking import IGNORED
    from matprior.tokens.composition import ELEMENT_OFFSET

    masking = replace(recipe.masked_atoms.masking, masked_share=1.0)
    masking.learn(encoded)
    rows = np.arange(min(SAMPLE, len(encoded)))
    _, labels = masking(encoded.ids[rows], rows, 0, recipe.seed)
    asked = labels[labels != IGNORED]
    counts = np.bincount(asked - ELEMENT_OFFSET - 1, minlength=len(SYMBOLS))
    common = {"task": "masking", "model": "", "unit": "", "n": len(rows)}
    return [
        {**common, "group": "", "metric": "asked_per_formula", "value": len(asked) / len(rows)},
        {
            **common,
            "group": SYMBOLS[int(counts.argmax())],
            "metric": "largest_share",
            "value": counts.max() / len(asked),
        },
    ]


def score_lines(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores of a checkpoint, one line per metric."""
    from matprior.pretraining.scoring import measured

    lines = []
    for one in records:
        common = {"task": one["task"], "group": one.get("group", ""), "n": one["n"]}
        masked = one["task"] in MASKED
        for metric, unit, value, dummy in measured(one):
            said = {**common, "metric": metric, "unit": "" if masked else unit}
            lines.append({**said, "model": one.get("model", "network"), "value": value})
            if dummy is not None:
                lines.append({**said, "model": "median" if metric == "MAE" else "dummy", "value": dummy})
    return lines


def compare_downstream(
    table: Table,
    name: str,
    split: Any,
    recipe: PretrainingRecipe,
    output: str | Path,
    strategies: Iterable[str] | None = None,
    options: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Fine-tune the checkpoint of every strategy, and the network without pretraining, on folds of a table.

    Parameters
    ----------
    table : as `read_table` gives it
    name : of the table, as lines and files call it
    split : a splitter of `matprior.data.split`
    recipe, output, strategies : as given to `compare_masking`, which must have run
    options : of the estimators, such as `{"training": {"epochs": 20}}`

    Returns
    -------
    Lines with the columns `COLUMNS`: mean and standard deviation over folds of the main metric. Finished
    lines lie beside the checkpoints and are not made again for the same rows, folds and options.
    """
    options = {"size": recipe.size, **(options or {})}
    kind = table.task.kind or "regression"
    lines = []
    for strategy in [SCRATCH, *strategies_of(strategies)]:
        place = Path(output) / strategy
        given = repr([table.sha256, table.task.targets, vars(split), options, recipe.seed])
        file = place / f"{name}-{'-'.join(table.task.targets)}.csv"
        if (found := _answered(file, given)) is None:
            source = SCRATCH if strategy == SCRATCH else str(place)
            (make,) = contestants([source], kind, options=options).values()
            results = evaluate(table, {strategy: make}, split, [recipe.seed], progress)
            if failed := failures(results):
                raise RuntimeError("; ".join(failed))
            found = _downstream_lines(results, strategy, name, given)
            with write_atomically(file) as draft:
                found.to_csv(draft, index=False)
        lines.append(found)
    return pd.concat(lines, ignore_index=True)[COLUMNS]


def _answered(file: Path, given: str) -> pd.DataFrame | None:
    if not file.exists():
        return None
    lines = pd.read_csv(file, keep_default_na=False, na_values={"std": [""]})
    return lines if (lines["given"] == given).all() else None


def _downstream_lines(results: pd.DataFrame, strategy: str, name: str, given: str) -> pd.DataFrame:
    summary = scores(results)
    main = summary.drop_duplicates(["target", "model"])  # the main metric of a kind comes first
    return pd.DataFrame(
        {
            "strategy": strategy,
            "task": "downstream",
            "group": name + ": " + main["target"].astype(str),
            "model": "fine-tuned",
            "metric": main["metric"],
            "unit": main["unit"],
            "value": main["mean"],
            "std": main["std"],
            "n": main["n_folds"],
            "given": given,
        }
    )
