"""The domain cases: what is learned from, what is asked, and for which seeds."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import domains_data as data
import numpy as np
import pandas as pd
from domains_data import GAP, MELTING, ORGANIC_GAP, SOLUBILITY, Property
from domains_models import (
    FEW,
    Line,
    adapted,
    baselines,
    by_fidelity,
    error,
    folder_of,
    from_starts,
    line,
    regressor,
    some,
)

from matprior.estimators import MaterialRegressor

COUNTS = (50, 200, 1000)
TESTED = 1000
LARGE = 84
"""Rows of a cluster that is left out at least: 30 may be labelled, the others are asked."""
MANY = {"batch_size": 32, "epochs": 6}
"""Training on a thousand labels."""


@dataclass(frozen=True)
class Case:
    """One case; a cell of the benchmark is a case and a seed."""

    name: str
    property: Property
    seeds: tuple[int, ...]
    run: Callable[[int], list[Line]]
    adapts: bool = False
    """Whether it counts in the summary of methods that adapt."""


def cases(options: argparse.Namespace) -> Iterator[Case]:
    """Every case of the kinds that are asked for."""
    seeds = tuple(int(seed) for seed in options.seeds.split(","))
    for kind in options.cases.split(","):
        if kind not in KINDS:
            raise ValueError(f"There is no case {kind!r}. Known: {', '.join(KINDS)}.")
        yield from KINDS[kind](options, seeds)


def _anions(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    measured = data.gaps("expt_gap")
    masks = data.anion_masks(measured["string"])
    source = measured[masks["oxides"]]
    for name in ("chalcogenides", "halides"):
        target = measured[masks[name]]
        yield Case(
            f"oxides to {name} ({len(target)} rows)", GAP, seeds,
            lambda seed, own=target: adapted(source, own, seed, options, options.model), True,
        )  # fmt: skip


def _clusters(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    measured = data.gaps("expt_gap")
    formulas = measured["string"].tolist()
    sparse = data.sparse_region(formulas)
    yield Case(
        f"sparse region left out ({sparse.sum()} rows)", GAP, seeds,
        lambda seed: adapted(measured[~sparse], measured[sparse], seed, options, options.model), True,
    )  # fmt: skip
    cluster = data.clusters_of(formulas)
    sizes = pd.Series(cluster).value_counts()
    large = sorted(sizes.index[sizes >= LARGE])
    for name in np.random.default_rng(0).permutation(large)[: options.clusters]:
        inside = cluster == name
        yield Case(
            f"cluster {name} left out ({inside.sum()} rows)", GAP, seeds,
            lambda seed, own=inside: adapted(measured[~own], measured[own], seed, options, options.model),
            True,
        )  # fmt: skip


def _scaffolds(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    rows = data.solubilities()
    source, target = rows[~rows["is_target"]], rows[rows["is_target"]]
    fewer = argparse.Namespace(**{**vars(options), "source_rows": options.source_rows // 2})
    yield Case(
        f"molecules of other scaffolds ({len(target)} rows)", SOLUBILITY, seeds,
        lambda seed: adapted(source, target, seed, fewer, options.molecules, "smiles"), True,
    )  # fmt: skip


def _computed(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    computed, measured = data.gaps("mp_gap"), data.gaps("expt_gap")
    all_of_them = int((measured["fold"] != 0).sum())
    for n in (*COUNTS[:2], all_of_them):
        yield Case(
            f"computed to measured, {n} labels", GAP, seeds,
            lambda seed, n=n: _computed_to_measured(computed, measured, n, seed, options),
        )  # fmt: skip


def _computed_to_measured(
    computed: pd.DataFrame, measured: pd.DataFrame, n: int, seed: int, options: argparse.Namespace
) -> list[Line]:
    """With and without the computed rows, by chain and by an input column for the fidelity."""
    test = some(measured[measured["fold"] == 0], 600, 0)
    own = some(measured[measured["fold"] != 0], n, seed)
    clean = computed[~computed["string"].isin(test["string"])]
    source = some(clean, options.source_rows, seed)
    shared = some(computed[computed["string"].isin(test["string"])], options.source_rows // 3, seed)
    both = pd.concat([source.iloc[: options.source_rows - len(shared)], shared])
    lines = [*baselines(own, test), line("direct", _learner(options.model, seed, n), own, test)]
    for name, rows in (("", source), (" (with test formulas)", both)):
        first = _learned(options.model, rows, seed)
        lines.append(
            {"model": f"computed labels alone{name}", "MAE": error(first, test), "n_train": len(rows)}
        )
        with folder_of(first) as place:
            lines.append(line(f"chain{name}", _learner(place, seed, n), own, test))
    return [*lines, by_fidelity(source, own, test, seed, options.model)]


def _organic(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    """Gaps of inorganic solids, then of metal-organic frameworks, then of molecules, all by formula."""
    molecules = data.qm9().rename(columns={"formula": "string"})
    formulas = pd.Series(sorted(set(molecules["string"]))).sample(frac=0.5, random_state=0)
    asked = molecules["string"].isin(formulas)
    inorganic, frameworks = data.gaps("mp_gap"), data.gaps("qmof_gap_with_formula", "band_gap_PBE_eV")

    def run(seed: int) -> list[Line]:
        test, pool = some(molecules[asked], TESTED, 0), molecules[~asked]
        apart = inorganic[~inorganic["string"].isin(frameworks["string"])]
        solid = some(apart, options.chain_rows, seed)
        with ExitStack() as stack:
            starts: dict[str, str | None] = {"scratch": None, "direct": options.model}
            starts["inorganic first"] = _start(stack, options.model, solid, seed)
            starts["frameworks first"] = _start(stack, options.model, frameworks, seed)
            starts["inorganic, frameworks first"] = _start(
                stack, str(starts["inorganic first"]), frameworks, seed
            )
            return [_isomers(test, molecules[asked]), *_by_counts(starts, pool, test, seed)]

    yield Case("inorganic, frameworks, molecules by formula", ORGANIC_GAP, seeds, run)


def _isomers(test: pd.DataFrame, molecules: pd.DataFrame) -> Line:
    """What formulas leave open: every molecule is answered by the mean of its isomers but itself."""
    of_formula = molecules.groupby("string")["value"].agg(["sum", "size"])
    total, n = (of_formula.loc[test["string"], column].to_numpy() for column in ("sum", "size"))
    has_others = n > 1
    value = test["value"].to_numpy()
    told = (total - value)[has_others] / (n[has_others] - 1)
    return {"model": "mean of the isomers", "MAE": float(np.abs(told - value[has_others]).mean()),
            "n_train": len(molecules)}  # fmt: skip


def _smiles(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    """Gaps of frameworks by the SMILES of their parts, then of molecules, with a frozen encoder."""
    from matprior.data.seen import SEEN, SeenFormulas
    from matprior.models.zoo import find

    molecules = data.qm9().drop(columns="formula").rename(columns={"smiles": "string"})
    # The checkpoint learned gaps of some molecules of QM9: those are left out of both sides.
    met = SeenFormulas(find(options.molecules) / SEEN).contains(molecules["string"])
    molecules, frameworks = molecules[~met], data.linkers()

    def run(seed: int) -> list[Line]:
        test = some(molecules, TESTED, 0)
        pool = molecules.drop(test.index)
        with ExitStack() as stack:
            few = some(frameworks, options.source_rows // 2, seed)
            starts: dict[str, str | None] = {
                "direct": options.molecules,
                "frameworks first": _start(stack, options.molecules, few, seed),
            }
            return from_starts(
                starts, pool, test, COUNTS, seed,
                lambda start: MaterialRegressor(model=start, strategy="extract", seed=seed), "smiles",
            )  # fmt: skip

    yield Case("frameworks, molecules by SMILES, frozen", ORGANIC_GAP, seeds, run)


def _melting(options: argparse.Namespace, seeds: tuple[int, ...]) -> Iterator[Case]:
    inorganic, organic = data.melting_points()
    organic = organic[~organic["string"].isin(inorganic["string"])]

    def run(seed: int) -> list[Line]:
        test = some(organic, TESTED, 0)
        pool = organic.drop(test.index)
        with ExitStack() as stack:
            starts: dict[str, str | None] = {"scratch": None, "direct": options.model}
            starts["inorganic first"] = _start(
                stack, options.model, some(inorganic, options.chain_rows, seed), seed
            )
            return _by_counts(starts, pool, test, seed, COUNTS[:2])

    yield Case("inorganic to organic melting points by formula", MELTING, seeds, run)


def _by_counts(
    starts: dict[str, str | None], pool: pd.DataFrame, test: pd.DataFrame, seed: int,
    counts: tuple[int, ...] = COUNTS,
) -> list[Line]:  # fmt: skip
    return [
        one
        for n in counts
        for one in from_starts(starts, pool, test, (n,), seed, lambda start, n=n: _learner(start, seed, n))
    ]


def _learner(start: str | None, seed: int, n: int) -> MaterialRegressor:
    beside: dict[str, Any] = {"size": "small"} if start is None else {}
    return regressor(start, seed, training=FEW if n <= COUNTS[1] else MANY, **beside)


def _learned(start: str, rows: pd.DataFrame, seed: int) -> MaterialRegressor:
    return regressor(start, seed).fit(list(rows["string"]), rows["value"].to_numpy())


def _start(stack: ExitStack, start: str, rows: pd.DataFrame, seed: int) -> str:
    """Folder of a model that has learned these rows, until the stack is unwound."""
    return stack.enter_context(folder_of(_learned(start, rows, seed)))


KINDS: dict[str, Callable[[argparse.Namespace, tuple[int, ...]], Iterator[Case]]] = {
    "anions": _anions,
    "organic": _organic,
    "clusters": _clusters,
    "melting": _melting,
    "computed": _computed,
    "smiles": _smiles,
    "scaffolds": _scaffolds,
}
"""Kind on the command line -> its cases."""
