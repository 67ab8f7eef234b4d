"""Who is tested on what. The facts that would make a published score wrong if they failed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from matprior.data.dealing import draw
from matprior.data.split import (
    SPLITS,
    ColumnFolds,
    GroupFolds,
    LeaveClusterOut,
    RandomFolds,
    Split,
    TrainTestColumn,
)
from matprior.notations import NOTATIONS

METALS = ["Li", "Na", "K", "Mg", "Ca", "Fe", "Co", "Ni", "Cu", "Zn"]
STRINGS = [f"{metal}{tail}" for metal in METALS for tail in ("O", "2O3", "Cl2", "S")] + ["FeO", "FeO", "CuS"]
PARTS = ["train", "test", "val"] * 20


def made(name: str, rows: int) -> Split:
    """One of each member of the family, fit for a table of `rows` rows."""
    values = [str(i % 3) for i in range(rows)]
    options = {
        "random": {"n_splits": 4},
        "group": {"n_splits": 4},
        "cluster": {"n_clusters": 4},
        "column": {"values": values},
        "train_test": {"values": PARTS[:rows]},
    }
    return SPLITS[name](**options[name])


@pytest.mark.parametrize("name", SPLITS)
def test_train_and_test_share_no_row_and_no_fold_is_empty(name: str) -> None:
    for train, test in made(name, len(STRINGS)).split(STRINGS):
        assert len(train)
        assert len(test)
        assert not set(train) & set(test)
        assert set(train) | set(test) == set(range(len(STRINGS)))


@pytest.mark.parametrize("name", ["random", "group", "cluster", "column"])
def test_every_row_is_tested_exactly_once(name: str) -> None:
    tested = np.concatenate([test for _, test in made(name, len(STRINGS)).split(STRINGS)])
    assert sorted(tested) == list(range(len(STRINGS)))


@pytest.mark.parametrize("name", SPLITS)
def test_the_promised_number_of_folds_comes_out(name: str) -> None:
    split = made(name, len(STRINGS))
    assert split.get_n_splits(STRINGS) == len(list(split.split(STRINGS)))


@pytest.mark.parametrize("name", ["random", "group", "cluster"])
def test_the_fold_of_a_row_does_not_depend_on_the_order_of_the_table(name: str) -> None:
    split = made(name, len(STRINGS))
    order = np.random.default_rng(3).permutation(len(STRINGS))
    shuffled = [STRINGS[i] for i in order]
    assert split.folds(shuffled).tolist() == split.folds(STRINGS)[order].tolist()


def test_stratified_folds_do_not_depend_on_the_order_of_the_table() -> None:
    y = np.arange(len(STRINGS)) % 3
    order = np.random.default_rng(4).permutation(len(STRINGS))
    split = RandomFolds(n_splits=3, stratify=True)
    shuffled = split.folds([STRINGS[i] for i in order], y[order])
    assert shuffled.tolist() == split.folds(STRINGS, y)[order].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_a_chemical_system_never_appears_on_both_sides(seed: int) -> None:
    system = [NOTATIONS["composition"].group(string) for string in STRINGS]
    for train, test in GroupFolds(n_splits=5, seed=seed).split(STRINGS):
        assert {system[i] for i in train}.isdisjoint(system[i] for i in test)


def test_given_groups_are_kept_together_instead_of_chemical_systems() -> None:
    labs = [f"lab {i % 7}" for i in range(len(STRINGS))]
    for train, test in GroupFolds(n_splits=3).split(STRINGS, groups=labs):
        assert {labs[i] for i in train}.isdisjoint(labs[i] for i in test)


@pytest.mark.parametrize("name", ["random", "cluster"])
def test_rows_of_one_material_stay_together(name: str) -> None:
    folds = made(name, len(STRINGS)).folds(STRINGS)
    repeated = [string for string, n in Counter(STRINGS).items() if n > 1]
    assert len(repeated) >= 2
    for string in repeated:
        assert len({int(folds[i]) for i, other in enumerate(STRINGS) if other == string}) == 1


def test_folds_are_balanced_when_one_family_is_large() -> None:
    groups = ["oxide"] * 40 + [f"family {i}" for i in range(60)]
    sizes = np.bincount(GroupFolds(n_splits=4).folds([str(i) for i in range(100)], groups=groups))
    assert sizes.tolist() == [40, 20, 20, 20]


def test_random_folds_differ_by_at_most_one_row() -> None:
    sizes = np.bincount(RandomFolds(n_splits=7).folds([f"Fe{i}O" for i in range(1, 101)]))
    assert sizes.max() - sizes.min() <= 1


def test_another_seed_deals_another_hand_and_the_same_seed_the_same() -> None:
    strings = [f"Fe{i}O" for i in range(1, 60)]
    first, again = RandomFolds(seed=1).folds(strings), RandomFolds(seed=1).folds(strings)
    assert first.tolist() == again.tolist()
    assert first.tolist() != RandomFolds(seed=2).folds(strings).tolist()


def test_the_draw_is_the_same_on_every_machine() -> None:
    # Python's own hash() changes from run to run; a fold that depends on it cannot be published.
    assert draw("Fe2O3", 0).hex() == "0506dcb599bccad7"


def test_stratified_folds_carry_their_share_of_a_rare_class() -> None:
    strings = [f"Fe{i}O" for i in range(1, 101)]
    y = np.array([1] * 10 + [0] * 90)
    folds = RandomFolds(n_splits=5, stratify=True).folds(strings, y)
    assert np.bincount(folds[y == 1]).tolist() == [2, 2, 2, 2, 2]
    assert np.bincount(folds).tolist() == [20] * 5


def test_stratified_folds_carry_their_share_of_high_values() -> None:
    strings = [f"Fe{i}O" for i in range(1, 201)]
    y = np.arange(200) ** 2.0
    folds = RandomFolds(n_splits=5, stratify=True).folds(strings, y)
    highest = folds[-20:]
    assert np.bincount(highest, minlength=5).tolist() == [4] * 5


def test_unknown_labels_are_dealt_like_a_class_of_their_own() -> None:
    strings = [f"Fe{i}O" for i in range(1, 41)]
    y = np.array([np.nan] * 10 + [0.0, 1.0] * 15)
    folds = RandomFolds(n_splits=5, stratify=True).folds(strings, y)
    assert np.bincount(folds[:10]).tolist() == [2] * 5


def test_clusters_part_oxides_from_intermetallics() -> None:
    oxides = [f"{metal}{n}O{m}" for metal in METALS for n, m in ((1, 1), (2, 3), (1, 2))]
    alloys = [f"{a}{b}3" for a in ("Al", "Ga", "In") for b in ("Ti", "Zr", "Hf", "Pd", "Pt")]
    folds = LeaveClusterOut(n_clusters=2).folds(oxides + alloys)
    assert len(set(folds[: len(oxides)].tolist())) == 1
    assert set(folds[: len(oxides)].tolist()).isdisjoint(folds[len(oxides) :].tolist())
    assert (folds == 0).sum() >= (folds == 1).sum()  # numbered from large to small


def test_column_folds_follow_the_values_in_numeric_order() -> None:
    split = ColumnFolds([10, 2, "2", 10.0, 1])
    assert [test.tolist() for _, test in split.split(["a", "b", "c", "d", "e"])] == [[4], [1, 2], [0, 3]]


def test_a_row_without_fold_is_always_training() -> None:
    for train, _ in ColumnFolds(["a", "b", None, float("nan"), ""]).split(list("vwxyz")):
        assert {2, 3, 4} <= set(train.tolist())


def test_validation_rows_join_training_and_the_marker_may_be_named() -> None:
    strings = ["NaCl", "KCl", "KBr", "LiF"]
    assert TrainTestColumn(["Train", "val", " TEST ", "train"]).folds(strings).tolist() == [-1, -1, 0, -1]
    assert TrainTestColumn([0, 1, 1, 0], test="1").folds(strings).tolist() == [-1, 0, 0, -1]


def test_scikit_learn_takes_a_split_as_cv() -> None:
    from sklearn.dummy import DummyRegressor
    from sklearn.model_selection import cross_val_score

    y = np.arange(float(len(STRINGS)))
    scores = cross_val_score(DummyRegressor(), STRINGS, y, cv=GroupFolds(n_splits=3))
    assert len(scores) == 3


@pytest.mark.parametrize(
    ("split", "strings", "words"),
    [
        (RandomFolds(n_splits=1), STRINGS, ["n_splits is 1", "expected a whole number from 2", "5 is usual"]),
        (RandomFolds(n_splits=9), ["NaCl", "KCl"], ["n_splits=9", "only 2 different strings", "Ask for 2"]),
        (
            GroupFolds(n_splits=3),
            ["FeO", "Fe2O3", "NaCl"],
            ["n_splits=3", "only 2 groups", "split another way"],
        ),
        (LeaveClusterOut(n_clusters=4), ["FeO", "NaCl"], ["n_clusters=4", "only 2", "Ask for 2"]),
        (RandomFolds(stratify=True), STRINGS, ["y=None", "expected one per row", "Pass y"]),
        (
            ColumnFolds(["1", "1"]),
            ["FeO", "NaCl"],
            ["nothing but 1", "expected two or more", "Choose another"],
        ),
        (ColumnFolds(["1"]), ["FeO", "NaCl"], ["1 values", "2 strings", "same table"]),
        (ColumnFolds(), ["FeO", "NaCl"], ["No values", "expected one per row", "Pass the column"]),
        (
            ColumnFolds([str(i) for i in range(43)]),
            STRINGS,
            ["43 values in 43", "a few folds", "Name the column"],
        ),
        (
            TrainTestColumn(["train", "tset"]),
            ["FeO", "NaCl"],
            ["'tset' at position 2", "'train', 'val'", "`test`"],
        ),
        (
            TrainTestColumn(["train", ""]),
            ["FeO", "NaCl"],
            ["'' at position 2", "'train', 'val'", "Fill it in"],
        ),
        (
            TrainTestColumn(["train", "val"]),
            ["FeO", "NaCl"],
            ["0 of 2 rows", "some of each", "Check the column"],
        ),
    ],
)
def test_a_split_that_cannot_be_made_says_why(split: Split, strings: list[str], words: list[str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        list(split.split(strings))
    assert [word for word in words if word not in str(caught.value)] == []


def test_the_official_folds_of_a_benchmark_are_reproduced(shared: Path) -> None:
    import pandas as pd

    frame = pd.read_csv(shared / "compositions/matbench/steels_yield.csv", keep_default_na=False)
    folds = ColumnFolds(frame["official_test_fold"].tolist()).folds(frame["formula"].tolist())
    assert (folds == frame["official_test_fold"]).all()
