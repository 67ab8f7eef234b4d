"""The real tables: which molecules are read, and which notation a table is taken for."""

from pathlib import Path

import pandas as pd
import pytest

from matprior.data import Task, read_strings
from matprior.data.columns import find_strings
from matprior.data.header import name_columns
from matprior.data.reading import read_source
from matprior.notations import NOTATIONS, InvalidString

SMILES = NOTATIONS["smiles"]
SAMPLE = 150


def _tables(folder: Path) -> list[Path]:
    """Tables with strings of one row each; few-shot tables hold tasks, not strings."""
    found = [*folder.rglob("*.csv"), *folder.rglob("*.csv.gz")]
    return sorted(p for p in found if "fewshot" not in p.parts and not p.name.startswith("published"))


def _refused(path: Path, rows: int | None) -> tuple[pd.Series, pd.Series]:
    """Whether we refuse each row, and whether `rdkit_ok` says that RDKit does."""
    table = pd.read_csv(path).dropna(subset=["smiles"])  # one row of the PubChem subset is empty
    if rows:
        table = table.sample(min(rows, len(table)), random_state=0)
    refused = []
    for string in table["smiles"]:
        try:
            SMILES.canonical(string)
            refused.append(False)
        except InvalidString:
            refused.append(True)
    expected = table["rdkit_ok"] == 0 if "rdkit_ok" in table else pd.Series(False, table.index)
    return pd.Series(refused, table.index), expected


def test_what_rdkit_reads_is_read(shared):
    for path in _tables(shared / "molecules"):
        refused, expected = _refused(path, SAMPLE)
        assert (refused == expected).all(), path


@pytest.mark.slow
def test_what_rdkit_reads_is_read_in_every_row(shared):
    for path in _tables(shared / "molecules"):
        refused, expected = _refused(path, None)
        assert (refused == expected).all(), path


def test_the_refused_rows_of_tox21_say_why(shared):
    table = pd.read_csv(shared / "molecules" / "moleculenet" / "tox21.csv")
    table = table[table["rdkit_ok"] == 0]
    assert len(table) == 8
    for string in table["smiles"]:
        with pytest.raises(InvalidString) as caught:
            SMILES.canonical(string)
        assert "bonds" in caught.value.reason
        assert caught.value.position is not None


@pytest.mark.parametrize(("folder", "notation"), [("compositions", "composition"), ("molecules", "smiles")])
def test_each_table_is_taken_for_what_it_holds(shared, folder, notation):
    for path in _tables(shared / folder):
        if "labels" in path.parts:
            continue
        frame = pd.read_csv(path, nrows=1000, dtype=str, keep_default_na=False).iloc[:, :12]
        columns = [name for name in frame if "formula" in name or "smiles" in name or "composition" in name]
        if not columns:
            continue
        rows, sheet = read_source(frame, [])
        column, found, _ = find_strings(name_columns(rows, sheet, []), Task())
        assert (column in columns, found) == (True, notation), path


def test_a_table_of_molecules_is_read_without_a_word_on_its_notation(shared):
    table = read_strings(pd.read_csv(shared / "molecules" / "moleculenet" / "esol.csv", nrows=200))
    assert table.task.notation == "smiles"
    assert len(table) == 200
    assert table.groups().nunique() > 20
