"""Numbers on a page, each with the records it may rest on; for `test_numbers.py` alone.

A number belongs to its block: a paragraph, a line of a list, a row of a table. It is compared with the
records of the results files that the block names, else its section, else the page; in a row of a table only
with those of the data set, metric, model and number of labels that the row says. Which fields count depends
on what stands beside the number: a spread stands behind ±, a bound in brackets, a time before its unit, a
share before %.

It cannot catch a number that is true of another record than the sentence means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "docs" / "results"
CHECKPOINTS = REPOSITORY / "src" / "matprior" / "models" / "checkpoints"
Record = dict[str, Any]

MEASURES = (
    *("value", "baseline_value", "chance", "spearman", "p"),
    *("formulas_per_second", "model_gflops", "matmul_gflops", "wall_ms", "share_trainable"),
)
"""Fields that a number without a unit of its own may tell."""
GAINS = ("gain_over_best_head", "gain_over_no_prompt", "worst")
"""Told behind a sign, or behind "by"."""
RATIOS = ("ratio", "ratio_range")
"""Told as they are, or in per cent above or below one."""
TIMES = ("seconds", "predict_seconds")
COUNTS = re.compile(
    r"n|n_[a-z_]+|distinct_formulas|parameters_per_task|kills|executions|completed|identical|tasks|wins"
)
PER_SECOND = {"ms": 1000.0, "s": 1.0, "second": 1.0, "min": 1 / 60, "minute": 1 / 60, "h": 1 / 3600}
PER_CENT = re.compile(r"((,| to| and| against|\s?[–-])\s?\d+(\.\d+)?)*\s*(%|per cent|パーセント)")
BOUND = re.compile(r"\[([+−-]?\d[\d.]*, )?[+−-]?$")
"""What stands before either end of an interval in brackets."""
NUMBER = re.compile(r"(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d+\.\d+|\d{3,})(?![\w.]*\d)")
NOT_READ = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+|<!--.*?-->", re.DOTALL)
FENCES = re.compile(r"```.*?```", re.DOTALL)
WRITTEN = re.compile(r"<!-- (reckoned|licences): begin -->.*?<!-- \1: end -->", re.DOTALL)
"""Written by a program: reckoned times, held by a test of their own, and versions of packages."""
NAMED = re.compile(r"(?<![\w-])(\w+)\.json\b")
SCORES = re.compile(r"checkpoints/([\w-]+)/scores\.json")


@dataclass(frozen=True)
class Claim:
    """A number with three digits or a decimal point, and what stands around it."""

    number: str
    before: str
    after: str
    cells: tuple[str, ...]
    """Of a row: its cells, an empty first one filled from above, and the head of the number's column."""
    files: tuple[str, ...]
    block: str


def claims(text: str) -> Iterator[Claim]:
    """Every number of a page outside code, links and years."""
    on_page = named(text)
    for section in re.split(r"(?m)^(?=#{1,6} )", WRITTEN.sub("", FENCES.sub("", text))):
        in_section = named(section) or on_page
        for block, cells, head in _blocks(section):
            files = named(block) or in_section
            plain = NOT_READ.sub(lambda hidden: " " * len(hidden[0]), block)
            for found in NUMBER.finditer(plain):
                if re.fullmatch(r"(19|20)\d\d", found[1]):
                    continue
                before, after = plain[: found.start()], plain[found.end() :]
                column = before.count("|") - 1
                over = head[column : column + 1] if cells else ()
                yield Claim(found[1], before, after, (*cells, *over), files, block)


def named(text: str) -> tuple[str, ...]:
    """The results files that a text names, and the checkpoints whose scores it names."""
    found = dict.fromkeys([*NAMED.findall(text), *SCORES.findall(text)])
    return tuple(name for name in found if _file(name).is_file())


def is_traced(claim: Claim) -> bool:
    """Whether a record that the claim may rest on holds its number, rounded as it is written."""
    return is_among(claim.number, may_be(claim))


def may_be(claim: Claim) -> np.ndarray:
    """What the records say that could stand in the place of the claim's number."""
    return np.abs([*_told(claim)])


def is_among(number: str, values: np.ndarray) -> bool:
    """Whether one of `values` is the number, rounded as it is written."""
    half = 0.5001 * 10.0 ** -len(number.partition(".")[2])
    return bool((np.abs(values - float(number.replace(",", ""))) <= half).any())


def _told(claim: Claim) -> Iterator[float]:
    before, after = claim.before.rstrip("* "), claim.after.lstrip("* ")
    weight = re.match("[MG]B", after)
    if after.startswith("million"):
        yield from (one["n_parameters"] / 1e6 for one in _sizes(claim.block))
    elif weight:
        for one in (*_sizes(claim.block), *_records(claim)):
            found = [*_numbers(one, ["peak_rss_mb", *["value"] * (one.get("unit") == "MB")])]
            yield from (value / (1000 if weight[0] == "GB" else 1) for value in found)
    elif BOUND.search(before):
        bounds = [value for one in _records(claim) for value in _numbers(one, ["low", "high"])]
        yield from (*bounds, *(100 * value for value in bounds))
    elif before.endswith("±"):
        yield from (value for one in _records(claim) for value in _spreads(one))
    else:
        yield from _plain(claim, before, after)


