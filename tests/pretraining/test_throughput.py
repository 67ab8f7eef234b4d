"""The throughput benchmark counts what a step multiplies, and its parts add up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.tokens import encode_many
from matprior.training.batches import Rows

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    import pretrain_throughput

    yield pretrain_throughput
    sys.modules.pop("pretrain_throughput", None)


def test_counted_operations_are_those_of_the_network(script):
    config = MatBertConfig.of_size("tiny")
    config._attn_implementation = "eager"  # the counter does not know the fused attention of a CPU
    model = MatBertForPreTraining(config)
    batch = Rows(encode_many(["LiFePO4", "KMnPO4", "NaCoPO4"])).__getitems__([0, 1, 2])
    with FlopCounterMode(display=False) as counter:
        model(batch["input_ids"], batch["amounts"], batch["attention_mask"])
    assert script.flops_of(model, torch.tensor([6, 6, 6])) == pytest.approx(
        3 * counter.get_total_flops(), rel=0.01
    )


def test_the_shares_of_a_step_add_up(script, tmp_path):
    path = tmp_path / "formulas.txt"
    path.write_text("\n".join(["NaCl", "Fe2O3", "LiFePO4", "He"] * 20))
    found = script.measure(path, size="tiny", batch_size=16, steps=3, limit=80, bf16=False)
    assert set(found["share_of_time"]) == {"batch and masks", "forward", "backward", "optimiser"}
    assert sum(found["share_of_time"].values()) == pytest.approx(1, abs=0.01)
    assert 0 < found["value"] < 1.5
    assert found["formulas_per_second"] > 0
