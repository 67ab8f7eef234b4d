"""A small world of salts, a generator of random weights, and one that has learned the salts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

METALS = ("Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Zn", "Al", "Ga", "In", "La", "Y")
VALENCE = dict.fromkeys(METALS[:5], 1) | dict.fromkeys(METALS[5:10], 2) | dict.fromkeys(METALS[10:], 3)
ANIONS = {"F": 1, "Cl": 1, "Br": 1, "I": 1, "O": 2, "S": 2, "Se": 2, "N": 3}


def salt(metal: str, anion: str) -> str:
    """The balanced binary formula of a metal and an anion."""
    from matprior.notations import parse

    return parse(f"{metal}{ANIONS[anion]}{anion}{VALENCE[metal]}").canonical


@pytest.fixture(scope="session")
def formulas() -> list[str]:
    """120 binary salts."""
    return [salt(metal, anion) for metal in METALS for anion in ANIONS]


@pytest.fixture(scope="session")
def untrained():
    """A GPT of random weights that writes any token."""
    import torch
    from transformers import GPT2LMHeadModel

    from matprior.generation.recipe import Shape
    from matprior.generation.run import config_of

    torch.manual_seed(0)
    return GPT2LMHeadModel(config_of(Shape(width=32, layers=2, heads=2))).eval()


@pytest.fixture(scope="session")
def recipe_file(formulas, tmp_path_factory) -> Path:
    """A recipe that learns the salts, with a gap for each, in a few seconds."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "salts.txt").write_text("\n".join([*formulas, "NaCl2", "Fe0.997O"]))
    gaps = [f"{formula},{0.5 * (i % 8)}" for i, formula in enumerate(formulas)]
    (folder / "gaps.csv").write_text("\n".join(["formula,gap", *gaps]))
    recipe = {
        "kind": "generator",
        "name": "salts",
        "shape": {"width": 32, "layers": 2, "heads": 2},
        "sources": ["salts.txt"],
        "properties": [{"name": "band_gap", "files": ["gaps.csv"], "column": "gap"}],
        "training": {"epochs": 30, "batch_size": 16, "learning_rate": 0.01, "head_learning_rate": 0.01,
                     "layer_decay": 1.0},
        "heldout": 0.1,
    }  # fmt: skip
    path = folder / "salts.yaml"
    path.write_text(yaml.safe_dump(recipe))
    return path


@pytest.fixture(scope="session")
def generator(recipe_file, tmp_path_factory) -> Path:
    """Folder of a checkpoint that has learned the salts."""
    from matprior.data.recipe import read_recipe
    from matprior.generation.recipe import GeneratorRecipe
    from matprior.generation.run import pretrain_generator, save_generator

    recipe = read_recipe(recipe_file, GeneratorRecipe)
    folder = tmp_path_factory.mktemp("generator")
    save_generator(pretrain_generator(recipe, recipe_file.parent, folder), recipe, folder)
    return folder
