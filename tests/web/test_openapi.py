"""The description of the API is true, and works without a network."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matprior.web import schemas
from matprior.web.problems import ErrorOut


@pytest.fixture
def api(client):
    return client.get("/api/openapi.json").json()


def test_every_route_of_the_api_is_described_with_its_refusals(client, api):
    told = {(method.upper(), path) for path, methods in api["paths"].items() for method in methods}
    assert told == {
        ("GET", "/api/status"), ("GET", "/api/models"), ("GET", "/api/models/{name}"),
        ("DELETE", "/api/models/{name}"),
        *(("POST", f"/api/models/{{name}}/{verb}") for verb in
          ("predict", "predict.csv", "table", "table.csv", "explain", "map")),
        ("POST", "/api/tables"), ("POST", "/api/jobs"), ("GET", "/api/jobs/{job}"),
        ("DELETE", "/api/jobs/{job}"),
    }  # fmt: skip
    for methods in api["paths"].values():
        for about in methods.values():
            assert about["description"]
            schema = about["responses"]["422"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorOut"}


def test_a_wrong_method_is_told_the_right_ones(client):
    answer = client.put("/api/models/salts")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, DELETE")
    assert client.get("/api/models/salts/predict").headers["allow"] == "POST"


def test_every_field_that_is_not_plain_says_what_it_is(api):
    assert api["components"]["schemas"]["AskIn"]["properties"]["strings"]["description"]


def test_the_list_of_routes_loads_nothing_from_elsewhere(client):
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "http" not in page.text
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
LIKE_FORMULAS = st.text(alphabet=string.ascii_letters + string.digits + "()[].·+-= \n<>&,%", max_size=30)
ASKED = st.fixed_dictionaries(
    {"strings": st.lists(LIKE_FORMULAS | st.text(max_size=20), min_size=1, max_size=5)},
    optional={
        "coverage": st.floats(0.5, 0.99),
        "extra": st.dictionaries(st.text(max_size=5), st.none(), max_size=1),
    },
)
BODIES = (
    ASKED
    | JSON
    | st.dictionaries(st.sampled_from(["strings", "coverage", "extra", "string", "target"]), JSON)
)
ROUTES = {
    "predict": schemas.PredictionsOut,
    "predict.csv": None,
    "explain": schemas.WhyOut,
    "map": schemas.MapOut,
}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["salts", "oxides", "none"]), route=st.sampled_from(sorted(ROUTES)), body=BODIES)
def test_whatever_is_sent_is_answered_as_described(client, name, route, body):
    answer = client.post(f"/api/models/{name}/{route}", json=body)
    assert answer.status_code in (200, 404, 413, 422), (answer.status_code, answer.text[:300])
    if answer.status_code != 200:
        ErrorOut.model_validate(answer.json())
    elif ROUTES[route] is not None:
        ROUTES[route].model_validate(answer.json())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=60) | LIKE_FORMULAS.map(lambda text: f"formula\n{text}".encode()),
    name=st.text(max_size=12),
)
def test_whatever_is_uploaded_is_answered_as_described(client, content, name):
    for path, shape in (
        ("/api/models/salts/table", schemas.PredictionsOut),
        ("/api/tables", schemas.TableOut),
    ):
        answer = client.post(path, files={"file": (name or "x", content)})
        assert answer.status_code in (200, 413, 422), (answer.status_code, answer.text[:300])
        (shape if answer.status_code == 200 else ErrorOut).model_validate(answer.json())
