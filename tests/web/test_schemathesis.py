"""Requests made from the description of the API: no fault of the server, no answer it does not describe."""

from __future__ import annotations

import pytest

pytest.importorskip("schemathesis", reason="needs schemathesis: pip install schemathesis")

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matprior.web.jobs import Jobs, _end

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
"""A string that the description allows and that is no material is refused with 422: that is no fault."""


@pytest.mark.parametrize(
    "route",
    [
        "GET /api/status", "GET /api/models", "GET /api/models/{name}", "DELETE /api/models/{name}",
        "POST /api/models/{name}/predict", "POST /api/models/{name}/predict.csv",
        "POST /api/models/{name}/table", "POST /api/models/{name}/table.csv",
        "POST /api/models/{name}/explain", "POST /api/models/{name}/map",
        "POST /api/tables", "POST /api/jobs", "GET /api/jobs/{job}", "DELETE /api/jobs/{job}",
    ],
)  # fmt: skip
def test_no_request_made_from_the_description_finds_a_fault(route, serving, monkeypatch):
    monkeypatch.setattr(Jobs, "_run", lambda self, job: _end(job, "failed", "Nothing is trained here."))
    app = serving(names=["testserver"]).app
    method, path = route.split(" ")
    operation = schemathesis.openapi.from_asgi("/api/openapi.json", app)[path][method]

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(), name=st.sampled_from(["salts", "oxides", "none"]))
    def ask(case, name):
        if "name" in case.path_parameters:
            case.path_parameters["name"] = name  # a name drawn at random is never that of a model
        case.call_and_validate(checks=CHECKS)

    ask()
