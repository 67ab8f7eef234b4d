"""Routes that train: a look into a table, a training with progress, its end or its stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool

from matprior.web.jobs import Job, Jobs
from matprior.web.problems import RESPONSES, Problem
from matprior.web.reading import kept, read_upload
from matprior.web.schemas import JobOut, TableOut
from matprior.web.world import World

if TYPE_CHECKING:
    from matprior.data.table import Table

SHOWN = 3
"""Cells that are shown of a column."""
Upload = Annotated[UploadFile, File(description="CSV, TSV, text or Excel (.xlsx).")]


def learn_routes(world: World) -> APIRouter:
    """Tables and trainings."""
    router = APIRouter(prefix="/api", tags=["training"], responses=RESPONSES)

    @router.post("/tables", response_model=TableOut)
    async def look(file: Upload) -> Any:
        """What a table holds: its columns, which of them are strings, and which can be learned."""

        def read() -> dict[str, Any]:
            from matprior.data import Task

            with kept(file.file, file.filename) as path:
                return columns(read_upload(path, Task(), world.limits.training_rows, world.limits))

        return await world.timed(run_in_threadpool(read))

    @router.post("/jobs", response_model=JobOut, status_code=202)
    async def start(
        file: Upload,
        target: Annotated[str, Form(min_length=1, max_length=200, description="Column to learn.")],
        strings: Annotated[str, Form(max_length=200, description="Column of strings; empty: found.")] = "",
        title: Annotated[str, Form(max_length=80, description="Name of the new model.")] = "",
        method: Annotated[
            Literal["full", "extract"],
            Form(
                description="full moves every weight; extract solves a line on frozen vectors, in a moment."
            ),
        ] = "full",
        pretrained: Annotated[bool, Form(description="Begin from a shipped checkpoint.")] = True,
        epochs: Annotated[
            int | None, Form(ge=1, le=200, description="Passes; suits the rows when left out.")
        ] = None,
    ) -> Any:
        """Train a model on a table in the background; when it is done, it is among the served ones."""
        jobs = _jobs(world)
        work = {
            "target": target,
            "strings": strings,
            "method": method,
            "pretrained": pretrained,
            "epochs": epochs,
        }

        def begin() -> Job:
            from matprior.data import Task, read_table

            jobs.check()
            with kept(file.file, file.filename) as path:
                task = Task(strings=strings or None, targets=[target])
                read_upload(path, task, world.limits.training_rows, world.limits, read_table)
                return jobs.start(title.strip() or path.stem, path, work)

        job = await world.timed(run_in_threadpool(begin))
        return job.told()

    @router.get("/jobs/{job}", response_model=JobOut)
    async def watch(job: str) -> Any:
        """How far a training is."""
        return _jobs(world).get(job).told()

    @router.delete("/jobs/{job}", response_model=JobOut)
    async def stop(job: str) -> Any:
        """Stop a training; what it had learned is thrown away."""
        return _jobs(world).cancel(job).told()

    return router


def _jobs(world: World) -> Jobs:
    if world.jobs is None:
        raise Problem(503, "timeout", "The server has not begun yet. Try again in a moment.")
    return world.jobs


def columns(table: Table) -> dict[str, Any]:
    """`schemas.TableOut` as plain data."""
    found = []
    for name in table.original.columns:
        cells = [str(cell) for cell in table.original[name]]
        shown = [cell[:40] for cell in cells if cell.strip()][:SHOWN]
        kind = "strings" if name == table.task.strings else _kind(str(name), cells)
        found.append({"name": str(name), "kind": kind, "examples": shown})
    return {
        "rows": len(table.original),
        "columns": found,
        "strings": table.task.strings,
        "notation": table.task.notation,
        "notes": table.notes,
    }


def _kind(name: str, cells: list[str]) -> str:
    """What a column would be learned as; text where it can't be."""
    from matprior.data.kinds import decide_kind, read_target
    from matprior.data.units import unit_of

    try:
        kind, _ = decide_kind({name: cells}, comma_file=True)
        read_target(name, cells, kind, unit_of(name), True)
    except ValueError:
        return "text"
    return str(kind)
