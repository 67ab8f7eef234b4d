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

    Files: `config.json`, `model.safetensors`, tokenizer files, `recipe.yaml` (repeats the run),
    `scores.json` (held-out scores beside their baselines), `matprior.json` (facts for people),
    `seen.safetensors` (hashes of the formulas learned from, for the leak guard).

    Parameters
    ----------
    result : what `matprior.pretraining.run.pretrain` gave
    recipe : what it was given
    folder : made if it is not there; files of the same name are replaced
    """
    with write_folder(folder) as draft:
        result.tokenizer.save_pretrained(draft)
        write_recipe(recipe, draft / "recipe.yaml")
        write_json(result.scores, draft / "scores.json")
        if result.strings:
            write_seen(result.strings, draft / SEEN, notation_of(result.model))
        with quiet():
            result.model.save_pretrained(draft)
        write_json(_facts(result, recipe) | marks(draft), draft / "matprior.json")
    return Path(folder)


def _facts(result: Pretrained, recipe: Any) -> dict[str, Any]:
    """What a list or a card says of the checkpoint."""
    return {
        "name": recipe.name,
        "kind": "pretrained",
        "notation": notation_of(result.model),
        "architecture": family_of(result.model).name,
        "size": recipe.size,
        "encoding": recipe.encoding,
        "parameters": result.model.num_parameters(),
        "formulas": result.n_strings,
        "objectives": _objectives(recipe, len(result.model.config.properties or [])),
        "properties": len(result.model.config.properties or []),
        "seed": recipe.seed,
        "seconds": result.seconds,
        "licence": recipe.licence or "not stated",
        "notes": result.notes,
        "versions": {name: version(name) for name in ("matprior", "torch", "transformers", "numpy")},
    }


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
