"""Which rows are chosen, how good a support set is called, and what augmentation may change."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.fewshot.augment import augmented
from matprior.fewshot.quality import balance, support_quality
from matprior.fewshot.support import CHOICES, Pool, choose, entropy
from matprior.notations import NOTATIONS, parse


@pytest.fixture
def pool(clouds):
    """A pool of 80 rows of a large cloud and 4 of each of three small ones."""
    vectors, codes = clouds(n=80, c=4, apart=12.0)
    rows = np.concatenate([np.flatnonzero(codes == 0), *(np.flatnonzero(codes == c)[:4] for c in (1, 2, 3))])
    probabilities = np.full((len(rows), 4), 0.02)
    probabilities[np.arange(len(rows)), codes[rows]] = 0.94
    probabilities[:8] = 0.25
    return Pool(vectors[rows], codes[rows], probabilities)


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_gives_k_different_rows_and_gives_them_again(name, pool):
    rows = choose(name, pool, 8, seed=3)
    assert len(set(rows.tolist())) == 8
    assert rows.tolist() == choose(name, pool, 8, seed=3).tolist()


@pytest.mark.parametrize("name", ["stratified", "kmeans", "maxmin"])
def test_rare_classes_are_found(name, pool):
    assert set(pool.codes[choose(name, pool, 4)]) == {0, 1, 2, 3}


def test_stratified_takes_equally_many(pool):
    assert np.bincount(pool.codes[choose("stratified", pool, 12)]).tolist() == [3, 3, 3, 3]


def test_uncertain_asks_where_the_model_is_unsure(pool):
    assert max(choose("uncertain", pool, 4)) < 8


@pytest.mark.parametrize("name", ["kmeans", "maxmin"])
def test_what_is_measured_is_not_asked_again(name, pool):
    measured = pool.vectors[pool.codes == 1][:2]
    chosen = choose(name, Pool(pool.vectors, measured=measured), 3)
    nearest = np.abs(pool.vectors[chosen][:, None] - measured).sum(-1).min()
    assert nearest > 0
    assert 1 not in pool.codes[chosen]


@pytest.mark.parametrize(
    ("name", "k", "message"),
    [("best", 3, "Known: random"), ("random", 0, "expected 1 to 92"), ("random", 93, "the pool has 92")],
)
def test_a_choice_that_cannot_be_is_refused(name, k, message, pool):
    with pytest.raises(ValueError, match=message):
        choose(name, pool, k)


@pytest.mark.parametrize(("name", "lacks"), [("stratified", "classes"), ("uncertain", "probabilities")])
def test_a_choice_says_what_it_lacks(name, lacks, pool):
    with pytest.raises(ValueError, match=lacks):
        choose(name, Pool(pool.vectors), 3)


def test_doubt_runs_from_none_to_whole():
    assert entropy(np.array([[1.0, 0.0], [0.5, 0.5]])).round(6).tolist() == [0.0, 1.0]


def test_a_spread_set_is_called_better_than_a_lump(pool):
    codes = pool.codes
    spread = choose("kmeans", pool, 8)
    good = support_quality(pool.vectors[spread], codes[spread], pool.vectors, codes)
    lump = np.flatnonzero(codes == 0)[:8]
    bad = support_quality(pool.vectors[lump], codes[lump], pool.vectors, codes)
    assert good.coverage_percentile > 0.9 > 0.5 > bad.coverage_percentile
    assert good.expected_percentile > bad.expected_percentile
    assert good.verdict.startswith("A good support set")
    assert "uneven" in bad.verdict


def test_quality_needs_no_labels_of_the_pool(clouds):
    vectors, _ = clouds(n=100, c=2, apart=0.0)
    one_side = np.argsort(vectors[:, 0])[:8]
    quality = support_quality(vectors[one_side], np.arange(8) % 2, vectors)
    assert quality.balance == 1.0
    assert quality.expected_percentile < 0.4


def test_balance_runs_from_one_class_to_even_ones():
    assert (
        balance(np.array([0, 0, 0])) == 0.0 < balance(np.array([0, 0, 0, 1])) < balance(np.array([0, 1, 2]))
    )


def test_compositions_keep_their_elements_and_move_a_little():
    for line in augmented(["Fe2O3", "BaTiO3"], 5, seed=1):
        for changed in line:
            first = "Fe2O3" if "Fe" in changed else "BaTiO3"
            before, after = parse(first).fractions, parse(changed).fractions
            assert set(before) == set(after)
            assert 0 < max(abs(before[s] - after[s]) for s in before) < 0.1


def test_molecules_are_spelled_anew_and_stay_themselves():
    (line,) = augmented(["CC(=O)Oc1ccccc1C(=O)O"], 4, "smiles", seed=2)
    canonical = NOTATIONS["smiles"].canonical
    assert len(set(line)) == 4
    assert {canonical(one) for one in line} == {canonical("CC(=O)Oc1ccccc1C(=O)O")}


def test_a_number_of_copies_below_zero_is_refused():
    with pytest.raises(ValueError, match="augment is -1"):
        augmented(["Fe2O3"], -1)
