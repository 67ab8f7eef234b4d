"""Masked atoms: which places are asked for, what stands there instead, and that draws repeat."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.pretraining.masking import IGNORED, MASK, Draws, Masking
from matprior.pretraining.objectives import Denoising, MaskedAtoms, Properties
from matprior.tokens import ELEMENT_OFFSET, VOCABULARY_SIZE, encode_many
from matprior.training.batches import Rows

N = 20_000
STRINGS = ["NaCl", "Fe2O3", "LiFePO4", "He", "La0.8Sr0.2MnO3", "CuSO4·5H2O"]


def formulas(n: int = N) -> np.ndarray:
    """Padded ids of n formulas, 1 to 6 elements each."""
    random = np.random.default_rng(0)
    return encode_many(STRINGS).ids[random.integers(0, len(STRINGS), n)]


def masked(masking: Masking, ids: np.ndarray, epoch: int = 0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return masking(ids, np.arange(len(ids)), epoch, seed)


def share_within(share: float, expected: float, n: int) -> bool:
    """Within four standard errors: chance alone fails this once in 16,000 times, and the seed is fixed."""
    return abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_special_tokens_and_padding_are_never_asked_for_nor_touched():
    ids = formulas()
    corrupted, labels = masked(Masking(probability=0.9, masked_share=1.0), ids)
    special = ids <= ELEMENT_OFFSET
    assert special.any(axis=0).sum() > 3  # padding and [SEP] at several places
    assert (labels[special] == IGNORED).all()
    assert (corrupted[special] == ids[special]).all()


def test_a_mask_token_or_unknown_already_there_is_left_alone():
    ids = np.array([[2, 1, MASK, 12, 3, 0]], dtype=np.int16)  # [CLS] [UNK] [MASK] O [SEP] [PAD]
    for epoch in range(50):
        corrupted, labels = masked(Masking(probability=1.0, masked_share=1.0), ids, epoch)
        assert (labels != IGNORED).tolist() == [[False, False, False, True, False, False]]
        assert corrupted[0, :3].tolist() == [2, 1, MASK]


def test_the_input_is_copied_not_changed():
    ids = formulas(1000)
    before = ids.copy()
    corrupted, _ = masked(Masking(masked_share=1.0), ids)
    assert (ids == before).all()
    assert not np.shares_memory(ids, corrupted)
    assert (corrupted != before).any()


def test_the_batch_of_an_objective_is_copied_not_changed():
    batch = Rows(encode_many(STRINGS)).__getitems__(list(range(len(STRINGS))))
    before = {name: value.clone() for name, value in batch.items() if isinstance(value, torch.Tensor)}
    changed = MaskedAtoms().corrupt(batch, 0)
    assert "asked" not in batch
    for name, value in before.items():
        assert torch.equal(batch[name], value), name
    assert not torch.equal(changed["input_ids"], before["input_ids"])


def test_eighty_percent_become_mask_ten_random_ten_stay():
    ids = formulas()
    corrupted, labels = masked(Masking(masked_share=1.0), ids)
    asked = labels != IGNORED
    n = int(asked.sum())
    assert n > 20_000
    assert share_within((corrupted[asked] == MASK).mean(), 0.8, n)
    kept = corrupted[asked] == ids[asked]
    # A random element is the true one once in 118 times.
    assert share_within(kept.mean(), 0.1 + 0.1 / 118, n)
    assert (corrupted[~asked] == ids[~asked]).all()


def test_labels_hold_the_true_element_where_asked_and_ignored_elsewhere():
    ids = formulas()
    _, labels = masked(Masking(), ids)
    asked = labels != IGNORED
    assert (labels[asked] == ids[asked]).all()
    assert set(np.unique(labels[~asked])) == {IGNORED}


def test_a_random_replacement_is_always_an_element_and_any_element():
    ids = formulas()
    corrupted, labels = masked(Masking(masked_share=1.0, mask_share=0.0, random_share=1.0), ids)
    swapped = corrupted[labels != IGNORED]
    assert swapped.min() == ELEMENT_OFFSET + 1
    assert swapped.max() == VOCABULARY_SIZE - 1
    counts = np.bincount(swapped, minlength=VOCABULARY_SIZE)[ELEMENT_OFFSET + 1 :]
    assert (counts > 0).all()
    assert counts.max() < 2 * counts.mean()


@pytest.mark.parametrize("probability", [0.0, 0.15, 0.25])
def test_every_masked_row_is_asked_for_at_least_one_atom(probability):
    _, labels = masked(Masking(probability=probability, masked_share=1.0), formulas())
    asked = (labels != IGNORED).sum(1)
    assert asked.min() == 1
    if probability == 0:
        assert asked.max() == 1


def test_half_of_the_rows_stay_whole():
    _, labels = masked(Masking(masked_share=0.5), formulas())
    assert share_within((labels != IGNORED).any(1).mean(), 0.5, N)


def test_the_chance_of_an_atom_is_the_one_asked_for_in_long_rows():
    ids = np.full((N, 12), 30, dtype=np.int16)
    _, labels = masked(Masking(probability=0.25, masked_share=1.0), ids)
    # Rows that drew none are asked for one anyway: 0.25 + 0.75 ** 12 / 12.
    assert share_within((labels != IGNORED).mean(), 0.25 + 0.75**12 / 12, N * 12)


def test_each_place_is_as_likely_as_any_other():
    ids = np.full((N, 6), 30, dtype=np.int16)
    _, labels = masked(Masking(masked_share=1.0), ids)
    share = (labels != IGNORED).mean(0)
    assert all(share_within(one, share.mean(), N) for one in share)


def test_a_row_is_masked_alike_in_any_batch_and_any_order():
    ids = formulas(500)
    rows = np.arange(500)
    corrupted, labels = Masking()(ids, rows, 3, 7)
    some = np.random.default_rng(1).permutation(500)[:40]
    corrupted_some, labels_some = Masking()(ids[some], rows[some], 3, 7)
    assert (corrupted_some == corrupted[some]).all()
    assert (labels_some == labels[some]).all()


def test_a_row_is_masked_alike_however_far_its_batch_is_padded():
    ids = encode_many(["NaCl", "Fe2O3"]).ids
    wide = np.pad(ids, ((0, 0), (0, 7)))
    for epoch in range(30):
        narrow_ids, narrow_labels = Masking()(ids, np.array([4, 9]), epoch, 1)
        wide_ids, wide_labels = Masking()(wide, np.array([4, 9]), epoch, 1)
        assert (wide_ids[:, : ids.shape[1]] == narrow_ids).all()
        assert (wide_labels[:, : ids.shape[1]] == narrow_labels).all()


@pytest.mark.parametrize(("epoch", "seed"), [(1, 0), (0, 1)])
def test_another_epoch_or_seed_draws_other_masks(epoch, seed):
    ids = formulas(2000)
    _, first = masked(Masking(masked_share=1.0), ids)
    _, second = masked(Masking(masked_share=1.0), ids, epoch, seed)
    assert ((first != IGNORED) != (second != IGNORED)).any(1).mean() > 0.3


def test_draws_are_uniform_and_streams_are_unrelated():
    draws = Draws(np.arange(50_000), 4, epoch=2, seed=11)
    one, other = draws.uniform(0), draws.uniform(1)
    assert 0 <= one.min() < 1e-4
    assert 1 - 1e-4 < one.max() < 1
    assert np.abs(np.histogram(one, 20, (0, 1))[0] / one.size - 0.05).max() < 0.002
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(one[:, 0], one[:, 1])[0, 1]) < 0.02
    assert abs(np.corrcoef(one[:-1, 0], one[1:, 0])[0, 1]) < 0.02


def test_a_formula_without_a_known_property_is_always_masked():
    encoded = encode_many(STRINGS * 20)
    targets = np.full((len(encoded), 2), np.nan, dtype=np.float32)
    targets[::2, 1] = 1.0
    batch = MaskedAtoms().corrupt(Rows(encoded, targets).__getitems__(list(range(len(encoded)))), 0)
    asked = (batch["asked"] != IGNORED).any(1)
    assert asked[1::2].all()
    assert 0 < asked[::2].float().mean() < 1


def test_without_any_property_every_formula_is_masked():
    rows = Rows(encode_many(STRINGS * 20))
    batch = MaskedAtoms().corrupt(rows.__getitems__(list(range(len(rows)))), 0)
    assert (batch["asked"] != IGNORED).any(1).all()


def test_a_property_is_not_learned_from_a_formula_with_a_hidden_atom():
    from matprior.models.matbert import PretrainingOutput

    answers = torch.zeros(2, 1, requires_grad=True)
    batch = {
        "labels": torch.tensor([[3.0], [2.0]]),
        "asked": torch.tensor([[-100, 12, -100], [-100, -100, -100]]),
    }
    Properties().loss(PretrainingOutput(property_logits=answers), batch).backward()
    assert answers.grad[0].item() == 0.0
    assert answers.grad[1].item() != 0.0


def test_denoising_swaps_one_element_and_asks_for_all():
    ids = formulas(2000)
    batch = {"input_ids": torch.from_numpy(ids.astype(np.int64)), "rows": torch.arange(2000), "epoch": 0}
    changed = Denoising(share=0.5).corrupt(batch, 0)
    chosen = (changed["swapped"] != IGNORED).any(1)
    assert share_within(float(chosen.float().mean()), 0.5, 2000)
    differs = changed["input_ids"] != batch["input_ids"]
    assert (differs.sum(1) == chosen.long()).all()
    assert (changed["input_ids"] != MASK).all()
    element = batch["input_ids"] > ELEMENT_OFFSET
    assert ((changed["swapped"] != IGNORED) == (element & chosen[:, None])).all()
    assert (
        changed["swapped"][element & chosen[:, None]] == batch["input_ids"][element & chosen[:, None]]
    ).all()
    assert (changed["input_ids"][differs] > ELEMENT_OFFSET).all()


def test_denoising_leaves_formulas_with_a_hidden_atom_alone_and_swaps_every_atom_of_an_element():
    rows = Rows(encode_many(["Fe2O3", "NaCl"] * 200, encoding="repeat"), np.ones((400, 1), np.float32))
    batch = MaskedAtoms(masking=Masking(masked_share=0.5)).corrupt(rows.__getitems__(list(range(400))), 0)
    changed = Denoising(share=1.0).corrupt(batch, 0)
    hidden = (batch["asked"] != IGNORED).any(1)
    swapped = (changed["swapped"] != IGNORED).any(1)
    assert (hidden ^ swapped).all()
    differs = (changed["input_ids"] != batch["input_ids"])[::2][swapped[::2]]
    assert set(differs.sum(1).tolist()) == {2, 3}  # both Fe or all three O


def test_properties_are_not_learned_from_a_swapped_formula():
    from matprior.models.matbert import PretrainingOutput

    answers = torch.zeros(2, 1, requires_grad=True)
    batch = {"labels": torch.tensor([[3.0], [2.0]]), "swapped": torch.tensor([[-100, 12], [-100, -100]])}
    Properties().loss(PretrainingOutput(property_logits=answers), batch).backward()
    assert answers.grad[0].item() == 0.0
    assert answers.grad[1].item() != 0.0
