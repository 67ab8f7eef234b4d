"""Splits that only molecules have: clusters of similar ones, and DeepChem's scaffold split.

Scaffolds of ordinary folds are `GroupFolds(notation="smiles")`. Nothing here imports RDKit until it splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matprior.data.dealing import deal
from matprior.data.split import Split


@dataclass
class ButinaFolds(Split):
    """K folds of whole Butina clusters: molecules that are near the same centre are on one side.

    Examples
    --------
    >>> folds = ButinaFolds(n_splits=2).folds(["CCCCCO", "CCCCCCO", "c1ccccc1", "Cc1ccccc1"])
    >>> bool(folds[0] == folds[1])
    True
    """

    n_splits: int = 5
    """Number of folds."""
    seed: int = 0
    """Decides between clusters of equal size."""
    cutoff: float = 0.35
    """Largest Tanimoto distance (ECFP4) to the centre of a cluster."""

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """Number of the fold each row is tested in, length n."""
        from matprior.notations.smiles_groups import butina_groups

        clusters = butina_groups(strings, self.cutoff).tolist()
        # Named after its first molecule, so that the fold does not depend on the order of the table.
        first: dict[int, str] = {}
        for cluster, string in sorted(zip(clusters, strings, strict=True)):
            first.setdefault(cluster, string)
        return deal([first[cluster] for cluster in clusters], self.n_splits, self.seed, "clusters", {})


@dataclass
class DeepChemScaffoldSplit(Split):
    """One fold, the test rows of DeepChem's 80/10/10 scaffold split; its validation rows join the training.

    It depends on the order of the table, as DeepChem's does: keep the published order and every row
    (`merge_duplicates="keep"`) to compare with published figures.
    """

    def folds(
        self, strings: Sequence[str], y: Sequence | None = None, groups: Sequence | None = None
    ) -> np.ndarray:
        """0 for test rows, -1 for training rows, length n."""
        from matprior.notations.smiles_groups import scaffold_split_order

        return np.where(np.array(scaffold_split_order(strings)) == "test", 0, -1)

    def get_n_splits(
        self, X: Sequence[str] | None = None, y: Sequence | None = None, groups: Sequence | None = None
    ) -> int:
        """One."""
        return 1
