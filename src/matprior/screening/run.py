"""A pool through a model, from the files to the best rows: chunk by chunk, resumable, on all cores."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matprior.data import bad_rows_beside
from matprior.data.writing import check_output, write_table
from matprior.screening.chunk import COUNTS, GROUP, KEY, SCORE, Job
from matprior.screening.options import Cluster, Screening, Shard
from matprior.screening.parts import Parts, manifest_of
from matprior.screening.pool import Chunk, Pool, open_pool
from matprior.screening.workers import Crew, Progress

BAD_COLUMNS = ("file", "row", "string", "reason", "suggestion")
TOGETHER = 50
"""Parts whose best rows are merged at once."""


@dataclass
class Screened:
    """What came out."""

    best: pd.DataFrame
    """The best rows, best first; empty for a shard."""
    counts: dict[str, int]
    """Over the whole pool: see `chunk.COUNTS`. Empty for a shard."""
    parts: Path
    bad_rows: Path | None = None
    """File that lists the rows which could not be read."""
    answered: int = 0
    """Chunks that were answered now; the others were finished before."""
    chunks: int = 0
    """Chunks of the pool, or of the shard."""
    notes: list[str] = field(default_factory=list)


def screen(
    model: str | Path,
    pool: str | Path,
    output: str | Path,
    options: Screening | None = None,
    *,
    workers: int | Cluster | None = None,
    shard: Shard | None = None,
    merge: bool = False,
    progress: Progress | None = None,
) -> Screened:
    """Answer every string of a pool and keep the best.

    Parameters
    ----------
    model : folder of a fitted model
    pool : file, folder or pattern: text with one string a line, CSV, TSV, Parquet, also gzipped
    output : table to write; finished chunks stand in `<output>.parts` until it is written
    options : what to keep
    workers : processes, the cores there are when None; or a Ray cluster. The result does not depend on it.
    shard : answer only this share of the chunks, and write no table
    merge : answer nothing; write the table from the parts that shards left
    progress : told the rows done, of about how many

    Raises
    ------
    ValueError
        An option does not suit the model, the pool can't be read or has no readable row, the folder of parts
        belongs to another screening, or chunks are missing in a merge.

    Examples
    --------
    >>> screen("models/gap", "pool.csv.gz", "best.csv", Screening(top=100))  # doctest: +SKIP
    """
    options = options or Screening()
    model, output = Path(model), Path(output)
    check_output(output)
    if merge and shard is not None:
        raise ValueError("--merge writes the table of all shards. Leave out --shard.")
    told = told_by(model)
    opened = open_pool(str(pool), options.strings, told["notation"])
    job = Job(model, opened.notation, told["amount_unit"], options)
    parts = Parts.open(Path(f"{output}.parts"), manifest_of(model, opened, options.facts()))
    with _crew(job, 1 if merge else workers) as crew:
        run = _Run(opened, parts, options, shard, progress)
        result = Screened(pd.DataFrame(), {}, parts.folder, notes=opened.notes)
        result.answered, result.chunks = run.answer(crew, merge)
        if shard is not None:
            return result
        best, result.counts, result.bad_rows = collect(parts, result.chunks, output, options)
        result.best = _finished(best, crew, options, several=len(opened.files) > 1)
    # Drafts belong among the parts: a kill at this moment leaves nothing beside the table.
    write_table(result.best, parts.folder / output.name)
    os.replace(parts.folder / output.name, output)
    parts.remove()
    return result


def _crew(job: Job, workers: int | Cluster | None) -> Any:
    if isinstance(workers, Cluster):
        from matprior.screening.cluster import RayCrew

        return RayCrew(job, workers)
    return Crew(job, workers)


def told_by(model: Path) -> dict[str, Any]:
    """Notation and unit of the amounts that a fitted model reads; says so where the folder is none."""
    from matprior.models.damage import read_facts

    if not (model / "matprior.json").is_file():
        from matprior.screening.engines import open_model

        open_model(model)  # says what the folder is instead
    if "tasks" in read_facts(model, "matprior.json"):
        from matprior.screening.engines import open_model

        open_model(model)  # refuses, and says how to take one task out
    facts = read_facts(model, "matprior.json", "fitted")
    task = facts["fitted"].get("task_") or {}
    notation = task.get("notation") or facts.get("notation") or "composition"
    return {"notation": notation, "amount_unit": task.get("amount_unit", "atoms")}


@dataclass
class _Run:
    """The chunks that are left, and how far they are."""

    pool: Pool
    parts: Parts
    options: Screening
    shard: Shard | None
    progress: Progress | None
    done: int = 0
    chunks: int = 0
    missing: list[int] = field(default_factory=list)

    def answer(self, crew: Crew, merge: bool) -> tuple[int, int]:
        """Answer what is left; returns the chunks that were answered now, and all there are."""
        total = self.pool.estimate() if self.progress is not None else 0
        if self.shard is not None:
            total //= self.shard.n
        answered = 0
        left = self._left(merge)
        for rows in crew.answer(left, self.parts):
            answered, self.done = answered + 1, self.done + rows
            if self.progress is not None:
                self.progress(min(self.done, total), total, "")
        if self.missing:
            raise ValueError(
                f"{len(self.missing):,} of {self.chunks:,} chunks have no part in {self.parts.folder} yet, "
                f"such as number {self.missing[0]}. Run the shards that lack, or leave out --merge to "
                "answer them now."
            )
        return answered, self.chunks

    def _left(self, merge: bool) -> Iterator[Chunk]:
        """Chunks without a part; only remembered as missing where nothing is to be answered."""
        finished = self.parts.finished()
        for chunk in self.pool.chunks(self.options.chunk):
            if self.shard is not None and not self.shard.holds(chunk.number):
                continue
            self.chunks += 1
            if chunk.number in finished:
                self.done += len(chunk.rows)
            elif merge:
                self.missing.append(chunk.number)
            else:
                yield chunk


def collect(
    parts: Parts, n: int, output: Path, options: Screening
) -> tuple[pd.DataFrame, dict[str, int], Path | None]:
    """The best rows of `n` parts, the sums of their counts, and the file with their bad rows."""
    counts = dict.fromkeys(COUNTS, 0)
    bad_rows = bad_rows_beside(output)
    best, waiting = pd.DataFrame(), []
    draft = parts.folder / bad_rows.name
    with open(draft, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(BAD_COLUMNS)
        for number in range(n):
            part = parts.read(number)
            writer.writerows(part["bad"])
            for name in COUNTS:
                counts[name] += part["counts"][name]
            waiting.append(pd.DataFrame(part["best"]))
            if len(waiting) == TOGETHER or number == n - 1:
                best, waiting = best_of([best, *waiting], options), []
    # A list without a line, or of an earlier run, would make people look for what is wrong.
    draft.replace(bad_rows) if counts["bad"] else bad_rows.unlink(missing_ok=True)
    if counts["bad"] == counts["rows"]:
        raise ValueError(
            f"None of {counts['rows']:,} rows can be read. They are listed in {bad_rows}. Is it the right "
            "column (--strings), and the notation the model was fitted with?"
        )
    return best, counts, bad_rows if counts["bad"] else None


def best_of(frames: list[pd.DataFrame], options: Screening) -> pd.DataFrame:
    """The best rows of several tables: each string once, or each family, of equals the earliest.

    The order of the tables, and how rows are spread over them, changes nothing.
    """
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return pd.DataFrame()
    together = pd.concat(filled, ignore_index=True)
    ordered = together.sort_values([KEY, "position"], ascending=[False, True], kind="stable")
    distinct = ordered.drop_duplicates(GROUP if options.diverse else "string")
    return distinct.head(options.top).reset_index(drop=True)


def _finished(best: pd.DataFrame, crew: Crew, options: Screening, several: bool) -> pd.DataFrame:
    """The table people get: what the chunks say, completed by what was not asked of every string."""
    if not len(best):
        return pd.DataFrame(columns=["rank", "row", "string", SCORE])
    told = crew.tell(best["string"].tolist(), best[KEY].tolist())
    for name in told.columns.intersection(best.columns):
        # What a chunk said decided the order; another batch may differ in the last digit.
        told[name] = best[name].astype(told[name].dtype)
    frame = pd.DataFrame({"rank": np.arange(1, len(best) + 1)})
    if several:
        frame["file"] = best["file"]
    frame["row"], frame["string"] = best["row"], best["string"]
    if options.diverse:
        frame[GROUP] = best[GROUP]
    return pd.concat([frame, told], axis=1)
