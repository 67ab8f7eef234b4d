"""Real downloads from a server on this machine: good, tampered, cut, flaky, gone."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from matprior.data import catalog
from matprior.data.downloads import DOWNLOADS, Download, as_table, formula_of_structure, matbench_folds
from matprior.data.fetch import DownloadError, cache_folder, fetch

CONTENT = bytes(range(256)) * 2000  # half a megabyte: several network blocks


class Server:
    """Serves `files`; the first requests may fail, or be cut after some bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"/data.bin": CONTENT}
        self.cuts: list[int] = []  # bytes after which the coming answers break off
        self.failures = 0
        self.requests: list[dict[str, str]] = []
        self.version = '"1"'
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                world.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path: str = "/data.bin") -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append(dict(request.headers))
        body = self.files.get(request.path)
        if self.failures:
            self.failures -= 1
            body = None
        if body is None:
            request.send_response(503 if request.path in self.files else 404)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(asked[1]) if asked and request.headers.get("If-Range") == self.version else 0
        request.send_response(206 if start else 200)
        request.send_header("ETag", self.version)
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        if self.cuts:
            request.wfile.write(body[start : start + self.cuts.pop(0)])
            request.wfile.flush()
            request.close_connection = True
            return
        request.wfile.write(body[start:])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # pooch waits between tries
    world = Server()
    yield world
    world.http.shutdown()
    world.http.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MATPRIOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MATPRIOR_DATA", raising=False)
    return tmp_path / "cache"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_arrives_whole_and_is_not_asked_for_again(server, tmp_path):
    for _ in range(2):
        path = fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT))
        assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["data.bin"]


def test_a_tampered_file_is_an_error_and_nothing_of_it_stays(server, tmp_path):
    server.files["/data.bin"] = CONTENT[:-1] + b"x"
    with pytest.raises(DownloadError, match=f"not the published one: expected SHA-256 {sha256(CONTENT)}"):
        fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT))
    assert list(tmp_path.iterdir()) == []


def test_a_file_changed_on_disk_is_fetched_again(server, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"half of it")
    assert fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT)).read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.failures = 2
    assert fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT)).read_bytes() == CONTENT
    assert len(server.requests) == 3


def test_a_cut_download_goes_on_where_it_stopped(server, tmp_path):
    server.cuts = [300_000]
    assert fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT)).read_bytes() == CONTENT
    start = int(re.fullmatch(r"bytes=(\d+)-", server.requests[1]["Range"])[1])
    assert 0 < start <= 300_000


def test_a_cut_without_checksum_is_never_taken_for_the_whole_file(server, tmp_path):
    server.cuts = [300_000]
    assert fetch(server.url(), tmp_path / "data.bin").read_bytes() == CONTENT


def test_the_part_survives_the_program_and_is_used_the_next_day(server, tmp_path):
    server.cuts = [300_000]
    with pytest.raises(DownloadError, match="no connection"):
        fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT), retries=0)
    assert fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT)).read_bytes() == CONTENT
    assert "Range" in server.requests[1]


def test_two_versions_of_a_file_are_never_glued_together(server, tmp_path):
    server.cuts = [300_000]
    with pytest.raises(DownloadError):
        fetch(server.url(), tmp_path / "data.bin", retries=0)
    server.files["/data.bin"], server.version = CONTENT[::-1], '"2"'
    assert fetch(server.url(), tmp_path / "data.bin").read_bytes() == CONTENT[::-1]


def test_a_missing_file_says_what_to_do(server, tmp_path):
    with pytest.raises(DownloadError, match=r"answered 404.*save the file yourself as .*MATPRIOR_DATA"):
        fetch(server.url("/other.bin"), tmp_path / "other.bin", retries=0)


def test_no_connection_says_what_to_do(tmp_path):
    with pytest.raises(DownloadError, match=r"no connection.*MATPRIOR_DATA"):
        fetch("http://127.0.0.1:9/data.bin", tmp_path / "data.bin", retries=0)