def _plain(claim: Claim, before: str, after: str) -> Iterator[float]:
    unit = re.match(r"[a-z]+?(?=s?\b(?! *[/·]))", after)
    time = PER_SECOND.get(unit[0]) if unit else None
    names = MEASURES + (GAINS if re.search(r"([+−-]|\bby)$", before) else ())
    for one in _records(claim):
        measures, ratios = [*_numbers(one, names)], [*_numbers(one, RATIOS)]
        if PER_CENT.match(after):
            compared = [*ratios, *(measures if " / " in one.get("metric", "") else ())]
            yield from (*(100 * value for value in measures), *(100 * value - 100 for value in compared))
            continue
        yield from (*measures, *ratios)
        if time:
            yield from (time * value for value in _numbers(one, TIMES))
        if "." not in claim.number:
            yield from _numbers(one, [name for name in one if COUNTS.fullmatch(name)])


def _spreads(one: Record) -> Iterator[float]:
    yield from _numbers(one, ["std"])
    if one.get("gain_low") is not None and one.get("gain_high") is not None:
        yield (one["gain_high"] - one["gain_low"]) / 2


def _numbers(one: Record, names: Iterable[str]) -> Iterator[float]:
    for name in names:
        value = one.get(name)
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, int | float) and not isinstance(number, bool):
                yield float(number)


def _records(claim: Claim) -> list[Record]:
    """Those of the row and, where the number has a unit that is a record's, of that unit."""
    found = _narrowed(claim.files, claim.cells)
    unit = re.match(r"[\s*]*([a-zA-Z/Å³²]+)", claim.after)
    if unit and unit[1] in {one.get("unit") for one in found}:
        return [one for one in found if one.get("unit") in (unit[1], "", None)]
    return list(found)


@cache
def _narrowed(files: tuple[str, ...], cells: tuple[str, ...]) -> tuple[Record, ...]:
    found = [one for file in files for one in _read(file)]
    for name in ("dataset", "metric", "model", "n_train"):
        said = {value for value in {str(one.get(name)) for one in found} if _says(cells, value)}
        if said:
            found = [one for one in found if str(one.get(name)) in said]
    return tuple(found)


def _says(cells: tuple[str, ...], value: str) -> bool:
    """A cell is the value, or holds it before its unit, or in brackets behind the metric."""
    begins, ends = (f"{value} (", f"{value}, "), (f"({value})", f", n = {value}")
    return bool(value) and any(
        value in (cell, cell.replace(",", "")) or cell.startswith(begins) or cell.endswith(ends)
        for cell in cells
    )


@cache
def _read(file: str) -> tuple[Record, ...]:
    found: list[Record] = json.loads(_file(file).read_text(encoding="utf-8"))
    if _file(file).parent == RESULTS:
        return tuple(found)
    return tuple(
        {**one, "metric": name, "value": value}
        for one in found
        for name, value in one.items()
        if isinstance(value, float)
    )


def _file(name: str) -> Path:
    checkpoint = CHECKPOINTS / name / "scores.json"
    return checkpoint if checkpoint.is_file() else RESULTS / f"{name}.json"


@cache
def _sizes(block: str) -> tuple[Record, ...]:
    """Parameters of the checkpoints that a block names, and what their folders and weights weigh."""
    folders = [CHECKPOINTS / name for name in re.findall(r"`([\w-]+)`", block)]
    return tuple(
        {
            "unit": "MB",
            "n_parameters": json.loads((one / "matprior.json").read_text(encoding="utf-8"))["parameters"],
            "value": (one / "model.safetensors").stat().st_size / 1e6,
            "peak_rss_mb": sum(file.stat().st_size for file in one.iterdir()) / 1e6,
        }
        for one in folders
        if one.is_dir()
    )


def _blocks(section: str) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """A text, the cells of its row and those of the head of its table; both empty outside tables."""
    head: tuple[str, ...] = ()
    above, lines = "", list[str]()
    for line in [*section.splitlines(), ""]:
        if not line.strip() or re.match(r"\s*([-*]|\d+\.) |\|", line):
            yield "\n".join(lines), (), ()
            lines = []
        if line.startswith("|"):
            cells = tuple(cell.strip(" *`") for cell in line.strip("| ").split(" |"))
            head, above = head or cells, cells[0] or above
            yield line, (above, *cells[1:]), head
        else:
            head = ()
            lines.append(line)
