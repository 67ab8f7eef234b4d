"""The exam of every masking strategy, and what each of them is for."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from matprior.data.recipe import from_dict
from matprior.notations.elements import GROUPS, SYMBOLS
from matprior.pretraining.groups import GROUP_MEMBERS, membership
from matprior.pretraining.masking import IGNORED, MASK, MASKINGS, Masking
from matprior.tokens import ELEMENT_OFFSET, VOCABULARY_SIZE, encode_many

N = 10_000
STRINGS = ["NaCl", "Fe2O3", "LiFePO4", "He", "La0.8Sr0.2MnO3", "CuSO4·5H2O", "Bi2Te3", "CsPbI3", "Ni3Al"]


def number(symbol: str) -> int:
    return ELEMENT_OFFSET + 1 + SYMBOLS.index(symbol)


def formulas(n: int = N, encoding: str = "amounts") -> np.ndarray:
    return encode_many(STRINGS, encoding).ids[np.random.default_rng(0).integers(0, len(STRINGS), n)]


def masking(name: str, **changes: float) -> Masking:
    chosen = Masking(strategy=name, **{"masked_share": 1.0, **changes})
    chosen.learn(encode_many(STRINGS))
    return chosen


def masked(chosen: Masking, ids: np.ndarray, epoch: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return chosen(ids, np.arange(len(ids)), epoch, 5)


@pytest.mark.parametrize("encoding", ["amounts", "repeat"])
@pytest.mark.parametrize("name", MASKINGS)
class TestEveryStrategy:
    def test_never_touches_specials_or_padding_and_leaves_its_input_alone(self, name, encoding):
        ids = formulas(encoding=encoding)
        ids[::7, 1] = 1  # [UNK]
        ids[::11, 1] = MASK
        before = ids.copy()
        corrupted, labels = masked(masking(name), ids)
        assert (ids == before).all()
        special = ids <= ELEMENT_OFFSET
        assert (labels[special] == IGNORED).all()
        assert (corrupted[special] == ids[special]).all()

    def test_changes_what_is_asked_for_alone_and_labels_it_with_the_truth(self, name, encoding):
        ids = formulas(encoding=encoding)
        corrupted, labels = masked(masking(name), ids)
        asked = labels != IGNORED
        assert (labels[asked] == ids[asked]).all()
        assert (corrupted[~asked] == ids[~asked]).all()

    def test_asks_for_at_least_one_atom_of_a_masked_row_and_for_none_of_another(self, name, encoding):
        ids = formulas(encoding=encoding)
        assert (masked(masking(name), ids)[1] != IGNORED).any(1).all()
        share = (masked(masking(name, masked_share=0.3), ids)[1] != IGNORED).any(1).mean()
        assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / N)

    def test_keeps_the_shares_of_mask_random_and_same(self, name, encoding):
        ids = formulas(encoding=encoding)
        corrupted, labels = masked(masking(name), ids)
        asked = labels != IGNORED
        n = int(asked.sum())
        assert abs((corrupted[asked] == MASK).mean() - 0.8) < 4 * np.sqrt(0.16 / n)
        assert abs((corrupted[asked] == ids[asked]).mean() - 0.1 - 0.1 / 118) < 4 * np.sqrt(0.09 / n)

    def test_masks_a_row_alike_in_any_batch_and_however_far_it_is_padded(self, name, encoding):
        ids = formulas(300, encoding)
        chosen, rows = masking(name), np.arange(300)
        corrupted, labels = chosen(ids, rows, 3, 7)
        some = np.random.default_rng(1).permutation(300)[:40]
        again, asked = chosen(np.pad(ids[some], ((0, 0), (0, 9))), rows[some], 3, 7)
        width = ids.shape[1]
        assert (again[:, :width] == corrupted[some]).all()
        assert (asked[:, :width] == labels[some]).all()

    def test_draws_other_atoms_in_another_epoch(self, name, encoding):
        ids = formulas(2000, encoding)
        first, second = (masked(masking(name), ids, epoch)[1] != IGNORED for epoch in (0, 1))
        assert (first != second).any(1).mean() > 0.3


def test_uniform_masks_are_those_the_shipped_checkpoint_learned_from():
    # Bytes of the masks of version 0.1.0: a moved draw would make its recipe give another checkpoint.
    ids = encode_many(["NaCl", "Fe2O3", "LiFePO4", "He", "La0.8Sr0.2MnO3"] * 20).ids
    corrupted, labels = Masking()(ids, np.arange(100) * 3, 2, 11)
    told = hashlib.sha256(corrupted.astype("<i8").tobytes() + labels.astype("<i8").tobytes()).hexdigest()
    assert told[:16] == "0c79b4949bc86986"


def test_balanced_asks_for_oxygen_far_less_than_half_of_the_time():
    oxides = encode_many([f"{metal}2O3" for metal in ("Al", "Fe", "Ti", "Cr", "La", "Y", "Ga", "In", "B")])
    ids = oxides.ids[np.random.default_rng(0).integers(0, len(oxides), N)]
    shares = {}
    for name in ("uniform", "balanced"):
        chosen = Masking(strategy=name, masked_share=1.0)
        chosen.learn(oxides)
        labels = masked(chosen, ids)[1]
        shares[name] = (labels == number("O")).sum() / (labels != IGNORED).sum()
    assert shares["uniform"] == pytest.approx(0.5, abs=0.02)
    assert shares["balanced"] < 0.36


def test_balanced_falls_with_frequency_and_keeps_the_mean_chance():
    corpus = encode_many(["NaCl"] * 90 + ["NaBr"] * 9 + ["NaI"])
    ids = np.repeat(encode_many(["Na2ClBrI"] * 2).ids[:, 1:5], N // 2, axis=0)
    chosen = Masking(strategy="balanced", masked_share=1.0, probability=0.25)
    chosen.learn(corpus)
    labels = masked(chosen, ids)[1]
    asked = [(labels == number(symbol)).mean() for symbol in ("Na", "Cl", "Br", "I")]
    assert asked == sorted(asked)
    weights = chosen.choice.weights
    counts = np.bincount(corpus.ids.ravel(), minlength=VOCABULARY_SIZE)[ELEMENT_OFFSET + 1 :]
    assert (weights[ELEMENT_OFFSET + 1 :] * (counts + 1)).sum() / (counts + 1).sum() == pytest.approx(1)


def test_balanced_says_what_it_lacks():
    with pytest.raises(ValueError, match="call learn"):
        masked(Masking(strategy="balanced"), formulas(5))


def test_a_whole_group_is_hidden_at_once_and_groups_are_drawn_alike():
    ids = encode_many(["LaCeFeNiO3"] * N).ids
    labels = masked(masking("group_whole"), ids)[1]
    hidden = [frozenset(row[row != IGNORED].tolist()) for row in labels]
    lanthanides, metals, oxygen = (
        frozenset(map(number, group)) for group in (("La", "Ce"), ("Fe", "Ni"), ("O",))
    )
    assert set(hidden) == {lanthanides, metals, oxygen}
    for one in (lanthanides, metals, oxygen):
        assert abs(hidden.count(one) / N - 1 / 3) < 4 * np.sqrt(2 / 9 / N)


def test_within_a_group_one_atom_is_hidden_each_as_often_as_the_other():
    ids = encode_many(["LaCeFeNiO3"] * N).ids
    labels = masked(masking("group_within"), ids)[1]
    assert ((labels != IGNORED).sum(1) == 1).all()
    for symbol, expected in {"O": 1 / 3, "La": 1 / 6, "Ce": 1 / 6, "Fe": 1 / 6, "Ni": 1 / 6}.items():
        share = (labels == number(symbol)).any(1).mean()
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / N), symbol


def test_every_element_is_in_a_group_and_special_tokens_in_none():
    table = membership()
    assert list(GROUP_MEMBERS) == [*GROUPS, "other"]
    assert GROUP_MEMBERS["other"] == {"H", "C"}
    assert table[:, ELEMENT_OFFSET + 1 :].any(0).all()
    assert not table[:, : ELEMENT_OFFSET + 1].any()
    assert np.flatnonzero(table[:, number("Te")]).size == 2


def test_a_recipe_names_its_strategy_and_a_misspelt_one_is_refused():
    assert from_dict({"strategy": "group_whole"}, Masking).choice.ask
    with pytest.raises(ValueError, match=r"'balancd'.*Did you mean 'balanced'"):
        from_dict({"strategy": "balancd"}, Masking)
