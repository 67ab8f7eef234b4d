"""A study is made of cells: none is computed twice, none is lost, and one kill changes no number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matprior.data import RandomFolds, Task, read_table
from matprior.evaluation.compare import verdict
from matprior.evaluation.grid import CELLS, blocks, gather, line_up, plan
from matprior.evaluation.grid_workers import run_grid

MODELS = ["dummy", "ridge"]


def study(table, models=MODELS, labels=(None,), seeds=(0, 1), **options):
    return plan(table, models, {"random": RandomFolds(3)}, labels, seeds, options)


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_text()) for file in (folder / CELLS).glob("*.csv")}


def test_the_line_up_always_has_dummy_baseline_and_twins():
    assert line_up(["ridge"]) == ["dummy", "extratrees-magpie", "scratch", "ridge"]
    assert "scratch:extract" in line_up(["matbert-small:extract", "matbert-small"])
    assert "scratch" in line_up(["matbert-small:extract", "matbert-small"])


def test_results_are_one_tidy_table(table, tmp_path):
    grid = study(table, labels=(12, None))
    assert run_grid(grid, tmp_path) == {}
    results = gather(grid, tmp_path)
    assert len(grid.cells) == 2 * 3 * 2 * 2
    assert not results.duplicated(["row", "target", "fold", "seed", "model", "split", "labels"]).any()
    assert results.groupby("labels")["n_train"].max().to_dict() == {"12": 12, "all": 32}
    assert sorted(results["row"].unique()) == list(range(1, 49))
    assert results.attrs["evaluation"]["units"] == {"gap_eV": "eV"}


def test_fewer_labels_are_among_more(table):
    cells = {
        (c.fold, c.seed, c.labels): set(c.train.tolist()) for c in study(table, labels=(5, 12, None)).cells
    }
    for fold in range(3):
        assert cells[fold, 1, "5"] < cells[fold, 1, "12"] < cells[fold, 1, "all"]
        assert cells[fold, 0, "5"] != cells[fold, 1, "5"]


def test_a_second_run_computes_nothing_and_a_larger_study_only_what_is_new(table, tmp_path):
    grid = study(table)
    run_grid(grid, tmp_path)
    before = contents(tmp_path)
    run_grid(grid, tmp_path)
    assert contents(tmp_path) == before
    larger = study(table, models=[*MODELS, "extratrees"])
    assert {cell.model for cell in larger.todo(tmp_path)} == {"extratrees"}


def test_cells_of_another_table_or_of_other_options_are_not_taken(frame, table, tmp_path):
    run_grid(study(table), tmp_path)
    other = read_table(frame.assign(gap_eV=frame["gap_eV"] + 1), Task(strings="formula", targets=["gap_eV"]))
    assert len(study(other).todo(tmp_path)) == len(study(other).cells)
    changed = study(table, training={"epochs": 3})
    assert len(changed.todo(tmp_path)) == len(changed.cells)


def test_workers_give_the_numbers_of_one_process(table, tmp_path):
    grid = study(table, seeds=(0,))
    told: list[tuple[int, int]] = []
    run_grid(grid, tmp_path / "one", 1)
    run_grid(grid, tmp_path / "two", 2, lambda done, total, _: told.append((done, total)))
    one, two = (gather(grid, tmp_path / name).drop(columns="seconds") for name in ("one", "two"))
    pd.testing.assert_frame_equal(one, two)
    assert told[-1] == (6, 6)


SCRIPT = """
import sys
import numpy as np, pandas as pd
from matprior.data import RandomFolds, Task, read_table
from matprior.evaluation.grid import plan
from matprior.evaluation.grid_workers import run_grid

