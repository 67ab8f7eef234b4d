"""Write the results blocks of the READMEs and pages from docs/results; no number is typed by hand.

    python benchmarks/readme_results.py            # rewrite the blocks
    python benchmarks/readme_results.py --check    # exit code 1 if a page is out of date

Records whose metric is one of `matprior.evaluation.metrics.METRICS` make the first table: one line per
data set and metric, one column per model. Averages over spellings of molecules (`variants`) make one of their
own, and all others (speed, time, size) the last.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matprior.data.files import write_atomically
from matprior.evaluation.metrics import METRICS

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "docs" / "results"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
SHOWN = ("MAE", "ROC-AUC", "balanced_accuracy", "coverage90")
"""Metrics that the README shows; the others stay in the JSON."""
ERRORS = ("RMSE", "ROC-AUC")
"""Metrics of averages over spellings."""
ON_PAGES = ("MAE", "RMSE", "R2", "ROC-AUC", "balanced_accuracy", "coverage90")
"""Metrics that pages of the documentation show."""
WORDS = {
    "README.md": {
        "none": "Nothing has been measured yet.",
        "scores": ["data set", "split", "metric"],
        "others": ["what", "model", "value", "compared with", "ratio"],
        "note": "Mean over folds ± standard deviation, the best in bold; n is the number of training rows of "
        "a fold; coverage90 should be near 0.9.",
    },
    "README.ja.md": {
        "none": "まだ測定結果はありません。",
        "scores": ["データセット", "分割", "指標"],
        "others": ["項目", "モデル", "値", "比較対象", "比"],
        "note": "fold 平均 ± 標準偏差、最良値は太字。n は fold の学習行数。"
        "coverage90 は 0.9 に近いほど良い値です。",
    },
}
"""README -> the words of its block."""
PAGES: dict[str, tuple[str, ...]] = {
    "README.md": ("foundation", "matbench"),
    "README.ja.md": ("foundation", "matbench"),
    "docs/molecules.md": ("moleculenet",),
}
"""Page -> names of the results files that its block is made from."""

Record = dict[str, Any]


def main() -> int:
    """Rewrite the blocks, or only say whether they are up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if out of date")
    check = parser.parse_args().check
    stale, count = [], 0
    for name, sources in PAGES.items():
        records = [one for source in sources for one in records_of(source)]
        count += len(records)
        path = REPOSITORY / name
        old = path.read_text(encoding="utf-8")
        words, shown = WORDS.get(name, WORDS["README.md"]), SHOWN if name in WORDS else ON_PAGES
        new = filled(old, block(records, words, shown))
        if new != old:
            stale.append(name)
            if not check:
                with write_atomically(path) as draft:
                    draft.write_text(new, encoding="utf-8")
    print(f"{count} records; {'out of date' if check else 'rewritten'}: {', '.join(stale) or 'none'}")
    return int(check and bool(stale))


def records_of(source: str) -> list[Record]:
    """Records of a results file; none where there is no such file."""
    path = RESULTS / f"{source}.json"
    found: list[Record] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return found


def filled(text: str, content: str) -> str:
    """`text` with `content` between the two marks.

    >>> filled(f"a {BEGIN} old {END} z", "new") == f"a {BEGIN}\\nnew\\n{END} z"
    True
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The marks {BEGIN} and {END} are not both there, in this order.")
    return f"{head}{BEGIN}\n{content}\n{END}{tail}"


def block(records: list[Record], words: dict[str, Any], shown: tuple[str, ...] = SHOWN) -> str:
    """The Markdown between the marks."""
    records = [one for one in records if for_the_readme(one)]
    measured = [one for one in records if one["metric"] in METRICS]
    scores = [one for one in measured if not one.get("variants")]
    others = [one for one in records if one["metric"] not in METRICS]
    parts = [score_table(scores, words["scores"], shown), other_table(others, words["others"])]
    if parts[0]:
        parts.insert(1, words["note"])
        parts.insert(2, spelling_table(measured))
    return "\n\n".join(part for part in parts if part) or words["none"]


def for_the_readme(one: Record) -> bool:
    """Of what pretraining was scored on, only the headline: the rest stands on the checkpoint's card."""
    if one.get("split") != "held-out formulas":
        return True
    return one["dataset"] == "masked_atom" and one["metric"] in ("cross_entropy", "top1")


