"""Small tables written on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matprior.data.table import Table, read_table
from matprior.data.task import Task


@pytest.fixture
def table_of(tmp_path: Path) -> Callable[..., Table]:
    """Write a text as CSV and read it; the task asks for 'gap_eV' unless another is given."""

    def make(text: str, task: Task | None = None, **options: object) -> Table:
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return read_table(path, task or Task(targets="gap_eV"), **options)  # type: ignore[arg-type]

    return make
