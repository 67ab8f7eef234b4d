"""Models of the domain cases: simple ones, one fine-tuned, a chain, and all adaptations of a source."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.domains.adapting import AdaptationOptions, try_all
from matprior.domains.choosing import choose
from matprior.domains.rows import AdaptationRows
from matprior.estimators import MaterialRegressor
from matprior.estimators.columns import classical

TRAINING = {"epochs": 20, "batch_size": 32, "keep": "last"}
"""Of a source table."""
FEW = {"batch_size": 16, "epochs": 12}
"""Of a few hundred target labels."""
COVERAGE = 0.9
LABELS = 30
"""Labelled target rows of the semi-supervised runs: as many as `adapt` needs to judge by them."""
ONE = "one network of mixed"
"""Mean error of the networks whose answers are averaged: what one of them can expect."""
SIMPLE = {"composition": "fractions", "smiles": "fingerprints"}
Line = dict[str, Any]


def some(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """At most so many rows, drawn by the seed."""
    return frame if n >= len(frame) else frame.sample(n, random_state=seed)


def regressor(model: Any, seed: int, **changes: Any) -> MaterialRegressor:
    """With the training of a source table unless changed."""
    return MaterialRegressor(**{"model": model, "training": TRAINING, "seed": seed, **changes})


def error(model: Any, test: pd.DataFrame, **beside: Any) -> float:
    """Mean absolute error."""
    return float(np.abs(model.predict(list(test["string"]), **beside) - test["value"]).mean())


def line(name: str, model: Any, learn: pd.DataFrame, test: pd.DataFrame, **beside: Any) -> Line:
    """Fit and score."""
    begun = time.process_time()
    model.fit(list(learn["string"]), learn["value"].to_numpy())
    spent = time.process_time() - begun
    return {"model": name, "MAE": error(model, test), "seconds": spent, "n_train": len(learn), **beside}


def baselines(
    learn: pd.DataFrame, test: pd.DataFrame, notation: str = "composition", **beside: Any
) -> list[Line]:
    """The median of the labels, and trees on element fractions or fingerprints."""
    from sklearn.ensemble import ExtraTreesRegressor

    guess = np.abs(test["value"] - learn["value"].median()).mean()
    trees = ExtraTreesRegressor(200, min_samples_leaf=1, max_features=0.3, random_state=0, n_jobs=1)
    trees.fit(classical(list(learn["string"]), SIMPLE[notation], notation), learn["value"])
    told = trees.predict(classical(list(test["string"]), SIMPLE[notation], notation))
    return [
        {"model": "dummy", "MAE": float(guess), "n_train": len(learn), **beside},
        {"model": "extratrees", "MAE": float(np.abs(told - test["value"]).mean()), "n_train": len(learn),
         **beside},
    ]  # fmt: skip


@contextmanager
def folder_of(model: Any) -> Iterator[str]:
    """The model as a folder that is gone after the block."""
    with tempfile.TemporaryDirectory() as place:
        yield str(model.save(Path(place) / "model"))


def adapted(
    source: pd.DataFrame, target: pd.DataFrame, seed: int, options: argparse.Namespace, model: str,
    notation: str = "composition",
) -> list[Line]:  # fmt: skip
    """Every method without a label of the target and with a few, all tested on the other target rows."""
    source = some(source, options.source_rows, seed)
    target = some(target, 500, seed).reset_index(drop=True)
    known = np.sort(np.random.default_rng(seed).permutation(len(target))[:LABELS])
    asked = target.drop(known)
    lines = baselines(source, asked, notation)
    lines += _of_target(source, target, None, asked, seed, model, "")
    labels = np.full(len(target), np.nan)
    labels[known] = target["value"].to_numpy()[known]
    lines += _of_target(source, target, labels, asked, seed, model, f", {LABELS} labels")
    few = regressor(model, seed, training=FEW)
    lines.append(line(f"{LABELS} labels alone", few, target.loc[known], asked))
    both = pd.concat([source, target.loc[known]])
    return lines + [{**one, "model": f"{one['model']}, {LABELS} labels"} for one in
                    baselines(both, asked, notation)[1:]]  # fmt: skip


def _of_target(
    source: pd.DataFrame, target: pd.DataFrame, labels: Any, asked: pd.DataFrame, seed: int, model: str,
    what: str,
) -> list[Line]:  # fmt: skip
    training = {key: value for key, value in TRAINING.items() if key != "keep"}
    estimator = regressor(model, seed, training=training, validation=0.2)
    rows = AdaptationRows.of(
        source["string"], source["value"].to_numpy(), target["string"], labels, estimator
    )
    # With labels the cheap half of the methods: the others were no better without.
    some_of_them = ("none", "coral", "adversarial", "average", "mixed")
    methods = AdaptationOptions().methods if labels is None else some_of_them
    found = try_all(rows, estimator, AdaptationOptions(methods=methods, weights=(0.3,)))
    choice = choose([one for _, one in found], rows.ratio[rows.watched], rows.labelled)
    print(f"    {choice.reason}", flush=True)
    lines = []
    for (fitted, one), chosen in zip(found, choice.table["chosen"], strict=True):
        bars = fitted.predict_interval(list(asked["string"]), COVERAGE)
        truth = asked["value"].to_numpy()
        inside = (bars["low"].to_numpy() <= truth) & (truth <= bars["high"].to_numpy())
        own = {
            "model": one.method + what, "MAE": error(fitted, asked), "n_train": fitted.n_training_rows_,
            "domain_accuracy": one.domain_accuracy, "coverage90": float(inside.mean()),
        }  # fmt: skip
        lines += [own, {**own, "model": "auto" + what, "chose": one.method}] if chosen else [own]
        if one.averaged:
            alone = float(np.mean([error(network, asked) for network in fitted.members_]))
            lines.append({"model": ONE + what, "MAE": alone, "n_train": fitted.n_training_rows_})
    return lines


def by_fidelity(source: pd.DataFrame, own: pd.DataFrame, test: pd.DataFrame, seed: int, model: str) -> Line:
    """One model of both tables; whether a value was measured is an input."""
    both = pd.concat([source, own])
    is_measured = pd.DataFrame({"is_measured": np.repeat([0.0, 1.0], [len(source), len(own)])})
    weight = np.repeat([1.0, max(1.0, len(source) / (2 * len(own)))], [len(source), len(own)])
    fitted = regressor(model, seed)
    fitted.fit(list(both["string"]), both["value"].to_numpy(), extra=is_measured, sample_weight=weight)
    asked = pd.DataFrame({"is_measured": np.ones(len(test))})
    return {"model": "fidelity as an input", "MAE": error(fitted, test, extra=asked), "n_train": len(both)}


def from_starts(
    starts: dict[str, str | None], pool: pd.DataFrame, test: pd.DataFrame, counts: tuple[int, ...], seed: int,
    make: Callable[[str | None], Any], notation: str = "composition",
) -> list[Line]:  # fmt: skip
    """The same labelled rows learned from each start, at several label counts.

    Parameters
    ----------
    starts : name -> checkpoint or folder; None is random weights
    make : unfitted estimator of a start
    """
    lines = []
    for n in counts:
        own = some(pool, n, seed)
        lines += baselines(own, test, notation, labels=n)
        lines += [line(name, make(start), own, test, labels=n) for name, start in starts.items()]
    return lines
