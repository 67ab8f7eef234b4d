"""How many test formulas a checkpoint met in pretraining: as formulas, or with a computed property."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matprior.data.leakage import FormulaSet


def pretraining_formulas(checkpoint: str | Path, folder: str | Path) -> list[str] | None:
    """Formulas that a checkpoint was pretrained on, read again by its recipe.

    Parameters
    ----------
    checkpoint : name or folder
    folder : data folder that the recipe's paths start from

    Returns
    -------
    Canonical formulas; None where the checkpoint has no recipe, or its files are not in the folder.
    """
    from matprior.data.recipe import read_recipe
    from matprior.models.zoo import find
    from matprior.pretraining.corpus import read_corpus
    from matprior.pretraining.run import PretrainingRecipe

    file = find(checkpoint) / "recipe.yaml"
    if not file.is_file():
        return None
    recipe = read_recipe(file, PretrainingRecipe)
    try:
        corpus = read_corpus(
            Path(folder), recipe.sources, recipe.properties, recipe.exclude, recipe.only_listed
        )
    except (FileNotFoundError, ValueError):  # the files are not here
        return None
    return corpus.strings


def seen_counts(formulas: Sequence[str] | None, asked: dict[str, list[str]]) -> dict[str, int | None]:
    """For each set of strings, how many are among the formulas, by composition within 1e-4.

    Parameters
    ----------
    formulas : what was met; None where nobody knows, and then every count is None
    asked : name -> strings

    Examples
    --------
    >>> seen_counts(["Fe2O3", "NaCl"], {"gap": ["Fe4O6", "KCl"]}), seen_counts(None, {"gap": []})
    ({'gap': 1}, {'gap': None})
    """
    if formulas is None:
        return dict.fromkeys(asked)
    met = FormulaSet(formulas)
    return {name: int(met.contains(strings).sum()) for name, strings in asked.items()}
