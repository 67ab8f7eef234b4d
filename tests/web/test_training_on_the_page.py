"""From an uploaded table to a served model, with progress, a stop, and clear ends."""

from __future__ import annotations

import time

import entries
import pytest

from matprior.web.jobs import Jobs
from matprior.web.limits import Limits
from matprior.web.problems import Problem
from matprior.web.schemas import JobOut, TableOut
from matprior.web.shelf import Shelf

QUICK = {"pretrained": "false", "epochs": "2"}


@pytest.fixture
def table(salts, csv):
    strings, values = salts
    lines = [
        f"{one},{value},{'yes' if 'O' in one else 'no'},lab {i}"
        for i, (one, value) in enumerate(zip(*salts, strict=True))
    ]
    assert len(strings) == len(values)
    return csv("salts 2.csv", "formula,melting_point_K,oxide,note", *lines)


def ended(ask, seconds=240):
    late = time.monotonic() + seconds
    while (told := ask())["state"] == "running":
        assert time.monotonic() < late, told
        time.sleep(0.05)
    return told


def test_a_look_at_a_table_tells_what_can_be_learned(client, table):
    told = TableOut.model_validate(client.post("/api/tables", files=table).json())
    assert (told.rows, told.strings, told.notation) == (48, "formula", "composition")
    assert {one.name: one.kind for one in told.columns} == {
        "formula": "strings", "melting_point_K": "regression", "oxide": "binary", "note": "text",
    }  # fmt: skip
    assert told.columns[1].examples[0] == "400.0"


def test_a_trained_model_is_served_explained_and_removed(client, table, shelf):
    begun = client.post(
        "/api/jobs", files=table, data={"target": "melting_point_K", "title": "Mine & <b>", **QUICK}
    )
    assert begun.status_code == 202, begun.text
    job = JobOut.model_validate(begun.json())
    assert (job.state, job.model) == ("running", None)
    told = ended(lambda: client.get(f"/api/jobs/{job.id}").json())
    assert told["state"] == "done", told
    assert told["total"] > 0
    assert told["done"] == told["total"]
    name = told["model"]
    model = client.get(f"/api/models/{name}").json()
    assert (model["title"], model["trained_here"], model["targets"]) == (
        "Mine & <b>", True, [{"name": "melting_point_K", "unit": "K"}],
    )  # fmt: skip
    assert model["known_rows"] == 48  # the whole table, not the watched rows alone
    why = client.post(f"/api/models/{name}/explain", json={"string": "NaCl"}).json()
    assert len(why["nearest"]) == 5
    folder = shelf.get(name).folder
    assert (folder / "model.safetensors").is_file()
    assert client.delete(f"/api/models/{name}").status_code == 200
    assert client.get(f"/api/models/{name}").status_code == 404


def test_models_of_the_command_line_are_not_removed(client):
    answer = client.delete("/api/models/salts")
    assert (answer.status_code, answer.json()["error"]) == (403, "not_yours")
    assert client.get("/api/models/salts").status_code == 200


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"target": "melting_point"}, "bad_table", "melting_point_K"),
        ({"target": "note"}, "bad_table", "text"),
        ({"target": "oxide", "method": "auto"}, "bad_value", "method"),
        ({"target": "oxide", "epochs": "100000"}, "bad_value", "epochs"),
        ({}, "bad_value", "target"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_a_process_starts(client, table, data, error, words):
    answer = client.post("/api/jobs", files=table, data=data)
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    assert words in answer.json()["message"]


def test_more_rows_than_may_be_trained_on_are_refused(serving, table):
    answer = serving(Limits(training_rows=47)).post("/api/jobs", files=table, data={"target": "oxide"})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_many_rows")


def test_without_training_there_are_no_such_routes(serving, table):
    client = serving(training=False)
    assert client.post("/api/tables", files=table).status_code == 404
    assert client.get("/api/status").json()["training"] is False


def test_an_unknown_training_is_told(client):
    for method in ("get", "delete"):
        answer = getattr(client, method)("/api/jobs/0123")
        assert (answer.status_code, answer.json()["error"]) == (404, "unknown_job")


@pytest.fixture
def jobs(tmp_path):
    """Trainings without models: jobs(entry, limits)."""
    begun = []

    def make(entry, limits=None):
        begun.append(Jobs(Shelf(), tmp_path / "trained", limits or Limits(), entry))
        return begun[-1]

    yield make
    for one in begun:
        one.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("formula,gap\nNaCl,1\n")
    return path


WORK = {"target": "gap", "strings": ""}


def test_a_stop_ends_the_process_and_leaves_nothing(jobs, file, tmp_path):
    several = jobs(entries.endless)
    job = several.start("endless", file, WORK)
    while several.get(job.id).told()["done"] == 0:
        time.sleep(0.02)
    with pytest.raises(Problem, match="A training is running"):
        several.start("second", file, WORK)
    several.cancel(job.id)
    assert ended(job.told)["state"] == "cancelled"
    time.sleep(0.2)
    assert list((tmp_path / "trained").iterdir()) == []
    assert several.start("third", file, WORK).state == "running"  # the place is free again


@pytest.mark.parametrize(
    ("entry", "limits", "words"),
    [
        (entries.killed, Limits(), "unexpectedly"),
        (entries.refused, Limits(), "No good."),
        (entries.endless, Limits(training_minutes=0.02), "Stopped after 0.02 minutes"),
    ],
)
def test_a_training_that_fails_says_why(jobs, file, entry, limits, words):
    told = ended(jobs(entry, limits).start("bad", file, WORK).told)
    assert told["state"] == "failed"
    assert words in told["message"]


def test_only_so_many_trained_models_are_kept(jobs, file, folder):
    several = jobs(entries.endless, Limits(trained=1))
    several.shelf.add(folder, "one", trained_here=True)
    with pytest.raises(Problem, match="remove one"):
        several.start("two", file, WORK)


def test_two_models_of_one_name_have_two_addresses(folder):
    shelf = Shelf()
    assert [shelf.add(folder, "Größe <1>").name for _ in range(2)] == ["gr-e-1", "gr-e-1-2"]


def test_a_disk_that_takes_nothing_ends_the_training_and_not_all_later_ones(client, table, monkeypatch):
    import shutil

    def full(*_):
        raise OSError(28, "No space left on device")

    asked = {"target": "melting_point_K", **QUICK}
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        refused = client.post("/api/jobs", files=table, data=asked)
    assert (refused.status_code, refused.json()["error"]) == (503, "no_room")
    assert "No space left" in refused.json()["message"]
    begun = client.post("/api/jobs", files=table, data=asked)
    assert begun.status_code == 202, begun.text
    client.delete(f"/api/jobs/{begun.json()['id']}")
