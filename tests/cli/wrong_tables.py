"""Wrong tables by kind, and what a verb is expected to make of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TARGET = "melting_point_K"
FORMULAS = [
    "NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr", "RbCl", "RbF",
    "CsCl", "CsF", "ZnO", "CdO", "ZnS", "CdS", "AgCl", "AgBr", "CuCl", "CuBr",
]  # fmt: skip
HEAD = f"formula,{TARGET},is_oxide,note"


def good_text(
    rows: int = len(FORMULAS), value: Callable[[int], object] = lambda i: 800 + 37 * (i * 7 % 24)
) -> str:
    """A table of salts with an invented melting point."""
    lines = [f"{FORMULAS[i]},{value(i)},{'yes' if 'O' in FORMULAS[i] else 'no'},a" for i in range(rows)]
    return "\n".join([HEAD, *lines, ""])


@dataclass(frozen=True)
class Fault:
    """One kind of wrong table."""

    what: str
    write: Callable[[Path], None]
    labelled: str
    """What verbs that use labels do, unless they say otherwise: refused or read."""
    unlabelled: str
    """What the others do."""
    says: tuple[str, ...] = ()
    """Words of the message where labels are used and it is refused."""


UNREADABLE = ("missing", "folder", "empty", "binary")
"""Faults of the file itself: whoever refuses it names the file."""


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content)


def _nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _folder(path: Path) -> None:
    path.mkdir()


def _long(text: str) -> bytes:
    return (text + "Na" * 500_000 + ",5,no,a\n").encode()


FAULTS: dict[str, Fault] = {
    "missing": Fault("the file does not exist", _nothing, "refused", "refused"),
    "folder": Fault("a folder stands where the file should", _folder, "refused", "refused"),
    "empty": Fault("the file has no content", _bytes(b""), "refused", "refused"),
    "header_only": Fault("a header and no rows", _bytes(f"{HEAD}\n".encode()), "refused", "refused"),
    "one_row": Fault("one row", _bytes(good_text(1).encode()), "refused", "read"),
    "constant": Fault("one and the same target in every row",
                      _bytes(good_text(value=lambda i: 5).encode()), "read", "read"),
    "no_targets": Fault("no known target", _bytes(good_text(value=lambda i: "").encode()), "refused", "read",
                        (TARGET,)),
    "words_as_targets": Fault("words in place of numbers", _bytes(good_text(value=lambda i: "hot").encode()),
                              "refused", "read", (TARGET,)),
    "huge_string": Fault("a string of a million characters", _bytes(_long(good_text())), "read", "read"),
    "binary": Fault("not a table but bytes", _bytes(bytes(range(256)) * 40), "refused", "refused"),
    "shift_jis": Fault("written in Shift-JIS, as Japanese Excel does",
                       _bytes(good_text().replace("note", "備考").encode("shift_jis")), "read", "read"),
    "utf16": Fault("written in UTF-16", _bytes(good_text().encode("utf-16")), "read", "read"),
    "duplicate_columns": Fault("two columns of one name",
                               _bytes(good_text().replace("note", TARGET).encode()), "refused", "read",
                               (TARGET,)),
    "no_strings": Fault("no column of formulas or SMILES", _bytes(b"a,b\n1,2\n3,4\n5,6\n"), "refused",
                        "refused"),
}  # fmt: skip
"""Name -> fault."""
