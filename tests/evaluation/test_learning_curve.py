"""Learning curves: fixed test rows, nested subsets, nothing trained twice, a power law that is found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from matprior.data import Task, read_table
from matprior.evaluation.label_counts import COLUMNS, fill_cells
from matprior.evaluation.label_task import LabelTask, doubling_counts, fitting_counts, label_task
from matprior.evaluation.learning_curve import curve_lines, fit_curves, learning_curve, told
from matprior.evaluation.power_law import Gain, fit_power_law
from matprior.notations import NOTATIONS
from matprior.reports.curve_figures import curve_figure, curve_rows


@dataclass
class Counter:
    """Predicts with an error of 4 / sqrt(number of labels), and notes what it was trained on."""

    seen: list[tuple[int, list[str]]] = field(default_factory=list)

    def __call__(self, seed: int) -> Counter:
        self.seed = seed
        return self

    def fit(self, strings, targets):
        self.seen.append((self.seed, list(strings)))
        return self

    def predict(self, strings):
        return 4.0 / np.sqrt(len(self.seen[-1][1])) + np.zeros(len(strings))


@pytest.fixture(scope="module")
def zeros() -> LabelTask:
    """160 binaries of value 0, so that an error is the prediction itself."""
    frame = pd.DataFrame({"formula": [f"{m}{i}Cl" for m in ("Na", "K", "Rb", "Cs") for i in range(1, 41)]})
    table = read_table(frame.assign(gap_eV=0.0), Task(targets="gap_eV", kind="regression"))
    return label_task(table, "zeros", 0.25)


def test_test_rows_are_whole_chemical_systems_and_never_learned(zeros):
    group = NOTATIONS["composition"].group
    tested = {group(zeros.table.strings.iloc[i]) for i in zeros.test}
    learned = {group(zeros.table.strings.iloc[i]) for i in zeros.train}
    assert len(tested) == 1
    assert tested.isdisjoint(learned)


def test_subsets_are_nested_within_a_draw_and_differ_between_draws(zeros):
    for draw in range(3):
        small, large = zeros.rows(20, draw), zeros.rows(60, draw)
        assert len(set(small)) == 20
        assert set(small) <= set(large) <= set(zeros.train)
    assert set(zeros.rows(20, 0)) != set(zeros.rows(20, 1))


def test_every_beginning_holds_both_classes():
    frame = pd.DataFrame({"formula": [f"Na{i}Cl" for i in range(1, 201)]})
    frame["is_glass"] = [int(i % 20 == 0) for i in range(200)]  # one in twenty
    task = label_task(read_table(frame, Task(targets="is_glass", kind="binary")), "glass", split="random")
    values = task.table.frame["is_glass"].to_numpy()
    for draw in range(5):
        assert [values[task.rows(n, draw)].sum() for n in (20, 40, 80)] == pytest.approx([1, 2, 4], abs=1)


def test_most_test_rows_are_drawn_and_the_rest_is_not_learned(zeros):
    fewer = label_task(zeros.table, "zeros", 0.25, most_test=12)
    assert len(fewer.test) == 12
    assert set(fewer.test) <= set(zeros.test)
    assert np.array_equal(fewer.train, zeros.train)


def test_a_stopped_curve_goes_on_where_it_stood(zeros, tmp_path):
    file, first, second = tmp_path / "cells.csv", Counter(), Counter()
    learning_curve(zeros, {"mine": first}, [20, 40], 2, file)
    assert len(first.seen) == 4
    cells = learning_curve(zeros, {"mine": second}, [20, 40, 80], 2, file)
    assert [(seed, len(strings)) for seed, strings in second.seen] == [(0, 80), (1, 80)]
    assert cells.columns.tolist() == COLUMNS
    assert cells["error"].tolist() == pytest.approx([4 / np.sqrt(n) for n in (20, 40, 80)] * 2)
    assert len(pd.read_csv(file)) == 6


def test_cells_of_other_rows_are_refused(zeros, tmp_path):
    file = tmp_path / "cells.csv"
    fill_cells(zeros, {"mine": Counter()}, [("mine", 20, 0)], file)
    other = label_task(zeros.table, "zeros", 0.25, split="random")
    with pytest.raises(ValueError, match="other rows, test rows or options"):
        fill_cells(other, {"mine": Counter()}, [("mine", 20, 0)], file)
    another = LabelTask("elsewhere", other.table, other.train, other.test)
    assert len(fill_cells(another, {"mine": Counter()}, [("mine", 20, 0)], file)) == 1
    assert len(pd.read_csv(file)) == 2


def test_a_failed_cell_says_why_and_is_tried_again(zeros, tmp_path):
    class Broken(Counter):
        def fit(self, strings, targets):
            raise ValueError("no luck")

    file = tmp_path / "cells.csv"
    cells = fill_cells(zeros, {"mine": Broken()}, [("mine", 20, 0)], file)
    assert "no luck" in cells["problem"].iloc[0]
    assert np.isnan(cells["error"].iloc[0])
    cells = fill_cells(zeros, {"mine": Counter()}, [("mine", 20, 0)], file)
    assert cells["problem"].tolist() == [""]
    assert len(pd.read_csv(file)) == 1


def test_the_error_of_classes_falls_when_the_auc_rises():
    frame = pd.DataFrame({"formula": [f"{m}{i}Cl" for m in ("Na", "K") for i in range(1, 61)]})
    frame["has_sodium"] = [int(text.startswith("Na")) for text in frame["formula"]]
    table = read_table(frame, Task(targets="has_sodium", kind="binary"))
    task = label_task(table, "salts", split="random")
    cells = fill_cells(task, ["extratrees", "dummy"], [("extratrees", 30, 0), ("dummy", 30, 0)], n_jobs=1)
    assert cells["error"].tolist() == pytest.approx([0.0, 0.5])
    assert set(cells["metric"]) == {"1 - ROC-AUC"}


def test_counts_double_and_end_with_all_rows():
    assert doubling_counts(30) == [25, 30]
    assert doubling_counts(800) == [25, 50, 100, 200, 400, 800]
    assert fitting_counts((100, None, 300, 5000), 900) == [100, 300, 900]


def test_a_power_law_is_found_with_its_floor():
    random = np.random.default_rng(0)
    n = np.repeat([25, 50, 100, 200, 400, 800, 1600], 3)
    error = (3.0 * n**-0.6 + 0.2) * np.exp(random.normal(0, 0.02, len(n)))
    curve = fit_power_law(n, error, n_others=40)
    assert curve.b == pytest.approx(0.6, abs=0.1)
    assert curve.c == pytest.approx(0.2, abs=0.04)
    true = 3.0 * 1600**-0.6 - 3.0 * 3200**-0.6
    gain = curve.gain(1600, 1600)
    assert gain.low < true < gain.high
    assert gain.low <= gain.gain <= gain.high
    assert curve.spread == pytest.approx(0.02, abs=0.01)


def test_a_flat_curve_promises_nothing():
    curve = fit_power_law([25, 50, 100, 200] * 2, [1.0] * 8, n_others=10)
    assert curve.gain(200, 50).gain == pytest.approx(0.0, abs=1e-3)


def test_two_counts_make_no_curve(zeros):
    with pytest.raises(ValueError, match="3 different label counts"):
        fit_power_law([25, 50], [1.0, 0.9])
    assert fit_curves(learning_curve(zeros, {"mine": Counter()}, [20, 40], 1)) == {}


def test_a_gain_below_the_scatter_is_called_so():
    gain = Gain(800, 50, 0.412, 0.404, 0.003, 0.012)
    assert "Another draw" not in told(gain, "m", "MAE", "eV", spread=0.01)
    assert "moves it more (5 %)" in told(gain, "m", "MAE", "eV", spread=0.05)


def test_table_and_picture_hold_every_model_and_count(zeros):
    cells = learning_curve(zeros, {"extratrees": Counter(), "mine": Counter()}, [20, 40, 80], 2)
    head, rows = curve_rows(cells)
    assert head == ["labels", "extratrees", "mine"]
    assert [row[0] for row in rows] == ["20", "40", "80"]
    curves = fit_curves(cells)
    lines = curve_lines(cells, curves, 120, 50)
    assert lines["before"].tolist() == pytest.approx([4 / np.sqrt(120)] * 2, rel=0.02)
    svg = curve_figure(cells, curves, until=170).svg
    assert svg.count("<circle") == len(cells)
    assert ">80</text>" in svg


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"split": "cluster"}, "group, random"),
        ({"test_share": 0.9}, "0.02 to 0.5"),
        ({"test_share": 0.03}, "at least"),
    ],
)
def test_wrong_test_rows_are_refused(zeros, change, words):
    small = read_table(zeros.table.frame.iloc[:60], Task(targets="gap_eV", kind="regression"))
    with pytest.raises(ValueError, match=words):
        label_task(small, "zeros", **{"split": "random", **change})
