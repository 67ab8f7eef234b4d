"""What is asked of a table: which column holds the strings, which hold the answers, and of what kind.

A `Task` is plain data. It knows nothing of files or models; `read_table` fills in what was left open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from matprior.data.units import unit_of

__all__ = ["AMOUNT_UNITS", "KINDS", "Kind", "Task", "unit_of"]

Kind = Literal["regression", "binary", "multiclass"]
KINDS = ("regression", "binary", "multiclass")
"""What a target can be. The CLI and the docs read this."""
AMOUNT_UNITS = ("atoms", "wt%", "at%")
"""What the numbers in a formula can mean."""


@dataclass
class Task:
    """What is asked: string column, targets, kind, units, extra columns, domain column.

    Examples
    --------
    >>> task = Task(targets="band_gap_eV")
    >>> task.targets, task.kind, task.strings
    (['band_gap_eV'], None, None)
    """

    strings: str | None = None
    """Column that holds the formulas or SMILES. None: found by looking at the values."""
    targets: list[str] = field(default_factory=list)
    """Columns to learn. An empty cell in them means that nobody measured it."""
    kind: Kind | None = None
    """'regression', 'binary' or 'multiclass'. None: decided from the values."""
    units: dict[str, str] = field(default_factory=dict)
    """Target -> unit. What is left out is read from the column name ('band_gap_eV' is in eV)."""
    extra: list[str] = field(default_factory=list)
    """Further columns the answer depends on, such as temperature or process."""
    domain: str | None = None
    """Column that says which family or source a row comes from."""
    notation: str | None = None
    """How the strings are written, such as 'composition'. None: decided from the values."""
    amount_unit: Literal["atoms", "wt%", "at%"] = "atoms"
    """What the numbers in a formula count: atoms, weight percent or atomic percent."""

    def __post_init__(self) -> None:
        # One name alone is what people type first; list("gap") would silently ask for 'g', 'a', 'p'.
        self.targets = [self.targets] if isinstance(self.targets, str) else list(self.targets)
        self.extra = [self.extra] if isinstance(self.extra, str) else list(self.extra)
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(
                f"Task.kind is {self.kind!r}; expected one of {', '.join(KINDS)}. "
                "Leave it out to let the values decide."
            )
        if self.amount_unit not in AMOUNT_UNITS:
            raise ValueError(
                f"Task.amount_unit is {self.amount_unit!r}; expected one of {', '.join(AMOUNT_UNITS)}. "
                "Use 'wt%' when the numbers in the formulas are weight percent."
            )
        self._check_roles()

    def _check_roles(self) -> None:
        """Refuse a column with two roles: as target and input at once it would leak the answer."""
        roles: dict[str, str] = {}
        named = [(self.strings, "strings"), (self.domain, "domain")]
        named += [(name, "targets") for name in self.targets] + [(name, "extra") for name in self.extra]
        for name, role in named:
            if name is None:
                continue
            if name in roles:
                where = f"in {role}" if roles[name] == role else f"in {roles[name]} and in {role}"
                raise ValueError(
                    f"Column {name!r} is named twice in the task, {where}. "
                    "Each column can have one role only; name it once."
                )
            roles[name] = role
        for name in self.units:
            if name not in self.targets:
                raise ValueError(
                    f"Task.units gives a unit for {name!r}, which is not a target. "
                    f"Targets: {self.targets}. Name a target, or add {name!r} to the targets."
                )

    @property
    def columns(self) -> list[str]:
        """Every column the task names, each once, strings first."""
        single = [name for name in (self.strings, self.domain) if name is not None]
        return [*single, *self.targets, *self.extra]
