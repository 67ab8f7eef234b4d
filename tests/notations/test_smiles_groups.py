"""Related molecules: Butina clusters, and DeepChem's scaffold split row for row."""

import numpy as np
import pandas as pd
import pytest
from rdkit.Chem import DataStructs

from matprior.fewshot.peers import similarity
from matprior.notations.smiles_features import bit_vectors, fingerprints, fragments
from matprior.notations.smiles_groups import butina_groups, scaffold_split_order

ALCOHOLS = ["CCCCCCO", "CCCCCCCO", "CCCCCCCCO", "OCCCCCC"]
PYRIDINES = ["Cc1ccncc1", "CCc1ccncc1"]


def test_clusters_hold_similar_molecules_and_all_spellings_of_one():
    groups = butina_groups([*PYRIDINES, *ALCOHOLS])
    assert len(set(groups[2:])) == 1
    assert groups[2] == 0
    assert 0 not in groups[:2]


def test_every_member_is_within_the_cutoff_of_a_centre():
    strings = ["CCCCCCO", "CCCCCCCO", "CCCCCC", "c1ccccc1", "Cc1ccccc1", "CCc1ccccc1", "CC(=O)O", "CCC(=O)O"]
    groups, prints = butina_groups(strings, cutoff=0.6), bit_vectors(strings, 2, 2048)
    for group in set(groups.tolist()):
        members = np.flatnonzero(groups == group).tolist()
        alike = [[DataStructs.TanimotoSimilarity(prints[i], prints[j]) for j in members] for i in members]
        assert max(map(min, alike)) >= 0.4


def test_the_order_of_the_table_changes_no_cluster():
    strings = [*ALCOHOLS, *PYRIDINES, "CC(=O)O", "CCC(=O)O"]
    there, back = butina_groups(strings), butina_groups(strings[::-1])[::-1]
    assert there.tolist() == back.tolist()
    assert butina_groups([]).shape == (0,)
    with pytest.raises(ValueError, match="cutoff"):
        butina_groups(strings, cutoff=35)


def test_fingerprints_are_bits():
    prints = fingerprints([*ALCOHOLS, *PYRIDINES], radius=3, bits=512)
    assert (prints.dtype, prints.shape) == (np.uint8, (6, 512))
    assert set(np.unique(prints)) == {0, 1}
    assert (prints[0] == prints[3]).all()


def test_similarities_of_fragments_are_rdkits():
    rows = fragments([*ALCOHOLS, *PYRIDINES], bits=512)
    assert (rows.dtype, rows.shape) == (np.uint8, (6, 3 * 512))
    vectors = [DataStructs.CreateFromBitString("".join(map(str, row))) for row in rows]
    expected = [DataStructs.BulkTanimotoSimilarity(one, vectors) for one in vectors]
    np.testing.assert_allclose(similarity(rows, rows), expected, rtol=1e-6)
    assert expected[0][1] > expected[0][-1]


def test_unreadable_rows_are_in_no_part():
    assert scaffold_split_order(["C1CC1", "C(", "c1ccccc1"]).count("") == 1


@pytest.mark.parametrize("name", ["esol", "freesolv", "bbbp"])
def test_the_scaffold_split_is_deepchems(shared, name):
    _check_split(shared / "molecules" / "moleculenet" / f"{name}.csv")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["clintox.csv", "lmc_clearance.csv", "tox21.csv", "toxcast.csv.gz", "cyp450.csv.gz", "hiv.csv.gz"]
)
def test_the_scaffold_split_is_deepchems_on_every_table(shared, name):
    _check_split(shared / "molecules" / "moleculenet" / name)


def _check_split(path):
    table = pd.read_csv(path)
    found = pd.Series(scaffold_split_order(table["smiles"].tolist()))
    assert (found == table["split_dc_scaffold"].fillna("")).all()
