"""Hidden amounts: what the network sees instead of a fraction, and what it is asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.models.matbert import PretrainingOutput
from matprior.pretraining.masking import IGNORED, without_amounts
from matprior.pretraining.objectives import MaskedAtoms
from matprior.tokens import encode_many
from matprior.training.batches import Rows
from matprior.training.losses import masked_fraction_loss

STRINGS = ["NaCl", "Fe2O3", "LiFePO4", "He", "La0.8Sr0.2MnO3", "CuSO4·5H2O"]


def test_a_hidden_amount_cannot_be_told_from_what_the_others_lack_to_one():
    encoded = encode_many(["Fe2O3", "LiFePO4", "He"])
    asked = np.zeros(encoded.ids.shape, dtype=bool)
    asked[0, 2] = asked[2, 1] = True  # O of Fe2O3; He
    seen = without_amounts(encoded.amounts, asked)
    np.testing.assert_array_equal(seen[0, :4], [0, 1, 0, 0])
    np.testing.assert_array_equal(seen[1], encoded.amounts[1])
    assert not seen[2].any()
    assert encoded.amounts[0, 2] > 0


def test_an_objective_hides_the_amount_only_where_it_is_asked_for():
    batch = Rows(encode_many(STRINGS)).__getitems__(list(range(len(STRINGS))))
    before = batch["amounts"].clone()
    plain, changed = (MaskedAtoms(predict_amount=one).corrupt(batch, 0) for one in (False, True))
    assert torch.equal(batch["amounts"], before)
    assert torch.equal(plain["amounts"], before)
    assert "asked_amounts" not in plain
    asked = changed["asked"] != IGNORED
    assert torch.equal(changed["asked"], plain["asked"])
    assert (changed["amounts"][asked] == 0).all()
    assert torch.equal(changed["asked_amounts"][asked], before[asked])
    assert changed["asked_amounts"][~asked].isnan().all()


def test_the_loss_of_a_fraction_is_zero_for_the_truth_and_reaches_the_head():
    truth = torch.tensor([[torch.nan, 0.25, 0.001]])
    perfect = torch.logit(truth.nan_to_num(0.5)).requires_grad_()
    assert masked_fraction_loss(perfect, truth).item() == pytest.approx(0, abs=1e-6)
    guess = torch.zeros(1, 3, requires_grad=True)
    loss = masked_fraction_loss(guess, truth)
    loss.backward()
    assert loss.item() > 0.1
    assert guess.grad[0, 0] == 0
    assert (guess.grad[0, 1:] > 0).all()
    assert masked_fraction_loss(guess, torch.full((1, 3), torch.nan)).item() == 0
    objective = MaskedAtoms(predict_amount=True, amount_weight=2.0)
    batch = {"asked": torch.full((1, 3), IGNORED), "asked_amounts": truth}
    outputs = PretrainingOutput(logits=torch.zeros(1, 3, 123), amount_logits=guess)
    assert objective.loss(outputs, batch).item() == pytest.approx(2 * loss.item())
