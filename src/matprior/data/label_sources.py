"""Which data sets of the catalog took their labels from one place.

Sets of one source repeat each other's measurements or calculations under another name: whether a compound
is a metal follows from its measured gap. A model that learned from one of them has seen the answers of the
others, for every formula they share.
"""

from __future__ import annotations

from pathlib import Path

_SETS = {
    "band gaps measured, collected by Zhuo et al. 2018": "expt_gap expt_is_metal zhuo2018_expt_gap_raw",
    "band gaps of the Materials Project": "mp_gap mp_is_metal mp_band_gap_120k roost_mp_non_metals",
    "energies of the Materials Project": "mp_e_form mp_formation_energy_84k CritExam__Ef CritExam__Ed "
    "mp_e_hull ecsg_mp_stability qmpy_mat_proj_formation_energy",
    "elastic moduli of the Materials Project": "log_gvrh log_kvrh mp_bulk_modulus mp_shear_modulus "
    "mp_poisson_1k",
    "dielectric tensors by Petousis et al. 2017": "dielectric petousis_dielectric_1056",
    "energies of OQMD": "OQMD_Energy_per_atom OQMD_Formation_Enthalpy qmpy_legacy_formation_energy",
    "elastic moduli of AFLOW": "aflow__ael_bulk_modulus_vrh aflow__ael_debye_temperature "
    "aflow__ael_shear_modulus_vrh",
    "critical temperatures of SuperCon": "supercon_stanev_16k 3dsc_icsd_tc",
    "band gaps of QMOF": "qmof_gap_with_formula qmof_mofid_gap",
}
LABEL_SOURCES = {name: source for source, names in _SETS.items() for name in names.split()}
"""Data set -> where its labels come from, for sets that share them. All others are their own source."""


def set_of(data: str | Path) -> str | None:
    """Name of the data set that a name or a file stands for, None when it is none of the catalog.

    Examples
    --------
    >>> set_of("compositions/matbench/expt_gap.csv"), set_of("expt_gap"), set_of("mine.csv")
    ('expt_gap', 'expt_gap', None)
    """
    from matprior.data.catalog import catalog

    entries, path = catalog(), Path(data).as_posix()
    if path in entries:
        return path
    for entry in entries.values():
        if any(path == file or path.endswith("/" + file) for file in entry.files):
            return entry.name
    stem = Path(path).name.split(".")[0]  # a downloaded or copied table keeps the name of its set
    return stem if stem in entries else None


def label_source(data: str | Path) -> str | None:
    """Where the labels of a data set come from; None when it is none of the catalog.

    Examples
    --------
    >>> label_source("expt_gap") == label_source("matbench/expt_is_metal.csv")
    True
    >>> label_source("glass"), label_source("mine.csv")
    ('glass', None)
    """
    name = set_of(data)
    return None if name is None else LABEL_SOURCES.get(name, name)


def share_labels(one: str | Path, other: str | Path) -> bool:
    """Whether two data sets, by name or file, have labels of one source; False when one is unknown."""
    source = label_source(one)
    return source is not None and source == label_source(other)
