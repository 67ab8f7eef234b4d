"""Answers far beyond all labels are told, with the worst of them; others are not."""

from __future__ import annotations

import pandas as pd

from matprior.evaluation.runaways import runaways
from matprior.evaluation.scores import LOG


def results(*lines) -> pd.DataFrame:
    names = ["string", "target", "fold", "model", "truth", "prediction"]
    return pd.DataFrame(lines, columns=names)


def test_a_model_that_runs_away_is_named_with_fold_and_worst_answer():
    told = results(
        ("MgO", "T", 0, "trees", 3000.0, 2900.0), ("NaCl", "T", 1, "trees", 1000.0, 4900.0),
        ("MgO", "T", 0, "line", 3000.0, 8119.0), ("NaCl", "T", 1, "line", 1000.0, -4000.0),
    )  # fmt: skip
    told.attrs[LOG] = {"units": {"T": "K"}}
    (sentence,) = runaways(told)
    assert sentence.startswith("line: 2 answers to T (of 2) lie beyond all labels (1,000 to 3,000 K)")
    assert "MgO with 8,119 K (fold 0, 1)" in sentence


def test_nothing_is_said_of_classes_and_of_a_single_label():
    assert runaways(results(("MgO", "metal", 0, "m", "yes", "no"))) == []
    assert runaways(results(("MgO", "T", 0, "m", 5.0, 900.0))) == []
