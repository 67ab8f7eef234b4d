"""Scores of molecules: definitions by hand, and the numbers that MOSES prints for its own data."""

from __future__ import annotations

import gzip
from collections import Counter

import numpy as np
import pytest

from matprior.generation.frechet import frechet
from matprior.generation.molecule_baselines import MOLECULE_BASELINES
from matprior.generation.molecule_scores import (
    KnownMolecules,
    cosine,
    draw,
    nearest,
    packed_prints,
    prints_of,
    score_molecules,
)
from matprior.generation.scores import Known, score

DRUGS = [
    "CC(=O)Oc1ccccc1C(=O)O", "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "CC(=O)Nc1ccc(O)cc1", "CN1CCCC1c1cccnc1",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "COc1ccc2cc(C(C)C(=O)O)ccc2c1", "NCCc1c[nH]c2ccc(O)cc12",
    "CCN(CC)CC(=O)Nc1c(C)cccc1C", "CC(C)NCC(O)COc1cccc2ccccc12", "OC(=O)Cc1ccccc1Nc1c(Cl)cccc1Cl",
]  # fmt: skip


def test_copies_of_the_test_set_are_alike_in_everything_and_new_in_nothing():
    found = score_molecules(DRUGS, KnownMolecules(DRUGS, DRUGS))
    assert found["valid"] == found["unique@10k"] == found["scaffolds"] == found["fragments"] == 1
    assert found["snn"] == pytest.approx(1)
    assert found["nearest_training"] == pytest.approx(1)
    assert found["copies_or_nearly"] == 1
    assert found["novel"] == 0
    assert found["logp_distance"] == found["sa_distance"] == 0
    assert found["frechet_descriptors"] == pytest.approx(0, abs=1e-6)


def test_what_is_unlike_the_test_set_is_told_by_every_distance():
    alkanes = ["C" * n for n in range(3, 15)]
    near = score_molecules(DRUGS[:5], KnownMolecules(test=DRUGS))
    far = score_molecules(alkanes, KnownMolecules(test=DRUGS))
    assert far["snn"] < near["snn"]
    assert far["frechet_descriptors"] > 2 * near["frechet_descriptors"]
    assert far["scaffolds"] == 0
    assert far["qed_distance"] > near["qed_distance"]


def test_the_nearest_molecule_is_found_across_blocks(monkeypatch):
    monkeypatch.setattr("matprior.generation.molecule_scores.PIECE", 3)
    prints = prints_of(DRUGS[7:8])
    assert nearest(prints, packed_prints(DRUGS)).tolist() == pytest.approx([1])
    assert nearest(prints, packed_prints(DRUGS[:7]))[0] < 0.6


def test_frechet_of_two_normal_clouds_is_the_formula():
    random = np.random.default_rng(0)
    one, other = random.normal(size=(200_000, 2)), random.normal(size=(200_000, 2)) * [1, 3] + [1, 0]
    assert frechet(one, other) == pytest.approx(1 + (3 - 1) ** 2, rel=0.02)
    assert frechet(other, one) == pytest.approx(frechet(one, other))


def test_cosine_knows_no_size():
    assert cosine(Counter("aab"), Counter("aabaab")) == 1
    assert cosine(Counter(), Counter("a")) == 0


@pytest.mark.parametrize("name", MOLECULE_BASELINES)
def test_ways_without_a_network_give_as_many_rows_as_asked(name):
    rows = MOLECULE_BASELINES[name](DRUGS, 30, 0)
    assert len(rows) == 30
    assert rows == MOLECULE_BASELINES[name](DRUGS, 30, 0)
    share = np.mean([row is not None for row in rows])
    assert share == 1 if name == "copies" else share > (0.5 if name == "selfies_trigram" else 0)


def test_the_diversity_that_moses_prints_for_its_training_set(shared):
    file = shared / "moses" / "train.csv.gz"
    if not file.is_file():
        pytest.skip("needs moses/train.csv.gz of the wheel molsets in the data folder")
    with gzip.open(file, "rt") as lines:
        strings = lines.read().split()[1:]
    found = score_molecules(draw(strings, 1_000, 0))  # the file is sorted: its beginning is less diverse
    assert found["internal_diversity"] == pytest.approx(0.8567, abs=0.003)
    assert found["valid"] == found["unique@1k"] == 1
    assert found["filters"] > 0.98  # MOSES: 1; PAINS and rings are as theirs


def test_formulas_of_heavier_elements_lie_at_a_distance():
    known = Known(["NaCl", "MgO", "KCl"])
    near, far = score(["NaCl", "KCl"], known), score(["CsI", "PbTe"], known)
    assert far["mass_distance"] > 5 * near["mass_distance"]
    assert far["electronegativity_distance"] > near["electronegativity_distance"]
