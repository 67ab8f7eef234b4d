"""Trainings in the background: started, watched, stopped, and turned into served models."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from matprior.reports.theme import file_name
from matprior.web.limits import Limits
from matprior.web.problems import Problem
from matprior.web.shelf import Shelf
from matprior.web.training import Work, learn

REMEMBERED = 50
"""Finished trainings that are still told of."""
ASK_EVERY = 0.25
"""Seconds between looks at a training for an order to stop."""


@dataclass
class Job:
    """One training."""

    title: str
    work: Work
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: str = "running"
    done: int = 0
    total: int = 0
    note: str = ""
    message: str = ""
    model: str | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def told(self) -> dict[str, Any]:
        """`schemas.JobOut` as plain data."""
        names = ("id", "title", "state", "done", "total", "note", "message", "model")
        seconds = (self.ended or time.monotonic()) - self.started
        return {name: getattr(self, name) for name in names} | {"seconds": round(seconds, 1)}


class Jobs:
    """One training at a time.

    Parameters
    ----------
    shelf : where finished models go
    folder : where their folders are kept
    limits : minutes, and how many models
    entry : what the process runs; given `Work` and a pipe
    """

    def __init__(
        self, shelf: Shelf, folder: Path, limits: Limits, entry: Callable[[Work, Connection], None] = learn
    ) -> None:
        self.shelf, self.folder, self.limits, self.entry = shelf, folder, limits, entry
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise unless another training may start."""
        if any(job.state == "running" for job in self._jobs.values()):
            raise Problem(429, "training_busy", "A training is running. Wait for it, or stop it first.")
        kept = sum(model.trained_here for model in self.shelf.list())
        if kept >= self.limits.trained:
            raise Problem(
                429, "too_many_models", f"{kept} trained models are kept already; remove one of them first."
            )

    def start(self, title: str, table: Path, work: dict[str, Any]) -> Job:
        """Begin to train on a table, of which a copy is kept until the end.

        Parameters
        ----------
        title : name of the new model
        table : file to learn from
        work : fields of `Work` beside `table` and `output`
        """
        with self._lock:
            self.check()
            job = Job(title, Work(table=Path(), output=Path(), **work))
            self._jobs[job.id] = job
            while len(self._jobs) > REMEMBERED:
                self._jobs.pop(next(iter(self._jobs)))
        place = self.folder / f"{job.id}-table"
        try:
            place.mkdir(parents=True)
            copy = shutil.copyfile(table, place / table.name)
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            _end(job, "failed", f"The table cannot be kept: {error.strerror}.")
            raise Problem(
                503, "no_room", f"The table cannot be kept for the training: {error.strerror}."
            ) from None
        job.work = Work(
            table=Path(copy), output=self.folder / f"{file_name(title)[:40]}-{job.id[:6]}", **work
        )
        thread = threading.Thread(target=self._watch, args=(job,), name=f"training-{job.id}", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()
        return job

    def get(self, name: str) -> Job:
        """The training of this id, or a refusal."""
        if name not in self._jobs:
            raise Problem(404, "unknown_job", f"There is no training {name[:40]!r}. Start one on the page.")
        return self._jobs[name]

    def cancel(self, name: str) -> Job:
        """Stop a training; one that ended stays as it is."""
        job = self.get(name)
        job.stop.set()
        return job

    def close(self) -> None:
        """Stop everything and wait for it."""
        for job in list(self._jobs.values()):
            job.stop.set()
        for thread in self._threads:
            thread.join(10)

    def _watch(self, job: Job) -> None:
        """Run the process of a job to its end; the body of a thread."""
        try:
            self._run(job)
        except Exception as error:
            _end(job, "failed", f"The model cannot be served: {error}")
        finally:
            shutil.rmtree(job.work.table.parent, ignore_errors=True)
            if job.model is None:
                shutil.rmtree(job.work.output, ignore_errors=True)

    def _run(self, job: Job) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=self.entry, args=(job.work, theirs), daemon=True)
        process.start()
        theirs.close()
        last: dict[str, Any] = {}
        late = job.started + 60 * self.limits.training_minutes
        try:
            while not (job.stop.is_set() or time.monotonic() > late) and "state" not in last:
                if ours.poll(ASK_EVERY):
                    last = json.loads(ours.recv_bytes())
                    job.done, job.total = last.get("done", job.done), last.get("total", job.total)
                    job.note = last.get("note", job.note)
        except EOFError:
            last = {
                "state": "failed",
                "message": "The training ended unexpectedly: perhaps memory ran out. See its terminal.",
            }
        finally:
            _finish(process)
            ours.close()
        if job.stop.is_set():
            _end(job, "cancelled", "")
        elif "state" not in last:
            _end(job, "failed", f"Stopped after {self.limits.training_minutes:g} minutes. Send fewer rows.")
        elif last["state"] == "failed":
            _end(job, "failed", last["message"])
        else:
            job.model = self.shelf.add(job.work.output, job.title, trained_here=True).name
            _end(job, "done", last["message"])


def _finish(process: Any) -> None:
    process.join(0.5)
    if process.is_alive():
        process.terminate()
        process.join(3)
    if process.is_alive():
        process.kill()
        process.join()


def _end(job: Job, state: str, message: str) -> None:
    job.message, job.ended = message, time.monotonic()
    job.state = state  # last: who sees the end sees the rest too
