"""A full disk, a read-only folder, a computer of another language: told, and nothing torn."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from whole import room_for

from matprior.data.recipe import read_recipe, write_recipe
from matprior.pretraining.recipe import PretrainingRecipe


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name != "table.csv")


@pytest.fixture
def fit(matprior, table, checkpoint, tmp_path, quick):
    """Fit the smallest network; into `m` unless told otherwise."""

    def call(output: Path | None = None):
        words = [
            "fit",
            table,
            "--target",
            "melting_point_K",
            "--model",
            checkpoint,
            *quick,
            "--strategy=full",
        ]
        return matprior(*words, "--output", output or tmp_path / "m")

    return call


def test_a_full_disk_is_told_and_leaves_no_half_model(fit, tmp_path):
    with room_for(20_000):  # enough for the config, too little for the weights
        done = fit()
    told = " ".join(done.err.split())
    assert done.code == 2, done.err
    assert "Traceback" not in told
    assert "File too large" in told
    assert "Make room, or choose another --output, and give the command again." in told
    assert left_in(tmp_path) == []
    assert fit().code == 0


def test_a_disk_that_fills_up_leaves_the_old_table_as_it_was(matprior, fit, table, tmp_path):
    assert fit().code == 0
    output = tmp_path / "answers.csv"
    assert matprior("predict", tmp_path / "m", table, "--output", output).code == 0
    before = output.read_bytes()
    with room_for(200):
        done = matprior("predict", tmp_path / "m", table, "--output", output)
    assert done.code == 2, done.err
    assert output.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def nowhere(tmp_path: Path) -> Path:
    """A folder that nobody can write to, not even root."""
    if os.geteuid() == 0:
        return Path("/sys/kernel")
    folder = tmp_path / "read_only"
    folder.mkdir(mode=0o555)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="knows a folder that even root can not write to in Linux")
def test_a_read_only_folder_is_named(fit, tmp_path):
    done = fit(nowhere(tmp_path) / "m")
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert str(nowhere(tmp_path) if os.geteuid() == 0 else "read_only") in done.err
    assert any(word in done.err for word in ("Permission denied", "not permitted", "Read-only"))


LOCALES = {"tr_TR.ISO-8859-9": "tr_TR", "ja_JP.SHIFT_JIS": "ja_JP"}
"""Where `I` has another small letter and the decimal sign is a comma; and where text is no UTF-8."""
READ = """
import locale, sys
from pathlib import Path
from matprior.data import Task, read_table
from matprior.data.files import write_atomically
from matprior.data.recipe import read_recipe, write_recipe
from matprior.data.table import write_bad_rows
from matprior.notations import NOTATIONS
from dataclasses import dataclass

@dataclass
class Note:
    name: str = ""
    rate: float = 0.0

locale.setlocale(locale.LC_ALL, "")
folder = Path(sys.argv[1])
found = f"{locale.str(0.5)} {open(folder / 'made', 'w').encoding}"
assert found == sys.argv[2], found
table = read_table(folder / "table.csv", Task(targets="gap_eV"))
assert table.strings.tolist() == ["Fe2O3", "InI", "NaCl"], table.strings
assert table.frame["gap_eV"].tolist() == [2.5, 1.25, 8.5], table.frame
assert write_bad_rows(table, folder).read_text(encoding="utf-8-sig").count("Æøβ·") == 1
write_recipe(Note("β-Ga₂O₃ 酸化物", 0.5), folder / "recipe.yaml")
assert read_recipe(folder / "recipe.yaml", Note) == Note("β-Ga₂O₃ 酸化物", 0.5)
assert NOTATIONS["composition"].canonical("IIn") == "InI"
assert NOTATIONS["smiles"].canonical("OCI") == "OCI"
"""


@pytest.fixture(scope="module")
def locales(tmp_path_factory) -> Path:
    """Folder with the locales of the tests, made from the descriptions that the system has."""
    made = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/tr_TR").exists():
        pytest.skip("needs localedef and its descriptions of languages (Debian: apt install locales)")
    for name, language in LOCALES.items():
        encoding = name.split(".")[1]
        # The warning that SHIFT_JIS has no backslash makes an exit code of 1.
        subprocess.run(["localedef", "-c", "-i", language, "-f", encoding, made / name], capture_output=True)
    return made


@pytest.mark.parametrize(
    ("name", "says"), [("tr_TR.ISO-8859-9", "0,5 ISO-8859-9"), ("ja_JP.SHIFT_JIS", "0.5 SHIFT_JIS")]
)
def test_tables_and_recipes_are_the_same_in_every_language(name, says, locales, tmp_path):
    text = "formula,gap_eV\nFe2O3,2.5\nInI,1.25\nNaCl,8.5\nÆøβ·,1\n"
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    (tmp_path / "read.py").write_text(READ, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", tmp_path / "read.py", tmp_path, says],
        env={**os.environ, "LOCPATH": str(locales), "LC_ALL": name},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")


def test_a_recipe_keeps_every_letter(tmp_path):
    recipe = PretrainingRecipe(name="β-Ga₂O₃", licence="CC BY 4.0 · 株式会社")
    write_recipe(recipe, tmp_path / "recipe.yaml")
    assert read_recipe(tmp_path / "recipe.yaml", PretrainingRecipe) == recipe
    assert "株式会社" in (tmp_path / "recipe.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"just a word", "expected options by name"),
        (b"- a\n- b\n", "expected options by name"),
        (b"notation: [smiles]\n", "is unknown"),
        (b"[" * 1_500, "not valid YAML"),
        (b"!!python/object/apply:os.system ['false']", "not valid YAML"),
    ],
    ids=["bytes", "word", "list", "notation", "deep", "object"],
)
def test_what_is_no_recipe_is_refused_in_words(text, words, matprior, tmp_path):
    (tmp_path / "recipe.yaml").write_bytes(text)
    done = matprior("pretrain", tmp_path / "recipe.yaml", "--output", tmp_path / "m")
    assert done.code == 2, done.err
    assert words in " ".join(done.err.split())


def test_an_override_below_a_value_is_refused(tmp_path):
    (tmp_path / "recipe.yaml").write_text("name: a\n")
    with pytest.raises(ValueError, match=r"'name.x=1' is no override: name holds 'a'"):
        read_recipe(tmp_path / "recipe.yaml", PretrainingRecipe, ["name.x=1"])
