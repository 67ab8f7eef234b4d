"""Label efficiency counts labels by the better baseline; ablations pair by draw; the scripts run small."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matprior.data import Task, read_table
from matprior.evaluation.ablation import ablation_summary, gains
from matprior.evaluation.label_counts import COLUMNS, fill_cells, fingerprint
from matprior.evaluation.label_efficiency import (
    efficiency_records,
    label_efficiency,
    labels_needed,
    matches,
    median_factor,
)
from matprior.evaluation.label_task import label_task
from matprior.evaluation.records import append_records
from matprior.evaluation.seen import pretraining_formulas, seen_counts
from matprior.reports.study_figures import ablation_figure, ablation_rows, efficiency_figure, match_rows

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def cells_of(errors: dict[tuple[str, int], list[float]], dataset: str = "gap") -> pd.DataFrame:
    """Cells from (model, labels) -> error of each draw."""
    lines = [
        {"dataset": dataset, "target": "gap_eV", "model": model, "n": n, "draw": draw, "metric": "MAE",
         "unit": "eV", "error": error, "n_test": 50, "seconds": 1.0, "problem": "", "weights": "",
         "given": ""}
        for (model, n), several in errors.items()
        for draw, error in enumerate(several)
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=COLUMNS)


LADDER = {
    ("extratrees", 100): [0.8, 0.9], ("extratrees", 1000): [0.5, 0.6],
    ("extratrees-magpie", 100): [0.9, 1.0], ("extratrees-magpie", 1000): [0.3, 0.4],
}  # fmt: skip


def test_the_better_baseline_counts_at_every_step():
    # means 0.85 at 100 (element fractions) and 0.35 at 1,000 (Magpie): 0.6 is half way in the logarithm
    found = matches(cells_of({("matbert-small", 100): [0.55, 0.65], ("scratch", 100): [0.9, 1.1], **LADDER}))
    line = found.iloc[0]
    assert line["needed"] == pytest.approx(np.sqrt(100 * 1000))
    assert line["factor"] == pytest.approx(np.sqrt(10))
    assert line["bound"] == ""
    assert (line["baseline_same"], line["scratch"]) == pytest.approx((0.85, 1.0))
    assert line["factor_low"] <= line["factor"] <= line["factor_high"]


def test_a_goal_out_of_reach_is_a_bound_and_so_is_one_reached_at_once():
    pair = {("matbert-small", 100): [0.1, 0.1], ("matbert-small", 300): [0.9, 0.9]}
    found = matches(cells_of({**pair, **LADDER}))
    assert found["bound"].tolist() == ["more than", "at most"]
    assert found["factor"].tolist() == pytest.approx([10.0, 1 / 3])
    assert match_rows(found)[1][0][-1].startswith("> ")


def test_a_curve_that_rises_by_chance_keeps_what_it_reached():
    ladder = pd.Series([0.8, 0.5, 0.6, 0.4], index=[100, 300, 1000, 3000])
    assert labels_needed(ladder, 0.5) == (300.0, "")
    assert labels_needed(ladder, 0.45)[0] == pytest.approx(np.sqrt(1000 * 3000))


def test_a_median_over_bounds_says_that_it_is_one():
    table = pd.DataFrame({"n": 100, "factor": [2.0, 5.0, 9.0], "bound": ["", "more than", ""]})
    assert median_factor(table, 100) == (5.0, True)
    assert median_factor(table.assign(bound=["", "", "more than"]), 100) == (5.0, False)


def test_gains_are_paired_by_draw():
    cells = cells_of({("scratch", 100): [1.0, 2.0], ("mine", 100): [0.5, 2.2]})
    table = gains(cells).set_index("model")
    assert table.loc["mine", "gain"] == pytest.approx(1 - 1.35 / 1.5)
    assert table.loc["mine", "won"] == 1
    summary = ablation_summary(gains(cells))
    assert summary.values.tolist() == [["mine", pytest.approx(0.1), 0.5]]
    assert ablation_rows(gains(cells))[0] == ["task", "labels", "error", "scratch", "mine"]
    assert ablation_figure(gains(cells)).svg.count("<circle") == 1
    with pytest.raises(ValueError, match="has no finished cell"):
        gains(cells[cells["model"] == "mine"])


def test_records_say_what_a_factor_rests_on(tmp_path):
    cells = cells_of({("matbert-small", 100): [0.55, 0.65], ("scratch", 100): [0.9, 1.1], **LADDER})
    records = efficiency_records(cells, {"gap": {"split": "official fold 0", "data_sha256": "ab"}}, "do it")
    held = append_records(tmp_path / "r.json", records)
    assert len(held) == len(records) == 7  # six means and one match: none took another's place
    (match,) = [one for one in held if one["metric"] == "labels of trees"]
    assert match["ratio"] == pytest.approx(np.sqrt(10))
    assert (match["split"], match["data_sha256"], match["seeds"]) == ("official fold 0", "ab", [0, 1])


def test_a_picture_shows_every_data_set():
    parts = [cells_of({("matbert-small", 100): [0.6], **LADDER}, name) for name in ("gap", "glass")]
    svg = efficiency_figure(matches(pd.concat(parts))).svg
    assert ">gap</text>" in svg
    assert ">glass</text>" in svg


@pytest.fixture
def salt_task(salts):
    strings, values = salts
    table = read_table(pd.DataFrame({"formula": strings, "heat_K": values}), Task(targets="heat_K"))
    quick = {"training": {"epochs": 1, "batch_size": 16}, "size": "tiny"}
    return label_task(table, "salts", 0.25, options=quick)


def test_networks_get_few_labels_and_trees_the_ladder(salt_task, checkpoint, tmp_path):
    file = tmp_path / "cells.csv"
    given = (salt_task, str(checkpoint), [12], [12, 24, None], ["ridge"], [0, 1], file)
    cells = label_efficiency(*given, n_jobs=1)
    counts = cells.groupby("model")["n"].unique().map(sorted).to_dict()
    assert counts == {"ridge": [12, 24, len(salt_task.train)], "scratch": [12], str(checkpoint): [12]}
    assert cells["error"].notna().all()
    assert set(cells["weights"]) == {"", fingerprint(str(checkpoint))}


def test_a_checkpoint_trained_anew_is_not_taken_for_the_old_one(salt_task, checkpoint, tmp_path):
    import shutil

    from safetensors.numpy import load_file, save_file

    mine, file = tmp_path / "mine", tmp_path / "cells.csv"
    shutil.copytree(checkpoint, mine)
    plan = [(f"{mine}:extract", 12, 0)]
    first = fill_cells(salt_task, [plan[0][0]], plan, file)
    weights = load_file(mine / "model.safetensors")
    weights["matbert.bert.embeddings.word_embeddings.weight"][:] *= 3
    save_file(weights, mine / "model.safetensors", metadata={"format": "pt"})
    second = fill_cells(salt_task, [plan[0][0]], plan, file)
    assert first["weights"].iloc[0] != second["weights"].iloc[0]
    assert first["error"].iloc[0] != second["error"].iloc[0]
    assert len(pd.read_csv(file)) == 1


def test_formulas_of_pretraining_are_read_again_by_the_recipe(checkpoint, tmp_path):
    import shutil

    mine = tmp_path / "mine"
    shutil.copytree(checkpoint, mine)
    assert pretraining_formulas(mine, tmp_path) is None
    (mine / "recipe.yaml").write_text("sources: [seen.txt]\nexclude: [hidden.txt]\n")
    assert pretraining_formulas(mine, tmp_path) is None  # the recipe's files are not here
    (tmp_path / "seen.txt").write_text("Fe2O3\nNaCl\nKCl\n")
    (tmp_path / "hidden.txt").write_text("ClNa\n")
    formulas = pretraining_formulas(mine, tmp_path)
    assert seen_counts(formulas, {"a": ["Fe4O6", "NaCl"], "b": ["KCl"]}) == {"a": 1, "b": 1}


@pytest.fixture
def script(monkeypatch):
    """Import a script of benchmarks/."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module
    for name in ("measured", "label_efficiency", "ablation"):
        sys.modules.pop(name, None)


