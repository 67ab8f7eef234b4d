"""Worker processes, each with one thread and the model loaded once.

Results do not depend on their number: a chunk is answered by one thread wherever it lands.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from types import TracebackType
from typing import Any

import pandas as pd

from matprior.orphans import leave_with_parent
from matprior.screening.chunk import Job, Screener
from matprior.screening.parts import Parts
from matprior.screening.pool import Chunk
from matprior.threads import one_thread

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Numerical libraries read these once, when they are loaded."""
AHEAD = 2
"""Chunks that wait per worker: enough to keep it busy, few enough to keep memory flat."""

_job: Job | None = None
_screener: Screener | None = None


class Crew:
    """Processes that answer chunks; with one worker this process does it.

    Parameters
    ----------
    job : what they need to know
    workers : how many; the cores there are when None
    """

    def __init__(self, job: Job, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"--workers is {workers}; expected a whole number from 1 on.")
        self.job = job
        self.n = workers or _cores()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crew:
        if self.n > 1:
            with _set(dict.fromkeys(THREADS, "1")):  # inherited by the processes, which start now
                self._pool = ProcessPoolExecutor(
                    self.n, get_context("spawn"), initializer=_begin, initargs=(self.job,)
                )
                wait([self._pool.submit(os.getpid) for _ in range(self.n)])
        else:
            _take(self.job)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        _take(None)

    def answer(self, chunks: Iterable[Chunk], parts: Parts) -> Iterator[int]:
        """Answer chunks and keep their parts; yields the rows of each when it is done."""
        if self._pool is None:
            for chunk in chunks:
                yield _answer(chunk, parts)
            return
        waiting: set[Future[int]] = set()
        for chunk in chunks:
            waiting.add(self._pool.submit(_answer, chunk, parts))
            if len(waiting) >= AHEAD * self.n:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from map(_result, done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from map(_result, done)

    def tell(self, strings: list[str], keys: list[float]) -> pd.DataFrame:
        """Score of some strings, and everything the model says of them."""
        if self._pool is None:
            return _tell(strings, keys)
        return _result(self._pool.submit(_tell, strings, keys))


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))  # what a scheduler granted, not what the machine has
    except AttributeError:
        return os.cpu_count() or 1


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool:
        raise ValueError(
            "A worker process was ended from outside, most often because memory ran out. Finished chunks are "
            "kept: give the command again, with fewer --workers or a smaller --chunk."
        ) from None


def _begin(job: Job) -> None:
    """First thing in a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    leave_with_parent()
    _take(job)


def _take(job: Job | None) -> None:
    global _job, _screener
    _job, _screener = job, None


def _loaded() -> Screener:
    global _screener
    if _screener is None:
        assert _job is not None
        _screener = Screener(_job)
    return _screener


def _answer(chunk: Chunk, parts: Parts) -> int:
    with one_thread():
        parts.write(chunk.number, _loaded().run(chunk))
    _give_back()
    return len(chunk.rows)


def _give_back() -> None:
    """Return freed memory to the system: what the allocator keeps would creep up over thousands of chunks."""
    # Only glibc has the call; other allocators do as they like.
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _tell(strings: list[str], keys: list[float]) -> pd.DataFrame:
    with one_thread():
        return _loaded().tell(strings, keys)


@contextmanager
def _set(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


Progress = Callable[[int, int, str], None]
"""Called as (rows done, rows in all, what is going on)."""
