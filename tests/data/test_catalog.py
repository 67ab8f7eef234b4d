"""The catalog and its embedded sets: names, provenance, and formulas that were proven."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matprior.data import catalog
from matprior.data.handbook import TABLES, Identity, table
from matprior.data.inorganic import AGREEMENT, formula_of, verified
from matprior.data.nomenclature import amounts_of, blocks_of, explicit_formula, formula_from_name, mass_of
from matprior.notations import NOTATIONS

EMBEDDED = [entry.name for entry in catalog.list_datasets(kind="embedded")]
INORGANIC = [name for name in EMBEDDED if name.startswith("inorganic")]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("MATPRIOR_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.delenv("MATPRIOR_DATA", raising=False)
    yield
    patch.undo()


def test_the_demo_set_comes_first_and_has_what_it_promises():
    entry = catalog.list_datasets()[0]
    assert (entry.name, entry.strings, entry.targets) == (
        "inorganic_melting_point",
        "formula",
        ("melting_point_K",),
    )
    assert entry.units == {"melting_point_K": "K"}


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_embedded_set_has_the_promised_rows_columns_and_provenance(name):
    entry, frame = catalog.show(name), catalog.load(name)
    assert len(frame) == entry.rows
    assert frame.columns[:5].tolist() == [entry.strings, entry.targets[0], "cas", "name", "source"]
    assert np.isfinite(frame[entry.targets[0]]).all()
    assert frame["cas"].str.fullmatch(r"\d{2,7}-\d\d-\d").all()
    assert not frame["cas"].duplicated().any()
    assert frame["source"].ne("").all()


@pytest.mark.parametrize("name", INORGANIC)
def test_every_embedded_formula_is_read_by_the_notation(name):
    formulas = catalog.load(name)["formula"]
    assert all(NOTATIONS["composition"].canonical(formula) for formula in formulas)


def test_counts_of_the_inorganic_sets_are_those_reported():
    assert len(catalog.load("inorganic_melting_point")) == 1151
    density = catalog.load("inorganic_density")
    assert density["phase"].value_counts().to_dict() == {"solid": 1825, "gas": 115, "liquid": 104}
    assert len(catalog.load("inorganic_formation_enthalpy")) == 636


def test_every_inorganic_formula_agrees_with_the_handbook_mass():
    rows = verified()
    off = np.array([mass_of(formula) for formula in rows["formula"]]) / rows["mass"] - 1
    assert np.abs(off).max() <= AGREEMENT
    assert (np.abs(off) > 5e-4).mean() < 0.01  # nearly all agree as far as masses were rounded


def test_formulas_agree_with_an_independent_handbook_table():
    # The heat of fusion and vaporisation tables print formulas; they took no part in choosing ours.
    folder = Path(__import__("importlib.util").util.find_spec("chemicals").origin).parent / "Phase Change"
    rows, compared, unlike = verified(), 0, []
    for name in ("CRC Handbook Heat of Fusion.tsv", "CRC Handbook Heat of Vaporization.tsv"):
        printed = pd.read_csv(folder / name, sep="\t", index_col="CAS", keep_default_na=False)["Formula"]
        for cas in printed.index.intersection(rows.index):
            compared += 1
            if amounts_of(printed[cas]) != amounts_of(rows.loc[cas, "formula"]):
                unlike.append(cas)
    assert compared > 700
    # Potassium aluminate: that table gives the anhydrous formula for the CAS number of the trihydrate.
    assert len(unlike) <= 1


@pytest.mark.parametrize(
    ("name", "mass", "pubchem", "formula"),
    [
        ("Magnesium germanide", 121.25, "GeH4Mg2", "Mg2Ge"),
        ("Silver(I) sulfide", 247.801, "Ag2HS", "Ag2S"),
        ("Calcium bromide hexahydrate", 307.977, "", "CaBr2·6H2O"),
        ("Cadmium chloride hemipentahydrate", 228.354, "CdCl2H2O", "CdCl2·2.5H2O"),
        ("Iron dodecacarbonyl", 503.656, "", "Fe3(CO)12"),
        ("Aluminum sulfate octadecahydrate", 666.426, "AlH4O5S", "Al2(SO4)3·18H2O"),
        ("Iron boride (Fe2B)", 122.501, "", "Fe2B"),
        ("Pentaborane(9)", 63.126, "B5", "B5H9"),
        ("Potassium bromide", 119.002, "BrK", "KBr"),
        ("Curium", 247.0, "Cm", "Cm"),
    ],
)
def test_wrong_or_missing_pubchem_formulas_are_repaired(name, mass, pubchem, formula):
    found, source = formula_of(name, mass, Identity(pubchem, "", "") if pubchem else None)
    assert found == formula
    assert source


@pytest.mark.parametrize(
    ("name", "mass", "pubchem"),
    [
        ("Tin (white)", 149.946, "Sn"),  # the volume belongs to the other tin
        ("Calcium carbide", 80.0, "C13H16O5"),
        ("Lithium orthosilicate", 99.025, "H4LiO4Si"),  # LiSiO4: oxygen would lack electrons
        ("Copper(II) sulfate, basic", 354.73, ""),
    ],
)
def test_a_formula_that_cannot_prove_itself_is_refused(name, mass, pubchem):
    assert formula_of(name, mass, Identity(pubchem, "", "")) == ("", "")


def test_a_mass_that_two_compositions_share_decides_nothing():
    mass = mass_of("Fe2O3")
    assert formula_from_name("Iron oxide", mass) == "Fe2O3"
    assert formula_from_name("Iron silicide oxide hydride", mass) is None


def test_names_give_building_blocks_and_unknown_words_give_none():
    assert blocks_of("Ammonium hexafluorosilicate").choices == (("NH4",), ("SiF6",))
    assert blocks_of("Tungsten(VI) dioxydichloride").choices == (("W",), ("O",), ("Cl",))
    assert blocks_of("Phlogiston oxide") is None
    assert explicit_formula("Iron(II) sulfide") is None
    assert explicit_formula("Nickel carbonyl [Ni(CO)4]") == "Ni(CO)4"


def test_known_values_are_there_in_their_units():
    melting = catalog.load("inorganic_melting_point").set_index("name")
    assert melting.loc["Sodium chloride", "melting_point_K"] == pytest.approx(1075.3, abs=2)
    assert melting.loc["Tungsten", "melting_point_K"] == pytest.approx(3687, abs=10)
    density = catalog.load("inorganic_density").set_index("name")
    assert density.loc["Gold", "density_kg_m3"] == pytest.approx(19300, abs=50)
    assert density.loc["Nitrogen", ["density_kg_m3", "phase"]].tolist() == [1.145, "gas"]
    enthalpy = catalog.load("inorganic_formation_enthalpy").set_index("name")[
        "formation_enthalpy_eV_per_atom"
    ]
    assert enthalpy["Sodium chloride"] == pytest.approx(-411.2 / 96.485 / 2, abs=0.002)
    assert enthalpy["Copper"] == 0


def test_organic_melting_points_have_the_noise_floor_that_is_documented():
    pair = pd.concat(
        [table("opennotebook")["Tm"], table("crc_organic")["Tm"]], axis=1, keys=["a", "b"]
    ).dropna()
    assert (pair["a"] - pair["b"]).abs().mean() == pytest.approx(2.7, abs=0.1)


def test_organic_rows_are_single_organic_molecules_once_each():
    for name in set(EMBEDDED) - set(INORGANIC):
        smiles = catalog.load(name)["smiles"]
        assert not smiles.duplicated().any()
        assert not smiles.str.contains(".", regex=False).any()
        assert smiles.str.contains("c|C", regex=True).all()


def test_a_molecule_known_to_several_tables_gets_their_median():
    row = catalog.load("organic_melting_point").set_index("smiles").loc["C1=CC=C(C=C1)C(=O)O"]
    assert row["melting_point_K"] == pytest.approx(395.5, abs=0.5)
    assert row["source"] == "OpenNotebook; CRC; Wikidata"


def test_tables_under_restrictive_terms_are_never_read():
    folder = Path(catalog.__file__).parent
    code = "".join(
        value
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(value := node.value, str) and "\n" not in value
    )
    assert not re.search(r"common_chemistry|webbook|joback|Yaws", code + "".join(TABLES.values()))


def test_building_twice_gives_the_same_bytes(tmp_path, monkeypatch):
    first = catalog.get("inorganic_melting_point").read_bytes()
    verified.cache_clear()
    monkeypatch.setenv("MATPRIOR_CACHE", str(tmp_path))
    assert catalog.get("inorganic_melting_point").read_bytes() == first


def test_a_wrong_name_suggests_the_right_one():
    with pytest.raises(ValueError, match=r"no data set 'exptgap'.*Did you mean 'expt_gap'"):
        catalog.show("exptgap")


def test_a_set_without_address_says_which_folder_is_missing(tmp_path):
    with pytest.raises(ValueError, match=r"no download address.*MATPRIOR_DATA"):
        catalog.get("mpea_borg2020")
    with pytest.raises(ValueError, match="no download address"):
        catalog.get("mpea_borg2020", folder=tmp_path)
    with pytest.raises(ValueError, match="expected a folder that exists"):
        catalog.get("mpea_borg2020", folder=tmp_path / "nowhere")


def test_a_folder_of_ones_own_serves_a_set_by_name(tmp_path):
    (tmp_path / "glass.csv").write_text("formula,is_glass_former\nNaN,1\n")
    assert catalog.load("glass", folder=tmp_path)["formula"].tolist() == ["NaN"]


def test_every_shared_table_has_a_name_in_the_catalog(shared):
    named = {file for entry in catalog.list_datasets() for file in entry.files}
    there = {
        str(path.relative_to(shared))
        for path in shared.rglob("*")
        if path.is_file() and re.search(r"\.(csv|tsv|txt)(\.gz)?$", path.name)
    }
    assert there == named


SMALL = [entry.name for entry in catalog.list_datasets() if entry.files and entry.rows < 60_000]
LARGE = [entry.name for entry in catalog.list_datasets() if entry.files and entry.rows >= 60_000]


def check_against_the_folder(name: str, shared: Path) -> None:
    entry, frame = catalog.show(name), catalog.load(name, folder=shared)
    assert len(frame) == entry.rows
    assert {*entry.targets} - {"*"} <= set(frame.columns)
    if entry.strings:
        assert frame[entry.strings].map(type).eq(str).all()
    if len(entry.files) > 1:
        assert set(frame["split"]) == {Path(file).name.split(".")[0] for file in entry.files}


@pytest.mark.parametrize("name", SMALL)
def test_a_catalog_entry_describes_its_file(name, shared):
    check_against_the_folder(name, shared)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_large_catalog_entry_describes_its_file(name, shared):
    check_against_the_folder(name, shared)


def test_every_entry_names_its_terms_and_its_source():
    for entry in catalog.list_datasets():
        assert {"Title", "Kind", "Rows", "Licence", "Source"} <= entry.facts().keys()
        assert entry.kind in {"embedded", "public", "local"}
        assert bool(entry.urls) == bool(entry.checksum) == (entry.kind == "public")
