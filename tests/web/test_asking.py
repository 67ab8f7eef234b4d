"""What the server answers: the same numbers as the model, row by row, as JSON and as a file."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from matprior.web.schemas import MapOut, ModelOut, PredictionsOut, StatusOut, WhyOut

ASK = "/api/models/salts/predict"


def frame_of(answer) -> pd.DataFrame:
    assert answer.headers["content-disposition"] == 'attachment; filename="predictions.csv"'
    return pd.read_csv(io.BytesIO(answer.content), encoding="utf-8-sig")


def test_predictions_are_those_of_the_model(client, shelf):
    strings = ["NaI", "ClNa", "Mg2Br3"]
    answer = client.post(ASK, json={"strings": strings, "coverage": 0.8})
    assert answer.status_code == 200
    told = PredictionsOut.model_validate(answer.json())
    assert [row.string for row in told.rows] == ["NaI", "NaCl", "Mg2Br3"]
    frame = shelf.get("salts").estimator.predict_interval(["NaI", "NaCl", "Mg2Br3"], 0.8)
    for column, name in (("prediction", "value"), ("std", "std"), ("low", "low"), ("high", "high")):
        np.testing.assert_allclose(
            [getattr(row.answers[0], name) for row in told.rows], frame[column], rtol=1e-5
        )
    assert [row.in_domain for row in told.rows] == [False, True, True]
    assert told.n_unlike == 1


def test_a_bad_string_is_told_beside_the_others(client):
    told = client.post(ASK, json={"strings": ["NaCl", "Xx2O", "", "KCl"]}).json()
    assert [row["string"] for row in told["rows"]] == ["NaCl", None, None, "KCl"]
    assert "Xx" in told["rows"][1]["problem"]
    assert told["rows"][1]["suggestion"] == "Xe2O"
    assert (told["n_problems"], told["rows"][1]["answers"]) == (2, [])


def test_bad_strings_alone_are_no_error(client):
    told = client.post(ASK, json={"strings": ["?", "Qq"]}).json()
    assert told["n_problems"] == 2


def test_classes_come_with_probabilities(client):
    told = client.post("/api/models/oxides/predict", json={"strings": ["MgO", "NaF"]}).json()
    for row in told["rows"]:
        (answer,) = row["answers"]
        assert answer["label"] in ("halide", "oxide")
        assert sum(answer["probabilities"].values()) == pytest.approx(1)


def test_the_download_of_pasted_strings_has_every_row(client):
    frame = frame_of(client.post(f"{ASK}.csv", json={"strings": ["NaCl", "Xx", "KCl"]}))
    assert frame["given"].tolist() == ["NaCl", "Xx", "KCl"]
    assert frame["melting_point_K"].notna().tolist() == [True, False, True]
    assert "unknown element" in frame["problem"][1]


def test_a_table_keeps_rows_columns_and_measured_values(client, csv):
    lines = ("note,formula,melting_point_K", "first,NaCl,1074", "second,nothing,5", "third,KBr,1007")
    told = client.post("/api/models/salts/table", files=csv("mine.csv", *lines)).json()
    assert PredictionsOut.model_validate(told).n_problems == 1
    assert [row["string"] for row in told["rows"]] == ["NaCl", None, "KBr"]
    assert any("mine.csv" in note for note in told["notes"])
    frame = frame_of(client.post("/api/models/salts/table.csv", files=csv("mine.csv", *lines)))
    assert frame["note"].tolist() == ["first", "second", "third"]
    assert frame["melting_point_K_input"].tolist() == [1074, 5, 1007]
    asked = client.post(ASK, json={"strings": ["NaCl", "KBr"]}).json()
    np.testing.assert_allclose(
        frame["melting_point_K"].dropna(), [row["answers"][0]["value"] for row in asked["rows"]], rtol=1e-5
    )


def test_a_column_of_strings_can_be_named(client, csv):
    lines = ("formula,precursor", "NaCl,KF", "MgO,CaO")
    told = client.post(
        "/api/models/salts/table", files=csv("a.csv", *lines), data={"strings": "precursor"}
    ).json()
    assert [row["string"] for row in told["rows"]] == ["KF", "CaO"]


def test_an_excel_file_is_read(client, tmp_path):
    path = tmp_path / "a.xlsx"
    pd.DataFrame({"formula": ["NaCl", "KF"]}).to_excel(path, index=False)
    told = client.post("/api/models/salts/table", files={"file": ("a.xlsx", path.read_bytes())}).json()
    assert [row["string"] for row in told["rows"]] == ["NaCl", "KF"]


def test_an_explanation_names_parts_neighbours_and_changes(client, shelf):
    told = WhyOut.model_validate(client.post("/api/models/salts/explain", json={"string": "FNa"}).json())
    assert (told.string, told.unit) == ("NaF", "K")
    known = set(shelf.get("salts").rows["string"])
    assert len(told.nearest) == min(5, len(known))
    assert {one.string for one in told.nearest} <= known
    assert {one.change for one in told.what_ifs} >= {"without Na", "without F"}
    if told.parts:
        value = client.post(ASK, json={"strings": ["NaF"]}).json()["rows"][0]["answers"][0]["value"]
        assert [one.part for one in told.parts] == ["Na", "F"]
        assert told.hidden + sum(one.contribution for one in told.parts) == pytest.approx(value, rel=0.01)


def test_without_captum_the_rest_is_still_told(client, monkeypatch):
    monkeypatch.setattr("matprior.web.why.has_captum", lambda: False)
    told = client.post("/api/models/salts/explain", json={"string": "NaF"}).json()
    assert (told["parts"], bool(told["nearest"]), bool(told["what_ifs"])) == ([], True, True)
    assert "pip install captum" in told["notes"][0]


def test_the_map_places_the_same_material_in_the_same_place(client):
    told = MapOut.model_validate(
        client.post("/api/models/salts/map", json={"strings": ["NaF", "FNa", "KI"]}).json()
    )
    assert [one.string for one in told.asked] == ["NaF", "KI"]
    assert 0 < told.share <= 1
    again = client.post("/api/models/salts/map", json={"strings": ["NaF"]}).json()
    assert (told.asked[0].x, told.asked[0].y) == pytest.approx(
        (again["asked"][0]["x"], again["asked"][0]["y"]), abs=1e-4
    )
    assert all(one.label is not None for one in told.known)


def test_the_models_are_told_with_their_error(client, shelf):
    salts, oxides = (ModelOut.model_validate(one) for one in client.get("/api/models").json())
    rows = pd.read_csv(shelf.get("salts").folder / "results.csv")
    assert salts.error.value == pytest.approx((rows["truth"] - rows["prediction"]).abs().mean())
    assert (salts.targets[0].unit, salts.kind, oxides.kind) == ("K", "regression", "classes")
    assert oxides.classes == ["halide", "oxide"]
    assert client.get("/api/models/oxides").json()["error"] is None


def test_the_status_tells_limits_and_version(client):
    from matprior import __version__

    told = StatusOut.model_validate(client.get("/api/status").json())
    assert (told.version, told.training, told.limits.rows) == (__version__, True, 20_000)


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/models/none/predict", {"strings": ["NaCl"]}, 404, "unknown_model"),
        (ASK, {"strings": []}, 422, "bad_value"),
        (ASK, {"strings": [1]}, 422, "bad_value"),
        (ASK, {"strings": ["NaCl"], "coverage": 1.5}, 422, "bad_value"),
        (ASK, {"strings": ["NaCl"], "more": 1}, 422, "bad_value"),
        (ASK, {"strings": ["NaCl"], "extra": {"T": 300}}, 422, "bad_value"),
        ("/api/models/salts/explain", {"string": "Xx"}, 422, "bad_string"),
        ("/api/models/salts/explain", {"string": "NaCl", "target": 3}, 422, "bad_value"),
        ("/api/models/salts/map", {"strings": ["Xx"]}, 422, "bad_string"),
        ("/api/nothing", {}, 404, "not_found"),
        ("/api/status", {}, 405, "not_allowed"),
    ],
)
def test_what_is_refused_says_why(client, path, body, status, error):
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert len(answer.json()["message"]) > 15


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing|empty"),
        (b"%PDF-1.7", "PDF"),
        (b"a,b\n1,2\n", "composition"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PAR1", "Parquet"),
        (b"PK\x03\x04broken", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_words(client, content, words):
    answer = client.post("/api/models/salts/table", files={"file": ("a.csv", content)})
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_table")
    assert any(word in answer.json()["message"] for word in words.split("|"))


def test_a_body_that_is_no_json_is_refused(client):
    answer = client.post(ASK, content=b"{'strings'", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_value")
    deep = b"[" * 100_000
    answer = client.post(ASK, content=deep, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
