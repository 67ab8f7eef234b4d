"""The sentences that a model card says by itself: its opening, its limits, the terms of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def opening(facts: Mapping[str, Any], kind: str, targets: str) -> str:
    """The first sentence of a card that was given no summary."""
    what = str(facts.get("notation") or "composition")
    if kind == "pretrained":
        return (
            f"A pretrained encoder for strings of the notation “{what}”, made to be fine-tuned on few labels."
        )
    if kind == "generator":
        return f"Writes strings of the notation “{what}”: proposals, of which none has been made or computed."
    if kind == "describer":
        return (
            "Says in words what a composition is likely to be; predictions, of which none has been measured."
        )
    if facts.get("mix"):
        return f"Predicts {targets} from the {what}: a mix of {facts['mix']}."
    base = f", fine-tuned from {facts['base']}" if facts.get("base") else ""
    return f"Predicts {targets} from the {what}{base}."


def standard_limits(kind: str, notation: Any = None) -> str:
    """What every model of a kind cannot do, for a card that names no limits of its own."""
    shared = (
        "The input says what a material is made of, not its structure: polymorphs get one answer."
        if notation in (None, "composition")
        else "The input says which atoms are bonded, not their places in space: conformers get one answer."
    )
    if kind == "pretrained":
        return f"{shared} The encoder carries the gaps of its training data; test it on your own rows first."
    if kind == "generator" and notation in ("smiles", "selfies"):
        return (
            "It writes what can be written: a proposal may be unstable, toxic or impossible to make. It "
            "knows only the kinds of atoms and the sizes that its training data has."
        )
    if kind == "generator":
        return (
            "It knows amounts and elements, no structures and no energies: a proposal that obeys rules of "
            "charge may still not exist. It prefers what its training data is full of, enumerated ternaries "
            "before all."
        )
    if kind == "describer":
        return (
            f"{shared} Classes, oxidation states and roles follow from rules; numbers are predictions of "
            "computed values, with the errors that stand above."
        )
    return f"{shared} Far from the training rows predictions are extrapolations: mind the stated intervals."


def licence(facts: Mapping[str, Any], kind: str) -> str:
    """Under which terms the parts of a fitted model came; nothing for other kinds.

    A fitted model is made of a checkpoint and of rows that only its owner knows: what the checkpoint
    says is repeated, and nothing is claimed for the whole.

    Examples
    --------
    >>> licence({"base": "mine", "base_license": "Weights: MIT."}, "fitted").split(". ")[0]
    'Of mine, from which it started: Weights: MIT'
    """
    if kind != "fitted":
        return ""
    rows = "The terms of the rows it was fitted on decide the rest, and nobody stated them here."
    if facts.get("license"):
        rows = f"Given for this model as a whole: {facts['license']}."
    if facts.get("base_license"):
        told = str(facts["base_license"]).rstrip(". ")
        return f"Of {facts.get('base') or 'the checkpoint'}, from which it started: {told}. {rows}"
    return rows if facts.get("license") else ""