def score_table(records: list[Record], head: list[str], metrics: tuple[str, ...] = SHOWN) -> str:
    """One line per data set, split and metric; one column per model."""
    shown = [one for one in records if one["metric"] in metrics]
    several = {one["dataset"] for one in shown if one.get("target") != _first_target(shown, one["dataset"])}
    models = list(dict.fromkeys(map(_contestant, shown)))
    lines: dict[tuple[str, ...], dict[str, Record]] = {}
    for one in shown:
        name = f"{one['dataset']}: {one['target']}" if one["dataset"] in several else one["dataset"]
        size = one["split"] + (f", n = {one['n_train']}" if one.get("n_train") else "")
        unit = f" ({one['unit']})" if one.get("unit") else ""
        lines.setdefault((name, size, one["metric"] + unit), {})[_contestant(one)] = one
    rows = [[*key, *_cells(found, models)] for key, found in lines.items()]
    return markdown([*head, *models], rows)


def spelling_table(records: list[Record]) -> str:
    """One line per data set and network that was asked with further spellings."""
    lines: dict[tuple[str, ...], dict[int, Record]] = {}
    for one in records:
        if one["metric"] in ERRORS and "predict_seconds" in one:
            unit = f" ({one['unit']})" if one["unit"] else ""
            name = (one["dataset"], _contestant(one), f"n = {one['n_train']}", one["metric"] + unit)
            lines.setdefault(name, {})[one.get("variants", 0)] = one
    numbers = sorted({n for found in lines.values() for n in found})
    rows = []
    for name, found in lines.items():
        if 0 not in found or len(found) < 2:
            continue
        values = {n: one["value"] for n, one in found.items()}
        best = (max if found[0]["metric"] == "ROC-AUC" else min)(values, key=lambda n: values[n])
        shown = {n: _number(value) for n, value in values.items()}
        shown[best] = f"**{shown[best]}**"
        cells = [shown.get(n, "") for n in numbers]
        most = max(found)
        cost = found[most]["predict_seconds"] / found[0]["predict_seconds"]
        rows.append([*name, *cells, f"{cost:.0f}×"])
    head = ["data set", "model", "rows", "metric", *("no further" if n == 0 else str(n) for n in numbers)]
    return markdown([*head, "time of the most spellings"], rows)


def other_table(records: list[Record], head: list[str]) -> str:
    """Speed, time, size: one line per record, with the ratio to a peer where one was measured."""
    rows = []
    for one in records:
        ratio = one.get("ratio")
        told = "failed" if one["value"] is None else _number(one["value"])
        value = f"{told} {one.get('unit') or ''}".strip()
        what = f"{one['metric']} ({one['dataset']})" if one.get("dataset") else one["metric"]
        rows.append([what, one["model"], value, one.get("ratio_to") or "", f"{ratio:.3g}×" if ratio else ""])
    return markdown(head, rows)


def _first_target(records: list[Record], dataset: str) -> str | None:
    return next(one.get("target") for one in records if one["dataset"] == dataset)


def _contestant(one: Record) -> str:
    """Model and, where the name does not say it, a strategy other than full fine-tuning."""
    strategy = one.get("strategy") or "full"
    return one["model"] if strategy == "full" or ":" in one["model"] else f"{one['model']}:{strategy}"


def _cells(found: dict[str, Record], models: list[str]) -> list[str]:
    metric = METRICS[next(iter(found.values()))["metric"]]
    values = {name: one["value"] for name, one in found.items() if one["value"] is not None}
    best = None
    if metric.better != "goal":  # a constant can have perfect coverage and say nothing
        best = max(values, key=lambda name: metric.gain(values[name], reference=0.0), default=None)
    cells = []
    for name in models:
        one = found.get(name)
        if one is None:
            cells.append("")
        elif one["value"] is None:
            cells.append("failed")
        else:
            spread = f" ± {_number(one['std'], like=one['value'])}" if one.get("std") is not None else ""
            text = _number(one["value"]) + spread
            cells.append(f"**{text}**" if name == best else text)
    return cells


def _number(value: float, like: float | None = None) -> str:
    """A number with as many decimals as its size, or the size of `like`, deserves."""
    size = abs(value if like is None else like)
    decimals = 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    return f"{value:,.{decimals}f}"


def markdown(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table, or nothing when there are no rows."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    if not lines:
        return ""
    table = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


if __name__ == "__main__":
    sys.exit(main())
