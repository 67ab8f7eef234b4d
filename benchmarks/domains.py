"""Does adaptation help? Measured gaps after computed ones, clusters left out, oxides to other anions.

    python benchmarks/domains.py --record docs/results/domains.json

Cases, all tested on measured gaps (expt_gap), whose formulas the strict checkpoint never saw:

- computed to measured: mp_gap rows, then 50 or 200 measured ones; official fold 0 is tested. The source is
  taken without any formula of the test rows, and once with them.
- a cluster left out: k-means (50 clusters) on element fractions, as MatDA does (Hu et al. 2024, Digital
  Discovery); the target's formulas are known, its labels are not.
- oxides to chalcogenides and to halides.

Every method is told with its error, the harmful ones too; `auto` is the choice that `adapt` makes without a
label of the target. Computed gaps of oxides and sulfides would be no fair case: the checkpoint has read them.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data import Task, read_table
from matprior.data.catalog import get, load
from matprior.data.files import sha256_of
from matprior.domains.adapting import AdaptationOptions, try_all
from matprior.domains.choosing import choose
from matprior.domains.rows import AdaptationRows
from matprior.estimators import MaterialRegressor
from matprior.evaluation.baselines import BASELINES
from matprior.evaluation.records import append_records, peak_rss_mb, versions
from matprior.notations import fraction_matrix, parse_amounts

GAP = "band_gap_eV"
TRAINING = {"epochs": 4, "batch_size": 64, "keep": "last"}
CLUSTERS = 50
HALIDES, CHALCOGENS = {"F", "Cl", "Br", "I"}, {"S", "Se", "Te"}
Line = dict[str, Any]


def main(arguments: list[str] | None = None) -> None:
    """Run the cases one after the other; each is recorded as soon as it is done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--record", type=Path, required=True, help="results file (JSON) to add to")
    parser.add_argument("--model", default="matbert-small", help="checkpoint")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--source-rows", type=int, default=800, help="labelled source rows at most")
    parser.add_argument("--clusters", type=int, default=2, help="clusters that are left out in turn")
    parser.add_argument("--cases", default="computed,anions,cluster")
    options = parser.parse_args(arguments)
    command = shlex.join(["python", "benchmarks/domains.py", *(arguments or sys.argv[1:])])
    seeds = [int(seed) for seed in options.seeds.split(",")]
    measured = rows_of("expt_gap")
    lines: list[Line] = []
    for case, run in cases(options, measured):
        lines += [line for seed in seeds for line in told(case, seed, run(seed))]
        found = records([one for one in lines if one["case"] == case], command, options)
        adapted = [one for one in lines if one["case"].startswith(("cluster", "oxides"))]
        append_records(options.record, found + (summary(adapted, command, options) if adapted else []))


def cases(
    options: argparse.Namespace, measured: pd.DataFrame
) -> Iterator[tuple[str, Callable[[int], list[Line]]]]:
    """Name and function of every case that is asked for."""
    wanted = options.cases.split(",")
    if "computed" in wanted:
        computed = rows_of("mp_gap")
        for labels in (50, 200):
            yield (
                f"computed to measured, {labels} labels",
                lambda seed, n=labels: computed_to_measured(computed, measured, n, seed, options),
            )
    if "anions" in wanted:
        elements = [set(parse_amounts(formula)) for formula in measured["formula"]]
        oxide = np.array(["O" in one and not one & (HALIDES | CHALCOGENS) for one in elements])
        for name, anions in (("chalcogenides", CHALCOGENS), ("halides", HALIDES)):
            other = np.array([bool(one & anions) and "O" not in one for one in elements])
            yield (
                f"oxides to {name} ({other.sum()} rows)",
                lambda seed, own=other: unlabelled_target(measured[oxide], measured[own], seed, options),
            )
    if "cluster" in wanted:
        cluster = clusters_of(measured["formula"].tolist())
        sizes = pd.Series(cluster).value_counts()
        large = sorted(sizes.index[(sizes >= 60) & (sizes <= 400)])
        for name in np.random.default_rng(0).permutation(large)[: options.clusters]:
            inside = cluster == name
            yield (
                f"cluster {name} left out ({inside.sum()} rows)",
                lambda seed, own=inside: unlabelled_target(measured[~own], measured[own], seed, options),
            )


