"""Computed descriptors of molecules: labels for pretraining, and columns for baselines.

RDKit's descriptors without those that are slow (BertzCT, BCUT, QED, SPS, autocorrelations) or grow beyond
all bounds (Ipc): about 2 ms per drug-like molecule on one core. What several descriptors need (Crippen
contributions, E-state indices, Gasteiger charges) is computed once per molecule: RDKit keeps it on the
molecule. Importing this module imports RDKit, so import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, Fragments, rdMolDescriptors
from rdkit.Chem.EState import EState_VSA
from rdkit.Chem.EState.EState import GetPrincipleQuantumNumber

_ALONE = [
    # size and what it is made of
    "MolWt", "HeavyAtomMolWt", "HeavyAtomCount", "NumValenceElectrons", "NumRadicalElectrons",
    "NumHeteroatoms", "NHOHCount",
    "NOCount", "FractionCSP3",
    # what a chemist asks of a drug
    "MolLogP", "MolMR", "TPSA", "LabuteASA", "NumHDonors", "NumHAcceptors", "NumRotatableBonds",
    "NumAmideBonds",
    # rings and stereo
    "RingCount", "NumAromaticRings", "NumAromaticCarbocycles", "NumAromaticHeterocycles",
    "NumAliphaticRings",
    "NumAliphaticCarbocycles", "NumAliphaticHeterocycles", "NumSaturatedRings", "NumSaturatedCarbocycles",
    "NumSaturatedHeterocycles", "NumHeterocycles", "NumSpiroAtoms", "NumBridgeheadAtoms",
    "NumAtomStereoCenters",
    # shape of the graph
    "Chi0", "Chi0n", "Chi0v", "Chi1", "Chi1n", "Chi1v", "Chi2n", "Chi2v", "Chi3n", "Chi3v", "Chi4n",
    "Chi4v", "Kappa1", "Kappa2", "Kappa3",
    "HallKierAlpha", "Phi", "BalabanJ", "MaxPartialCharge", "MinPartialCharge",
]  # fmt: skip
"""Descriptors that RDKit computes one by one, under its names; their families follow below."""

_Function = Callable[[Any], Any]
_SINGLE: dict[str, _Function] = {
    "FormalCharge": Chem.GetFormalCharge,
    **{name: getattr(Descriptors, name) for name in _ALONE},
    **dict(Fragments.fns),
}
"""Name -> function of one molecule that returns one number. The `fr_` names count functional groups."""


def _numbered(stem: str, size: int) -> list[str]:
    return [f"{stem}{i + 1}" for i in range(size)]


def _e_states(molecule: Chem.Mol) -> np.ndarray:
    """E-state index of each atom, Hall and Kier 1991: RDKit's `EStateIndices`, without its Python loop."""
    table, intrinsic = Chem.GetPeriodicTable(), np.zeros(molecule.GetNumAtoms())
    for i, atom in enumerate(molecule.GetAtoms()):
        if degree := atom.GetDegree():
            hydrogens = atom.GetTotalNumHs()
            outer = table.GetNOuterElecs(atom.GetAtomicNum()) - hydrogens
            period = GetPrincipleQuantumNumber(atom.GetAtomicNum())
            intrinsic[i] = (4.0 / (period * period) * outer + 1) / degree
    apart = Chem.GetDistanceMatrix(molecule) + 1.0
    pull = np.where(apart < 1e6, (intrinsic[:, None] - intrinsic[None, :]) / (apart * apart), 0.0)
    return intrinsic + pull.sum(axis=1)


def _e_state_family(molecule: Chem.Mol) -> np.ndarray:
    """Extremes of the E-state, surface per class of E-state, and E-state per class of surface."""
    states = _e_states(molecule)
    surface = np.asarray(rdMolDescriptors._CalcLabuteASAContribs(molecule)[0])
    extremes = [states.max(), states.min(), abs(states).max(), abs(states).min()]
    classes = np.searchsorted(EState_VSA.estateBins, states, side="right")
    by_state = np.bincount(classes, surface, minlength=11)
    by_surface = np.bincount(np.searchsorted(EState_VSA.vsaBins, surface, side="right"), states, minlength=10)
    return np.concatenate([extremes, by_state, by_surface])


_FAMILIES: dict[str, tuple[_Function, Sequence[str]]] = {
    "PEOE_VSA": (rdMolDescriptors.PEOE_VSA_, _numbered("PEOE_VSA", 14)),
    "SMR_VSA": (rdMolDescriptors.SMR_VSA_, _numbered("SMR_VSA", 10)),
    "SlogP_VSA": (rdMolDescriptors.SlogP_VSA_, _numbered("SlogP_VSA", 12)),
    "EState": (
        _e_state_family,
        [
            *(f"{which}EStateIndex" for which in ("Max", "Min", "MaxAbs", "MinAbs")),
            *_numbered("EState_VSA", 11),
            *_numbered("VSA_EState", 10),
        ],
    ),
}
"""Family -> function of one molecule, and the names of the numbers it returns."""

DESCRIPTOR_NAMES: tuple[str, ...] = (
    *_SINGLE,
    *(name for _, names in _FAMILIES.values() for name in names),
)
"""Names of the columns of `descriptors`; all but FormalCharge as RDKit calls them."""

_LARGEST = 1e4
"""Beyond this a value has left its domain, as the kappas of ions without bonds do, and counts as unknown."""


def descriptors(strings: Iterable[str]) -> np.ndarray:
    """Descriptors of molecules, float32 of shape (n, d).

    Parameters
    ----------
    strings : SMILES. One that RDKit cannot read gives a row of NaN; a value that does not exist, such
        as a partial charge beside a metal, is NaN.

    Examples
    --------
    >>> values = descriptors(["CCO", "nonsense"])
    >>> values.shape == (2, len(DESCRIPTOR_NAMES)), bool(np.isnan(values[1]).all())
    (True, True)
    >>> round(float(values[0, DESCRIPTOR_NAMES.index("TPSA")]), 2)
    20.23
    """
    with rdBase.BlockLogs():
        rows = [_row(string) for string in strings]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(DESCRIPTOR_NAMES))
    table[~(np.abs(table) < _LARGEST)] = np.nan
    return table.astype(np.float32)


def _row(string: str) -> list[float]:
    molecule = Chem.MolFromSmiles(string) if isinstance(string, str) else None
    if molecule is None or not molecule.GetNumAtoms():
        return [np.nan] * len(DESCRIPTOR_NAMES)
    return describe(molecule)


def describe(molecule: Chem.Mol) -> list[float]:
    """The descriptors of one molecule as RDKit holds it, in the order of `DESCRIPTOR_NAMES`."""
    values = [_number(function, molecule) for function in _SINGLE.values()]
    for function, names in _FAMILIES.values():
        values += _numbers(function, molecule, len(names))
    return values


def _number(function: _Function, molecule: Chem.Mol) -> float:
    try:
        return float(function(molecule))
    # RDKit's descriptors raise what their arithmetic raises: atoms without neighbours, unknown elements.
    except (ValueError, RuntimeError, ZeroDivisionError, OverflowError, IndexError, KeyError):
        return np.nan


def _numbers(function: _Function, molecule: Chem.Mol, size: int) -> Sequence[float]:
    try:
        return [float(value) for value in function(molecule)]
    except (ValueError, RuntimeError, ZeroDivisionError, OverflowError, IndexError, KeyError):
        return [np.nan] * size
