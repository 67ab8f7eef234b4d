"""`matprior probe` writes what it found and refuses before it computes."""

from __future__ import annotations

import json

import pandas as pd


def test_a_folder_is_probed(matprior, checkpoint, table, tmp_path):
    output, record = tmp_path / "probe", tmp_path / "records.json"
    done = matprior(
        "probe", checkpoint, "--output", output, "--data", table, "--colour", "melting_point_K",
        "--near", "Na2O", "--layout", "pca", "--record", record,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "electronegativity" in done.out
    lines = pd.read_csv(output / "probe.csv")
    assert {"input", "contextual", "properties", "random"} <= set(lines["vectors"])
    page = (output / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 4
    assert "Nearest materials" in page
    assert len(list((output / "figures").glob("*.svg"))) == 4
    assert len(pd.read_csv(output / "near.csv", keep_default_na=False)) == 10
    assert {one["metric"] for one in json.loads(record.read_text())} == {"accuracy", "R2", "ROC-AUC"}


def test_refusals_come_before_the_probing(matprior, checkpoint, tmp_path, monkeypatch):
    import matprior.evaluation.probe_study as study

    monkeypatch.setattr(study, "probe_checkpoint", lambda *given: 1 / 0)
    start = ["probe", "--output", tmp_path / "o"]
    for more, words in (
        ([checkpoint, "--near", "Xx2O3"], "Xx"),
        ([checkpoint, "--layout", "umap"], "tsne, pca"),
        (["matbert-smal"], "matbert-small"),
        ([checkpoint, "--limit", "1"], "at least 3"),
    ):
        done = matprior(*start, *more)
        assert (done.code, words in done.err) == (2, True), done.err
    assert not (tmp_path / "o").exists()
