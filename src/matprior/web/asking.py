"""Routes that ask a model: predictions of pasted strings and uploaded tables, explanations, the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from matprior.web.answers import as_rows, lines_of, predictions, table_beside, table_of_lines
from matprior.web.downloads import as_csv
from matprior.web.problems import RESPONSES, Problem
from matprior.web.reading import Line, kept, read_lines, read_upload, task_for
from matprior.web.schemas import AskIn, Coverage, MapIn, MapOut, PredictionsOut, WhyIn, WhyOut
from matprior.web.shelf import Served
from matprior.web.why import placed, why
from matprior.web.world import World

if TYPE_CHECKING:
    import pandas as pd

    from matprior.data.table import Table

FEW = 32
"""So many strings are read faster than a thread is changed."""
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "A CSV file."}}


def ask_routes(world: World) -> APIRouter:
    """Everything that needs a model."""
    router = APIRouter(prefix="/api/models/{name}", tags=["predictions"], responses=RESPONSES)

    @router.post("/predict", response_model=PredictionsOut)
    async def predict(name: str, asked: AskIn) -> Response:
        """Predict strings, each with its error bar; unreadable ones are told beside the others."""
        served = world.shelf.get(name)
        lines, frame = await world.timed(_strings(world, served, asked))
        return JSONResponse(predictions(served, asked.coverage, as_rows(served, lines, frame), []))

    @router.post("/predict.csv", response_class=Response, responses=CSV)
    async def predict_csv(name: str, asked: AskIn) -> Response:
        """The same as a CSV file that is safe to open in a spreadsheet."""
        served = world.shelf.get(name)
        lines, frame = await world.timed(_strings(world, served, asked))
        return _download(table_of_lines(lines, frame))

    @router.post("/table", response_model=PredictionsOut)
    async def table(
        name: str,
        file: Annotated[UploadFile, File(description="CSV, TSV, text or Excel (.xlsx).")],
        coverage: Annotated[Coverage, Form()] = 0.9,
        strings: Annotated[str, Form(description="Column of the strings; found by looking when empty.")] = "",
    ) -> Response:
        """Predict every row of a table."""
        served = world.shelf.get(name)
        read, frame = await world.timed(_table(world, served, file, coverage, strings))
        rows = as_rows(served, lines_of(read), frame)
        return JSONResponse(predictions(served, coverage, rows, read.notes))

    @router.post("/table.csv", response_class=Response, responses=CSV)
    async def table_csv(
        name: str,
        file: Annotated[UploadFile, File(description="CSV, TSV, text or Excel (.xlsx).")],
        coverage: Annotated[Coverage, Form()] = 0.9,
        strings: Annotated[str, Form(description="Column of the strings; found by looking when empty.")] = "",
    ) -> Response:
        """The same table with the answers beside it, every row and column kept, safe for spreadsheets."""
        served = world.shelf.get(name)
        read, frame = await world.timed(_table(world, served, file, coverage, strings))
        return _download(table_beside(read, frame))

    @router.post("/explain", response_model=WhyOut)
    async def explain(name: str, asked: WhyIn) -> Any:
        """Contributions, nearest known materials and what-ifs of one string."""
        served = world.shelf.get(name)
        (line,) = await run_in_threadpool(read_lines, [asked.string], served, world.limits)
        if line.string is None:
            raise Problem(422, "bad_string", f"{asked.string[:80]!r}: {line.problem}.")
        return await world.timed(world.batcher.run(why, served, line.string, asked.target))

    @router.post("/map", response_model=MapOut)
    async def material_map(name: str, asked: MapIn) -> Any:
        """Where strings lie among the known materials."""
        served = world.shelf.get(name)
        lines = await run_in_threadpool(read_lines, asked.strings, served, world.limits)
        readable = [line.string for line in lines if line.string is not None]
        if not readable:
            raise Problem(422, "bad_string", "None of these strings can be read.")
        return await world.timed(world.batcher.run(placed, served, list(dict.fromkeys(readable))))

    return router


async def _strings(world: World, served: Served, asked: AskIn) -> tuple[list[Line], pd.DataFrame | None]:
    for name in asked.extra:
        if name not in served.extra:
            known = ", ".join(served.extra) or "none"
            raise Problem(
                422, "bad_value", f"{name[:80]!r} is no extra column of this model. Known: {known}."
            )
    if len(asked.strings) <= FEW:
        lines = read_lines(asked.strings, served, world.limits)
    else:
        lines = await run_in_threadpool(read_lines, asked.strings, served, world.limits)
    readable = [line.string for line in lines if line.string is not None]
    if not readable:
        return lines, None
    extra = None
    if served.extra:
        values = tuple(_or_nan(asked.extra.get(name)) for name in served.extra)
        extra = [values] * len(readable)
    return lines, await world.batcher.answer(served, readable, asked.coverage, extra)


async def _table(
    world: World, served: Served, file: UploadFile, coverage: float, strings: str
) -> tuple[Table, pd.DataFrame]:
    def read() -> Table:
        with kept(file.file, file.filename) as path:
            return read_upload(path, task_for(served, strings), world.limits.rows, world.limits)

    table = await run_in_threadpool(read)
    extra = None
    if served.extra:
        extra = [tuple(map(float, row)) for row in table.frame[served.extra].to_numpy()]
    return table, await world.batcher.answer(served, list(table.strings), coverage, extra)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _download(frame: pd.DataFrame) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="predictions.csv"'}
    return Response(as_csv(frame), media_type="text/csv; charset=utf-8", headers=headers)
