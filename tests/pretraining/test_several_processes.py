"""Two processes that train together take the steps of one with the same global batch."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from matprior.data.recipe import read_recipe
from matprior.pretraining.run import PretrainingRecipe, pretrain
from matprior.tokens import encode_many
from matprior.training.batches import BucketSampler, Rows, ShareOfBatches
from matprior.training.engine import Share

RECIPE = """
name: two
size: tiny
sources: [corpus.txt]
properties:
  - {name: gap, files: [gap.csv], column: gap}
  - {name: metal, files: [gap.csv], column: gap, kind: binary, transform: is_zero}
property_balance: uncertainty
masked_atoms: {predict_amount: true, masking: {masked_share: 0.5}}
contrastive: {weight: 0.2}
denoising: {weight: 0.2}
training: {epochs: 3, batch_size: 24, layer_decay: 1.0, save_every: 4, ema: 0.9}
"""


def test_the_shares_of_all_processes_make_up_each_batch_and_are_alike_in_length():
    lengths = np.random.default_rng(0).integers(3, 9, 103)
    whole = BucketSampler(lengths, 10, seed=1)
    shares = [ShareOfBatches(BucketSampler(lengths, 10, seed=1), process, 4) for process in range(4)]
    for epoch in (0, 2):
        for one in (whole, *shares):
            one.set_epoch(epoch)
        order = list(whole)
        parts = [list(share) for share in shares]
        assert {len(part) for part in parts} == {len(shares[0])} == {10}  # the last 3 rows are too few for 4
        for index in range(10):
            batch = [row for part in parts for row in part[index]]
            assert sorted(batch) == sorted(order[index * 10 : index * 10 + 10])
            assert {len(part[index]) for part in parts} <= {2, 3}


def test_a_continued_run_goes_on_where_each_process_stood():
    from accelerate import skip_first_batches

    rows = Rows(encode_many(["NaCl", "Fe2O3", "LiFePO4", "He", "MgO"] * 7))
    for process in (0, 1):
        share = ShareOfBatches(BucketSampler(rows.encoded.lengths, 8, seed=1), process, 2)
        loader = Share(
            rows, batch_sampler=share, collate_fn=lambda batch: (batch["epoch"], batch["rows"].tolist())
        )
        loader.set_epoch(3)
        whole = list(loader)
        assert {epoch for epoch, _ in whole} == {3}
        rest = skip_first_batches(loader, 2)
        rest.batch_sampler.batch_sampler.set_epoch(3)  # where the Trainer looks for it
        assert list(rest) == whole[2:]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """112 formulas, a property known for half of them, and a recipe with every objective."""
    cations, anions = ["Li", "Na", "K", "Rb", "Cs", "Mg", "Ca"], ["F", "Cl", "Br", "I", "O", "S", "Se", "Te"]
    strings = [f"{c}{a}{n}" for c in cations for a in anions for n in (1, 2)]
    (tmp_path / "corpus.txt").write_text("\n".join(strings), encoding="utf-8")
    gaps = "\n".join(f"{string},{index % 5}" for index, string in enumerate(strings[::2]))
    (tmp_path / "gap.csv").write_text(f"formula,gap\n{gaps}\n", encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def together(world: Path, output: Path, launcher: list[str] | None = None) -> None:
    """The command line in two processes on this machine."""
    command = ["-m", "matprior", "pretrain", str(world / "recipe.yaml"), "--output", str(output)]
    command += ["--data-folder", str(world)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"}
    if launcher:
        runs = [subprocess.Popen([sys.executable, *launcher, *command], env=common)]
    else:  # as torchrun sets them, without its own start-up time
        place = [{"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"} for rank in (0, 1)]
        runs = [subprocess.Popen([sys.executable, *command], env={**common, **one}) for one in place]
    try:
        assert [run.wait(timeout=1800) for run in runs] == [0] * len(runs)
    finally:
        for run in runs:
            run.kill()


def curves(output: Path) -> dict[str, list[float]]:
    history = json.loads((output / "run" / "history.json").read_text())
    names = {name for row in history for name in row} - {"seconds"}
    return {name: [row[name] for row in history if name in row] for name in names}


def same(one: Path, two: Path) -> None:
    found, expected = curves(two), curves(one)
    assert found.keys() == expected.keys()
    assert len(expected["train_loss"]) >= 3
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=2e-4, atol=2e-5, err_msg=name)


def test_two_processes_have_the_loss_curve_of_one(world):
    pretrain(read_recipe(world / "recipe.yaml", PretrainingRecipe), world, world / "one")
    together(world, world / "two")
    same(world / "one", world / "two")
    assert (world / "two" / "README.md").exists()
    weights = load_file(world / "two" / "model.safetensors")
    assert all(np.isfinite(value).all() for value in weights.values())


@pytest.mark.slow
def test_torchrun_has_the_loss_curve_of_one_process(world):
    pretrain(read_recipe(world / "recipe.yaml", PretrainingRecipe), world, world / "one")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    together(world, world / "two", launcher)
    same(world / "one", world / "two")
