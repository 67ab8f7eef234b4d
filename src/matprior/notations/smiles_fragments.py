"""Parts of molecules and simple filters, defined as MOSES does (Polykovskiy et al. 2020).

Importing this module imports RDKit, so import it where it is used.
"""

from __future__ import annotations

from functools import cache

from rdkit import Chem
from rdkit.Chem import AllChem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams
from rdkit.Chem.Scaffolds import MurckoScaffold

from matprior.notations.smiles_reading import read

RINGS = 2
"""A scaffold of fewer rings says too little to be counted."""
ATOMS = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})
"""What a drug-like molecule of MOSES is made of."""
LARGEST_RING = 7


def ring_scaffold(string: str) -> str | None:
    """Bemis-Murcko scaffold; None where it has fewer than two rings.

    Examples
    --------
    >>> ring_scaffold("Cc1ccc2ccccc2c1"), ring_scaffold("Cc1ccccc1")
    ('c1ccc2ccccc2c1', None)
    """
    core = MurckoScaffold.GetScaffoldForMol(read(string))
    return str(Chem.MolToSmiles(core)) if core.GetRingInfo().NumRings() >= RINGS else None


def fragments(string: str) -> list[str]:
    """What the molecule falls into when its BRICS bonds are cut (Degen et al. 2008).

    Examples
    --------
    >>> fragments("CCOC(C)=O")
    ['[1*]C(C)=O', '[3*]O[3*]', '[4*]CC']
    """
    cut = AllChem.FragmentOnBRICSBonds(read(string))  # type: ignore[attr-defined]
    return sorted(Chem.MolToSmiles(cut).split("."))


def passes_filters(string: str) -> bool:
    """Whether a molecule passes the filters of MOSES but for its own list MCF.

    No charged atom, no elements but C, N, S, O, F, Cl, Br and H, no ring of 8 atoms or more, and no
    substructure that disturbs assays (PAINS, Baell and Holloway 2010).

    Examples
    --------
    >>> passes_filters("CCO"), passes_filters("[NH4+]"), passes_filters("C1CCCCCCC1")
    (True, False, False)
    """
    molecule = read(string)
    rings = molecule.GetRingInfo().AtomRings()
    if any(len(ring) > LARGEST_RING for ring in rings):
        return False
    if any(atom.GetFormalCharge() or atom.GetSymbol() not in ATOMS for atom in molecule.GetAtoms()):
        return False
    return not _pains().HasMatch(molecule)


@cache
def _pains() -> FilterCatalog:
    chosen = FilterCatalogParams()
    chosen.AddCatalog(FilterCatalogParams.FilterCatalogs.PAINS)
    return FilterCatalog(chosen)
