"""How far an answer moves when a part is hidden, deleted, or taken off the end of a molecule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.explain_atoms import drawn
from matprior.evaluation.explain_cores import on_cores
from matprior.evaluation.explain_model import Explained, answers_of, explained, notation_of
from matprior.evaluation.explain_path import batches
from matprior.evaluation.what_if import what_ifs
from matprior.notations import InvalidString, Notation


def deleted(
    estimator: Any, strings: Sequence[str], target: int = 0, asked: pd.DataFrame | None = None
) -> pd.DataFrame:
    """string, part, moved: absolute change of the answer without each element."""
    # A swap table without entries: only what is left out is asked about.
    drops = what_ifs(estimator, strings, {"none": ()}, target) if asked is None else asked
    drops = drops[drops["kind"] == "drop"]
    return drops.assign(moved=drops["difference"].abs())[["string", "part", "moved"]]


def shortened(estimator: Any, parts: pd.DataFrame, target: int = 0) -> pd.DataFrame:
    """string, atom, contribution, moved: a line per end atom that hydrogen can replace.

    Parameters
    ----------
    estimator : fitted on molecules
    parts : string, part, contribution of every atom
    target : which target, where there are several
    """
    notation = notation_of(estimator)
    lines = [
        (string, atom, value, new)
        for string, own in parts.groupby("string", sort=False)
        for atom, value, new in _ends(notation, str(string), own["contribution"].tolist())
    ]
    frame = pd.DataFrame(lines, columns=["string", "atom", "contribution", "new"])
    if frame.empty:
        return frame.assign(moved=[])
    names = list(dict.fromkeys([*frame["string"], *frame["new"]]))
    place = {name: i for i, name in enumerate(names)}
    told = answers_of(estimator, names)
    old, new = told[frame["string"].map(place)], told[frame["new"].map(place)]
    if told.ndim == 2:
        single = hasattr(estimator, "classes_") and not getattr(estimator, "multilabel_", False)
        column = old.argmax(1) if single else np.full(len(frame), target)
        rows = np.arange(len(frame))
        old, new = old[rows, column], new[rows, column]
    return frame.assign(moved=np.abs(new - old)).drop(columns="new")


def _ends(notation: Notation, string: str, values: list[float]) -> list[tuple[int, float, str]]:
    from matprior.notations.smiles_ends import without_ends  # imports RDKit

    smiles, weights = drawn(notation, string, values)
    found = []
    for atom, rest in without_ends(smiles):
        try:
            found.append((atom, weights[atom], _written(notation, rest)))
        except InvalidString:  # SELFIES cannot write every molecule
            continue
    return found


def _written(notation: Notation, smiles: str) -> str:
    if notation.name != "selfies":
        return notation.canonical(smiles)
    from matprior.notations.selfies import to_selfies

    return notation.canonical(to_selfies(smiles))


def hidden(estimator: Any, strings: Sequence[str], target: int = 0) -> pd.DataFrame:
    """string, place, moved: absolute change of the networks' answer with each part hidden."""
    about = explained(estimator, list(strings), target)
    kept = about.parts(np.zeros(about.encoded.ids.shape))
    row = kept["string"].map({name: i for i, name in enumerate(about.strings)}).to_numpy()
    every = np.arange(len(about.strings))
    whole = _told(about, every, np.zeros((len(every), about.encoded.ids.shape[1]), dtype=bool))
    without = _told(about, row, _places(about, kept, row))
    return kept.assign(moved=np.abs(without - whole[row]))[["string", "place", "moved"]]


def _places(about: Explained, kept: pd.DataFrame, row: NDArray) -> NDArray:
    """Which tokens each line hides, shape (lines, l): those of its part."""
    part = about.part[row]
    return part == part[np.arange(len(kept)), kept["place"].to_numpy()][:, None]


def _told(about: Explained, row: NDArray, masks: NDArray) -> NDArray:
    """Mean answer of the networks to rows with some tokens hidden, shape (lines,)."""
    import torch

    from matprior.tokens.vocabulary import MASK
    from matprior.training.batches import as_tensors

    def answer(lines: NDArray) -> NDArray:
        inputs = as_tensors(about.encoded, row[lines])
        width = inputs["input_ids"].shape[1]
        inputs["input_ids"] = inputs["input_ids"].masked_fill(torch.from_numpy(masks[lines, :width]), MASK)
        chosen = torch.from_numpy(about.chosen[row[lines]])
        found = np.zeros(len(lines))
        for network in about.networks:
            device = network.device
            with torch.no_grad():
                logits = network(**{name: one.to(device) for name, one in inputs.items()}).logits
                found += about.read(logits, chosen.to(device)).double().cpu().numpy()
        return found / len(about.networks)

    told, parts = np.zeros(len(row)), list(batches(about.encoded.lengths[row]))
    for lines, answers in zip(parts, on_cores(answer, parts), strict=True):
        told[lines] = answers
    return told
