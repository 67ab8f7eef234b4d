"""Numbers behind the tables and pictures, checked against numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior.evaluation.scores import scores
from matprior.reports import summaries
from matprior.reports.formats import MISSING, number, plus_minus, spread_decimals
from matprior.reports.html import formula
from matprior.reports.periodic import place_of
from matprior.reports.tables import score_table, worst_rows, worst_table


def test_the_best_value_of_a_column_is_marked_in_its_direction(binary):
    table = score_table(scores(binary))
    for name in ("ROC-AUC", "accuracy"):
        column = table.columns.index(name)
        values = [float(row[column].split(" ± ")[0]) for row in table.rows]
        (row,) = [i for i, j in table.best if j == column]
        assert values[row] == max(values)


def test_scores_of_several_targets_stand_below_each_other(regression, binary):
    single = score_table(scores(binary))
    both = score_table(pd.concat([scores(regression, units={"band_gap_eV": "eV"}), scores(binary)]))
    assert [row[0] for row in both.rows] == ["band_gap_eV"] * 4 + ["is_metal"] * 4
    column = both.columns.index("ROC-AUC")
    assert [row[column] for row in both.rows[4:]] == [row[2] for row in single.rows]
    assert [row[column] for row in both.rows[:4]] == [""] * 4
    assert {(i + 4, both.columns.index(single.columns[j])) for i, j in single.best} <= both.best


def test_a_model_without_scores_stays_in_the_table(regression):
    table = scores(regression, units={"band_gap_eV": "eV"})
    table.loc[table["model"] == "scratch", ["mean", "std"]] = np.nan
    rows = {row[0]: row for row in score_table(table).rows}
    assert rows["scratch"][2] == MISSING


def test_units_stand_in_the_head_of_their_columns(regression):
    columns = score_table(scores(regression, units={"band_gap_eV": "eV"})).columns
    assert {"MAE (eV)", "RMSE (eV)", "R²"} <= set(columns)


def test_the_worst_row_is_the_one_with_the_largest_error(regression):
    regression.loc[(regression["model"] == "matbert-small") & (regression["row"] == 9), "prediction"] += 5
    worst = worst_rows(regression, n=3)
    assert worst["row"].iloc[0] == 9
    assert len(worst) == 3
    assert worst["signed"].abs().is_monotonic_decreasing
    assert not worst["suspect"].iloc[0]


def test_a_label_that_all_models_contradict_is_suspect(regression):
    regression.loc[regression["row"] == 9, "truth"] += 20
    assert worst_rows(regression, n=1)[["row", "suspect"]].values.tolist() == [[9, True]]


def test_worst_rows_of_classes_are_wrong_rows(binary, multiclass):
    assert len(worst_rows(multiclass)) == int(
        (multiclass["label"] != multiclass["truth"])[multiclass["model"] == "matbert-small"].sum()
    )
    assert worst_table(worst_rows(multiclass), kind="multiclass").columns[-1] == "predicted class"
    shown = worst_rows(binary)
    assert ((shown["prediction"] >= 0.5) != (shown["truth"] == 1)).all()


def test_errors_by_element_are_means_over_the_rows_that_contain_it():
    rows = pd.DataFrame(
        {"row": [1, 2, 3], "string": ["NaCl", "KCl", "D2O"], "truth": 0.0, "prediction": [1.0, -3.0, 5.0]}
    )
    table = summaries.by_element(rows)
    assert table.loc["Cl"].tolist() == [2, 2.0, -1.0]
    assert table.loc["H"].tolist() == [1, 5.0, 5.0]


def test_a_material_tested_with_two_seeds_counts_once_per_element():
    rows = pd.DataFrame(
        {"row": [1, 1], "string": "NaCl", "seed": [0, 1], "truth": 0.0, "prediction": [1.0, 3.0]}
    )
    assert summaries.by_element(rows).loc["Na"].tolist() == [1, 2.0, 2.0]


def test_seeds_do_not_narrow_the_interval_of_the_coverage(regression):
    one = regression[regression["model"] == "extratrees"]
    twice = pd.concat([one, one.assign(seed=1)])
    first, second = summaries.coverage(one).iloc[0], summaries.coverage(twice).iloc[0]
    assert first[["coverage", "low", "high"]].tolist() == second[["coverage", "low", "high"]].tolist()


def test_every_promise_is_held_against_the_truths_its_own_bars_held(regression):
    far = (pd.to_numeric(regression["prediction"]) - 100).where(regression["low"].notna())
    told = summaries.promises(regression.assign(low50=far, high50=far + 1, low95=far, high95=far + 200))
    trees = told[told["model"] == "extratrees"].set_index("promised")
    assert list(trees.index) == [0.5, 0.9, 0.95]
    assert trees.loc[[0.5, 0.95], "coverage"].tolist() == [0.0, 1.0]
    assert trees.loc[0.9, "coverage"] == summaries.coverage(regression).loc["extratrees", "coverage"]
    assert trees.loc[[0.5, 0.95], "width"].tolist() == pytest.approx([1, 200])
    assert "dummy" not in set(told["model"])


def test_the_roc_curve_encloses_the_area_that_scikit_learn_finds(binary):
    from sklearn.metrics import roc_auc_score

    rows = binary[binary["model"] == "scratch"]
    truth, p = rows["truth"].to_numpy(), rows["prediction"].round(1).to_numpy()
    false, true = summaries.roc_points(truth, p)
    assert np.trapezoid(true, false) == pytest.approx(roc_auc_score(truth, p))


def test_the_periodic_table_has_118_places_and_none_twice():
    places = [place_of(z) for z in range(1, 119)]
    assert len(set(places)) == 118
    known = {1: (1, 1), 2: (1, 18), 5: (2, 13), 13: (3, 13), 21: (4, 3), 30: (4, 12), 31: (4, 13), 56: (6, 2)}
    known |= {
        57: (8, 3),
        71: (8, 17),
        72: (6, 4),
        86: (6, 18),
        89: (9, 3),
        103: (9, 17),
        104: (7, 4),
        118: (7, 18),
    }
    assert {z: places[z - 1] for z in known} == known


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, MISSING),
        (float("nan"), MISSING),
        ("3", MISSING),
        (True, MISSING),
        (0, "0"),
        (-0.0001, "−0.000100"),
        (1.2e-6, "1.20e−06"),
    ],
)
def test_odd_values_are_written_without_surprise(value, expected):
    assert number(value) == expected


def test_rounding_never_leaves_a_sign_on_nothing():
    assert number(-0.001, 2) == "0.00"
    assert number(0.001, 2, sign=True) == "0.00"


def test_a_tiny_spread_does_not_print_eight_digits():
    assert plus_minus(0.5, 1e-9) == "0.50000 ± 0.00000"
    assert spread_decimals([0, 0], [1.5]) == 2


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Fe2O3", "Fe<sub>2</sub>O<sub>3</sub>"),
        ("Ca(NO3)2", "Ca(NO<sub>3</sub>)<sub>2</sub>"),
        ("Cd0.05In0.95", "Cd<sub>0.05</sub>In<sub>0.95</sub>"),
        ("C[C@H](O)N", "C[C@H](O)N"),
    ],
)
def test_formulas_are_set_as_chemists_do(text, html):
    assert str(formula(text)) == html
