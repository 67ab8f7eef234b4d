"""Checkpoints that have seen the rows they are tested on."""

from __future__ import annotations

import shutil

import pytest
import yaml

from matprior.data.leakage import LeakError
from matprior.data.seen import SEEN, write_seen
from matprior.evaluation.exposure import exposures, refuse_exposures

TEST = ["NaCl", "MgO", "ZnS"]
METALS = {"name": "metal", "files": ["compositions/matbench/expt_is_metal.csv"], "column": "is_metal"}


@pytest.fixture
def folder(checkpoint, tmp_path):
    """Function that makes a checkpoint with a recipe and, where formulas are given, their list."""

    def make(recipe: dict, formulas: list[str] | None = None):
        copy = tmp_path / "c"
        shutil.copytree(checkpoint, copy)
        (copy / "recipe.yaml").write_text(yaml.safe_dump(recipe))
        if formulas is not None:
            write_seen(formulas, copy / SEEN)
        return str(copy)

    return make


def test_seen_formulas_are_counted_and_only_refused_when_asked(folder):
    (found,) = exposures([folder({}, ["ClNa", "CaO"])], TEST, "expt_gap")
    assert found.seen == ["NaCl"]
    assert "has seen 1 of 3 test formulas, without their labels: NaCl" in str(found)
    refuse_exposures([found])
    with pytest.raises(LeakError, match="--allow-leaks"):
        refuse_exposures([found], everything=True)


def test_labels_of_the_same_source_are_refused(folder):
    found = exposures([folder({"properties": [METALS]}, ["ClNa"])], TEST, "expt_gap")
    with pytest.raises(LeakError, match=r"learned metal with labels of the same source.*1 of 3.*NaCl"):
        refuse_exposures(found)


@pytest.mark.parametrize("data", ["expt_gap", "glass"])
def test_a_checkpoint_that_has_seen_nothing_is_not_mentioned(folder, data):
    assert exposures([folder({"properties": [METALS]}, ["CaO"])], TEST, data) == []


def test_an_excluded_benchmark_counts_as_unseen_where_there_is_no_list(folder):
    name = folder({"exclude": ["compositions/matbench/expt_gap.csv"]})
    assert exposures([name], TEST, "expt_gap") == []
    (other,) = exposures([name], TEST, "glass")
    assert "can't be told" in str(other)
    refuse_exposures([other], everything=True)


def test_a_model_that_was_fitted_on_the_table_is_refused(folder):
    found = exposures([folder({"data": "expt_is_metal.csv"})], TEST, "expt_gap")
    with pytest.raises(LeakError, match=r"the table expt_is_metal\.csv.*an unknown number of 3"):
        refuse_exposures(found)


def test_baselines_and_networks_from_scratch_have_seen_nothing():
    assert exposures(["dummy", "scratch", "scratch:full"], TEST, "expt_gap") == []


def test_a_checkpoint_that_has_seen_test_formulas_names_its_twin_for_benchmarks():
    (found,) = exposures(["matbert-small:auto"], ["NaCl", "MgO"], "my_gaps.csv")
    assert (found.twin, found.seen_by_twin) == ("matbert-small-strict", 0)
    assert "Its twin matbert-small-strict has seen 0 of these: name it too" in str(found)
    (beside,) = exposures(["matbert-small", "matbert-small-strict"], ["NaCl", "MgO"], "my_gaps.csv")
    assert not beside.twin


def test_the_strict_checkpoint_has_seen_no_formula_of_its_benchmarks():
    for data in ("expt_gap", "expt_is_metal", "glass", "steels_yield", "dielectric"):
        assert exposures(["matbert-small-strict"], TEST, data) == []
