"""`matprior embed`: the same vectors as in Python, beside rows that all stay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matprior import embed, load


def vectors_of(frame: pd.DataFrame) -> np.ndarray:
    return frame.filter(regex=r"^embedding_\d+$").to_numpy(float)


@pytest.fixture
def asked(tmp_path):
    """Three rows, the second of them no formula."""
    path = tmp_path / "new.csv"
    frame = pd.DataFrame({"sample": ["a", "b", "c"], "formula": ["NaI", "Xx2O", "Ca(OH)2"]})
    frame.to_csv(path, index=False)
    return path


def test_vectors_stand_beside_every_row_and_are_those_of_python(matprior, asked, checkpoint, tmp_path):
    output = tmp_path / "vectors.parquet"
    done = matprior("embed", asked, "--model", checkpoint, "--output", output)
    assert done.code == 0, done.err
    assert "2 of 3 rows have a vector of 32 numbers" in done.out
    told = pd.read_parquet(output)
    assert told[["sample", "formula"]].equals(pd.read_csv(asked).astype(told["sample"].dtype))
    assert list(told.columns[2:]) == [f"embedding_{i:03}" for i in range(32)]
    assert np.isnan(vectors_of(told)[1]).all()
    expected = embed(["NaI", "Ca(OH)2"], model=checkpoint)
    np.testing.assert_allclose(vectors_of(told)[[0, 2]], expected, atol=1e-6)
    bad = pd.read_csv(tmp_path / "vectors_bad_rows.csv")
    assert bad["row"].tolist() == [2]
    assert bad["string"].tolist() == ["Xx2O"]


def test_formulas_and_smiles_take_the_checkpoint_that_reads_them(matprior, asked, tmp_path):
    (tmp_path / "molecules.txt").write_text("OCC\nc1ccccc1\nCCO\n")
    for data, name, strings in (
        (asked, "matbert-small", ["NaI"]),
        (tmp_path / "molecules.txt", "molbert-small", ["OCC", "c1ccccc1"]),
    ):
        done = matprior("embed", data, "--output", tmp_path / "v.tsv")
        assert done.code == 0, done.err
        assert f"as {name} sees them" in done.out
        told = vectors_of(pd.read_csv(tmp_path / "v.tsv", sep="\t"))
        np.testing.assert_allclose(told[: len(strings)], embed(strings, model=name), atol=1e-5)


def test_a_fitted_folder_gives_its_own_vectors(matprior, fitted, asked, tmp_path):
    done = matprior("embed", asked, "--model", fitted, "--output", tmp_path / "v.csv")
    assert done.code == 0, done.err
    told = vectors_of(pd.read_csv(tmp_path / "v.csv"))
    np.testing.assert_allclose(told[[0, 2]], load(fitted).embed(["NaI", "Ca(OH)2"]), atol=1e-5)


def test_strict_stops_at_the_first_bad_row_and_writes_nothing(matprior, asked, checkpoint, tmp_path):
    for model in (["--model", checkpoint], []):
        done = matprior("embed", asked, *model, "--strict", "--output", tmp_path / "v.csv")
        assert done.code == 2
        assert '"Xx2O" at row 2' in done.err
        assert not (tmp_path / "v.csv").exists()


@pytest.mark.parametrize("options", [[], ["--strings", "smiles"], ["--strict"]])
def test_strings_that_the_model_does_not_read_are_refused(matprior, checkpoint, tmp_path, options):
    path = tmp_path / "molecules.csv"
    path.write_text("smiles\nOCC\nc1ccccc1\nCN\n")
    done = matprior("embed", path, "--model", checkpoint, *options, "--output", tmp_path / "v.csv")
    assert done.code == 2
    said = " ".join(done.err.split())
    assert "reads composition strings, and column 'smiles' of molecules.csv holds smiles" in said
    assert "leave --model out for molbert-small" in said


def test_small_molecules_that_could_be_formulas_are_read_as_the_model_reads(matprior, tmp_path):
    (tmp_path / "small.csv").write_text("gas\nCO\nCN\nnothing\n")
    done = matprior(
        "embed", tmp_path / "small.csv", "--model", "molbert-tiny", "--strings", "gas", "--output",
        tmp_path / "v.csv",
    )  # fmt: skip
    assert done.code == 0, done.err
    told = vectors_of(pd.read_csv(tmp_path / "v.csv"))
    np.testing.assert_allclose(told[:2], embed(["CO", "CN"], model="molbert-tiny"), atol=1e-5)


def test_columns_of_an_earlier_run_are_kept_under_another_name(matprior, asked, checkpoint, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert matprior("embed", asked, "--model", checkpoint, "--output", first).code == 0
    done = matprior(
        "embed", first, "--model", checkpoint, "--pooling", "cls", "--strings", "formula", "--output", second
    )
    assert done.code == 0, done.err
    told = pd.read_csv(second)
    assert told["embedding_000_input"].equals(pd.read_csv(first)["embedding_000"])
    assert not told["embedding_000_input"].equals(told["embedding_000"])


def test_a_pooling_that_a_molecule_does_not_have_is_refused(matprior, tmp_path):
    (tmp_path / "molecules.txt").write_text("OCC\nc1ccccc1\n")
    done = matprior(
        "embed", tmp_path / "molecules.txt", "--pooling", "weighted", "--output", tmp_path / "v.csv"
    )
    assert done.code == 2
    assert "'weighted' is not for molecules" in done.err
