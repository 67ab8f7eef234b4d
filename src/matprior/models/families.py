"""Families of encoders: which classes open a checkpoint, given what its config says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matprior.models.matbert import (
    MatBertConfig,
    MatBertForPreTraining,
    MatBertForSequenceClassification,
)
from matprior.models.molbert import MolBertConfig, MolBertForPreTraining, MolBertForSequenceClassification


def _matbert_settings(dropout: float, pooling: str | None) -> dict[str, Any]:
    # A model of several tasks lends its encoder alone.
    settings: dict[str, Any] = {
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": 0.0,
        "tasks": None,
    }
    return settings if pooling is None else {**settings, "pooling": pooling}


def _molbert_settings(dropout: float, pooling: str | None) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "embedding_dropout": dropout,
        "mlp_dropout": dropout,
        "classifier_dropout": dropout,
    }
    if pooling is None:
        return settings
    if pooling not in ("cls", "mean"):
        raise ValueError(
            f"pooling {pooling!r} is not for molecules; expected 'cls' or 'mean', which every Hugging Face "
            "program knows."
        )
    return {**settings, "classifier_pooling": pooling}


@dataclass(frozen=True)
class Family:
    """Classes of one family of encoders."""

    name: str
    """What people call it."""
    config: Any
    """Config class with `of_size`."""
    pretraining: Any
    """Class of a pretrained checkpoint."""
    answering: Any
    """Class of a fitted model."""
    settings: Callable[[float, str | None], dict[str, Any]]
    """From dropout and pooling to fields of the config."""


FAMILIES: dict[str, Family] = {
    "matbert": Family(
        "MatBERT", MatBertConfig, MatBertForPreTraining, MatBertForSequenceClassification, _matbert_settings
    ),
    "modernbert": Family(
        "MolBERT", MolBertConfig, MolBertForPreTraining, MolBertForSequenceClassification, _molbert_settings
    ),
}
"""`model_type` of a config -> family."""
GENERATORS = ("gpt2",)
"""`model_type` of models that write strings; they are no encoders."""
DESCRIBERS = ("t5",)
"""`model_type` of models that describe compositions; they are no encoders either."""
OF_NOTATION = {"composition": "matbert", "smiles": "modernbert", "selfies": "modernbert"}
"""Notation -> the family that reads it when a network starts from scratch."""


def family_of(source: Any) -> Family:
    """The family of a checkpoint's folder, of a model, or of a config.

    Raises
    ------
    ValueError
        A model of somebody else's family.
    """
    kind = _model_type(source)
    if kind in GENERATORS:
        raise ValueError(
            f"{source} writes formulas and cannot be fitted or asked for a property. Use it with "
            "`matprior generate --model`, and for this choose an encoder that `matprior models list` names."
        )
    if kind in DESCRIBERS:
        raise ValueError(
            f"{source} describes compositions and cannot be fitted. Use it with `matprior describe --model`, "
            "and for this choose an encoder that `matprior models list` names."
        )
    if kind not in FAMILIES:
        raise ValueError(
            f"{source} is a {kind!r} model; matprior reads {', '.join(FAMILIES)}. "
            "Choose a checkpoint that `matprior models list` names."
        )
    return FAMILIES[kind]


def save_tokenizer(config: Any, folder: str | Path) -> None:
    """Write the tokenizer of a network, so that plain `AutoTokenizer` opens its folder."""
    if config.notation == "composition":
        from matprior.tokens.composition import CompositionTokenizer

        tokenizer = CompositionTokenizer(encoding=config.encoding)
        tokenizer.add_tokens(config.prompts or [])
        tokenizer.save_pretrained(folder)
        return
    from matprior.tokens.fast import molecule_tokenizer

    molecule_tokenizer(config.notation, config.encoding, config.max_position_embeddings).save_pretrained(
        folder
    )


def notation_of(source: Any) -> str:
    """Name of the notation that a checkpoint's folder, a model or a config reads."""
    if isinstance(source, str | Path):
        told = json.loads((Path(source) / "config.json").read_text(encoding="utf-8"))
        return str(told.get("notation", "composition"))
    config = getattr(source, "config", source)
    return str(getattr(config, "notation", "composition"))


def _model_type(source: Any) -> str:
    if isinstance(source, str | Path):
        return str(json.loads((Path(source) / "config.json").read_text(encoding="utf-8")).get("model_type"))
    return str(getattr(source, "config", source).model_type)
