"""The words of the page: complete in both languages, and every word that is used exists."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import matprior.web

PAGE = files("matprior.web").joinpath("page")
ENGLISH, JAPANESE = (
    json.loads(PAGE.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in ("en", "ja")
)
CODE = "\n".join(
    file.read_text(encoding="utf-8") for file in PAGE.iterdir() if file.name.endswith((".js", ".html"))
)


def test_both_languages_have_the_same_keys_in_the_same_order():
    assert list(ENGLISH) == list(JAPANESE)


def test_both_languages_fill_in_the_same_values():
    for key, text in ENGLISH.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", JAPANESE[key])), key


def test_japanese_is_japanese():
    same = {"bars.says", "footer.api", "notation.smiles", "notation.selfies"}
    latin = [key for key, text in JAPANESE.items() if not re.search(r"[぀-ヿ一-鿿]", text)]
    assert set(latin) <= same


def test_every_key_that_is_named_exists():
    named = set(re.findall(r"\bt\(\"([\w.]+)\"", CODE)) | set(
        re.findall(r"data-(?:text|label|hint)=\"([\w.]+)\"", CODE)
    )
    assert len(named) > 60
    assert named <= set(ENGLISH)


def test_every_text_is_used():
    families = set(re.findall(r"`([\w.]+\.)\$\{", CODE))
    quoted = set(re.findall(r"[\"'`]([a-z]+(?:\.[\w.]+)?)[\"'`]", CODE))
    lost = [key for key in ENGLISH if key not in quoted and not any(key.startswith(one) for one in families)]
    assert lost == []


def test_every_code_of_the_server_has_a_text():
    told = "\n".join(
        file.read_text(encoding="utf-8") for file in Path(matprior.web.__file__).parent.glob("*.py")
    )
    codes = set(re.findall(r"(?:Problem|refusal)\(\s*\d{3},\s*\"(\w+)\"", told)) | set(
        matprior.web.problems.WORDS.values()
    )
    assert len(codes) > 15
    assert {f"error.{code}" for code in codes} <= set(ENGLISH)