if __name__ == "__main__":
    frame = pd.read_csv(sys.argv[1])
    table = read_table(frame, Task(strings="formula", targets=["gap_eV"], kind="regression"))
    models = ["dummy", "extratrees"]
    grid = plan(table, models, {"random": RandomFolds(5)}, (None,), (0, 1))
    run_grid(grid, sys.argv[2], 2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_study_is_taken_up_without_computing_or_losing_anything(frame, tmp_path):
    script, data, out = tmp_path / "study.py", tmp_path / "data.csv", tmp_path / "out"
    script.write_text(SCRIPT)
    frame.to_csv(data, index=False)
    command = [sys.executable, str(script), str(data), str(out)]
    first = subprocess.Popen(command, env=os.environ)
    deadline = time.time() + 120
    while len(list((out / CELLS).glob("[!.]*.csv"))) < 4 and time.time() < deadline:
        assert first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    time.sleep(1.0)  # workers notice that their parent is gone
    left = {name: told for name, told in contents(out).items() if not name.startswith(".")}
    time.sleep(1.5)
    assert {n for n in contents(out) if not n.startswith(".")} == set(left)  # nobody computes on
    assert 4 <= len(left) < 20
    subprocess.run(command, env=os.environ, check=True)
    after = contents(out)
    assert len([name for name in after if not name.startswith(".")]) == 20
    assert all(after[name] == told for name, told in left.items())
    whole = read_table(pd.read_csv(data), Task(strings="formula", targets=["gap_eV"], kind="regression"))
    models = ["dummy", "extratrees"]
    grid = plan(whole, models, {"random": RandomFolds(5)}, (None,), (0, 1))
    assert len(gather(grid, out)) == 48 * 2 * 2


def test_a_model_that_fails_is_told_and_tried_again(table, tmp_path, monkeypatch):
    import matprior.evaluation.baselines as baselines

    grid = study(table, seeds=(0,))

    def broken(self, share):
        raise ArithmeticError("no")

    with monkeypatch.context() as patch:
        patch.setattr(baselines.Ridge, "learner", broken)
        failed = run_grid(grid, tmp_path)
    assert len(failed) == 3
    assert all("ridge" in cell for cell in failed)
    assert {cell.model for cell in grid.todo(tmp_path)} == {"ridge"}
    assert run_grid(grid, tmp_path) == {}


def test_pretraining_is_judged_in_every_part(table, checkpoint, tmp_path):
    options = {"size": "tiny", "training": {"epochs": 1, "batch_size": 16}}
    models = line_up([str(checkpoint)])
    grid = plan(table, models, {"random": RandomFolds(2)}, (10, None), (0,), options)
    assert run_grid(grid, tmp_path) == {}
    parts = blocks(gather(grid, tmp_path))
    assert [(split, labels) for _, split, labels, _ in parts] == [("random", "10"), ("random", "all")]
    for target, _, _, rows in parts:
        assert "Pretraining" in str(verdict(rows, target=target))


def test_classes_and_the_formula_of_sodium_nitride_survive_the_file(tmp_path):
    frame = pd.DataFrame({"formula": ["NaN", "NaCl", "KCl", "LiF", "MgO", "CaO"] * 3})
    frame["formula"] = [s if i < 6 else f"{s}{i}" for i, s in enumerate(frame["formula"])]
    frame["family"] = np.tile(["salt", "salt", "oxide"], 6)
    table = read_table(frame, Task(strings="formula", targets=["family"], kind="binary"))
    grid = plan(table, ["dummy", "ridge"], {"random": RandomFolds(3)}, (None,), (0,))
    assert run_grid(grid, tmp_path) == {}
    results = gather(grid, tmp_path)
    assert "NaN" in set(results["string"])
    assert results["string"].notna().all()


def test_refusals_name_the_way_out(table, tmp_path):
    with pytest.raises(ValueError, match="40 labels were asked for"):
        study(table, labels=(40,))
    with pytest.raises(ValueError, match="No seeds"):
        study(table, seeds=())
    with pytest.raises(ValueError, match="extratrees"):
        study(table, models=["extratree"])
    with pytest.raises(ValueError, match="at least 1"):
        run_grid(study(table), tmp_path, 0)
    with pytest.raises(ValueError, match="No cell"):
        gather(study(table), tmp_path)
