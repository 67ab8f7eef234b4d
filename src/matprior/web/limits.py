"""How much one visitor may ask for. The command line reads the help texts from here."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Limits:
    """What the server refuses, each with an answer that names the limit."""

    upload_mb: float = 20.0
    """Largest request, in megabytes; a workbook may unpack to ten times as much."""
    rows: int = 20_000
    """Most strings or table rows in one request."""
    characters: int = 2_000
    """Longest string."""
    seconds: float = 60.0
    """Longest time for one request, its arrival included."""
    requests: int = 64
    """Requests that are worked on at once; further ones are told to come again."""
    training_rows: int = 5_000
    """Most rows of a table to train on."""
    training_minutes: float = 30.0
    """A training that takes longer is stopped."""
    trained: int = 8
    """Most models trained on the page that are kept at once."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(f"The limit {field.name} is {value}; expected a number above 0.")

    @property
    def upload_bytes(self) -> int:
        """Largest request in bytes."""
        return int(self.upload_mb * 1e6)
