"""What a task accepts, and which unit a column name carries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matprior.data.task import KINDS, Task
from matprior.data.units import unit_of


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("band_gap_eV", "eV"),
        ("Band Gap (eV)", "eV"),
        ("Tc (K)", "K"),
        ("Tc_K", "K"),
        ("T / °C", "°C"),
        ("T, °C", "°C"),
        ("T_C", "°C"),
        ("melting point C", "°C"),
        ("Tm (deg C)", "°C"),
        ("yield [MPa]", "MPa"),
        ("density_g_cm3", "g/cm³"),
        ("rho (g/cm^3)", "g/cm³"),
        ("formation_energy_eV_per_atom", "eV/atom"),
        ("volume_A3_per_atom", "Å³/atom"),
        ("HLM_clearance_mL_per_min_per_g", "mL/(min g)"),
        ("kappa_W_per_m_K", "W/(m K)"),
        ("kappa (W m-1 K-1)", "W m⁻¹ K⁻¹"),
        ("seebeck_p_uV_per_K", "µV/K"),
        ("dH_kJ_mol", "kJ/mol"),
        ("total_magnetization_muB", "µB"),
        ("elongation_pct", "%"),
        ("strain (%)", "%"),
        ("vickers_hardness_HV", "HV"),
        ("LCD_A", "Å"),
    ],
)
def test_the_unit_is_read_from_the_name(column: str, unit: str) -> None:
    assert unit_of(column) == unit


@pytest.mark.parametrize(
    "column",
    [
        *(
            "gap",
            "is_metal",
            "phase",
            "n_atoms",
            "test_type_C_T",
            "PF_p_as_given",
            "m_eff_n",
            "gap (PBE)",
            "K",
            "S",
        ),
        *(
            "official_test_fold",
            "refractive_index",
            "NR-AR",
            "Class C",
            "B_cation",
            "x",
            "Tc (onset)",
            "",
            "1",
        ),
    ],
)
def test_a_name_without_unit_gets_none(column: str) -> None:
    assert unit_of(column) == ""


@pytest.mark.parametrize(
    ("column", "unit"),
    [("log10_K_VRH_GPa", "log10(GPa)"), ("logS_mol_per_L", "log(mol/L)"), ("ln k (1/s)", "ln(1/s)")],
)
def test_an_error_in_a_logarithm_is_not_in_the_plain_unit(column: str, unit: str) -> None:
    assert unit_of(column) == unit


def test_one_target_may_be_given_as_plain_text() -> None:
    assert Task(targets="gap").targets == ["gap"]
    assert Task(targets=("gap", "density")).targets == ["gap", "density"]
    assert Task(extra="temperature").extra == ["temperature"]


def test_a_task_lists_its_columns_once_strings_first() -> None:
    task = Task(strings="formula", targets=["gap"], extra=["T"], domain="family")
    assert task.columns == ["formula", "family", "gap", "T"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_listed_kind_is_accepted(kind: str) -> None:
    assert Task(kind=kind).kind == kind


def test_two_tasks_do_not_share_their_lists() -> None:
    Task().targets.append("gap")
    assert Task().targets == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Task(kind="reg"), ["'reg'", "regression, binary, multiclass", "Leave it out"]),
        (lambda: Task(amount_unit="wt"), ["'wt'", "atoms, wt%, at%", "Use 'wt%'"]),
        (lambda: Task(targets=["gap", "gap"]), ["'gap' is named twice", "one role", "name it once"]),
        (lambda: Task(targets="gap", extra="gap"), ["in targets and in extra", "one role", "name it once"]),
        (lambda: Task(targets="gap", units={"Tc": "K"}), ["'Tc'", "not a target", "Name a target"]),
    ],
)
def test_a_task_that_makes_no_sense_is_explained(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
