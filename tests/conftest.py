"""The small world of the tests, and the way to the shared data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the real tables; the test is skipped where there is none."""
    folder = Path(os.environ.get("MATPRIOR_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "compositions").is_dir():
        pytest.skip(f"real tables not found in {folder}; set MATPRIOR_DATA to their folder")
    return folder
