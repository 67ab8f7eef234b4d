"""The app: routes, guard and lifetime put together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from matprior import __version__
from matprior.web.asking import ask_routes
from matprior.web.guard import Guard
from matprior.web.jobs import Jobs
from matprior.web.learning import learn_routes
from matprior.web.limits import Limits
from matprior.web.listing import list_routes
from matprior.web.pages import page_routes
from matprior.web.problems import Problem, on_fault, on_http, on_invalid, on_problem, on_value_error
from matprior.web.shelf import Shelf
from matprior.web.world import World

ABOUT = (
    "Predictions with error bars for materials written as strings. Every refusal is a JSON object with "
    "the fields error, a code, and message, a sentence."
)


class App:
    """The guarded app, as uvicorn wants it.

    Parameters
    ----------
    shelf : opened models
    limits : what is refused
    training : whether models can be trained on the page
    folder : where those are kept; None removes them at the end
    names : further host names under which the server may be called
    """

    def __init__(
        self,
        shelf: Shelf,
        limits: Limits | None = None,
        training: bool = True,
        folder: Path | None = None,
        names: Collection[str] = (),
    ) -> None:
        self.world = World(shelf, limits or Limits())
        self.training = training
        self.folder = folder
        self.api = self._api()
        self.guard = Guard(self.api, self.world.limits, names)
        self.api.include_router(list_routes(self.world, self.guard))
        self.api.include_router(ask_routes(self.world))
        if training:
            self.api.include_router(learn_routes(self.world))
        self.api.include_router(page_routes())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer through the guard."""
        await self.guard(scope, receive, send)

    def _api(self) -> FastAPI:
        api = FastAPI(
            title="matprior",
            version=__version__,
            description=ABOUT,
            openapi_url="/api/openapi.json",
            docs_url=None,  # the framework's pages load their scripts from a server far away
            redoc_url=None,
            lifespan=self._life,
        )
        api.add_exception_handler(Problem, on_problem)
        api.add_exception_handler(ValueError, on_value_error)
        api.add_exception_handler(RequestValidationError, on_invalid)
        api.add_exception_handler(HTTPException, on_http)
        api.add_exception_handler(Exception, on_fault)
        return api

    @asynccontextmanager
    async def _life(self, app: FastAPI) -> AsyncIterator[None]:
        scratch = Path(tempfile.mkdtemp(prefix="matprior-serve-"))
        if self.training:
            self.world.jobs = Jobs(self.world.shelf, self.folder or scratch, self.world.limits)
        try:
            yield
        finally:
            if self.world.jobs is not None:
                self.world.jobs.close()
            self.world.batcher.close()
            shutil.rmtree(scratch, ignore_errors=True)
