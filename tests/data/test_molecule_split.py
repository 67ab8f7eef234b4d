"""Splits of molecules: families stay together, and DeepChem's test rows are the published ones."""

import numpy as np
import pandas as pd

from matprior.data.molecule_split import ButinaFolds, DeepChemScaffoldSplit
from matprior.data.split import GroupFolds
from matprior.notations import NOTATIONS
from matprior.notations.smiles_groups import butina_groups

CHAINS = [f"{'C' * n}{end}" for n in range(5, 11) for end in ("O", "N", "Cl", "C(=O)O")]
RINGS = [f"{'C' * n}c1{ring}1" for n in range(1, 5) for ring in ("ccccc", "ccncc", "ccsc", "ccoc")]
STRINGS = CHAINS + RINGS


def test_clusters_and_scaffolds_stay_together_and_every_row_is_tested():
    for split, keys in (
        (ButinaFolds(n_splits=3), butina_groups(STRINGS).tolist()),
        (GroupFolds(n_splits=3, notation="smiles"), [NOTATIONS["smiles"].group(s) for s in STRINGS]),
    ):
        tested = []
        for train, test in split.split(STRINGS):
            assert not {keys[i] for i in train} & {keys[i] for i in test}
            tested += test.tolist()
        assert sorted(tested) == list(range(len(STRINGS)))
        assert split.get_n_splits() == 3


def test_the_fold_of_a_molecule_does_not_depend_on_the_order_of_the_table():
    order = np.random.default_rng(0).permutation(len(STRINGS))
    split = ButinaFolds(n_splits=3)
    assert split.folds([STRINGS[i] for i in order]).tolist() == split.folds(STRINGS)[order].tolist()


def test_the_test_rows_of_deepchem(shared):
    table = pd.read_csv(shared / "molecules" / "moleculenet" / "freesolv.csv")
    ((train, test),) = DeepChemScaffoldSplit().split(table["smiles"].tolist())
    assert (table["split_dc_scaffold"].iloc[test] == "test").all()
    assert (table["split_dc_scaffold"].iloc[train] != "test").all()
