"""Wrong tables by kind, and the verbs that read tables: the two sides of the exam of wrong input.

`docs/errors.md` is written from the same two dicts (`page()`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TARGET = "melting_point_K"
FORMULAS = [
    "NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr", "RbCl", "RbF",
    "CsCl", "CsF", "ZnO", "CdO", "ZnS", "CdS", "AgCl", "AgBr", "CuCl", "CuBr",
]  # fmt: skip


def _text(
    rows: int = len(FORMULAS), value: Callable[[int], object] = lambda i: 800 + 37 * (i * 7 % 24)
) -> str:
    lines = [f"{FORMULAS[i]},{value(i)},{'yes' if 'O' in FORMULAS[i] else 'no'}" for i in range(rows)]
    return "\n".join([f"formula,{TARGET},is_oxide", *lines, ""])


@dataclass(frozen=True)
class Fault:
    """One kind of wrong table."""

    what: str
    write: Callable[[Path], None]
    unlabelled: str
    """What verbs without labels do: 'refuse', 'go on' or 'either'."""
    labelled: str
    """What verbs that learn labels do."""
    says: tuple[str, ...] = ()
    """Words of the message where it is refused."""


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content)


def _nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _folder(path: Path) -> None:
    path.mkdir()


FAULTS: dict[str, Fault] = {
    "missing": Fault("the file does not exist", _nothing, "refuse", "refuse", ("wrong.csv",)),
    "folder": Fault("a folder stands where the file should", _folder, "refuse", "refuse", ("wrong.csv",)),
    "empty": Fault("the file has no content", _bytes(b""), "refuse", "refuse", ("wrong.csv",)),
    "header_only": Fault(
        "a header and no rows", _bytes(f"formula,{TARGET},is_oxide\n".encode()), "refuse", "refuse"
    ),
    "one_row": Fault("one row", _bytes(_text(1).encode()), "either", "either"),
    "constant": Fault("one and the same target in every row", _bytes(_text(value=lambda i: 5).encode()),
                      "go on", "either"),
    "no_targets": Fault("no known target", _bytes(_text(value=lambda i: "").encode()), "go on", "refuse",
                        (TARGET,)),
    "words_as_targets": Fault("words in place of numbers", _bytes(_text(value=lambda i: "hot").encode()),
                              "go on", "refuse", (TARGET,)),
    "huge_string": Fault(
        "a string of a million characters",
        _bytes((_text() + "Na" * 500_000 + ",5,no\n").encode()),
        "go on",
        "go on",
    ),
    "binary": Fault("not a table but bytes", _bytes(bytes(range(256)) * 40), "refuse", "refuse",
                    ("wrong.csv",)),
    "shift_jis": Fault(
        "written in Shift-JIS, as Japanese Excel does",
        _bytes(_text().replace("is_oxide", "酸化物").encode("shift_jis")),
        "go on",
        "go on",
    ),
    "utf16": Fault("written in UTF-16", _bytes(_text().encode("utf-16")), "go on", "go on"),
    "duplicate_columns": Fault(
        "two columns of one name",
        _bytes(_text().replace("is_oxide", TARGET).encode()),
        "either",
        "refuse",
        (TARGET,),
    ),
    "no_strings": Fault(
        "no column of formulas or SMILES", _bytes(b"a,b\n1,2\n3,4\n5,6\n"), "refuse", "refuse"
    ),
}  # fmt: skip
"""Name -> fault."""

Words = list[object]


@dataclass(frozen=True)
class Verb:
    """A verb that reads a table, and how it is called on one."""

    call: Callable[[Path, Path, Path], Words]
    """Of the table, a folder of fitted model, and a folder that does not exist yet."""
    learns: bool
    """Whether it learns the table's labels."""


QUICK: Words = ["--set", "epochs=1", "--set", "batch_size=16"]
SCRATCH: Words = ["--models", "dummy"]
HALF: Words = ["--test-share", 0.5]


def _good(path: Path) -> Path:
    good = path.with_name("good.csv")
    good.write_text(_text(), encoding="utf-8")
    return good


VERBS: dict[str, Verb] = {
    "fit": Verb(
        lambda t, m, o: [
            "fit",
            t,
            "--target",
            TARGET,
            "--model=none",
            "--strategy=full",
            *QUICK,
            "--output",
            o,
        ],
        True,
    ),
    "evaluate": Verb(
        lambda t, m, o: ["evaluate", t, "--target", TARGET, "--folds", 2, *SCRATCH, "--output", o], True
    ),
    "audit": Verb(lambda t, m, o: ["audit", t, "--target", TARGET, "--output", o], True),
    "learning-curve": Verb(
        lambda t, m, o: ["learning-curve", t, "--target", TARGET, *SCRATCH, *HALF, "--output", o], True
    ),
    "predict": Verb(lambda t, m, o: ["predict", m, t, "--output", o / "p.csv"], False),
    "screen": Verb(lambda t, m, o: ["screen", m, t, "--top", 3, "--output", o / "top.csv"], False),
    "clean": Verb(lambda t, m, o: ["clean", t, "--output", o / "clean.csv"], False),
    "tokenize": Verb(lambda t, m, o: ["tokenize", t], False),
    "shift": Verb(lambda t, m, o: ["shift", t, _good(t), "--output", o], False),
    "evaluate-generation": Verb(
        lambda t, m, o: ["evaluate-generation", t, "--output", o / "scores.csv"], False
    ),
}
"""Name -> verb."""


def page() -> str:
    """The table of docs/errors.md."""
    told = {"refuse": "refused", "go on": "read", "either": "refused or read, by verb"}
    lines = ["| wrong table | verbs that learn labels | the others |", "|---|---|---|"]
    lines += [
        f"| {fault.what} | {told[fault.labelled]} | {told[fault.unlabelled]} |" for fault in FAULTS.values()
    ]
    return "\n".join(lines)
