"""Properties that share a loss: weights, learned scales, yes-or-no properties."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.pretraining.corpus import PropertySource, read_corpus
from matprior.pretraining.properties import Properties
from matprior.pretraining.scoring import _binary_scores, measured
from matprior.training.losses import balanced_by_column

NAN = float("nan")
LABELS = torch.tensor([[4.0, 2.0], [4.0, NAN], [4.0, NAN], [4.0, NAN]])  # errors 3.5 (4 rows) and 1.5 (1 row)


@pytest.mark.parametrize(
    ("balance", "share"), [("equal", 1 / 2), ("sqrt", 2 / 3), ("count", 4 / 5), ("uncertainty", 2 / 3)]
)
def test_the_weight_of_a_property_follows_its_known_values(balance, share):
    loss = balanced_by_column(torch.zeros(4, 2), LABELS, balance, log_scale=torch.zeros(2))
    assert float(loss) == pytest.approx(share * 3.5 + (1 - share) * 1.5)


def test_a_learned_scale_settles_where_the_property_s_error_is():
    scale = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.SGD([scale], lr=0.5)
    for _ in range(300):
        optimiser.zero_grad()
        balanced_by_column(torch.zeros(4, 2), LABELS, "uncertainty", log_scale=scale).backward()
        optimiser.step()
    np.testing.assert_allclose(scale.exp().detach(), [3.5, 1.5], rtol=1e-3)


def test_yes_or_no_is_learned_as_a_logit_and_gaps_have_no_gradient():
    logits = torch.tensor([[2.0, 0.0], [2.0, 5.0]], requires_grad=True)
    labels = torch.tensor([[1.0, 0.0], [NAN, NAN]])
    loss = balanced_by_column(logits, labels, "equal", torch.tensor([True, False]))
    assert loss.item() == pytest.approx(np.log1p(np.exp(-2)) / 2)
    loss.backward()
    assert logits.grad.isfinite().all()
    assert (logits.grad[1] == 0).all()


def test_an_unknown_balance_names_those_there_are():
    with pytest.raises(ValueError, match=r"'root'\. Known: sqrt, equal, count, uncertainty"):
        Properties(balance="root")


def test_a_metal_is_a_formula_without_a_computed_gap(tmp_path):
    (tmp_path / "gap.csv").write_text(
        "formula,gap\nFe,0\nNaCl,8\nMgO,\nCu,0\nCu,0\nCu,0.5\n", encoding="utf-8"
    )
    metal = PropertySource("is_metal", ["gap.csv"], "gap", kind="binary", transform="is_zero")
    corpus = read_corpus(tmp_path, ["gap.csv"], [metal], [])
    found = dict(zip(corpus.strings, corpus.values[:, 0].tolist(), strict=True))
    assert (found["Fe"], found["NaCl"], found["Cu"]) == (1, 0, 1)
    assert np.isnan(found["MgO"])


def test_a_binary_property_with_other_values_is_refused(tmp_path):
    (tmp_path / "gap.csv").write_text("formula,gap\nFe,0\nNaCl,8\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"'m' is binary and has the value 8.*is_zero"):
        read_corpus(tmp_path, ["gap.csv"], [PropertySource("m", ["gap.csv"], "gap", kind="binary")], [])
    with pytest.raises(ValueError, match=r"transform 'log'; expected one of none, log10, is_zero"):
        PropertySource("m", ["gap.csv"], "gap", transform="log")


def test_the_score_of_a_binary_property_is_the_chance_to_rank_a_yes_above_a_no():
    record = _binary_scores("m", np.array([3.0, 1.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.0, 0.0]))
    assert record["ROC-AUC"] == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert measured(record) == [("ROC-AUC", "", record["ROC-AUC"], 0.5)]
    assert measured(_binary_scores("m", np.ones(2), np.ones(2))) == []
