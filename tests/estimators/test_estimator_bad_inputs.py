"""Mistakes people make, and the answer they get: what came, what was expected, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matprior.estimators import MaterialRegressor
from matprior.notations import InvalidString

REGRESSION: dict[str, tuple[Callable[[list, Any], tuple[Any, Any]], list[str]]] = {
    "lengths differ": (lambda s, y: (s, y[:-1]), ["48 strings", "47 targets", "one target per string"]),
    "one string, not a list": (lambda s, y: ("NaCl", y), ["'NaCl'", "list of strings", "['NaCl']"]),
    "too few rows": (lambda s, y: (s[:4], y[:4]), ["4 labelled rows", "at least 5"]),
    "nothing": (lambda s, y: ([], []), ["0 labelled rows", "at least 5"]),
    "labels instead of numbers": (
        lambda s, y: (s, ["metal"] * 48),
        ["numbers", "metal", "MaterialClassifier"],
    ),
    "an infinite target": (lambda s, y: (s, [*y[:-1], np.inf]), ["row 48", "infinite", "NaN"]),
    "no target known": (lambda s, y: (s, [np.nan] * 48), ["'target'", "0 known values", "at least 5"]),
    "one of two targets unknown": (
        lambda s, y: (s, pd.DataFrame({"gap": y, "modulus": [np.nan] * 48})),
        ["'modulus'", "0 known values in 48 rows", "at least 5", "Leave it out"],
    ),
    "ragged targets": (lambda s, y: (s, [[1.0], [1.0, 2.0]] * 24), ["Targets must be numbers"]),
    "a cube of targets": (lambda s, y: (s, np.zeros((48, 2, 2))), ["(rows, targets)", "(48, 2, 2)"]),
    "a number for all targets": (lambda s, y: (s, 3.0), ["(rows,) or (rows, targets)", "()"]),
    "a whole table as strings": (
        lambda s, y: (pd.DataFrame({"formula": s, "gap": y}), y),
        ["one column", "['formula', 'gap']", "Choose one"],
    ),
    "a matrix as strings": (
        lambda s, y: (np.array(s).reshape(24, 2), y[:24]),
        ["one string per row", "(24, 2)"],
    ),
    "a bad formula": (lambda s, y: ([*s[:9], "NaXx", *s[10:]], y), ["NaXx", "row 10", "unknown element"]),
    "a missing formula": (lambda s, y: ([*s[:9], None, *s[10:]], y), ["row 10"]),
    "a number as formula": (lambda s, y: ([*s[:9], 3.2, *s[10:]], y), ["3.2", "row 10"]),
    "a SMILES": (lambda s, y: ([*s[:9], "c1ccccc1", *s[10:]], y), ["c1ccccc1", "row 10"]),
}


@pytest.mark.parametrize("case", REGRESSION)
def test_a_bad_fit_is_answered_with_what_came_and_what_to_do(case, regressor, strings, values):
    change, said = REGRESSION[case]
    bad_strings, bad_targets = change(list(strings), list(values))
    estimator = regressor(strategy="extract")
    with pytest.raises(ValueError, match=r".") as error:
        estimator.fit(bad_strings, bad_targets)
    for part in said:
        assert part in str(error.value), str(error.value)
    assert not hasattr(estimator, "model_")


PARAMETERS = {
    "a misspelt strategy": ({"strategy": "ful"}, ["'ful'", "full, extract", "Did you mean 'full'"]),
    "a misspelt option of a strategy": (
        {"strategy": {"partial": {"layer": 1}}},
        ["'layer'", "layers, stage_epochs", "Did you mean 'layers'"],
    ),
    "a model that is not there": ({"model": "no-such-model"}, ["'no-such-model'", "config.json"]),
    "an unknown training option": ({"training": {"epoch": 3}}, ["'epoch'", "epochs", "batch_size"]),
    "an unknown size": ({"model": None, "size": "huge"}, ["'huge'", "tiny", "base"]),
    "no validation": ({"validation": 0.0}, ["validation", "0.0", "between 0 and 1"]),
    "all validation": ({"validation": 1.0}, ["validation", "1.0", "Try 0.1"]),
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_bad_parameter_is_answered_when_fitting(case, regressor, strings, values):
    changes, said = PARAMETERS[case]
    with pytest.raises(ValueError, match=r".") as error:
        regressor(**changes).fit(strings, values)
    for part in said:
        assert part in str(error.value), str(error.value)


CLASSES = {
    "one class": (lambda s, c: (s, ["oxide"] * 48), ["48 rows", "one class", "['oxide']", "Two or more"]),
    "numbers instead of classes": (
        lambda s, c: (s, np.linspace(0, 1, 48)),
        ["48 different classes in 48 rows", "looks like a number", "MaterialRegressor"],
    ),
    "two kinds of labels": (
        lambda s, c: (s, ["oxide", 1] * 24),
        ["several kinds", "int", "str", "all strings"],
    ),
    "no label known": (lambda s, c: (s, [None] * 48), ["0 rows"]),
    "lengths differ": (lambda s, c: (s, c[:-2]), ["48 strings", "46 targets"]),
    "a bad formula behind a gap": (
        lambda s, c: ([*s[:9], "Fe2O3x", *s[10:]], [None, *c[1:]]),
        ["Fe2O3x", "row 10"],
    ),
}


@pytest.mark.parametrize("case", CLASSES)
def test_bad_classes_are_answered_with_what_came_and_what_to_do(case, classifier, strings, families):
    change, said = CLASSES[case]
    with pytest.raises(ValueError, match=r".") as error:
        classifier(strategy="extract").fit(*change(list(strings), list(families)))
    for part in said:
        assert part in str(error.value), str(error.value)


def test_a_bad_string_is_counted_in_the_rows_of_the_user_not_in_those_with_a_target(
    regressor, strings, values
):
    values[:5] = np.nan
    with pytest.raises(InvalidString, match="row 10"):
        regressor(strategy="extract").fit([*strings[:9], "Qq2", *strings[10:]], values)


@pytest.fixture
def fitted(regressor, strings, values) -> MaterialRegressor:
    return regressor(strategy="extract").fit(strings, values)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("NaCl", "['NaCl']"),
        ([], "0 strings to predict"),
        (["NaCl", "Zz"], "row 2"),
        (["NaCl", ""], "row 2"),
        (["NaCl", None], "row 2"),
        ([["NaCl", "KCl"]], "(1, 2)"),
    ],
)
def test_a_bad_predict_is_answered(asked, said, fitted):
    with pytest.raises(ValueError, match=re.escape(said)):
        fitted.predict(asked)


@pytest.mark.parametrize("coverage", [0, 1, 90, -0.1])
def test_a_coverage_in_percent_is_refused(coverage, fitted):
    with pytest.raises(ValueError, match=rf"between 0 and 1, got {coverage}.*write 0.9"):
        fitted.predict_interval(["NaCl"], coverage)
