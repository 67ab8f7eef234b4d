"""The order in which rows are visited, and what a batch holds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.tokens import encode_many
from matprior.training.batches import BucketSampler, Rows, bucketed_order


@pytest.mark.parametrize(("n", "batch_size"), [(1, 8), (7, 8), (64, 8), (1000, 16), (1003, 16), (5000, 3)])
def test_every_row_comes_exactly_once_per_epoch(n, batch_size):
    lengths = np.random.default_rng(0).integers(3, 13, n)
    order = bucketed_order(lengths, batch_size, np.random.default_rng(1))
    assert sorted(order.tolist()) == list(range(n))


def test_batches_hold_strings_of_like_length():
    lengths = np.random.default_rng(0).integers(3, 13, 4096)
    order = bucketed_order(lengths, 32, np.random.default_rng(1))
    spread = np.ptp(lengths[order].reshape(-1, 32), axis=1)
    unsorted = np.ptp(lengths.reshape(-1, 32), axis=1)
    assert spread.mean() < 1.0 < 8.0 < unsorted.mean()


def test_short_strings_do_not_all_come_first():
    lengths = np.random.default_rng(0).integers(3, 13, 4096)
    order = bucketed_order(lengths, 32, np.random.default_rng(1))
    means = lengths[order].reshape(-1, 32).mean(1)
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.3


def test_the_short_batch_is_the_last():
    lengths = np.repeat([3, 9], 5)
    order = bucketed_order(lengths, 4, np.random.default_rng(0))
    full = lengths[order][:8].reshape(2, 4)
    assert {tuple(sorted(set(batch))) for batch in full.tolist()} <= {(3,), (9,), (3, 9)}
    assert len(order) == 10


def test_same_seed_same_order_and_each_epoch_its_own():
    lengths = np.full(100, 5)
    one, two = BucketSampler(lengths, 8, seed=3), BucketSampler(lengths, 8, seed=3)
    first = list(one)
    assert first == list(two)
    one.set_epoch(1)
    second = [index - 100 for index in one]  # indices of epoch 1 start at n
    assert sorted(second) == list(range(100))
    assert second != first
    assert list(BucketSampler(lengths, 8, seed=4)) != first


def test_a_batch_knows_its_rows_epoch_and_targets():
    encoded = encode_many(["NaCl", "LiFePO4", "Fe", "KBr"])
    targets = np.array([[1.0, np.nan], [2.0, 5.0], [3.0, 6.0], [4.0, 7.0]])
    batch = Rows(encoded, targets).__getitems__([2 * 4 + 3, 2 * 4 + 1])
    assert batch["rows"].tolist() == [3, 1]
    assert batch["epoch"] == 2
    assert batch["labels"][:, 0].tolist() == [4.0, 2.0]
    assert batch["input_ids"].shape == (2, 6)
    assert torch.equal(batch["attention_mask"], (batch["input_ids"] != 0).long())


def test_a_batch_is_trimmed_to_its_longest_string():
    rows = Rows(encode_many(["NaCl", "LiFePO4", "Fe"]))
    assert rows.__getitems__([0, 2])["input_ids"].shape == (2, 4)
    assert "labels" not in rows[0]
