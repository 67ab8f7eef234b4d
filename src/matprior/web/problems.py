"""What a visitor reads when something is wrong: a code that the page translates, and one sentence."""

from __future__ import annotations

import re

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

WORDS = {
    400: "bad_request", 403: "cross_site", 404: "not_found", 405: "not_allowed", 408: "too_slow",
    413: "too_large", 421: "bad_host", 422: "bad_value", 429: "busy", 500: "fault", 503: "timeout",
}  # fmt: skip
"""Status -> the code that stands for it where no narrower one is given."""


class ErrorOut(BaseModel):
    """Why a request was refused."""

    error: str = Field(description="Code, such as too_many_rows; the page has a translation of each.")
    message: str = Field(description="What came, what was expected, and the likely fix.")


class Problem(Exception):
    """A refusal with its HTTP status.

    Parameters
    ----------
    status : HTTP status, 4xx or 503
    error : code, a key below `error.` in the texts of the page
    message : one sentence or two, in English
    """

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


def refusal(status: int, error: str, message: str) -> JSONResponse:
    """The answer that says no."""
    headers = {"Retry-After": "1"} if status in (429, 503) else None
    # A message may quote what came, and what came may hold half a character that has no bytes.
    text = message.encode("utf-8", "replace").decode()
    return JSONResponse({"error": error, "message": text}, status, headers)


async def on_problem(request: Request, problem: Exception) -> JSONResponse:
    """Handler of `Problem`."""
    assert isinstance(problem, Problem)
    return refusal(problem.status, problem.error, problem.message)


async def on_value_error(request: Request, error: Exception) -> JSONResponse:
    """Handler of ValueError: by our law something that the visitor can correct."""
    return refusal(422, "bad_value", str(error))


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """Handler of what the framework refuses: unknown paths, wrong methods, broken bodies."""
    assert isinstance(error, HTTPException)
    code = WORDS.get(error.status_code, "bad_request")
    answer = refusal(error.status_code, code, f"{error.detail}. See /api/docs for what exists.")
    answer.headers.update(error.headers or {})
    if error.status_code == 405 and (methods := _methods(request)):
        answer.headers["Allow"] = ", ".join(methods)
    return answer


def _methods(request: Request) -> list[str]:
    """What may be asked of a path; the framework names only the methods of the first route it finds."""
    found = []
    for template, methods in request.app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), request.url.path):
            found += [method.upper() for method in methods]
    return found


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    """Handler of a body or parameter that does not fit its description."""
    assert isinstance(error, RequestValidationError)
    told = []
    for one in error.errors()[:3]:
        place = ".".join(str(part) for part in one["loc"])
        told.append(f"{place}: {one['msg']}")
    return refusal(422, "bad_value", "; ".join(told) + ". See /api/docs for the fields.")


async def on_fault(request: Request, error: Exception) -> JSONResponse:
    """Handler of everything else: ours to mend, and no inner workings are shown."""
    return refusal(500, "fault", "This is a fault of matprior. The terminal of the server shows the details.")


RESPONSES: dict[int | str, dict[str, object]] = {
    status: {"model": ErrorOut, "description": text}
    for status, text in {
        400: "The body cannot be read.",
        403: "The request comes from another web site.",
        404: "There is no such model or job.",
        408: "The request arrived too slowly.",
        413: "Larger, or more rows, than the server accepts.",
        421: "The server is not known by this name.",
        422: "A value is wrong; the message says which.",
        429: "Too much at once; try again.",
        503: "It took too long, or the disk takes nothing more.",
    }.items()
}
"""What every route may answer beside its own."""
