"""Readings that are valid and still worth a second look, and how much a string looks like a formula."""

from __future__ import annotations

import re

from matprior.notations.composition_grammar import Amounts
from matprior.notations.material_names import ABBREVIATIONS

_ORGANIC = frozenset({"B", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I"})
_ZERO_INSIDE = re.compile(r"(?<=[A-Za-z)\]])\d*[1-9]?0(?=[1-9])\d*(?![.\d])")
_RUN = re.compile(r"(Br|Cl|[BCNOPSFI])\1|[BCNOPSFI]\([A-Z]|\)(?![\d.])[A-Z]|[A-Z][a-z]?1(?![\d.])")
_STOP_BETWEEN_WHOLES = re.compile(r"(?<=[A-Za-z)\]])(?:[2-9]|[1-9]\d)\.[1-9](?=[A-Z])")
_ACETATE = re.compile(r"OAc(?![a-z])|(?<![A-Za-z])AcO")
_CAPITAL_I = re.compile(r"(?:Li|Na|K|Rb|Cs|Ag|Tl|Mg|Ca|Sr|Ba|Zn|Cu|Fe|Al|Ti)[\d(]*CI(?![a-z])")


def remarks(chars: str, amounts: Amounts) -> list[str]:
    """Sentences on readings that may not be what was meant. Usually empty."""
    notes = []
    if looks_like_smiles(chars, amounts):
        notes.append(f"{chars!r} is read as a formula; it looks like a SMILES")
    if "O" not in amounts and len(amounts) <= 2 and "C" not in amounts and (m := _ZERO_INSIDE.search(chars)):
        oxide = chars[: m.start()] + m[0].replace("0", "O", 1) + chars[m.end() :]
        notes.append(f"{chars!r} is read with the digit 0; write {oxide!r} if the letter O is meant")
    if len(amounts) == 1 and re.fullmatch(r"[A-Z][a-z]?[1-9]?0", chars) and "C" not in amounts:
        oxide = chars[:-1] + "O"
        notes.append(f"{chars!r} is read with the digit 0; write {oxide!r} if the letter O is meant")
    if m := re.search(r"(?<![\d.])0(0+\.\d+)", chars):
        notes.append(f"{m[0]!r} is read as {float(m[0]):g}")
    if "T" in amounts and re.search(r"TI(?![a-z])", chars):
        notes.append(
            "'TI' is read as tritium and iodine; write 'Ti' or 'Tl' if titanium or thallium is meant"
        )
    if chars in ABBREVIATIONS:
        meant = ABBREVIATIONS[chars]
        notes.append(f"{chars!r} is read as {', '.join(amounts)}; write {meant!r} if that is meant")
    if chars == "NaN":
        notes.append("'NaN' is read as Na and N; leave the cell empty if a missing value is meant")
    if "Ac" in amounts and _ACETATE.search(chars):
        notes.append("'Ac' is read as actinium; write CH3CO for acetyl, CH3COO for acetate")
    if _CAPITAL_I.search(chars):
        notes.append("'CI' is read as carbon and iodine; write 'Cl' if chlorine is meant")
    if not re.search(r"[a-z]", chars) and re.search(r"SI(?=[OCN\d])", chars):
        notes.append("'SI' is read as sulfur and iodine; write 'Si' if silicon is meant")
    if _STOP_BETWEEN_WHOLES.search(chars) and _repeats_after_stop(chars):
        notes.append("a full stop is read as a decimal point; write '·' if it parts two units")
    return notes


def _repeats_after_stop(chars: str) -> bool:
    before, _, after = chars.partition(".")
    symbols = re.compile(r"[A-Z][a-z]?")
    return chars.count(".") == 1 and not set(symbols.findall(before)).isdisjoint(symbols.findall(after))


def looks_like_smiles(chars: str, amounts: Amounts) -> bool:
    """Whether a readable formula is rather a SMILES: `CCO`, `OCC(O)CO`, `C1CCCCC1`."""
    if "C" not in amounts or not amounts.keys() <= _ORGANIC or re.search(r"\d[\d.]|[.·^+]", chars):
        return False
    return chars.count("C") - chars.count("Cl") > 1 and bool(_RUN.search(chars))


def resembles_formula(string: str, amounts: Amounts) -> float:
    """0..1: how much a readable string looks like a composition."""
    text = string.strip()
    if looks_like_smiles(text, amounts):
        return 0.0
    if text in amounts:
        return 0.25  # a bare symbol: as often a phase, a label or a metal column
    return 1.0
