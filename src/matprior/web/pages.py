"""The files of the page: read once, served by name, so that no path of a request reaches the disk."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

from matprior.web.problems import Problem

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
"""Ending -> what a browser is told."""


@dataclass(frozen=True)
class Page:
    """One file."""

    content: bytes
    kind: str


def read_pages() -> dict[str, Page]:
    """Name -> file, of all that the page consists of."""
    found = {}
    for file in files("matprior.web").joinpath("page").iterdir():
        ending = f".{file.name.rpartition('.')[2]}"
        if ending in KINDS:
            found[file.name] = Page(file.read_bytes(), KINDS[ending])
    return found


def page_routes() -> APIRouter:
    """Routes of the page and of the list of the API; they are no part of the API themselves."""
    pages = read_pages()
    router = APIRouter(include_in_schema=False)

    def show(name: str) -> Response:
        if name not in pages:
            raise Problem(404, "not_found", f"There is no page file {name[:80]!r}.")
        return Response(
            pages[name].content, media_type=pages[name].kind, headers={"Cache-Control": "no-cache"}
        )

    @router.get("/")
    async def index() -> Response:
        return show("index.html")

    @router.get("/api/docs")
    async def docs() -> Response:
        return show("docs.html")

    @router.get("/favicon.ico")
    async def icon() -> Response:
        return show("icon.svg")

    @router.get("/page/{name}")
    async def file(name: str) -> Response:
        return show(name)

    return router
