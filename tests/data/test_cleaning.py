"""Cleaning: every row is in the clean table or in the account with a reason."""

import pandas as pd
import pytest

from matprior.data import Task
from matprior.data.cleaning import KINDS, Standard, clean_table

FRAME = pd.DataFrame(
    {
        "smiles": ["OCC", "CCO", "C(C", "CC(=O)[O-].[Na+]", "c1ccccc1", "C1=CC=CC=C1", "CCC", "C[N+](C)(C)C"],
        "logS": ["1.0", "1.5", "2", "3", "4", "4", "x", "7"],
        "source": ["a", "b", "c", "d", "e", "e", "f", "g"],
    }
)


def test_every_row_is_accounted_for():
    cleaned = clean_table(FRAME, Task(targets="logS"))
    merged = cleaned.changes[cleaned.changes["kind"].isin(["merged", "conflict", "refused"])]
    assert len(cleaned.frame) + merged["row"].nunique() == len(FRAME)
    assert set(cleaned.changes["kind"]) <= set(KINDS)
    assert cleaned.changes["what"].str.len().min() > 0
    assert cleaned.changes["row"].is_monotonic_increasing


def test_labels_of_one_material_are_merged_and_told():
    cleaned = clean_table(FRAME, Task(targets="logS"))
    frame = cleaned.frame.set_index("smiles")
    assert frame.loc["CCO", "logS"] == 1.25
    changes = cleaned.changes.set_index(["row", "kind"])["what"]
    assert changes[2, "conflict"] == "merged into row 1: 'logS' differs by 0.5, the mean is kept"
    assert changes[6, "merged"] == "merged into row 5"
    assert "unknown" in changes[7, "unknown"]
    assert "never closed" in changes[3, "refused"]


def test_without_targets_no_measurement_is_lost():
    cleaned = clean_table(FRAME, Task())
    assert cleaned.frame["logS"].tolist() == ["1.0", "1.5", "3", "4", "x", "7"]
    changes = cleaned.changes.set_index(["row", "kind"])["what"]
    assert (
        changes[2, "conflict"] == "the same material as row 1, with another 'logS', 'source'; both are kept"
    )
    assert changes[6, "merged"] == "merged into row 5: every cell agrees"
    assert "name a target" in cleaned.notes[0]


def test_changes_to_molecules_are_made_as_asked():
    frame = FRAME.iloc[[3]]
    assert clean_table(frame, Task()).frame["smiles"].tolist() == ["CC(=O)[O-]"]
    assert clean_table(frame, Task(), Standard(salts=False)).frame["smiles"].tolist() == ["CC(=O)[O-].[Na+]"]
    both = clean_table(frame, Task(), Standard(charges=True))
    assert both.frame["smiles"].tolist() == ["CC(=O)O"]
    assert both.changes["kind"].tolist() == ["salts", "charges"]
    assert both.changes["after"].tolist() == ["CC(=O)[O-]", "CC(=O)O"]


def test_compositions_are_cleaned_too():
    frame = pd.DataFrame({"formula": ["O3Fe2", "Fe2O3", "CuSO4.5H2O", "Xx2"], "gap_eV": [2.0, 2.2, 1.0, 0.0]})
    cleaned = clean_table(frame, Task(targets="gap_eV"))
    assert cleaned.frame["formula"].tolist() == ["Fe2O3", "CuH10SO9"]
    assert cleaned.frame["gap_eV"].tolist() == [2.1, 1.0]
    assert cleaned.counts() == {"refused": 1, "rewritten": 2, "conflict": 1}


def test_selfies_are_cleaned_too():
    frame = pd.DataFrame({"string": ["[O][C][C]", "[C][C][O]", "[C][C][=Branch1][C][=O][O-1].[Na+1]"]})
    cleaned = clean_table(frame, Task(notation="selfies"), Standard(charges=True))
    assert cleaned.frame["string"].tolist() == ["[C][C][O]", "[C][C][=Branch1][C][=O][O]"]


def test_majority_of_labels_and_ties():
    frame = pd.DataFrame({"smiles": ["CCO", "OCC", "C(C)O", "CC", "C-C"], "toxic": ["1", "1", "0", "1", "0"]})
    cleaned = clean_table(frame, Task(targets="toxic", kind="binary"))
    told = cleaned.changes[cleaned.changes["kind"] == "conflict"]["what"].tolist()
    assert told[0].endswith("the majority is kept")
    assert told[-1].endswith("so it is unknown")


def test_rows_kept_apart_by_an_extra_column_stay():
    frame = pd.DataFrame({"smiles": ["CCO", "OCC"], "T_K": ["300", "350"], "logS": ["1", "2"]})
    assert len(clean_table(frame, Task(targets="logS", extra="T_K")).frame) == 2


def test_charges_of_compositions_are_not_silently_ignored():
    with pytest.raises(ValueError, match="compositions"):
        clean_table(pd.DataFrame({"formula": ["NaCl", "KCl"]}), Task(), Standard(charges=True))


def test_a_table_without_a_valid_string_is_refused():
    with pytest.raises(ValueError, match="CCO"):
        clean_table(pd.DataFrame({"smiles": ["x(", "y)"]}), Task(notation="smiles"))
