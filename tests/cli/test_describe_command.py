"""`matprior pretrain` for a describer and `matprior describe`, from the shell."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

RECIPE = {
    "kind": "describer",
    "name": "halides",
    "numbers": [{"name": "band_gap", "files": ["halides.csv"], "column": "gap"}],
    "shape": {"width": 16, "encoder_layers": 1, "decoder_layers": 1, "heads": 2, "feed_forward": 32},
    "training": {"epochs": 2, "batch_size": 16},
    "heldout": 0.1,
}


@pytest.fixture
def halides(matprior, tmp_path):
    """Folder of a describer that the command line has trained on 20 halides."""
    rows = [
        f"{m}{a},{i}" for m in ("Li", "Na", "K", "Rb", "Cs") for i, a in enumerate(("F", "Cl", "Br", "I"))
    ]
    (tmp_path / "halides.csv").write_text("\n".join(["formula,gap", *rows]))
    (tmp_path / "halides.yaml").write_text(yaml.safe_dump(RECIPE))
    folder = tmp_path / "halides"
    done = matprior("pretrain", tmp_path / "halides.yaml", "--output", folder, "--data-folder", tmp_path)
    assert done.code == 0, done.err
    assert "matprior describe Fe2O3 --model" in done.out
    return folder


def test_from_recipe_to_facts_and_sentences(matprior, halides, tmp_path):
    card = (halides / "README.md").read_text()
    assert "describe(" in card
    assert "Not stated" not in card
    done = matprior("describe", "NaCl", "--model", halides)
    assert done.code == 0, done.err
    assert "HALIDE" in done.out
    assert "Na +1, Cl -1" in done.out
    (tmp_path / "some.txt").write_text("KBr\nXx\nFe2O3\n")
    output = tmp_path / "said.csv"
    done = matprior(
        "describe", "--input", tmp_path / "some.txt", "--output", output, "--model", halides,
        "--language", "ja", "--beams", "2",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "1 problem is listed" in done.out
    table = pd.read_csv(output)
    assert table["formula"].tolist() == ["KBr", "Fe2O3"]
    assert table["band_gap_eV"].notna().tolist() == [True, False]  # iron was never learned
    assert "ハロゲン化物" in table["description"][0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "There is no formula"),
        (["NaCl", "--language", "fr"], "one of en, ja"),
        (["NaCl", "--beams", "0"], "beams is 0"),
        (["NaCl", "--model", "matbert-small"], "describes nothing"),
        (["NaCl", "--output", "x.pdf"], "write .csv"),
    ],
)
def test_wrong_questions_are_explained(matprior, arguments, told):
    done = matprior("describe", *arguments)
    assert done.code == 2
    assert told in done.err


def test_a_dry_run_tells_what_would_be_learned(matprior, halides):
    done = matprior("pretrain", halides.parent / "halides.yaml", "--dry-run", "--data-folder", halides.parent)
    assert done.code == 0, done.err
    assert "20 formulas to learn from" in done.out
