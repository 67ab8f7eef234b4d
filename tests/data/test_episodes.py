"""Episodes: who is on which side, how many of each class, and that a seed and a file bring them back."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from matprior.data.episode_labels import known_codes, long_form, quantile_classes
from matprior.data.episodes import EpisodeOptions, Episodes, draw_episodes, shares
from matprior.notations import NOTATIONS

METALS = ("Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Zn")
ANIONS = ("F", "Cl", "Br", "O")


@pytest.fixture(scope="module")
def formulas():
    """120 formulas: 3 stoichiometries of each of 40 chemical systems, so that every row has relatives."""
    return [f"{metal}{n}{anion}" for metal in METALS for anion in ANIONS for n in (2, 3, 5)]


@pytest.fixture(scope="module")
def anions(formulas):
    return [next(anion for anion in ANIONS if formula.endswith(anion)) for formula in formulas]


@pytest.mark.parametrize("balance", ["balanced", "natural"])
@pytest.mark.parametrize("queries", [None, 16])
def test_no_chemical_system_is_on_both_sides(formulas, anions, balance, queries):
    options = EpisodeOptions(ways=4, shots=3, queries=queries, balance=balance)
    for episode in draw_episodes(formulas, anions, options, n=10):
        sides = [
            {NOTATIONS["composition"].group(formulas[i]) for i in side}
            for side in (episode.support, episode.query)
        ]
        assert sides[0].isdisjoint(sides[1])


def test_without_groups_relatives_do_meet(formulas, anions):
    options = EpisodeOptions(ways=4, shots=3, grouped=False)
    (episode,) = draw_episodes(formulas, anions, options)
    groups = [{NOTATIONS["composition"].group(formulas[i]) for i in side}
              for side in (episode.support, episode.query)]  # fmt: skip
    assert groups[0] & groups[1]
    assert set(episode.support.tolist()).isdisjoint(episode.query.tolist())


def test_molecules_of_one_scaffold_stay_on_one_side():
    rings = ("c1ccccc1", "c1ccncc1", "C1CCCCC1", "c1ccsc1", "c1ccoc1", "C1CCNCC1")
    molecules = [f"{'C' * n}{ring}" for ring in rings for n in (1, 2, 3, 4)]
    labels = [n % 2 for _ in rings for n in (1, 2, 3, 4)]
    (episode,) = draw_episodes(molecules, labels, EpisodeOptions(shots=2), notation="smiles")
    scaffolds = [{NOTATIONS["smiles"].group(molecules[i]) for i in side}
                 for side in (episode.support, episode.query)]  # fmt: skip
    assert scaffolds[0].isdisjoint(scaffolds[1])


def test_a_balanced_episode_has_k_rows_of_each_class(formulas, anions):
    for episode in draw_episodes(formulas, anions, EpisodeOptions(ways=3, shots=4, queries=15), n=5):
        assert np.bincount(episode.support_codes).tolist() == [4, 4, 4]
        assert np.bincount(episode.query_codes).tolist() == [5, 5, 5]
        truth = [episode.classes[code] for code in episode.support_codes]
        assert truth == [anions[i] for i in episode.support]


def test_a_natural_episode_keeps_the_shares_of_the_task(formulas):
    rare = ["rare" if formula.endswith("O") else "common" for formula in formulas]
    options = EpisodeOptions(shots=8, balance="natural")
    (episode,) = draw_episodes(formulas, rare, options)
    assert Counter(episode.classes[code] for code in episode.support_codes) == {"common": 12, "rare": 4}


def test_the_order_of_the_table_changes_nothing(formulas, anions):
    back = np.arange(len(formulas))[::-1]
    options = EpisodeOptions(ways=2, shots=3)
    (one,) = draw_episodes(formulas, anions, options)
    (other,) = draw_episodes([formulas[i] for i in back], [anions[i] for i in back], options)
    assert [formulas[i] for i in one.support] == [formulas[back[i]] for i in other.support]


def test_a_seed_brings_episodes_back_and_another_does_not(formulas, anions):
    digests = [
        draw_episodes(formulas, anions, EpisodeOptions(ways=2, shots=3, seed=seed), n=4).digest
        for seed in (0, 0, 1)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a_longer_list_begins_like_a_shorter_one(formulas, anions):
    short, long = (draw_episodes(formulas, anions, EpisodeOptions(ways=2), n=n) for n in (2, 5))
    for one, other in zip(short, long, strict=False):
        assert one.support.tolist() == other.support.tolist()


def test_tasks_of_a_column_do_not_mix(formulas, anions):
    tasks = ["cation" if i % 2 else "anion" for i in range(len(formulas))]
    drawn = draw_episodes(formulas, anions, EpisodeOptions(ways=2, shots=2), n=3, tasks=tasks)
    assert Counter(episode.task for episode in drawn) == {"anion": 3, "cation": 3}
    for episode in drawn:
        assert {tasks[i] for i in [*episode.support, *episode.query]} == {episode.task}


def test_a_file_brings_the_same_episodes_back(formulas, anions, tmp_path):
    drawn = draw_episodes(formulas, anions, EpisodeOptions(ways=3, shots=2, seed=4), n=3)
    read = Episodes.load(drawn.save(tmp_path / "episodes.json"), formulas)
    assert read.digest == drawn.digest
    assert read.options == drawn.options


def test_a_file_refuses_other_strings(formulas, anions, tmp_path):
    path = draw_episodes(formulas, anions, EpisodeOptions()).save(tmp_path / "episodes.json")
    with pytest.raises(ValueError, match="drawn from other strings than these 119"):
        Episodes.load(path, formulas[1:])
    path.write_text(json.dumps({"options": {}}))
    with pytest.raises(ValueError, match="is not a file of episodes"):
        Episodes.load(path, formulas)


def test_rows_without_a_label_are_in_no_episode(formulas, anions):
    labels = [None if i % 3 == 0 else anion for i, anion in enumerate(anions)]
    for episode in draw_episodes(formulas, labels, EpisodeOptions(ways=2, shots=2), n=5):
        assert not [i for i in [*episode.support, *episode.query] if labels[i] is None]


def test_too_many_shots_are_refused_with_the_counts(formulas, anions):
    with pytest.raises(ValueError, match=r"no episode of 4 classes × 40 .*Br: 30, Cl: 30"):
        draw_episodes(formulas, anions, EpisodeOptions(ways=4, shots=40))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"ways": 1}, "at least 2 classes"), ({"shots": 0}, "shots is 0"), ({"balance": "even"}, "balance is"),
     ({"queries": 1}, "at least one for each")],
)  # fmt: skip
def test_options_that_make_no_episode_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        EpisodeOptions(**changes)


def test_columns_of_another_length_are_refused(formulas):
    with pytest.raises(ValueError, match="120 strings but 2 labels"):
        draw_episodes(formulas, ["a", "b"])


@pytest.mark.parametrize(("counts", "total"), [([90, 10], 8), ([1, 99], 10), ([3, 3, 3], 7), ([50, 2, 2], 5)])
def test_natural_shares_add_up_and_leave_no_class_out(counts, total):
    share = shares(np.array(counts), total, "natural")
    assert share.sum() == total
    assert share.min() >= 1


def test_numbers_become_ranges_of_equal_size():
    values = [*np.arange(90.0), float("nan")]
    names = quantile_classes(values, 3)
    assert names[-1] is None
    assert sorted(Counter(names[:-1].tolist()).values()) == [29, 30, 31] or set(
        Counter(names[:-1].tolist()).values()
    ) == {30}


def test_values_that_are_all_alike_make_no_ranges():
    with pytest.raises(ValueError, match="do not part into 2 ranges"):
        quantile_classes([0.0] * 9 + [1.0], 2)


def test_measured_numbers_are_no_classes():
    with pytest.raises(ValueError, match="quantile_classes"):
        known_codes([i + 0.5 for i in range(60)])


def test_whole_numbers_are_one_class_in_every_form():
    assert known_codes([1, 1.0, "1", 0])[1].tolist() == [1, 1, 1, 0]


def test_columns_become_tasks_without_their_gaps():
    strings, labels, tasks = long_form(["CCO", "CC"], {"a": [1, np.nan], "b": [0, 1]})
    assert list(zip(strings, labels, tasks, strict=True)) == [
        ("CCO", 1, "a"),
        ("CCO", 0, "b"),
        ("CC", 1, "b"),
    ]
