"""What a corpus holds: each material once, its properties merged, nothing that must not be seen."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from matprior.data.recipe import read_recipe, write_recipe
from matprior.pretraining import sources
from matprior.pretraining.corpus import Corpus, PropertySource, Source, read_corpus, read_formulas
from matprior.pretraining.guard import refuse_shared_labels
from matprior.pretraining.run import PretrainingRecipe

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus.txt").write_text(
        "Fe2O3\nO6Fe4\nNaCl\n\nNaN\nFe4O6\nnot a formula\nMgO\n", encoding="utf-8"
    )
    (tmp_path / "gap.csv").write_text(
        "formula,gap\nFe2O3,2.0\nO3Fe2,4.0\nFe4O6,9.0\nNaCl,8.5\nNaN,1.5\nMgO,\nZnO,3.4\n", encoding="utf-8"
    )
    (tmp_path / "more.csv").write_text("formula,gap\nNaCl,9.5\n", encoding="utf-8")
    return tmp_path


def gap(**changes: object) -> PropertySource:
    return PropertySource(**{"name": "gap", "files": ["gap.csv"], "column": "gap", "unit": "eV", **changes})


def value_of(corpus: Corpus, string: str) -> float:
    return float(corpus.values[corpus.strings.index(string), 0])


def test_one_material_in_many_spellings_is_one_formula(folder):
    corpus = read_corpus(folder, ["corpus.txt"], [], [])
    assert corpus.strings == ["Fe2O3", "NaCl", "NaN", "MgO"]
    assert corpus.values.shape == (4, 0)


def test_sodium_nitride_is_a_formula_not_a_gap(folder):
    corpus = read_corpus(folder, ["corpus.txt"], [gap()], [])
    assert "NaN" in corpus.strings
    assert value_of(corpus, "NaN") == 1.5


def test_lines_that_are_no_formula_are_counted(folder):
    corpus = read_corpus(folder, ["corpus.txt"], [], [])
    assert "1 lines are not formulas and were left out." in corpus.notes
    assert "corpus.txt: 7 formulas, 4 new." in corpus.notes


@pytest.mark.parametrize(("merge", "expected"), [("median", 4.0), ("min", 2.0), ("mean", 5.0)])
def test_several_values_of_one_material_become_one(merge, expected, folder):
    corpus = read_corpus(folder, ["corpus.txt"], [gap(merge=merge)], [])
    assert value_of(corpus, "Fe2O3") == expected


def test_an_empty_value_is_unknown_and_files_of_one_property_join(folder):
    corpus = read_corpus(folder, ["corpus.txt"], [gap(files=["gap.csv", "more.csv"])], [])
    assert np.isnan(value_of(corpus, "MgO"))
    assert value_of(corpus, "NaCl") == 9.0
    assert "gap: 3 formulas with a value (6 rows)." in corpus.notes


def test_a_formula_outside_the_sources_joins_only_if_allowed(folder):
    assert "ZnO" not in read_corpus(folder, ["corpus.txt"], [gap()], [], only_listed=True).strings
    joined = read_corpus(folder, ["corpus.txt"], [gap()], [], only_listed=False)
    assert value_of(joined, "ZnO") == pytest.approx(3.4)


def test_the_logarithm_of_what_is_not_positive_is_unknown(folder):
    (folder / "k.csv").write_text("formula,k\nFe2O3,100\nNaCl,0\nMgO,-5\n", encoding="utf-8")
    corpus = read_corpus(folder, ["corpus.txt"], [gap(files=["k.csv"], column="k", transform="log10")], [])
    assert value_of(corpus, "Fe2O3") == 2.0
    assert np.isnan([value_of(corpus, "NaCl"), value_of(corpus, "MgO")]).all()


def test_exclude_removes_equal_formulas_within_a_tolerance_and_counts_them(folder):
    (folder / "corpus.txt").write_text("Fe2O3\nLi0.33334Ni0.66666\nLi0.335Ni0.665\nNaCl\n", encoding="utf-8")
    (folder / "test.csv").write_text("formula,y\nO6Fe4,1\nLiNi2,2\n", encoding="utf-8")
    corpus = read_corpus(folder, ["corpus.txt"], [gap()], ["test.csv"])
    assert len(corpus.strings) == 2
    assert "NaCl" in corpus.strings
    assert corpus.notes[-1] == "--exclude test.csv: 2 formulas removed."
    assert value_of(corpus, "NaCl") == 8.5  # values move with their formulas


def test_exclude_reaches_formulas_that_came_with_a_property(folder):
    (folder / "test.csv").write_text("formula,y\nOZn,1\n", encoding="utf-8")
    corpus = read_corpus(folder, ["corpus.txt"], [gap()], ["test.csv"], only_listed=False)
    assert "ZnO" not in corpus.strings


@pytest.mark.parametrize("name", ["f.txt", "f.txt.gz", "f.csv", "f.csv.gz", "f.tsv", "f.parquet"])
def test_formulas_are_read_alike_from_every_kind_of_file(name, tmp_path):
    import pandas as pd

    strings = ["NaN", "Fe2O3", "NaCl"]
    table = pd.DataFrame({"formula": strings, "y": [1, 2, 3]})
    path = tmp_path / name
    if ".txt" in name:
        text = "\n".join(strings).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    elif name.endswith(".parquet"):
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if "tsv" in name else ",")
    assert list(read_formulas(path)) == strings


def test_a_column_that_is_not_there_is_named_with_those_that_are(folder):
    with pytest.raises(ValueError, match=r"'formula' and 'bandgap'.*\['formula', 'gap'\]"):
        read_corpus(folder, ["corpus.txt"], [gap(column="bandgap")], [])


def test_some_rows_of_a_table_can_be_a_source(folder):
    (folder / "held.tsv").write_text(
        "formula\tsets\tis_open\nZnO\ta\t1\nNaN\tb\t1\nMgO\ta\t0\n", encoding="utf-8"
    )
    some = read_corpus(folder, [Source("held.tsv", {"is_open": 1})], [], [])
    assert some.strings == ["ZnO", "NaN"]
    assert some.notes == ["held.tsv where is_open = 1: 2 formulas, 2 new."]
    both = read_corpus(folder, [Source("held.tsv", {"is_open": True, "sets": "a"})], [], [])
    assert both.strings == ["ZnO"]
    with pytest.raises(ValueError, match=r"'formula' and 'opn'.*\['formula', 'sets', 'is_open'\]"):
        read_corpus(folder, [Source("held.tsv", {"opn": 1})], [], [])
    with pytest.raises(ValueError, match="text file without columns"):
        read_corpus(folder, [Source("corpus.txt", {"is_open": 1})], [], [])


def test_shards_of_a_folder_or_a_pattern_are_read_in_pieces(folder, monkeypatch):
    import pandas as pd

    monkeypatch.setattr(sources, "PIECE", 2)
    (folder / "shards").mkdir()
    for index, strings in enumerate((["Fe2O3", "NaN", "NaCl"], ["MgO", "Cl2Na2", "CaO"])):
        table = pd.DataFrame({"formula": strings, "gap": [1.0, 2.0, 3.0]})
        table.to_parquet(folder / "shards" / f"{index}.parquet")
    (folder / "shards" / "notes.md").write_text("not formulas")
    expected = ["Fe2O3", "NaN", "NaCl", "MgO", "CaO"]
    assert read_corpus(folder, ["shards"], [], []).strings == expected
    assert read_corpus(folder, ["shards/*.parquet"], [], []).strings == expected
    corpus = read_corpus(folder, ["shards"], [gap(files=["shards/*.parquet"])], [])
    assert value_of(corpus, "NaCl") == 2.5  # 3 and 2, of two shards
    pieces = list(sources.read_pieces(folder / "shards" / "0.parquet", ["formula"]))
    assert [len(piece) for piece in pieces] == [2, 1]


@pytest.mark.parametrize("name", ["nothing.csv", "no-folder/*.parquet"])
def test_a_source_that_is_not_there_is_named(name, folder):
    with pytest.raises(ValueError, match=r"Found no file .*--data-folder"):
        read_corpus(folder, [name], [], [])


def test_a_data_set_of_the_catalog_can_be_excluded_by_name(folder):
    (folder / "corpus.txt").write_text("Fe2O3\nNaCl\n", encoding="utf-8")
    (folder / "expt_gap.csv").write_text("formula,band_gap_eV\nO6Fe4,1\nZnO,2\n", encoding="utf-8")
    corpus = read_corpus(folder, ["corpus.txt"], [], ["expt_gap"])
    assert corpus.strings == ["NaCl"]
    assert corpus.notes[-1] == "--exclude expt_gap: 1 formulas removed."
    with pytest.raises(ValueError, match="Did you mean 'expt_gap'"):
        read_corpus(folder, ["corpus.txt"], [], ["expt_gab"])
    with pytest.raises(ValueError, match="expected a set of formulas; it holds smiles"):
        read_corpus(folder, ["corpus.txt"], [], ["esol"])


def test_true_and_false_are_one_and_zero(folder):
    (folder / "stable.csv").write_text(
        "formula,y\nFe2O3,True\nNaCl,False\nMgO,1\nNaN,maybe\n", encoding="utf-8"
    )
    corpus = read_corpus(folder, ["corpus.txt"], [gap(files=["stable.csv"], column="y")], [])
    assert [value_of(corpus, s) for s in ("Fe2O3", "NaCl", "MgO")] == [1, 0, 1]
    assert np.isnan(value_of(corpus, "NaN"))


def test_the_open_recipe_learns_from_what_the_strict_one_leaves_out():
    strict, open_ = (
        read_recipe(REPOSITORY / "recipes" / f"{name}.yaml", PretrainingRecipe)
        for name in ("matbert-small-strict", "matbert-small")
    )
    assert {Path(file).name for file in strict.exclude} >= {
        f"{name}.csv" for name in ("expt_gap", "expt_is_metal", "glass", "steels_yield", "dielectric")
    }
    assert not open_.only_listed
    assert open_.exclude == []
    assert open_.sources == [
        "compositions/corpus.txt.gz",
        Source("compositions/corpus_heldout.tsv.gz", {"in_nontest_source": 1}),
    ]
    assert open_.properties == strict.properties


def test_a_recipe_keeps_its_sources_when_written(tmp_path):
    recipe = PretrainingRecipe(sources=["a.txt", Source("b.tsv", {"open": 1, "set": "x"})])
    write_recipe(recipe, tmp_path / "r.yaml")
    assert read_recipe(tmp_path / "r.yaml", PretrainingRecipe) == recipe


@pytest.mark.slow
def test_the_open_corpus_has_half_a_million_distinct_formulas(shared):
    recipe = read_recipe(REPOSITORY / "recipes" / "matbert-small.yaml", PretrainingRecipe)
    assert len(read_corpus(shared, recipe.sources, [], []).strings) >= 500_000


@pytest.fixture
def sisters(tmp_path: Path) -> Path:
    """Two tables of the catalog with labels of one source, and a formula in common."""
    (tmp_path / "expt_gap.csv").write_text("formula,band_gap_eV\nNaCl,8.5\nZnO,3.4\n")
    (tmp_path / "expt_is_metal.csv").write_text("formula,is_metal\nClNa,0\nCu,1\n")
    return tmp_path


METAL = PropertySource("metal", ["expt_is_metal.csv"], "is_metal")


def test_a_property_from_the_sister_of_an_excluded_benchmark_is_refused(sisters):
    with pytest.raises(ValueError, match=r"'metal': .*1 of 2 test formulas.*NaCl.*drop_shared_labels"):
        refuse_shared_labels(sisters, [METAL], ["expt_gap.csv"])


def test_a_sister_without_excluded_formulas_is_not_refused(sisters):
    (sisters / "expt_is_metal.csv").write_text("formula,is_metal\nCu,1\n")
    refuse_shared_labels(sisters, [METAL], ["expt_gap.csv"])
    refuse_shared_labels(sisters, [METAL], ["glass.csv"])  # another source: not even opened
