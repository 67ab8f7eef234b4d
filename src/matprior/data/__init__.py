"""Tables, and who is tested on what. Nothing in this folder imports torch.

Names are loaded on first use, so that asking for one does not load pandas for the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Task": "task",
    "unit_of": "units",
    "Table": "table",
    "read_table": "table",
    "read_strings": "table",
    "write_bad_rows": "table",
    "SPLITS": "split",
    "Split": "split",
    "RandomFolds": "split",
    "GroupFolds": "split",
    "LeaveClusterOut": "split",
    "ColumnFolds": "split",
    "TrainTestColumn": "split",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