def rows_of(name: str) -> pd.DataFrame:
    """formula, gap and official fold of a set; one row per formula, the mean of its gaps."""
    frame = load(name, None)
    task = Task(strings="formula", targets=[GAP], kind="regression")
    table = read_table(frame, task, merge_duplicates="keep")
    rows = pd.DataFrame(
        {
            "formula": table.strings,
            GAP: table.frame[GAP],
            "fold": table.frame["official_test_fold"].astype(int),
        }
    )
    return rows.groupby("formula", as_index=False, sort=False).agg({GAP: "mean", "fold": "first"})


def clusters_of(formulas: list[str]) -> np.ndarray:
    """Cluster of each formula by its element fractions."""
    from sklearn.cluster import KMeans

    return KMeans(CLUSTERS, n_init=1, random_state=0).fit_predict(fraction_matrix(formulas))


def some(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    return frame if n >= len(frame) else frame.sample(n, random_state=seed)


def regressor(options: argparse.Namespace, seed: int, **changes: Any) -> MaterialRegressor:
    return MaterialRegressor(**{"model": options.model, "training": TRAINING, "seed": seed, **changes})


def error(model: Any, test: pd.DataFrame, **beside: Any) -> float:
    return float(np.abs(model.predict(list(test["formula"]), **beside) - test[GAP]).mean())


def computed_to_measured(
    computed: pd.DataFrame, measured: pd.DataFrame, n: int, seed: int, options: argparse.Namespace
) -> list[Line]:
    """With and without the computed rows, by chain and by an input column for the fidelity."""
    test = some(measured[measured["fold"] == 0], 600, 0)
    own = some(measured[measured["fold"] != 0], n, seed)
    clean = computed[~computed["formula"].isin(test["formula"])]
    source = some(clean, options.source_rows, seed)
    shared = some(computed[computed["formula"].isin(test["formula"])], options.source_rows // 3, seed)
    both = pd.concat([source.iloc[: options.source_rows - len(shared)], shared])
    few = {"training": {"batch_size": 16, "epochs": 20}}
    lines = baselines(own, test)
    lines.append(timed("direct", lambda: regressor(options, seed, **few), own, test))
    for name, rows in (("", source), (" (with test formulas)", both)):
        first = regressor(options, seed).fit(list(rows["formula"]), rows[GAP].to_numpy())
        lines.append(
            {"model": f"computed labels alone{name}", "MAE": error(first, test), "n_train": len(rows)}
        )
        with folder_of(first) as place:
            made = lambda place=place: regressor(options, seed, **few, model=str(place))  # noqa: E731
            lines.append(timed(f"chain{name}", made, own, test))
    lines.append(by_fidelity(source, own, test, seed, options))
    return lines


def folder_of(model: Any) -> Any:
    """The model as a folder that is gone after the block."""
    import tempfile
    from contextlib import contextmanager

    @contextmanager
    def block() -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as place:
            yield model.save(Path(place) / "model")

    return block()


def timed(name: str, make: Callable[[], Any], learn: pd.DataFrame, test: pd.DataFrame) -> Line:
    begun = time.process_time()
    model = make().fit(list(learn["formula"]), learn[GAP].to_numpy())
    spent = time.process_time() - begun
    return {"model": name, "MAE": error(model, test), "seconds": spent, "n_train": len(learn)}


def by_fidelity(
    source: pd.DataFrame, own: pd.DataFrame, test: pd.DataFrame, seed: int, options: argparse.Namespace
) -> Line:
    """One model of both tables; whether a value was measured is an input."""
    both = pd.concat([source, own])
    is_measured = pd.DataFrame({"is_measured": np.repeat([0.0, 1.0], [len(source), len(own)])})
    weight = np.repeat([1.0, max(1.0, len(source) / (2 * len(own)))], [len(source), len(own)])
    model = regressor(options, seed)
    model.fit(list(both["formula"]), both[GAP].to_numpy(), extra=is_measured, sample_weight=weight)
    asked = pd.DataFrame({"is_measured": np.ones(len(test))})
    return {"model": "fidelity as an input", "MAE": error(model, test, extra=asked), "n_train": len(both)}


def baselines(learn: pd.DataFrame, test: pd.DataFrame) -> list[Line]:
    """The median of the labels, and trees on element fractions."""
    from sklearn.ensemble import ExtraTreesRegressor

    guess = np.abs(test[GAP] - learn[GAP].median()).mean()
    trees = ExtraTreesRegressor(200, min_samples_leaf=1, max_features=0.3, random_state=0, n_jobs=1)
    trees.fit(fraction_matrix(learn["formula"]), learn[GAP])
    told = trees.predict(fraction_matrix(test["formula"]))
    return [
        {"model": "dummy", "MAE": float(guess), "n_train": len(learn)},
        {"model": "extratrees", "MAE": float(np.abs(told - test[GAP]).mean()), "n_train": len(learn)},
    ]


def unlabelled_target(
    source: pd.DataFrame, target: pd.DataFrame, seed: int, options: argparse.Namespace
) -> list[Line]:
    """Every method at its usual weight, and the choice that is made without a target label."""
    source, target = some(source, options.source_rows, seed), some(target, 500, seed)
    estimator = regressor(
        options, seed, training={k: v for k, v in TRAINING.items() if k != "keep"}, validation=0.2
    )
    rows = AdaptationRows.of(source["formula"], source[GAP].to_numpy(), target["formula"], None, estimator)
    found = try_all(rows, estimator, AdaptationOptions(weights=(0.3,)))
    choice = choose([one for _, one in found], rows.ratio[rows.watched], rows.labelled)
    lines = baselines(source, target)
    for (fitted, one), chosen in zip(found, choice.table["chosen"], strict=True):
        line = {"model": one.method, "MAE": error(fitted, target), "n_train": fitted.n_training_rows_}
        line["domain_accuracy"] = one.domain_accuracy
        lines += [line, {**line, "model": "auto", "chose": one.method}] if chosen else [line]
    print(f"    {choice.reason}", flush=True)
    return lines


def told(case: str, seed: int, lines: list[Line]) -> list[Line]:
    """The lines with case and seed, printed."""
    for line in lines:
        print(f"  {case}, seed {seed}: {line['model']:<36} {line['MAE']:.4f}", flush=True)
    return [{**line, "case": case, "seed": seed} for line in lines]


def records(lines: list[Line], command: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """One record per model and metric of a case; `folds` holds the seeds."""
    frame = pd.DataFrame(lines)
    found = []
    for (case, model), part in frame.groupby(["case", "model"], sort=False):
        for metric, unit in (("MAE", "eV"), ("domain_accuracy", "")):
            if metric not in part or part[metric].isna().all():
                continue
            one = base_record(str(case), str(model), metric, unit, command, options)
            values = part[metric].to_numpy(float)
            one |= {"value": values.mean(), "std": values.std(), "folds": values.tolist()}
            one["n_train"] = int(part["n_train"].max())
            if model == "auto":
                one["chose"] = part["chose"].tolist()
            if "seconds" in part and part["seconds"].notna().any():
                one["seconds"] = float(part["seconds"].mean())
            found.append(one)
    return found


def summary(lines: list[Line], command: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Per method over all cases and seeds: mean change of the error, how often better, the worst harm."""
    frame = pd.DataFrame(lines)
    wide = frame.pivot_table(index=["case", "seed"], columns="model", values="MAE")
    change = wide.div(wide["none"], axis=0) - 1
    found = []
    for model in change.columns.drop("none"):
        values = change[model].dropna().to_numpy()
        one = base_record(
            "all cases without target labels", str(model), "change of MAE", "", command, options
        )
        one |= {
            "value": values.mean(), "std": values.std(), "folds": values.tolist(),
            "better": int((values < 0).sum()), "equal": int((values == 0).sum()),
            "worse": int((values > 0).sum()), "worse_by_2_percent": int((values > 0.02).sum()),
            "worst": values.max(), "ratio_to": "none",
        }  # fmt: skip
        found.append(one)
        print(
            f"{model:<14} {100 * values.mean():+.1f} %, better in {one['better']} of {len(values)}, worst "
            f"{100 * values.max():+.1f} %"
        )
    return found


def base_record(
    case: str, model: str, metric: str, unit: str, command: str, options: argparse.Namespace
) -> dict[str, Any]:
    network = model not in (*BASELINES, "dummy", "extratrees")
    return {
        "dataset": "expt_gap", "split": case, "target": GAP, "model": model,
        "strategy": "full" if network else "", "checkpoint": options.model if network else None,
        "n_train": options.source_rows, "metric": metric, "unit": unit,
        "seeds": [int(seed) for seed in options.seeds.split(",")],
        "data_sha256": sha256_of(get("expt_gap", None)), "command": command, "versions": versions(),
        "peak_rss_mb": peak_rss_mb(), "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


if __name__ == "__main__":
    main()
