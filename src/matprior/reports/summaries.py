"""Numbers behind the pictures: errors by element, calibration, intervals, overfitting.

Reads Results or histories, gives small tables. Nothing here draws or writes sentences.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.evaluation.metrics import class_name, kind_of

OVERFIT_RISE = 1.1
"""Validation loss at the end over its best value, both smoothed, from which we speak of overfitting."""


def row_errors(results: pd.DataFrame) -> pd.DataFrame:
    """How wrong each prediction is: one scale for all kinds of target.

    Parameters
    ----------
    results : n rows of one target

    Returns
    -------
    The same rows with `signed` (prediction − truth; NaN for more than two classes) and `error`
    (its size; for classes 1 if the class is wrong, else 0).

    Examples
    --------
    >>> row_errors(pd.DataFrame({"truth": [2.0], "prediction": [1.5]}))[["signed", "error"]].values.tolist()
    [[-0.5, 0.5]]
    """
    kind = kind_of(results)
    if kind == "regression":
        signed = results["prediction"].astype(float) - results["truth"].astype(float)
        return results.assign(signed=signed, error=signed.abs())
    if kind == "binary":
        signed = results["prediction"].astype(float) - results["truth"].astype(float)
        wrong = results["label"].astype(float) != results["truth"].astype(float)
        return results.assign(signed=signed, error=wrong.astype(float))
    wrong = results["label"].map(class_name) != results["truth"].map(class_name)
    return results.assign(signed=np.nan, error=wrong.astype(float))


def by_element(results: pd.DataFrame) -> pd.DataFrame:
    """Mean error of the rows that contain each element.

    Parameters
    ----------
    results : rows of one model and one target; strings are compositions

    Returns
    -------
    Index: element symbol. Columns: n (distinct rows), error (mean), bias (mean of prediction −
    truth). Empty where the strings are not compositions.
    """
    from matprior.notations import InvalidString, parse_amounts
    from matprior.notations.elements import ISOTOPES

    errors = row_errors(results).groupby(["row", "string"])[["error", "signed"]].mean().reset_index()
    pieces = []
    for position, string in enumerate(errors["string"]):
        try:
            symbols = {ISOTOPES.get(symbol, symbol) for symbol in parse_amounts(str(string))}
        except InvalidString:
            continue  # a SMILES, say: it has no place in the periodic table
        pieces += [(symbol, position) for symbol in symbols]
    table = pd.DataFrame(pieces, columns=["symbol", "position"])
    rows = errors.iloc[table["position"].to_numpy(dtype=int)]
    table = table.assign(error=rows["error"].to_numpy(), bias=rows["signed"].to_numpy())
    return table.groupby("symbol").agg(n=("error", "size"), error=("error", "mean"), bias=("bias", "mean"))


def wilson(hits: NDArray | float, n: NDArray | float) -> tuple[NDArray, NDArray]:
    """95 % interval of a share, good for small counts too (Wilson 1927).

    Examples
    --------
    >>> low, high = wilson(9, 10)
    >>> round(float(low), 2), round(float(high), 2)
    (0.6, 0.98)
    """
    z = 1.959964
    n = np.maximum(np.asarray(n, dtype=float), 1e-9)
    share = np.asarray(hits, dtype=float) / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def coverage(results: pd.DataFrame) -> pd.DataFrame:
    """How often the stated intervals held the truth, model by model.

    Returns
    -------
    Index: model. Columns: n (predictions with an interval), coverage, low, high (95 % interval of
    the coverage), width (mean). Models without intervals are left out.
    """
    rows = {}
    for model, part in results.groupby("model", sort=False):
        bounds = part[["low", "high", "truth"]].apply(pd.to_numeric, errors="coerce").dropna()
        if len(bounds):
            inside = int(bounds["truth"].between(bounds["low"], bounds["high"]).sum())
            # Seeds repeat the same rows: they add no independent evidence about the coverage.
            n_rows = int(part.loc[bounds.index, "row"].nunique())
            share = inside / len(bounds)
            low, high = wilson(share * n_rows, n_rows)
            width = float((bounds["high"] - bounds["low"]).mean())
            rows[str(model)] = (len(bounds), share, float(low), float(high), width)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["n", "coverage", "low", "high", "width"])


def promises(results: pd.DataFrame) -> pd.DataFrame:
    """Every share that was promised, and the share of truths that those intervals held.

    Returns
    -------
    Columns model, promised, and those of `coverage`; in rising order of the promise. The interval of 90 % is
    `low` to `high` of the results, others have columns such as `low50` and `high50`.
    """
    names = [str(name)[3:] for name in results if str(name).startswith("low")]
    shares = {int(name) / 100: name for name in names if name.isdigit()}
    parts = []
    for promised, name in sorted([(0.9, ""), *shares.items()]):
        bounds = {"low": results[f"low{name}"], "high": results[f"high{name}"]}
        parts.append(coverage(results.assign(**bounds)).rename_axis("model").reset_index())
        parts[-1].insert(1, "promised", promised)
    return pd.concat(parts, ignore_index=True)


def spread_bins(results: pd.DataFrame, n_bins: int = 8) -> pd.DataFrame:
    """Does a larger stated spread mean a larger error? Equal-count bins by `std`.

    Parameters
    ----------
    results : rows of one model and one target

    Returns
    -------
    One row per bin: stated (root mean square of std), found (root mean square error), n. Empty
    where the spread is unknown or the same for all rows.
    """
    std = pd.to_numeric(results["std"], errors="coerce").to_numpy(dtype=float)
    error = row_errors(results)["signed"].to_numpy(dtype=float)
    known = np.isfinite(std) & np.isfinite(error) & (std > 0)
    std, error = std[known], error[known]
    n_bins = min(n_bins, len(std) // 10)
    if n_bins < 2 or np.unique(std).size < n_bins:
        return pd.DataFrame(columns=["stated", "found", "n"])
    parts = np.array_split(np.argsort(std, kind="stable"), n_bins)
    rows = [(np.sqrt((std[p] ** 2).mean()), np.sqrt((error[p] ** 2).mean()), len(p)) for p in parts]
    return pd.DataFrame(rows, columns=["stated", "found", "n"])


def reliability(results: pd.DataFrame, n_bins: int = 10) -> pd.DataFrame:
    """How often class 1 came true where a probability was stated; equal-count bins.

    Parameters
    ----------
    results : rows of one model and one binary target

    Returns
    -------
    One row per bin: stated (mean probability), found (share of class 1), low, high, n.
    """
    p = results["prediction"].to_numpy(dtype=float)
    truth = results["truth"].to_numpy(dtype=float)
    parts = np.array_split(np.argsort(p, kind="stable"), max(1, min(n_bins, len(p) // 10)))
    stated = np.array([p[part].mean() for part in parts])
    found = np.array([truth[part].mean() for part in parts])
    n = np.array([len(part) for part in parts])
    low, high = wilson(found * n, n)
    return pd.DataFrame({"stated": stated, "found": found, "low": low, "high": high, "n": n})


def roc_points(truth: NDArray, probability: NDArray) -> tuple[NDArray, NDArray]:
    """False and true positive rate at every threshold, ties taken together."""
    order = np.argsort(-probability, kind="stable")
    hits, stated = (truth == 1)[order], probability[order]
    last = np.append(np.flatnonzero(np.diff(stated)), len(stated) - 1)
    true, false = np.cumsum(hits)[last], np.cumsum(~hits)[last]
    return (
        np.append(0.0, false / max(false[-1], 1)),
        np.append(0.0, true / max(true[-1], 1)),
    )


def confusion(results: pd.DataFrame) -> pd.DataFrame:
    """Count true classes (rows) against predicted classes (columns), one model and target."""
    truth, label = results["truth"].map(class_name), results["label"].map(class_name)
    classes = sorted(set(truth) | set(label))
    table = pd.crosstab(truth, label).reindex(index=classes, columns=classes, fill_value=0)
    return table.rename_axis(index="true class", columns="predicted class")


def overfitting(histories: pd.DataFrame) -> pd.DataFrame:
    """Find, for each model, where its validation loss was lowest and how far it rose afterwards.

    Parameters
    ----------
    histories : epoch, train_loss, validation_loss and, where known, model, fold, seed, target

    Returns
    -------
    Index: model. Columns: runs, best_epoch, last_epoch, rise (end over best; all medians over
    runs), falling (share of runs whose training loss still fell after the best epoch), overfits.
    """
    if "validation_loss" not in histories or "epoch" not in histories:
        return pd.DataFrame(columns=["runs", "best_epoch", "last_epoch", "rise", "falling", "overfits"])
    histories = histories if "model" in histories else histories.assign(model="model")
    keys = ["model", *(k for k in ("target", "fold", "seed") if k in histories)]
    found = []
    for key, run in histories.groupby(keys, sort=False, dropna=False):
        validation = run.dropna(subset=["validation_loss"]).sort_values("epoch")
        if len(validation) < 2:
            continue
        best = validation.iloc[int(validation["validation_loss"].to_numpy().argmin())]
        # Smoothed, because the lowest of 40 noisy values lies below the last one in a flat curve too.
        smooth = validation["validation_loss"].rolling(3, center=True, min_periods=1).median()
        rise = smooth.iloc[-3:].mean() / max(smooth.min(), 1e-12)
        train = run.dropna(subset=["train_loss"]) if "train_loss" in run else run.iloc[:0]
        before, after = (
            train.loc[side, "train_loss"]
            for side in (train["epoch"] <= best["epoch"], train["epoch"] > best["epoch"])
        )
        falling = bool(len(before) and len(after) and after.iloc[-1] < before.iloc[-1])
        found.append((key[0], best["epoch"], validation["epoch"].iloc[-1], rise, falling))
    runs = pd.DataFrame(found, columns=["model", "best_epoch", "last_epoch", "rise", "falling"])
    table = runs.groupby("model", sort=False).agg(
        runs=("rise", "size"), best_epoch=("best_epoch", "median"), last_epoch=("last_epoch", "median"),
        rise=("rise", "median"), falling=("falling", "mean"),
    )  # fmt: skip
    return table.assign(overfits=(table["rise"] >= OVERFIT_RISE) & (table["falling"] >= 0.5))
