"""Two halves of one set are close; oxides and intermetallics are not."""

from __future__ import annotations

import numpy as np
import pytest

from matprior.domains.distances import classify_domains, mean_discrepancy
from matprior.domains.shift import judge, measure_shift
from matprior.domains.weighting import density_ratio, effective_rows


def test_two_halves_of_one_set_are_close(oxides, numbers):
    order = np.random.default_rng(0).permutation(len(oxides))
    halves = [[oxides[i] for i in part] for part in np.array_split(order, 2)]
    found = measure_shift(*halves, *(numbers[part] for part in np.array_split(order, 2)))
    assert found.verdict == "close", found.evidence
    assert found.numbers["p_value"] > 0.01  # one random split in twenty falls below 0.05
    assert found.numbers["accuracy"] < 0.65
    assert found.new == {}
    assert list(found.property_range.columns) == ["source", "target"]


def test_oxides_and_intermetallics_are_not_close(oxides, intermetallics):
    found = measure_shift(oxides, intermetallics)
    assert found.verdict in ("different elements", "different world"), found.evidence
    assert found.numbers["p_value"] < 0.01
    assert found.numbers["a_distance"] > 1.5
    assert {"Zn", "Sn"} == set(found.new)
    holders = found.rows[found.rows["new"].str.contains("Sn")]
    assert holders["string"].str.contains("Sn").all()
    assert holders["flags"].str.contains("new: ").all()
    assert found.new["Sn"] == len(holders)
    assert "Sn" in " ".join(found.evidence)


def test_a_property_that_leaves_the_range_is_told(oxides, numbers):
    found = measure_shift(oxides[:90], oxides[90:], numbers[:90], numbers[90:])
    outside = (numbers[90:] > numbers[:90].max()).mean()
    assert found.numbers["outside_range"] == pytest.approx(outside)
    assert f"{100 * outside:.1f} % of the target's labels" in " ".join(found.evidence)


def test_molecules_are_compared_without_a_checkpoint():
    alkanes = ["C" * n for n in range(1, 9)] + [f"CC(C){'C' * n}" for n in range(1, 9)]
    halides = [one + "Br" for one in alkanes]
    found = measure_shift(alkanes, halides, model=None, notation="smiles")
    assert found.new == {"Br": 16}
    assert found.verdict != "close"


def test_the_discrepancy_of_one_distribution_is_noise_and_its_p_value_says_so():
    random = np.random.default_rng(0)
    values = [
        mean_discrepancy(random.normal(size=(40, 3)), random.normal(size=(40, 3)), 99, seed)
        for seed in range(20)
    ]
    assert abs(np.mean([value for value, _ in values])) < 0.01
    assert sum(p < 0.05 for _, p in values) <= 4


def test_classified_rows_were_never_learned_from():
    """Noise in many columns is learned by heart; on rows left out it is worth nothing."""
    random = np.random.default_rng(0)
    told = classify_domains(random.normal(size=(60, 200)), random.normal(size=(60, 200)))
    assert 0.3 < told.accuracy < 0.7


def test_likeness_finds_the_source_rows_that_the_target_is_made_of():
    random = np.random.default_rng(0)
    source = random.normal(size=(400, 2))
    target = random.normal(size=(200, 2)) * 0.3 + [1.5, 0]
    weights = density_ratio(source, target)
    assert weights.mean() == pytest.approx(1.0)
    near = np.linalg.norm(source - [1.5, 0], axis=1) < 0.7
    assert weights[near].mean() > 3 * weights[~near].mean()
    assert effective_rows(weights) < 300


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((0.3, 0.01, 0.0, 0.0), "close"),
        ((0.9, 0.01, 0.0, 0.0), "shifted"),
        ((0.3, 0.01, 0.2, 0.0), "different elements"),
        ((1.9, 0.6, 0.2, 0.0), "different world"),
        ((1.9, 0.0, 0.0, 0.5), "different world"),
    ],
)
def test_the_verdict_follows_the_numbers(numbers, verdict):
    names = ("a_distance", "far_share", "new_share", "mmd2")
    assert judge(dict(zip(names, numbers, strict=True))) == verdict


def test_a_handful_of_rows_is_refused(oxides):
    with pytest.raises(ValueError, match="target has 3 rows"):
        measure_shift(oxides, oxides[:3])
