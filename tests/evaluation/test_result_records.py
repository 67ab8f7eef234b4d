"""Records of a results file: complete, plain JSON, replaced and never doubled."""

from __future__ import annotations

import json

import numpy as np
import pytest

from matprior.evaluation.baselines import Dummy, Ridge
from matprior.evaluation.benchmark import evaluate
from matprior.evaluation.records import Setting, append_records, record, records

FIELDS = {
    "dataset", "split", "model", "strategy", "checkpoint", "n_train", "metric", "unit", "value", "std",
    "folds", "seeds", "seconds", "peak_rss_mb", "command", "data_sha256", "versions", "date",
}  # fmt: skip


@pytest.fixture(scope="module")
def results(table, thirds):
    fields = {"dummy": lambda seed: Dummy(seed=seed), "matbert-small:lora": lambda seed: Ridge(seed=seed)}
    return evaluate(table, fields, thirds, seeds=[0, 7])


def test_a_record_has_every_field_and_its_folds_average_to_its_value(results):
    found = record(results, "dummy", "MAE", Setting("toy", "thirds", "matprior evaluate toy.csv"))
    assert set(found) >= FIELDS
    assert found["value"] == pytest.approx(np.mean(found["folds"]))
    assert found["std"] == pytest.approx(np.std(found["folds"], ddof=1))
    assert (found["n_train"], found["seeds"], found["unit"]) == (32, [0, 7], "eV")
    assert found["versions"]["numpy"] == np.__version__


def test_checkpoint_and_strategy_come_from_the_name(results):
    setting = Setting("toy", "thirds")
    ours, simple = (record(results, name, "MAE", setting) for name in ("matbert-small:lora", "dummy"))
    assert (ours["checkpoint"], ours["strategy"]) == ("matbert-small", "lora")
    assert (simple["checkpoint"], simple["strategy"]) == (None, "")


def test_the_data_are_known_by_their_checksum(results, tmp_path):
    data = tmp_path / "toy.csv"
    data.write_text("formula,gap\n")
    found = record(results, "dummy", "MAE", Setting("toy", "thirds", data=data))
    assert len(found["data_sha256"]) == 64


def test_a_second_run_replaces_its_records_and_leaves_the_others(results, tmp_path):
    path = tmp_path / "results" / "toy.json"
    append_records(path, records(results, Setting("toy", "thirds")))
    other = append_records(path, records(results, Setting("toy", "other")))
    again = append_records(path, records(results, Setting("toy", "thirds")))
    assert len(other) == len(again) == 2 * len(records(results, Setting("toy", "thirds")))
    assert json.loads(path.read_text(encoding="utf-8")) == again


def test_numbers_that_json_does_not_have_become_null(results, tmp_path):
    found = record(results, "dummy", "MAE", Setting("toy", "thirds")) | {"value": float("nan")}
    with pytest.raises(ValueError, match="JSON"):
        append_records(tmp_path / "toy.json", [found])
    assert not (tmp_path / "toy.json").exists()  # a refused record leaves no half of a file
    one = results[(results["fold"] == 0) & (results["seed"] == 0)]
    assert record(one, "dummy", "MAE", Setting("toy", "one"))["std"] is None


def test_a_file_that_holds_something_else_is_left_alone(tmp_path):
    path = tmp_path / "toy.json"
    path.write_text('{"a": 1}')
    with pytest.raises(ValueError, match="a JSON list was expected"):
        append_records(path, [])
    assert path.read_text() == '{"a": 1}'


def test_an_unknown_model_is_refused_with_the_known_ones(results):
    with pytest.raises(ValueError, match=r"Models: .*dummy"):
        record(results, "nobody", "MAE", Setting("toy", "thirds"))
