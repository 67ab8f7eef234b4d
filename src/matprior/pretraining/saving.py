"""A pretrained checkpoint as a folder: Hugging Face files, recipe, scores, what matprior must know."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from matprior.data.files import write_atomically, write_folder
from matprior.data.recipe import write_recipe
from matprior.data.seen import SEEN, write_seen
from matprior.models.checksums import marks
from matprior.models.families import family_of, notation_of
from matprior.models.zoo import quiet
from matprior.pretraining.result import Pretrained


def save(result: Pretrained, recipe: Any, folder: str | Path) -> Path:
    """Write a pretrained model as a folder that the `Auto*` classes and `MaterialRegressor` open.

    Parameters
    ----------
    result : what `matprior.pretraining.run.pretrain` gave
    recipe : what it was given
    folder : made if it is not there; files of the same name are replaced
    """
    notation = notation_of(result.model)
    n_properties = len(result.model.config.properties or [])
    facts = {
        "kind": "pretrained",
        "notation": notation,
        "architecture": family_of(result.model).name,
        "size": recipe.size,
        "encoding": recipe.encoding,
        "formulas": result.n_strings,
        "objectives": _objectives(recipe, n_properties),
        "properties": n_properties,
        "notes": result.notes,
    }
    return write_checkpoint(folder, result, recipe, result.tokenizer, facts, (result.strings, notation))


def write_checkpoint(
    folder: str | Path,
    result: Any,
    recipe: Any,
    tokenizer: Any,
    facts: dict[str, Any],
    seen: tuple[list[str], str],
) -> Path:
    """Write a network with what is known of it; the folder is whole or not there.

    Files: `config.json`, `model.safetensors`, tokenizer files, `recipe.yaml` (repeats the run), `scores.json`
    (held-out scores beside their baselines), `matprior.json` (facts for people, marks of the other files),
    `seen.safetensors` (hashes of the strings learned from, for the leak guard).

    Parameters
    ----------
    result : of a pretraining of any kind: has `model`, `scores` and `seconds`
    facts : what a list or a card says, beyond what the recipe and the network say themselves
    seen : strings learned from, and their notation
    """
    told = {
        "name": recipe.name,
        "parameters": result.model.num_parameters(),
        "seed": recipe.seed,
        "seconds": result.seconds,
        "licence": recipe.licence or "not stated",
        "versions": {name: version(name) for name in ("matprior", "torch", "transformers", "numpy")},
    }
    with write_folder(folder) as draft:
        tokenizer.save_pretrained(draft)
        write_recipe(recipe, draft / "recipe.yaml")
        write_json(result.scores, draft / "scores.json")
        strings, notation = seen
        if strings:
            write_seen(strings, draft / SEEN, notation)
        with quiet():
            result.model.save_pretrained(draft)
        write_json(told | facts | marks(draft), draft / "matprior.json")
    return Path(folder)


def _objectives(recipe: Any, properties: int) -> str:
    told = {
        "masked_atoms": "masked atoms",
        "masked_tokens": "masked tokens",
        "properties": f"{properties} computed properties",
        "paired_spellings": "two spellings of a molecule told from others",
        "hard_prompts": "hard prompts",
        "contrastive": "two views of a formula told from others",
    }
    named = [told.get(name, name) for name in recipe.objectives()]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def write_json(content: Any, path: Path) -> None:
    """Facts as a file for people and programs."""
    with write_atomically(path) as draft:
        draft.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
