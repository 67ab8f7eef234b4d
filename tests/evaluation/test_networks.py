"""The networks take the seat of a baseline: by name, for every kind of task, with their books in order."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.evaluation.benchmark import COLUMNS, evaluate, histories, runs, scores
from matprior.evaluation.compare import verdict

QUICK = {"size": "tiny", "training": {"epochs": 2}}
ONE_FOLD = [(np.arange(12, 48), np.arange(12))]
TABLES = {"table": "MAE", "binary_table": "ROC-AUC", "family_table": "accuracy"}


@pytest.mark.parametrize("which", TABLES)
def test_a_network_from_scratch_is_evaluated_like_a_baseline(which, request):
    table = request.getfixturevalue(which)
    results = evaluate(table, ["dummy", "scratch"], ONE_FOLD, options=QUICK, n_jobs=1)
    assert (runs(results)["error"] == "").all()
    assert set(COLUMNS) <= set(results.columns)
    assert set(histories(results)["model"]) == {"scratch"}
    main = scores(results, [TABLES[which]]).set_index("model")["mean"]
    assert np.isfinite(main["scratch"])


def test_a_saved_folder_is_a_contestant_and_is_judged_against_its_twin(table, tmp_path):
    from matprior.estimators import MaterialRegressor

    strings, gap = list(table.strings), table.frame["gap_eV"].to_numpy()
    MaterialRegressor(model=None, **QUICK).fit(strings, gap).save(tmp_path / "mine")
    results = evaluate(table, ["scratch", str(tmp_path / "mine")], ONE_FOLD, options=QUICK)
    assert (runs(results)["error"] == "").all()
    assert verdict(results).startswith("Pretraining ")
