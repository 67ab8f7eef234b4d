"""Cells of a study in several processes at once; a killed parent leaves no orphans and loses no cell."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from matprior.evaluation.grid import Cell, Grid, fill
from matprior.orphans import leave_with_parent

Progress = Callable[[int, int, str], None]

_STUDY: list[tuple[Grid, str]] = []
"""What a worker process works on; set once when it starts."""


def run_grid(
    grid: Grid, folder: str | Path, workers: int = 1, progress: Progress | None = None
) -> dict[str, str]:
    """Compute every cell that has no file yet.

    Parameters
    ----------
    grid : from `plan`
    folder : where cells are kept
    workers : processes; each has its share of the cores. 1 computes here
    progress : told cells done, cells in all, and one that is at work

    Returns
    -------
    Cell in words -> error, of models that failed; these are tried again the next time.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; at least 1 is needed.")
    todo = grid.todo(folder)
    done, total = len(grid.cells) - len(todo), len(grid.cells)
    failed: dict[str, str] = {}
    for cell, error in _computed(grid, todo, folder, min(workers, max(len(todo), 1))):
        if error is None:
            if progress:
                progress(done, total, str(cell))
            continue
        done += 1
        if error:
            failed[str(cell)] = error
    if progress:
        progress(total, total, "")
    return failed


def _computed(
    grid: Grid, todo: list[Cell], folder: str | Path, workers: int
) -> Iterator[tuple[Cell, str | None]]:
    """Each cell twice: with None when it begins, with its error (or "") when it is done."""
    if workers == 1:
        for cell in todo:
            yield cell, None
            yield cell, fill(grid, cell, folder)
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    # Fresh processes: a fork of one that holds threads of torch may hang.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (grid, str(folder), threads))
    waiting: dict[Future[str], Cell] = {}
    queue = iter(todo)
    try:
        while True:
            for cell in _next(queue, workers - len(waiting)):
                waiting[pool.submit(_work, cell)] = cell
                yield cell, None
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _next(queue: Iterator[Cell], n: int) -> Iterator[Cell]:
    for _ in range(n):
        if (cell := next(queue, None)) is not None:
            yield cell


def _start(grid: Grid, folder: str, threads: int) -> None:
    """Make a worker ready: its study, its share of the cores, and a watch on its parent."""
    import torch

    # Ctrl-C reaches the whole group: the parent alone decides, and cells at work are finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)
    _STUDY[:] = [(grid, folder)]
    leave_with_parent()


def _work(cell: Cell) -> str:
    grid, folder = _STUDY[0]
    return fill(grid, cell, folder)
