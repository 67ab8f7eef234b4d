"""Strings, names and headers meant to do harm."""

from __future__ import annotations

import io
import json
import re
import zipfile
from importlib.resources import files

import pandas as pd
import pytest

from matprior.web.downloads import as_csv, defused
from matprior.web.limits import Limits

SCRIPT = "<script>alert(1)</script>"
PAGE = files("matprior.web").joinpath("page")
ASK = "/api/models/salts/predict"


def test_every_answer_carries_the_policy(client):
    for path in ("/", "/api/docs", "/page/main.js", "/api/models", "/api/nothing", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_a_script_in_a_string_comes_back_as_json_text_only(client, csv):
    answer = client.post(ASK, json={"strings": [SCRIPT, f"NaCl{SCRIPT}"]})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["rows"][0]["given"] == SCRIPT
    table = client.post(
        "/api/models/salts/table",
        files=csv(f"{SCRIPT}.csv", f"formula,{SCRIPT}", f"NaCl,{SCRIPT}", f"{SCRIPT},x"),
    )
    assert table.headers["content-type"] == "application/json"
    assert "<" not in table.json()["notes"][0]
    look = client.post("/api/tables", files=csv("a.csv", f"formula,{SCRIPT}", "NaCl,1", "KCl,2")).json()
    assert look["columns"][1]["name"] == SCRIPT
    for path in (f"/api/models/{SCRIPT}", f"/page/{SCRIPT}", f"/{SCRIPT}"):
        assert client.get(path).headers["content-type"] == "application/json"


def test_the_page_has_no_code_of_its_own_and_makes_no_markup_from_text():
    for name in ("index.html", "docs.html"):
        text = PAGE.joinpath(name).read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"\son\w+=|\sstyle=|javascript:", text) == []
    for file in PAGE.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name.endswith(".js"):
            assert (
                re.findall(
                    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
                )
                == []
            )
        outside = re.findall(r"https?://(?!www\.w3\.org)[^\s\"'`$]+", text)
        assert outside == [], file.name


@pytest.mark.parametrize(
    "path",
    [
        "/page/../app.py", "/page/..%2fapp.py", "/page/%2e%2e/app.py", "/page/..%5capp.py",
        "/page//etc/passwd",
        "/page/%2fetc%2fpasswd", "/page/page.html%00", "/../../etc/passwd",
        "/api/models/..%2f..%2fetc/predict",
    ],
)  # fmt: skip
def test_no_path_leaves_the_page(client, path):
    answer = client.get(path)
    assert answer.status_code in (404, 405)
    assert "error" in answer.json()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.csv", "/tmp/x.csv", "a\x00.csv", ".", "..", "", "x" * 500]
)
def test_the_name_of_an_upload_decides_nothing(client, name, csv):
    answer = client.post("/api/models/salts/table", files=csv(name or "a", "formula", "NaCl"))
    assert answer.status_code == 200, answer.text
    assert "/" not in answer.json()["notes"][0].split(":")[0]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "@x", "\t=1", "\r=1", " =1", "＝1", "=", "-"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell):
    frame = pd.read_csv(io.BytesIO(as_csv(pd.DataFrame({cell: [cell]}))), encoding="utf-8-sig")
    assert frame.columns[0].startswith("'")
    assert frame.iloc[0, 0].startswith("'")


@pytest.mark.parametrize("cell", [-1.5, 3, "-1.5", "+2", "-1e-05", ".5", "Fe2O3", "a-b", "", None, True])
def test_numbers_and_plain_text_are_not_touched(cell):
    assert defused(cell) == cell


def test_numbers_survive_a_download_to_the_last_digit():
    frame = pd.DataFrame({"a": [-0.1, 1e-300, 12345.678901234567], "b": ["-0.30000000000000004", "=x", "7"]})
    back = pd.read_csv(io.BytesIO(as_csv(frame)), encoding="utf-8-sig", float_precision="round_trip")
    assert back["a"].tolist() == frame["a"].tolist()
    assert back["b"].tolist() == ["-0.30000000000000004", "'=x", "7"]


def test_a_table_comes_back_without_formulas(client, csv):
    lines = ("formula,=note", "NaCl,=1+1", "KCl,-5", "@Na,x")
    content = client.post("/api/models/salts/table.csv", files=csv("a.csv", *lines)).content.decode(
        "utf-8-sig"
    )
    cells = [cell for line in content.splitlines() for cell in line.split(",")]
    assert "'=note" in cells
    assert "'=1+1" in cells
    assert "-5" in cells
    assert "'@Na" in cells
    assert not [cell for cell in cells if cell[:1] in "=+@"[:3] and cell]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("localhost:8765", 200), ("[::1]:8765", 200), ("192.168.1.7", 200),
        ("LOCALHOST.", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example:80", 421), ("", 421),
        ("lab", 421), ("user@evil.example", 421),
    ],
)  # fmt: skip
def test_a_foreign_name_is_refused(client, host, status):
    assert client.get("/api/status", headers={"Host": host}).status_code == status


def test_a_name_can_be_allowed(serving):
    assert serving(names=["Lab.example"]).get("/", headers={"Host": "lab.example:80"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1:9999"},
    ],
)  # fmt: skip
def test_another_site_cannot_make_the_browser_ask(client, headers):
    answer = client.post(ASK, json={"strings": ["NaCl"]}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "cross_site")


def test_our_own_page_may_ask(client):
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert client.post(ASK, json={"strings": ["NaCl"]}, headers=headers).status_code == 200


def test_half_a_character_is_no_fault_of_ours(client):
    body = json.dumps({"strings": ["Na\ud800Cl", "\u202eNaCl", "Na\u0000Cl"]})
    answer = client.post(ASK, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 422)
    for path in ("explain", "map"):
        body = json.dumps({"string": "\ud800"} if path == "explain" else {"strings": ["\ud800"]})
        answer = client.post(
            f"/api/models/salts/{path}", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_unread(serving):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 3_000_000)
    client = serving(Limits(upload_mb=0.1))
    answer = client.post("/api/models/salts/table", files={"file": ("a.xlsx", packed.getvalue())})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert "unpacks" in answer.json()["message"]
