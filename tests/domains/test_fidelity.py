"""Computed and measured values in one model, the fidelity as an input column."""

from __future__ import annotations

import numpy as np
import pandas as pd


def test_one_model_answers_for_both_fidelities(regressor, oxides, numbers):
    """Measured values lie 300 above the computed ones; few are known, on other oxides than those asked."""
    few = np.arange(0, 90, 3)
    strings = [*oxides, *(oxides[i] for i in few)]
    values = np.concatenate([numbers, numbers[few] + 300])
    measured = np.repeat([0.0, 1.0], [len(oxides), len(few)])
    model = regressor(
        training={"epochs": 12, "batch_size": 16, "learning_rate": 2e-3, "head_learning_rate": 5e-3}
    )
    model.fit(strings, values, extra=pd.DataFrame({"is_measured": measured}))
    asked = oxides[100:160]
    answers = [
        model.predict(asked, extra=pd.DataFrame({"is_measured": np.full(60, which)})) for which in (0.0, 1.0)
    ]
    assert 150 < (answers[1] - answers[0]).mean() < 450