TINY = ["--tasks", "melting_point", "--rows", "90", "--seeds", "0", "--epochs", "1", "--jobs", "1"]


def test_the_efficiency_script_runs_and_goes_on(script, checkpoint, tmp_path, capsys, monkeypatch):
    main = script("label_efficiency").main
    command = [
        "--output", str(tmp_path / "o"), "--record", str(tmp_path / "r.json"),
        "--model", f"{checkpoint}:extract", "--counts", "20", "--ladder", "20,40,all",
        "--baselines", "ridge", *TINY,
    ]  # fmt: skip
    main(command)
    assert "20 labels: median factor" in capsys.readouterr().out
    assert "<svg" in (tmp_path / "o" / "label-efficiency.svg").read_text()
    records = json.loads((tmp_path / "r.json").read_text())
    assert {one["dataset"] for one in records} == {"melting_point"}
    assert all(len(one["data_sha256"]) == 64 and one["n_test"] for one in records)
    from matprior.evaluation import label_counts

    monkeypatch.setattr(label_counts, "evaluate", lambda *given: pytest.fail("trained twice"))
    main(command)
    assert len(json.loads((tmp_path / "r.json").read_text())) == len(records)


def test_the_ablation_script_runs(script, checkpoint, tmp_path, capsys):
    main = script("ablation").main
    main(["--output", str(tmp_path), "--models", f"{checkpoint}:extract", "--counts", "20",
          "--record", str(tmp_path / "r.json"), *TINY])  # fmt: skip
    assert "checkpoint0:extract: median gain" in capsys.readouterr().out
    assert len(pd.read_csv(tmp_path / "ablation.csv")) == 2
    assert len(json.loads((tmp_path / "r.json").read_text())) == 2


def test_every_measured_set_is_read_as_its_traps_ask(script, shared, monkeypatch):
    monkeypatch.setenv("MATPRIOR_DATA", str(shared))
    measured = script("measured")
    assert set(measured.MEASURED) == set(measured.chosen("all"))
    supercon = measured.open_task("supercon", rows=800)
    assert (supercon.table.frame["Tc_K"] > 0).all()
    assert not supercon.table.strings.duplicated().any()
    gap = measured.open_task("expt_gap")
    folds = gap.table.frame["official_test_fold"].astype(int).to_numpy()
    assert set(folds[gap.test]) == {0}
    assert set(folds[gap.train]) == {1, 2, 3, 4}
    assert len(gap.train) + len(gap.test) == 4604
    with pytest.raises(ValueError, match="Known: expt_gap"):
        measured.chosen("gap")
