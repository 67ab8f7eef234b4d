"""A small server: one model of numbers, one of classes, both fitted in a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason='the page needs fastapi: pip install "matprior[web]"')
pytest.importorskip("python_multipart", reason='the page needs python-multipart: pip install "matprior[web]"')

from fastapi.testclient import TestClient

from matprior.web.app import App
from matprior.web.limits import Limits
from matprior.web.shelf import Shelf

HERE = "http://127.0.0.1"
QUICK = {"model": None, "size": "tiny", "training": {"epochs": 2}}


@pytest.fixture(scope="session")
def folder(salts, tmp_path_factory) -> Path:
    """A regressor of the salts with a unit and its watched rows."""
    import pandas as pd

    from matprior import MaterialRegressor

    strings, values = salts
    model = MaterialRegressor(**QUICK).fit(strings, pd.Series(values, name="melting_point_K"))
    model.task_ = {"amount_unit": "atoms", "units": {"melting_point_K": "K"}}
    folder = model.save(tmp_path_factory.mktemp("models") / "salts")
    model.watched_results_.to_csv(folder / "results.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def class_folder(salts, tmp_path_factory) -> Path:
    """A classifier of the salts."""
    from matprior import MaterialClassifier

    strings, _ = salts
    model = MaterialClassifier(**QUICK).fit(strings, ["oxide" if "O" in one else "halide" for one in strings])
    return model.save(tmp_path_factory.mktemp("models") / "oxides")


@pytest.fixture(scope="session")
def shelf(folder, class_folder) -> Shelf:
    """Both models, opened once."""
    shelf = Shelf()
    shelf.add(folder, "salts")
    shelf.add(class_folder, "oxides")
    return shelf


@pytest.fixture
def serving(shelf) -> Iterator[Callable[..., TestClient]]:
    """Start a server with other limits: serving(Limits(rows=3), training=False, names=["lab"])."""
    begun = []

    def begin(limits: Limits | None = None, **options: Any) -> TestClient:
        client = TestClient(App(shelf, limits, **options), base_url=HERE, raise_server_exceptions=False)
        client.__enter__()
        begun.append(client)
        return client

    yield begin
    for client in begun:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serving) -> TestClient:
    """A server with the usual limits."""
    return serving()


@pytest.fixture
def csv() -> Callable[..., dict[str, Any]]:
    """An upload: csv("a.csv", "formula", "NaCl") as the `files` of a request."""

    def upload(name: str, *lines: str) -> dict[str, Any]:
        return {"file": (name, "\n".join(lines).encode(), "text/csv")}

    return upload
