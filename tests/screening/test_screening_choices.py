"""Scores, rules and pools: what is refused, and with which words."""

from __future__ import annotations

import pytest

from matprior.estimators import load
from matprior.screening import Screening, screen
from matprior.screening.options import Shard
from matprior.screening.pool import open_pool
from matprior.screening.rules import ELEMENTS
from matprior.screening.scores import score_of


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "beauty"}, "no score 'beauty'. Known: prediction"),
        ({"by": "probability"}, "does not suit this model, a regressor"),
        ({"by": "target=1.5"}, "Write target=VALUE±WIDTH"),
        ({"by": "target=1.5±0"}, "Write target=VALUE±WIDTH"),
        ({"by": "target=1.5±1", "lowest": True}, "Leave out --lowest"),
        ({"target": "gap"}, "got 'gap'; this model has melting_K"),
        ({"require": ["Lithium"]}, "'Lithium' is no element"),
        ({"forbid": ["pb"]}, "Did you mean 'Pb'"),
        ({"at": {"T_K": 300}}, "this model needs none; got T_K"),
        ({"engine": "onnx"}, "has no ONNX files. Make a folder that has: matprior export"),
    ],
)
def test_choices_that_do_not_suit_a_regressor(regressor, pool, tmp_path, options, message):
    if options.get("engine") == "onnx":
        pytest.importorskip("onnxruntime", reason='needs onnx: pip install "matprior[onnx]"')
    with pytest.raises(ValueError, match=message):
        screen(regressor, pool, tmp_path / "best.csv", Screening(**options), workers=1)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("prediction", "a classifier: it is screened by probability"),
        ("probability=metal", "Got 'metal'; this model knows oxide, salt"),
    ],
)
def test_choices_that_do_not_suit_a_classifier(classifier, by, message):
    with pytest.raises(ValueError, match=message):
        score_of(load(classifier), Screening(by=by))


@pytest.mark.parametrize("window", ["1.5±0.2", "1.5+-0.2", "1.5 +/- 0.2", "15e-1±2e-1"])
def test_windows_can_be_typed_in_several_ways(regressor, window):
    assert score_of(load(regressor), Screening(by=f"target={window}")).window == (1.5, 0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top": 0}, "top is 0"),
        ({"chunk": 2.5}, "chunk is 2.5"),
        ({"coverage": 90}, "For 90 % write 0.9"),
        ({"engine": "tensorrt"}, "expected one of torch, onnx"),
        ({"require": ["O"], "forbid": ["O"]}, "both required and forbidden"),
    ],
)
def test_options_are_checked_when_they_are_made(options, message):
    with pytest.raises(ValueError, match=message):
        Screening(**options)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/", "-1/2"])
def test_shards_are_checked(text):
    with pytest.raises(ValueError, match="expected i/n"):
        Shard.read(text)


def test_shards_share_every_chunk_out_once():
    shards = [Shard(i, 5) for i in range(1, 6)]
    assert all(sum(shard.holds(number) for shard in shards) == 1 for number in range(23))


@pytest.mark.parametrize(
    ("smiles", "elements"),
    [
        ("CC(=O)Nc1ccc(O)cc1", {"C", "N", "O"}),
        ("ClC(Cl)Br", {"C", "Cl", "Br"}),
        ("c1cc[nH]c1", {"C", "N"}),
        ("[Na+].[O-]c1ccccc1", {"Na", "O", "C"}),
        ("[13CH4]", {"C"}),
        ("C[se]C[Si](C)C", {"C", "Se", "Si"}),
    ],
)
def test_elements_of_smiles(smiles, elements):
    assert ELEMENTS["smiles"](smiles) == elements


def test_a_text_file_keeps_the_numbers_of_its_lines(tmp_path):
    (tmp_path / "pool.txt").write_text("\nNaCl\n\n\nKCl\n")
    (chunk,) = open_pool(str(tmp_path / "pool.txt"), None, "composition").chunks(10)
    assert (chunk.rows, chunk.strings) == ([2, 5], ["NaCl", "KCl"])


def test_names_behind_smiles_are_left_away(tmp_path):
    (tmp_path / "pool.smi").write_text("NaCl salt of the table\nKCl\tsylvite\n")
    (chunk,) = open_pool(str(tmp_path / "pool.smi"), None, "composition").chunks(10)
    assert chunk.strings == ["NaCl", "KCl"]


def test_sodium_nitride_is_no_gap(tmp_path):
    (tmp_path / "pool.csv").write_text("formula\nNaN\nKCl\n")
    (chunk,) = open_pool(str(tmp_path / "pool.csv"), None, "composition").chunks(10)
    assert chunk.strings == ["NaN", "KCl"]


def test_chunks_hold_every_row_once_and_in_order(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("\n".join(f"Fe{i}O" for i in range(1, 26)))
    chunks = list(open_pool(str(tmp_path / "*.txt"), None, "composition").chunks(10))
    assert [len(chunk.rows) for chunk in chunks] == [10, 10, 5, 10, 10, 5]
    assert [chunk.number for chunk in chunks] == list(range(6))
    assert [chunk.position for chunk in chunks] == [0, 10, 20, 25, 35, 45]
    assert {chunk.file for chunk in chunks[3:]} == {"b.txt"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"NaCl\nKCl\nLiF\n", "looks like data, not like names of columns: 'NaCl'"),
        ("a.csv", b"formula\n", "holds no row"),
        ("a.txt", b"", "holds no row"),
        ("a.txt", b"NaCl\n\xff\xfe\x00\n", "is not text in UTF-8"),
        ("a.csv", b"text\nhello world\nso long\n", "No column of a.csv looks like composition"),
    ],
)
def test_pools_that_are_none(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        open_pool(str(tmp_path / name), None, "composition")


def test_a_pool_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="was not found; expected a file, a folder or a pattern"):
        open_pool(str(tmp_path / "nothing.csv"), None, None)


def test_a_column_that_is_not_there(tmp_path):
    (tmp_path / "a.csv").write_text("formula\nNaCl\n")
    with pytest.raises(ValueError, match="needs columns 'smiles'"):
        open_pool(str(tmp_path / "a.csv"), "smiles", "composition")


def test_a_pool_without_a_readable_row_says_where_they_are_listed(regressor, tmp_path):
    (tmp_path / "a.csv").write_text("formula\nhello\nworld\n")
    with pytest.raises(ValueError, match=r"None of 2 rows can be read.*best_bad_rows.csv"):
        screen(regressor, tmp_path / "a.csv", tmp_path / "best.csv", Screening(strings="formula"), workers=1)
    assert (tmp_path / "best_bad_rows.csv").exists()
