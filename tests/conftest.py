"""The small world of the tests, and the way to the shared data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Exams of `lora` are skipped where its extra is not installed; `make test` installs it."""
    if find_spec("peft") is not None:
        return
    for item in items:
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else []
        if any(isinstance(value, str) and value == "lora" for value in parameters):
            item.add_marker(pytest.mark.skip(reason='needs peft: pip install "matprior[lora]"'))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the real tables; the test is skipped where there is none."""
    folder = Path(os.environ.get("MATPRIOR_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "compositions").is_dir():
        pytest.skip(f"real tables not found in {folder}; set MATPRIOR_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def tiny_shape() -> dict[str, int]:
    """Fields of the smallest MatBERT that still has layers: 2 layers of 32."""
    return {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "amount_features": 16,
    }


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, tiny_shape: dict[str, int]) -> Path:
    """Folder of a pretrained-looking MatBERT (random weights) with its tokenizer."""
    import torch

    from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
    from matprior.tokens.composition import CompositionTokenizer

    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(0)
    MatBertForPreTraining(MatBertConfig.of_size("tiny", **tiny_shape)).save_pretrained(folder)
    CompositionTokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def salts() -> tuple[list[str], list[float]]:
    """48 salts, and a property (in units of hundreds) that follows from anion, cation and amount."""
    metals = ["Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Hg"]
    anions = ["F", "Cl", "Br", "O"]
    strings = [
        f"{metal}{1 + i % 2}{anion}{1 + j % 3}"
        for i, metal in enumerate(metals)
        for j, anion in enumerate(anions)
    ]
    values = [400.0 + 120.0 * j + 9.0 * i for i in range(len(metals)) for j in range(len(anions))]
    return strings, values


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a screen, for the tests that look at pages as people do."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    if chromium is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as one:
        browser = one.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
