"""`matprior serve`: fitted models as a web page and a REST API on this computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matprior.cli.options import Engine

if TYPE_CHECKING:
    from matprior.web.shelf import Shelf


def serve(
    models: Annotated[
        list[Path], typer.Argument(help="Folders written by matprior fit.", metavar="MODEL...")
    ],
    host: Annotated[
        str, typer.Option(help="Address to listen on. Others than 127.0.0.1 are reached from outside.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8765,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Further name under which the page is opened; repeatable.")
    ] = None,
    engine: Engine = "torch",
    training: Annotated[bool, typer.Option(help="Whether models can be trained on the page.")] = True,
    keep: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps models trained on the page. Left out: gone at the end."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = False,
    upload_mb: Annotated[float, typer.Option(help="Largest request in megabytes.")] = 20.0,
    rows: Annotated[int, typer.Option(help="Most strings or rows in one request.")] = 20_000,
    characters: Annotated[int, typer.Option(help="Longest string.")] = 2_000,
    seconds: Annotated[float, typer.Option(help="Longest time for one request.")] = 60.0,
    requests: Annotated[int, typer.Option(help="Requests worked on at once.")] = 64,
    training_rows: Annotated[int, typer.Option(help="Most rows to train on.")] = 5_000,
    training_minutes: Annotated[float, typer.Option(help="Longest training.")] = 30.0,
) -> None:
    """Serve fitted models: a page to predict, explain and train on, and a REST API. Stop with Ctrl-C."""
    from matprior.cli.console import say

    _check_installed()
    from matprior.web.app import App
    from matprior.web.limits import Limits
    from matprior.web.server import address, is_loopback, listen, run

    limits = Limits(
        upload_mb=upload_mb, rows=rows, characters=characters, seconds=seconds, requests=requests,
        training_rows=training_rows, training_minutes=training_minutes,
    )  # fmt: skip
    sock = listen(host, port)  # before models are loaded: a taken port should not cost that time
    with sock:
        shelf = _shelf(models, engine)
        app = App(shelf, limits, training, keep, [host, *(allow_host or [])])
        where = address(host, sock)
        names = ", ".join(served.name for served in shelf.list())
        if not is_loopback(host):
            say(
                f"Warning: {host} is reached from other computers. There is no password and no encryption: "
                "whoever reaches the port can use the models" + (" and train." if training else ".")
            )

        def ready() -> None:
            say(f"Serving {names}.", f"Page: {where}    API: {where}/api/docs    Stop with Ctrl-C.")
            if browser:
                import webbrowser

                webbrowser.open(where)

        run(app, sock, ready)


def _check_installed() -> None:
    from importlib.util import find_spec

    lacking = [name for name in ("fastapi", "uvicorn", "python_multipart") if find_spec(name) is None]
    if lacking:
        raise ValueError(f'The page needs {", ".join(lacking)}: pip install "matprior[web]".')


def _shelf(models: list[Path], engine: str) -> Shelf:
    from matprior.web.shelf import Shelf

    shelf = Shelf()
    for folder in models:
        shelf.add(folder, folder.resolve().name if folder.is_dir() else str(folder), engine)
    return shelf