def test_nothing_is_printed_while_downloading(server, tmp_path, capfd):
    fetch(server.url(), tmp_path / "data.bin", sha256(CONTENT))
    assert capfd.readouterr() == ("", "")


def matbench_file(columns: list[str], data: list[list[object]]) -> bytes:
    return gzip.compress(
        json.dumps({"index": list(range(len(data))), "columns": columns, "data": data}).encode()
    )


def test_a_public_set_is_downloaded_renamed_and_cached(server, cache, monkeypatch):
    rows = [[f"Fe{n}O", n / 10] for n in range(1, 21)]
    content = matbench_file(["composition", "gap expt"], rows)
    server.files["/matbench_expt_gap.json.gz"] = content
    entry = catalog.show("expt_gap")
    here = Download(
        (server.url("/matbench_expt_gap.json.gz"),), sha256(content), entry.download.columns, "regression"
    )
    monkeypatch.setitem(catalog.catalog(), "expt_gap", replace(entry, download=here))
    table = catalog.load("expt_gap")
    assert table.columns.tolist() == ["formula", "band_gap_eV", "official_test_fold"]
    assert table["formula"].tolist() == [row[0] for row in rows]
    catalog.load("expt_gap")
    assert len(server.requests) == 1
    assert catalog.get("expt_gap").is_relative_to(cache)


def test_parts_of_a_public_set_become_one_table_with_a_split(server, tmp_path):
    urls = []
    for part, formula in {"train": "NaN", "val": "MgO", "test": "CaO"}.items():
        server.files[f"/{part}.csv"] = f"formula,target\n{formula},1.5\n".encode()
        urls.append(server.url(f"/{part}.csv"))
    download = Download(tuple(urls), None, {"formula": "formula", "target": "x_eV"})
    table = as_table(download, [fetch(url, tmp_path / url[-8:].strip("/")) for url in urls])
    assert table.to_dict("list") == {
        "formula": ["NaN", "MgO", "CaO"], "x_eV": [1.5] * 3, "split": ["train", "val", "test"]
    }  # fmt: skip


def test_a_file_with_other_columns_is_an_error_that_names_them(tmp_path):
    (tmp_path / "a.csv").write_text("smiles,value\nC,1\n")
    download = Download(("https://example.org/a.csv",), None, {"smiles": "smiles", "expt": "y"})
    with pytest.raises(ValueError, match=r"has columns \['smiles', 'value'\], expected \['smiles', 'expt'\]"):
        as_table(download, [tmp_path / "a.csv"])


def test_crystal_structures_become_formulas():
    sites = [("Na", 1), ("Na", 1), ("Cl", 0.5), ("Br", 0.5), ("Cl", 1)]
    structure = {"sites": [{"species": [{"element": e, "occu": o}]} for e, o in sites]}
    assert formula_of_structure(structure) == "Na2Cl1.5Br0.5"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("expt_gap", "regression"), ("expt_is_metal", "classification"), ("glass", "classification"),
     ("steels_yield", "regression"), ("log_kvrh", "regression"), ("dielectric", "regression")],
)  # fmt: skip
def test_our_matbench_folds_are_the_official_ones(shared, name, kind):
    table = pd.read_csv(shared / f"compositions/matbench/{name}.csv", keep_default_na=False)
    assert matbench_folds(table.iloc[:, 1], kind) == table["official_test_fold"].tolist()


@pytest.mark.parametrize("name", DOWNLOADS)
def test_every_download_is_in_the_catalog_and_gives_its_columns(name):
    entry, download = catalog.show(name), DOWNLOADS[name]
    assert entry.kind == "public"
    assert {entry.strings, *entry.targets} <= set(download.columns.values())
    assert all(url.startswith("https://") for url in download.urls)
    assert download.sha256 is None or re.fullmatch("[0-9a-f]{64}", download.sha256)


def test_the_cache_is_where_the_variable_says(cache):
    assert cache_folder() == cache
