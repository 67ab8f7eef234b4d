"""The report in words: who is best, by how much, whether pretraining helped, what to mind.

Sentences are plain text made from numbers alone; none praises. Paired differences and their doubt
come from `evaluation.compare`, so the terminal and the page say the same.
"""

from __future__ import annotations

import pandas as pd

from matprior.data.wording import counted
from matprior.evaluation.compare import Comparison, verdict
from matprior.evaluation.scores import runs
from matprior.reports.comparison import Standing
from matprior.reports.formats import is_number, listed, number, percent, plus_minus, with_unit
from matprior.reports.summaries import coverage, overfitting, row_errors
from matprior.reports.tables import METRIC_LABELS

SMALL = 100
"""Test rows below which a single odd row moves the scores."""
FEW_FOLDS = 3
"""Folds up to which a paired test seldom finds the difference that is there."""


def headline(standing: Standing) -> list[str]:
    """The first paragraph: best model, distance to the floor and the baseline, effect of pretraining.

    Parameters
    ----------
    standing : models of one target, from `comparison.standing`
    """
    best, metric = standing.best, standing.metric
    values = standing.folds[best].dropna()
    if values.empty:
        return ["No model gave a prediction that could be scored; see the problems below."]
    n_folds = len(values)
    how = f"mean ± standard deviation over {n_folds} folds" if n_folds > 1 else "one test split, so no spread"
    score = plus_minus(values.mean(), values.std() if n_folds > 1 else None, standing.score_unit)
    n = len(standing.order)
    among = f"Best of {counted(n, 'model')}: {best}" if n > 1 else f"The only model: {best}"
    lines = [f"{among}, with a {METRIC_LABELS.get(metric.name, metric.name)} of {score} ({how})."]
    lines += [_against_floor(standing), _against_baseline(standing), pretraining(standing)]
    return [line for line in lines if line]


def _against_floor(standing: Standing) -> str:
    dummy = standing.first_of("dummy")
    if dummy is None:
        return ""
    if dummy == standing.best:
        return f"No model does better than {dummy}, which ignores the input: nothing was learned here."
    pair = standing.against(standing.best, dummy)
    value = with_unit(number(pair.reference_value), standing.score_unit)
    share = relative(pair, standing)
    lead = f"That is {percent(share)} less than" if share is not None else "The floor is"
    return f"{lead} {dummy}, which ignores the input ({value})."


def _against_baseline(standing: Standing) -> str:
    baseline = standing.first_of("baseline")
    if baseline is None:
        return "No simple baseline was run, so this score says little about how hard the question is."
    if baseline != standing.best:
        return standing.against(standing.best, baseline).sentence()
    rival = standing.first_of("pretrained") or standing.first_of("scratch")
    if rival is None:
        return ""
    pair = standing.against(baseline, rival)
    advice = (
        "Prefer the simple baseline here"
        if pair.clear
        else "As long as they are not told apart, the baseline is the simpler choice"
    )
    return f"{pair.sentence()} {advice}."


def pretraining(standing: Standing) -> str:
    """Say whether pretraining helped: the best pretrained model against its twin from scratch."""
    if standing.first_of("pretrained") is None:
        return ""
    if standing.first_of("scratch") is None:
        return "Whether pretraining helped cannot be said: no model was trained from scratch beside it."
    return (
        verdict(standing.results)
        or "Whether pretraining helped cannot be said: no fold in common with its twin."
    )


def relative(pair: Comparison, standing: Standing) -> float | None:
    """Gain as a share of the reference's value; None where that makes no sense (a score such as ROC-AUC)."""
    if standing.metric.better != "lower" or not pair.reference_value > 0:
        return None
    return pair.gain / pair.reference_value


def practice(standing: Standing) -> list[str]:
    """What the best model's errors mean for one new material, and whether its intervals hold."""
    rows = standing.rows(standing.best)
    errors = row_errors(rows)["error"].dropna()
    if errors.empty:
        return []
    if standing.kind == "binary":
        return _recall_and_precision(rows, standing)
    if standing.kind == "multiclass":
        return []
    half, tenth = (with_unit(number(errors.quantile(q), digits=2), standing.unit) for q in (0.5, 0.9))
    lines = [
        f"For one new material of this kind: half of {standing.best}'s predictions are off by less than "
        f"{half}, one in ten by more than {tenth}."
    ]
    held = coverage(rows)
    if len(held):
        facts = held.iloc[0]
        width = with_unit(number(facts["width"], digits=2), standing.unit)
        off = "too narrow" if facts["high"] < 0.9 else "wider than needed"
        doubt = "" if facts["low"] <= 0.9 <= facts["high"] else f", so they are {off}"
        lines.append(
            f"Its 90 % intervals held the measured value in {percent(facts['coverage'], 1)} of the rows "
            f"(mean width {width}){doubt}."
        )
    return lines


