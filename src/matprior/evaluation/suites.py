"""Published benchmarks by name: which tables, which columns, who is tested, and with which models.

A suite holds no number and no code of its own: each task is what `matprior evaluate` is told. A new
suite is one entry of `SUITES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matprior.data.columns import nearest


@dataclass(frozen=True)
class SuiteTask:
    """One table of a suite."""

    targets: tuple[str, ...]
    """Columns to learn."""
    fold_column: str | None = None
    """Column that says who is tested."""
    split: str = "group"
    """The split where no column says it."""


@dataclass(frozen=True)
class Suite:
    """Tables that are scored and quoted together."""

    title: str
    source: str
    """The paper or repository whose test rows these are."""
    tasks: Mapping[str, SuiteTask]
    """Name in the catalog -> task."""
    models: str
    """Contestants where none are named."""
    leaderboard: Mapping[str, str] = field(default_factory=dict)
    """Name in the catalog -> name on the suite's public leaderboard, where there is one."""

    def chosen(self, names: str | None) -> dict[str, SuiteTask]:
        """Tasks by comma-separated names, all of them for None.

        Raises
        ------
        ValueError
            A name that the suite lacks.
        """
        wanted = [name.strip() for name in names.split(",") if name.strip()] if names else list(self.tasks)
        for name in wanted:
            if name not in self.tasks:
                near = nearest(name, list(self.tasks))
                hint = f" Did you mean {near!r}?" if near else ""
                raise ValueError(f"There is no task {name!r}. Known: {', '.join(self.tasks)}.{hint}")
        return {name: self.tasks[name] for name in wanted}


def _parts(**targets: str) -> dict[str, SuiteTask]:
    """Tables whose authors published train, val and test files."""
    return {name: SuiteTask((target,), "split") for name, target in targets.items()}


def _folds(column: str, **targets: str | tuple[str, ...]) -> dict[str, SuiteTask]:
    return {
        name: SuiteTask((target,) if isinstance(target, str) else target, column)
        for name, target in targets.items()
    }


OF_FORMULAS = "dummy,extratrees,extratrees-magpie,scratch,matbert-small-strict,matbert-small-strict:auto"
OF_MOLECULES = (
    "dummy,extratrees,extratrees-magpie,scratch,molbert-small,molbert-small:extract,molbert-small:auto"
)
SUITES: dict[str, Suite] = {
    "matbench": Suite(
        "Matbench v0.1, tasks of compositions",
        "Dunn et al. 2020, npj Comput. Mater. 6:138",
        _folds(
            "official_test_fold",
            expt_gap="band_gap_eV",
            expt_is_metal="is_metal",
            glass="is_glass_former",
            steels_yield="yield_strength_MPa",
        ),
        OF_FORMULAS,
        {
            "expt_gap": "matbench_expt_gap",
            "expt_is_metal": "matbench_expt_is_metal",
            "glass": "matbench_glass",
            "steels_yield": "matbench_steels",
        },
    ),
    "crabnet": Suite(
        "CrabNet's splits with at most 5,000 training rows",
        "Wang et al. 2021, npj Comput. Mater. 7:77",
        _parts(
            aflow__ael_bulk_modulus_vrh="bulk_modulus_GPa",
            aflow__ael_shear_modulus_vrh="shear_modulus_GPa",
            aflow__ael_debye_temperature="debye_temperature_K",
            mp_bulk_modulus="bulk_modulus_GPa",
            mp_shear_modulus="shear_modulus_GPa",
        ),
        OF_FORMULAS,
    ),
    "moleculenet": Suite(
        "MoleculeNet by DeepChem's scaffolds, and two sets by scaffolds of our own",
        "Wu et al. 2018, Chem. Sci. 9:513; AqSolDB; B3DB",
        {
            **_folds(
                "split_dc_scaffold",
                esol="logS_mol_per_L",
                freesolv="dGhyd_expt_kcal_per_mol",
                bbbp="p_np",
                clintox=("FDA_APPROVED", "CT_TOX"),
                tox21=("NR-AR", "NR-AhR", "NR-ER", "SR-ARE", "SR-MMP", "SR-p53"),
                hiv="HIV_active",
            ),
            "aqsoldb": SuiteTask(("logS_mol_per_L",), split="scaffold"),
            "b3db_classification": SuiteTask(("BBB",), split="scaffold"),
        },
        OF_MOLECULES,
    ),
    "transpolymer": Suite(
        "TransPolymer's five folds of computed polymer properties",
        "Xu et al. 2023, npj Comput. Mater. 9:64",
        _folds(
            "cv5_fold_seed1",
            polymer_Egc="Egc_chain_bandgap_eV",
            polymer_Egb="Egb_bulk_bandgap_eV",
            polymer_Eea="Eea_electron_affinity_eV",
            polymer_Ei="Ei_ionization_energy_eV",
            polymer_EPS="EPS_dielectric_constant",
            polymer_Nc="Nc_refractive_index",
        ),
        OF_MOLECULES,
    ),
}
"""Name -> suite."""


PROGRAMS: dict[str, tuple[str, str]] = {
    "fewshot": ("benchmarks/fewshot.py", "few-shot tasks of compositions and molecules, fixed episodes"),
    "domains": ("benchmarks/domains.py", "adaptation from computed to measured, and to other chemistries"),
    "generation": ("benchmarks/generation.py", "10,000 proposed compositions beside simple generators"),
    "molecule-generation": (
        "benchmarks/molecule_generation.py",
        "10,000 proposed molecules by the metrics of MOSES, beside simple generators",
    ),
}
"""Name -> program of the repository, with options of its own, and what it measures. They need parts that
no table of tasks can tell, and are not installed with the package."""


def program(name: str) -> Path:
    """The file of a benchmark that is a program of the repository.

    Raises
    ------
    ValueError
        The package was installed without the repository.
    """
    file = Path(__file__).resolve().parents[3] / PROGRAMS[name][0]
    if not file.is_file():
        raise ValueError(
            f"The benchmark {name!r} is a program of the repository, {PROGRAMS[name][0]}, and this package "
            "was installed without it. Run it from a clone, installed with pip install -e ."
        )
    return file


def find_suite(name: str) -> Suite:
    """A suite by name.

    Parameters
    ----------
    name : key of `SUITES`

    Raises
    ------
    ValueError
        Unknown; the known ones and the nearest are named.

    Examples
    --------
    >>> list(find_suite("matbench").tasks)
    ['expt_gap', 'expt_is_metal', 'glass', 'steels_yield']
    """
    if name not in SUITES:
        known = [*SUITES, *PROGRAMS]
        near = nearest(name, known)
        hint = f" Did you mean {near!r}?" if near else ""
        raise ValueError(f"There is no benchmark {name!r}. Known: {', '.join(known)}.{hint}")
    return SUITES[name]
