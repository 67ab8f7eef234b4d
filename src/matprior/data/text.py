"""From the bytes of a text file to rows of cells: encoding, separator, quotes.

Cells stay text. Nothing is taken for a number or for "missing" here: the formulas `NaN`, `NA` and
`Na` would be lost (sodium nitride, and sodium itself under some readers).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
"""What may stand between cells -> its name in messages."""
LONGEST_CELL = 20
"""More line breaks than this inside one cell mean a quote mark that never closes."""


def decode(data: bytes, name: str) -> tuple[str, list[str]]:
    """Text of a file and, when its encoding had to be guessed, a sentence that says so."""
    encoding, note = encoding_of(data, name)
    return data.decode(encoding, errors="replace"), [note] if note else []


def encoding_of(data: bytes, name: str) -> tuple[str, str]:
    """Encoding of a text file by its bytes, or by its beginning, and a sentence where it was guessed.

    Raises
    ------
    ValueError
        The bytes are no text.

    Examples
    --------
    >>> encoding_of("式,K".encode("cp932"), "t.csv")[0], encoding_of(b"formula", "t.csv")[0]
    ('cp932', 'utf-8')
    """
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", f"{name} was read as UTF-16."
    try:
        # A beginning may end inside a character.
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        if b"\0" in data:  # no one-byte encoding and no cp932 text has it
            raise _no_text(name) from None
        encoding = _guess_encoding(data)
        note = f"{name} is not UTF-8; it was read as {encoding}. If characters look wrong, save it as UTF-8."
        return encoding, note
    zeros = data[:4000].count(0)
    odd = data[1:4000:2].count(0)
    if zeros > 0.2 * len(data[:4000]) and max(odd, zeros - odd) > 0.9 * zeros:
        # Every second byte is zero in Latin text saved as UTF-16 without its mark.
        return "utf-16-le" if 2 * odd > zeros else "utf-16-be", f"{name} was read as UTF-16."
    if zeros:
        raise _no_text(name)
    return "utf-8", ""


def _no_text(name: str) -> ValueError:
    return ValueError(
        f"{name} is not a table: it holds binary data. "
        "Expected CSV, TSV, plain text, Excel (.xlsx) or Parquet. Export the table as CSV."
    )


def _guess_encoding(data: bytes) -> str:
    """'cp932' (Japanese Excel), 'cp1252' (western Excel) or 'latin-1', which never fails."""
    # Lead bytes of kana, Greek and common kanji in cp932. In cp1252 they are letters such as '‚', 'ƒ'
    # and 'Š', or nothing at all; its quotes, dashes, '€' and '™' are other bytes.
    if re.search(rb"[\x81-\x84\x88-\x90\x98\x9b\x9d]", data):
        try:
            data.decode("cp932")
            return "cp932"
        except UnicodeDecodeError:
            pass
    try:
        data.decode("cp1252")
        return "cp1252"
    except UnicodeDecodeError:
        return "latin-1"


def read_cells(text: str, name: str) -> tuple[list[list[str]], str | None]:
    """Rows of cells, and the separator (None when every line is one cell)."""
    stated = re.match(r"\s*\"?sep=(.)\"?[ \t]*\r?\n", text)  # a line that only Excel understands
    if stated:
        text = text[stated.end() :]
    separator = stated[1] if stated else _find_separator(text)
    if separator is None and _is_aligned(text):
        return [line.split() for line in text.splitlines()], " "
    if separator is None:
        # No separator, so a quote mark or a comma cannot mean anything: one line, one string.
        return [[line.strip().strip('"')] for line in text.splitlines()], None
    return _parse(text, separator, name), separator


def _parse(text: str, separator: str, name: str) -> list[list[str]]:
    rows: list[list[str]] = []
    before = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    usual = csv.field_size_limit()
    if '"' not in text:  # then a long cell is one bad row, not a quote mark that swallows the rest
        csv.field_size_limit(max(usual, len(text)))
    try:
        for row in reader:
            if reader.line_num - before > LONGEST_CELL:
                break
            before = reader.line_num
            rows.append(row)
        else:
            return rows
    except csv.Error:  # a cell of more than 128 KiB: the same cause
        pass
    finally:
        csv.field_size_limit(usual)
    raise ValueError(
        f'{name}: a quote mark (") opened at line {before + 1} is never closed. '
        'Expected quote marks in pairs. Delete it, or double it inside a quoted cell ("").'
    )


def _is_aligned(text: str) -> bool:
    """Whether spaces separate the cells: names on top, then as many cells a line, numbers among them."""
    lines = [line.split() for line in text[:50_000].splitlines()[:50] if line.strip()]
    if len(lines) < 2 or len(lines[0]) < 2 or any(len(line) != len(lines[0]) for line in lines):
        return False
    numbers = [
        sum(1 for cell in line if re.fullmatch(r"[-+]?\d*\.?\d+(e[-+]?\d+)?", cell, re.I)) for line in lines
    ]
    return numbers[0] == 0 and all(numbers[1:])


def _find_separator(text: str) -> str | None:
    """The separator under which most of the first lines have the same number of cells, two or more."""
    lines = [line for line in text[:50_000].splitlines()[:100] if line.strip()][:50]
    best: tuple[float, int] = (0.0, 0)
    found = None
    for separator in ",;\t|":
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        if not counts:
            return None
        width, agreeing = max(counts.items(), key=lambda item: (item[1], item[0]))
        if width < 2:
            continue
        # The header decides between ';' with decimal commas ('NaCl;5,1') and ',' : names rarely hold commas.
        header = len(next(csv.reader(lines[:1], delimiter=separator)))
        score = (agreeing / len(lines) + (header == width), width)
        if score > best:
            best, found = score, separator
    return found
