"""Tables as they come from a laboratory: nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from matprior.data.table import Table, read_strings, read_table, write_bad_rows
from matprior.data.task import Task

GAP = Task(targets="gap_eV")
Make = Callable[..., Table]

PLAIN = "formula,gap_eV,note\nFe2O3,2.1,red\nNaCl,8.5,salt\nNaN,1.0,not missing\nTiO2,3.2,white\n"


@pytest.mark.parametrize("formula", ["NaN", "NO", "InF3", "NaI", "Na", "In", "No", "InF"])
def test_formulas_that_readers_take_for_missing_survive(formula: str, table_of: Make) -> None:
    table = table_of(f"formula,gap_eV\n{formula},1\nFe2O3,2\n")
    assert table.frame["formula"].tolist() == [formula, "Fe2O3"]
    assert table.bad.empty


def test_the_string_column_is_found_by_its_values_and_said(table_of: Make) -> None:
    table = table_of("id,sample,gap_eV\nmp-1,Fe2O3,2\nmp-2,NaCl,8\n")
    assert (table.task.strings, table.task.notation) == ("sample", "composition")
    assert any("'sample'" in note and "composition" in note for note in table.notes)


def test_short_labels_that_happen_to_be_formulas_are_not_chosen(table_of: Make) -> None:
    # 'C' (compression), 'T' (tension), 'BCC'... are valid formulas: carbon, tritium, BC2.
    rows = "".join(f"{'CT'[i % 2]},{'BCC' if i % 3 else 'FCC'},Fe{i + 1}Ni,{i}.5\n" for i in range(20))
    table = table_of("mode,phase,sample,gap_eV\n" + rows)
    assert table.task.strings == "sample"


def test_a_second_column_of_formulas_is_mentioned(table_of: Make) -> None:
    rows = "".join(f"Fe{i}O,Co{i}O,{i}.5\n" for i in range(1, 9))
    table = table_of("product,precursor,gap_eV\n" + rows)
    assert table.task.strings == "product"
    assert any("'precursor' also looks like" in note for note in table.notes)


def test_a_named_string_column_is_taken_as_asked(table_of: Make) -> None:
    table = table_of("a,b,gap_eV\nFeO,NaCl,1\nCoO,KCl,2\n", Task(strings="b", targets="gap_eV"))
    assert table.strings.tolist() == ["NaCl", "KCl"]


def test_strings_are_canonical_and_interpretations_are_listed(table_of: Make) -> None:
    table = table_of("formula,gap_eV\nO6Fe4,2\nCuSO4.5H2O,3\n")
    assert table.strings[0] == "Fe2O3"
    assert table.changes["row"].tolist() == [2]
    assert "CuSO4.5H2O" in " ".join(table.notes)


def test_amounts_may_be_declared_as_weight_percent(table_of: Make) -> None:
    text = "alloy,yield_MPa\nTi-6Al-4V,880\nAl-1Mg,90\n"
    table = table_of(text, Task(targets="yield_MPa", amount_unit="wt%"))
    assert len(table) == 2
    assert set(table.groups()) == {"Al-Ti-V", "Al-Mg"}


def test_rows_keep_their_number_through_blank_and_bad_lines(table_of: Make) -> None:
    table = table_of("formula,gap_eV\nFe2O3,1\n\nXx9,2\n,\nNaCl,3\n")
    assert table.row.tolist() == [1, 5]
    assert table.bad[["row", "string"]].to_numpy().tolist() == [[3, "Xx9"]]
    assert any("2 blank rows" in note for note in table.notes)


def test_bad_rows_say_where_what_why_and_what_instead(table_of: Make) -> None:
    table = table_of("formula,gap_eV\nNaCl,1\nfe2o3,2\n")
    assert table.bad.columns.tolist() == ["row", "string", "reason", "suggestion"]
    bad = table.bad.iloc[0]
    assert (bad["row"], bad["string"], bad["suggestion"]) == (2, "fe2o3", "Fe2O3")
    assert bad["reason"]


def test_every_input_row_is_used_merged_or_listed_as_bad(table_of: Make) -> None:
    text = "formula,gap_eV\nFe2O3,1\nO3Fe2,2\nNaCl,x\nnope!,4\nKCl,\nKBr,1,2\n"
    table = table_of(text, Task(targets="gap_eV", kind="regression"))
    in_merged = {int(number) for rows in table.merged["rows"] for number in rows.split(", ")}
    assert set(table.row) | in_merged | set(table.bad["row"]) == {1, 2, 3, 4, 5, 6}
    assert table.original.index.tolist() == [1, 2, 3, 4, 5]  # row 6 has a cell too many: it has no columns


def test_strict_stops_at_the_first_bad_row_and_names_it(table_of: Make) -> None:
    with pytest.raises(ValueError, match="at row 2"):
        table_of("formula,gap_eV\nNaCl,1\nfe2o3,2\n", strict=True)
    with pytest.raises(ValueError, match=r"Row 1 of .*'gap_eV' is '>3', a limit"):
        table_of("formula,gap_eV\nNaCl,>3\nFe2O3,2\nKCl,2\n", strict=True)
    assert len(table_of(PLAIN, strict=True)) == 4


def test_notes_count_one_and_many_rightly_and_tell_no_share_of_a_sample(table_of: Make) -> None:
    told = " ".join(table_of("formula,gap_eV\nNaCl,1\nSi02,2\n").notes)
    assert "2 rows and 2 columns." in told
    assert "1 of 2 rows was left out because its string or line cannot be read (row 2)." in told
    assert told.count("Did you mean 'SiO2'?") == 1
    assert "%" not in told
    told = " ".join(table_of("formula,gap_eV\nNaCl,1\nSi02,2\nXx9,3\nKCl,4\n").notes)
    assert "2 of 4 rows were left out because their string or line cannot be read (rows 2, 3)." in told


def test_bad_rows_are_written_and_an_old_list_is_removed(table_of: Make, tmp_path: Path) -> None:
    bad = table_of("formula,gap_eV\nNaCl,1\nH₂Ox,2\n")
    path = write_bad_rows(bad, tmp_path / "out")
    assert path is not None
    back = pd.read_csv(path, keep_default_na=False)
    assert back["row"].tolist() == [2]
    assert back["string"].tolist() == ["H₂Ox"]
    assert write_bad_rows(table_of(PLAIN), tmp_path / "out") is None
    assert not path.exists()


def test_a_plain_list_of_formulas_needs_no_header(tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("Fe2O3\nNaCl\nnope!\n\nNaCl\n")
    table = read_strings(path)
    assert table.strings.tolist() == ["Fe2O3", "NaCl", "NaCl"]
    assert table.row.tolist() == [1, 2, 5]
    assert table.bad["row"].tolist() == [3]


def test_a_list_with_header_is_read_as_such(tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("composition\nFe2O3\nNaCl\n")
    assert read_strings(path).frame.columns.tolist() == ["composition"]
    assert len(read_strings(path)) == 2


def test_rows_to_predict_keep_every_column_and_are_not_merged(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("id,formula,T_C\na,FeO,25\nb,FeO,25\nc,Zz,25\n")
    table = read_strings(path, Task(strings="formula", targets="gap_eV", extra=["T_C"]))
    assert table.frame["id"].tolist() == ["a", "b"]
    assert table.frame["T_C"].tolist() == [25.0, 25.0]
    assert table.original["id"].tolist() == ["a", "b", "c"]
    assert table.task.targets == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: read_table(["Fe2O3"], GAP),
            ["a list", "path of a file or a pandas DataFrame", "into a DataFrame"],
        ),
        (
            lambda: read_table(
                pd.DataFrame({"formula": ["FeO"], "gap_eV": [1]}), GAP, merge_duplicates="median"
            ),
            ["'median'", "one of auto, mean, majority, keep", "Use 'keep'"],
        ),
        (
            lambda: read_table(
                pd.DataFrame({"formula": ["FeO"]}), Task(targets="c", kind="binary"), False, "mean"
            ),
            ["'mean'", "kind 'binary'", "Leave it at 'auto'"],
        ),
        (
            lambda: read_strings(pd.DataFrame({"x": [1.5, 2.5]})),
            ["'x' with '1.5'", "such as 'Fe2O3'", "`strings`"],
        ),
    ],
)
def test_a_question_that_makes_no_sense_is_explained(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_the_matbench_gap_table_is_read_whole(shared: Path) -> None:
    path = shared / "compositions/matbench/expt_gap.csv"
    table = read_table(path, Task(targets="band_gap_eV"), merge_duplicates="keep")
    assert len(table) == 4604
    assert table.bad.empty
    assert (table.task.strings, table.task.kind, table.task.units) == (
        "formula",
        "regression",
        {"band_gap_eV": "eV"},
    )
    raw = pd.read_csv(path, keep_default_na=False)
    assert table.frame["band_gap_eV"].tolist() == raw["band_gap_eV"].tolist()


def test_alloys_are_kept_apart_by_process_and_temperature(shared: Path) -> None:
    path = shared / "compositions/labelled/mpea_borg2020.csv"
    task = Task(
        targets=["vickers_hardness_HV", "yield_strength_MPa"], extra=["processing", "test_temperature_C"]
    )
    table = read_table(path, task)
    key = [table.strings, table.frame["processing"], table.frame["test_temperature_C"].fillna(-1)]
    assert not pd.concat(key, axis=1).duplicated().any()
    assert table.merged["n"].sum() - len(table.merged) + len(table) == 1545


def test_letters_that_are_formulas_and_smiles_alike_follow_the_name_of_their_column():
    for name, notation in (("smiles", "smiles"), ("formula", "composition"), ("compound", "composition")):
        table = read_strings(pd.DataFrame({name: ["CO", "CN", "NO"], "x": ["1", "2", "3"]}))
        assert (table.task.strings, table.task.notation) == (name, notation)


def test_a_column_of_formulas_called_smiles_is_read_as_formulas():
    assert read_strings(pd.DataFrame({"smiles": ["NaCl", "Fe2O3"]})).task.notation == "composition"


def test_a_named_column_without_a_valid_string_is_judged_by_the_rest_of_the_table():
    frame = pd.DataFrame({"id": ["q-1", "q-2"], "molecule": ["c1ccccc1", "CC(=O)O"]})
    with pytest.raises(ValueError, match=r"valid smiles.*Did you mean column 'molecule'"):
        read_strings(frame, Task(strings="id"))
