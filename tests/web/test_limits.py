"""How much one visitor may ask for, and what the others notice of it."""

from __future__ import annotations

import asyncio
import time

import pytest

from matprior.web.app import App
from matprior.web.limits import Limits

ASK = "/api/models/salts/predict"
SLOW = "matprior.web.asking.why"


def slowly(seconds):
    def why(served, string, target):
        time.sleep(seconds)
        nothing = {"parts": [], "nearest": [], "what_ifs": [], "notes": []}
        return {"string": string, "what": "", "unit": "", "hidden": None, **nothing}

    return why


@pytest.mark.parametrize(
    ("limits", "body", "error"),
    [
        (Limits(rows=2), {"strings": ["NaCl"] * 3}, "too_many_rows"),
        (Limits(characters=10), {"strings": ["N" * 11]}, "too_long"),
        (Limits(upload_mb=0.0005), {"strings": ["NaCl"] * 200}, "too_large"),
    ],
)
def test_more_than_the_limit_is_refused_with_the_limit_in_the_sentence(serving, limits, body, error):
    answer = serving(limits).post(ASK, json=body)
    assert (answer.status_code, answer.json()["error"]) == (413, error)
    assert any(character.isdigit() for character in answer.json()["message"])


def test_exactly_the_limit_is_taken(serving):
    assert serving(Limits(rows=2, characters=4)).post(ASK, json={"strings": ["NaCl"] * 2}).status_code == 200


@pytest.mark.parametrize(("rows", "status"), [(3, 200), (4, 413), (500, 413)])
def test_rows_of_a_table_are_counted(serving, csv, rows, status):
    lines = ["formula", *["NaCl"] * rows]
    answer = serving(Limits(rows=3)).post("/api/models/salts/table", files=csv("a.csv", *lines))
    assert answer.status_code == status


def test_a_body_without_a_length_is_counted_as_it_comes(serving):
    client = serving(Limits(upload_mb=0.001))
    sent = []

    def parts():
        for _ in range(100):
            sent.append(100)
            yield b"x" * 100

    answer = client.post(ASK, content=parts(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_model_that_takes_too_long_is_told(serving, shelf, monkeypatch):
    monkeypatch.setattr(SLOW, slowly(0.5))
    answer = serving(Limits(seconds=0.1)).post("/api/models/salts/explain", json={"string": "NaCl"})
    assert (answer.status_code, answer.json()["error"]) == (503, "timeout")
    assert answer.headers["retry-after"] == "1"


def test_a_body_that_dribbles_in_is_cut_off(shelf):
    app = App(shelf, Limits(seconds=0.1), training=False)

    async def ask():
        sent = []

        async def receive():
            await asyncio.sleep(5)

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": ASK,
            "raw_path": ASK.encode(), "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        await app(scope, receive, send)
        return [one["status"] for one in sent if one["type"] == "http.response.start"]

    assert asyncio.run(ask()) == [408]


def test_more_at_once_than_allowed_are_told_to_come_again(shelf, monkeypatch):
    import httpx2

    monkeypatch.setattr(SLOW, slowly(0.3))
    app = App(shelf, Limits(requests=2), training=False)

    async def ask():
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            one = [client.post("/api/models/salts/explain", json={"string": "NaCl"}) for _ in range(5)]
            answers = await asyncio.gather(*one)
            status = await client.get("/api/status")
            return [answer.status_code for answer in answers], status.json()["running"]

    codes, running = asyncio.run(ask())
    assert codes.count(429) == 3
    assert running == 0


@pytest.mark.parametrize("name", ["upload_mb", "rows", "seconds", "requests"])
def test_a_limit_of_nothing_is_no_limit(name):
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