def _recall_and_precision(rows: pd.DataFrame, standing: Standing) -> list[str]:
    true, said = rows["truth"].astype(float) == 1, rows["label"].astype(float) == 1
    if not true.any() or not said.any():
        return []
    found, right = percent((said & true).sum() / true.sum()), percent((said & true).sum() / said.sum())
    name = standing.positive
    return [
        f"{standing.best} finds {found} of the rows that are {name}; of those it calls {name}, {right} are."
    ]


def cautions(standing: Standing) -> list[str]:
    """What a careful reader should know before believing the ranking."""
    lines = []
    runner_up = next((m for m in standing.order[1:] if standing.complete(m)), None)
    if runner_up is not None:
        pair = standing.against(standing.best, runner_up)
        if is_number(pair.p_value) and not pair.clear:
            lines.append(
                f"{standing.best} and {runner_up} cannot be told apart (p = {number(pair.p_value, 2)})"
                f"{_power(pair.n_folds)}."
            )
    for model in standing.order:
        missing = standing.folds.index[standing.folds[model].isna()]
        if len(missing):
            which = listed([str(fold) for fold in missing])
            lines.append(f"{model} has no score in fold {which}: its mean is over other rows than the rest.")
    log = runs(standing.results)
    log = log[log["target"] == standing.target].drop_duplicates(["fold"])
    if log["n_shared"].sum() > 0:
        lines.append(
            f"{counted(int(log['n_shared'].sum()), 'test row')} hold a material that is also among the "
            "training rows of the same fold: their scores are too good. Merge duplicates or split by group."
        )
    n_rows = int(standing.results["row"].nunique())
    if n_rows < SMALL:
        lines.append(f"Only {counted(n_rows, 'row')} were tested: a few odd ones move every figure here.")
    trained = [m for m in standing.order if standing.roles[m] in ("pretrained", "scratch")]
    if trained and standing.results["seed"].nunique() == 1:
        lines.append("One seed per model: the luck of the training run is not in the spread.")
    return lines


def _power(n_folds: int) -> str:
    """A remark where even a large difference may pass for chance; one fold is judged by its rows."""
    if not 1 < n_folds <= FEW_FOLDS:
        return ""
    return f"; with {n_folds} folds the test has little power, so this is no sign that they are equally good"


def training(histories: pd.DataFrame | None) -> list[str]:
    """Say which models overfit, from when on, and what to change."""
    if histories is None or histories.empty:
        return []
    table = overfitting(histories)
    bad = table["overfits"].astype(bool)
    lines = []
    for model, facts in table[bad].iterrows():
        where = f"{number(facts['best_epoch'], 0)} of {number(facts['last_epoch'], 0)}"
        lines.append(
            f"{model} overfits: its validation loss is lowest at epoch {where} (median of "
            f"{counted(int(facts['runs']), 'run')}) and {percent(facts['rise'] - 1)} higher at the end, "
            "while the training loss still falls. The weights of the best epoch are the ones kept. "
            "To change it: a frozen encoder (strategy extract), a smaller model, or more labelled rows."
        )
    late = table[~bad & (table["best_epoch"] >= 0.95 * table["last_epoch"])]
    if len(late):
        names = listed([str(model) for model in late.index])
        lines.append(
            f"{names}: the validation loss was still falling at the last epoch; more epochs may help."
        )
    if len(table) and not lines:
        lines.append("No sign of overfitting: the validation loss ends close to its lowest value.")
    return lines


def tiles(standing: Standing) -> list[dict[str, str]]:
    """Key figures for the head of the page: value, what it is, and a remark."""
    best, values = standing.best, standing.folds[standing.best].dropna()
    if values.empty:
        return []
    label = METRIC_LABELS.get(standing.metric.name, standing.metric.name)
    score = plus_minus(values.mean(), values.std() if len(values) > 1 else None, standing.score_unit)
    found = [{"value": score, "what": label, "remark": f"{best}, the best model"}]
    pairs = [
        (best, standing.first_of("baseline"), "than the simple baseline"),
        (standing.first_of("pretrained"), standing.first_of("scratch"), "than from scratch"),
    ]
    for model, reference, words in pairs:
        if model is None or reference is None or model == reference:
            continue
        pair = standing.against(model, reference)
        share = relative(pair, standing)
        size = percent(abs(share)) if share is not None else number(abs(pair.gain), digits=2)
        way = "lower" if (pair.gain > 0) == (standing.metric.better == "lower") else "higher"
        remark = f"{model}, better on {pair.wins} of {counted(pair.n_folds, 'fold')}"
        found.append({"value": f"{size} {way}", "what": words, "remark": remark})
    rows = standing.rows(best)
    if standing.kind == "regression":
        typical = with_unit(number(row_errors(rows)["error"].median(), digits=2), standing.unit)
        found.append({"value": typical, "what": "typical (median) error", "remark": f"{best}, all test rows"})
    else:
        right = percent(1 - row_errors(rows)["error"].mean(), 1)
        found.append(
            {"value": right, "what": "rows with the right class", "remark": f"{best}, all test rows"}
        )
    return found
