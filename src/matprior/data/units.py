"""The unit a column name carries: 'band_gap_eV', 'Tc (K)', 'density_g_cm3', 'T / °C'.

Only names are read here, never values. A guess that might be wrong is worse than none, so a word is
taken for a unit only when it is on the list below, and single letters only beside a fitting quantity.
"""

from __future__ import annotations

import re

# One entry per spelling found in tables -> how a person writes it.
_SPELLINGS = {
    "ev": "eV", "mev": "meV", "kev": "keV", "ha": "Ha", "hartree": "Ha", "ry": "Ry",
    "k": "K", "degc": "°C", "°c": "°C", "℃": "°C", "oc": "°C", "celsius": "°C", "kelvin": "K",
    "pa": "Pa", "kpa": "kPa", "mpa": "MPa", "gpa": "GPa", "tpa": "TPa", "bar": "bar", "kbar": "kbar",
    "atm": "atm", "psi": "psi", "ksi": "ksi", "j": "J", "kj": "kJ", "cal": "cal", "kcal": "kcal",
    "mol": "mol", "mmol": "mmol", "l": "L", "ml": "mL", "dl": "dL", "mg": "mg", "kg": "kg", "ug": "µg",
    "ng": "ng", "g": "g", "m": "m", "cm": "cm", "mm": "mm", "um": "µm", "µm": "µm", "μm": "µm", "nm": "nm",
    "pm": "pm", "ang": "Å", "angstrom": "Å", "å": "Å", "bohr": "bohr", "s": "s", "ms": "ms", "us": "µs",
    "ns": "ns", "ps": "ps", "min": "min", "h": "h", "hr": "h", "hz": "Hz", "khz": "kHz", "mhz": "MHz",
    "ghz": "GHz", "thz": "THz", "v": "V", "mv": "mV", "uv": "µV", "kv": "kV", "µv": "µV", "μv": "µV",
    "w": "W", "mw": "mW", "uw": "µW", "ma": "mA", "ah": "Ah", "mah": "mAh", "wh": "Wh", "ohm": "Ω", "ω": "Ω",
    "emu": "emu", "oe": "Oe", "koe": "kOe", "mub": "µB", "mu_b": "µB", "hv": "HV", "hrc": "HRC", "hb": "HB",
    "pct": "%", "percent": "%", "%": "%", "wt%": "wt%", "at%": "at%", "mol%": "mol%", "vol%": "vol%",
    "ppm": "ppm", "ppb": "ppb", "atom": "atom", "atoms": "atom", "cell": "cell", "fu": "f.u.", "f.u.": "f.u.",
    "deg": "°", "°": "°", "debye": "D", "amu": "u", "da": "Da", "kda": "kDa",
}  # fmt: skip
# Case carries the meaning of these: S is siemens, s seconds; T tesla, t tonnes; A ampere (Å when squared).
_CASED = {"S": "S", "mS": "mS", "T": "T", "mT": "mT", "A": "A", "C": "C", "D": "D", "N": "N", "F": "F"}
# A single letter ends many names that carry no unit ('test_type_C_T'), so the quantity must fit.
_LETTER_NEEDS = {
    "K": r"", "V": r"", "J": r"", "W": r"",
    "C": r"temp|point|melt|boil|\bt\b|\bt[a-z]\b", "D": r"\bmu\b|dipole",
    "A": r"current|diamet|radius|length|distance|lattice|\blcd\b|\bpld\b",
    "T": r"field|magneti|\bbs\b|\bbr\b",
    "s": r"time|duration", "h": r"time|duration", "g": r"mass|weight", "m": r"length|height|thick|depth",
}  # fmt: skip
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def unit_of(column: str) -> str:
    """Pretty unit a column name ends with, or '' when it names none.

    Logarithms keep their function, because an error in them is not in the plain unit.

    Examples
    --------
    >>> unit_of("band_gap_eV"), unit_of("Tc (K)"), unit_of("density_g_cm3"), unit_of("phase")
    ('eV', 'K', 'g/cm³', '')
    >>> unit_of("log10_K_VRH_GPa")
    'log10(GPa)'
    """
    name = " ".join(str(column).replace("_", " ").split())
    unit = _bracketed(name) or _trailing(name)
    logarithm = re.match(r"(log10|log|lg|ln)(?=[ (]|[A-Z])", name)
    return f"{logarithm[1]}({unit})" if unit and logarithm else unit


def _bracketed(name: str) -> str:
    """'Tc (K)', 'yield [MPa]', 'T / °C', 'T, °C'."""
    found = re.search(r"[(\[]([^()\[\]]+(?:\([^()]*\))?[^()\[\]]*)[)\]]\s*$", name)
    found = found or re.search(r"\w\s*(?: / |/|, )\s*([^/,]+(?:/[^,]+)?)$", name)
    if not found:
        return ""
    text = found[1].strip().replace("**", "^")
    if re.fullmatch(r"deg\.? ?C|C", text):
        return "°C"
    pieces = re.split(r"([/·*() ]+)", text)
    pretty = [piece if i % 2 else _pretty(piece) for i, piece in enumerate(pieces)]
    if any(word is None for word, piece in zip(pretty, pieces, strict=True) if piece and piece != "1"):
        return ""
    return "".join(word or piece for word, piece in zip(pretty, pieces, strict=True))


def _trailing(name: str) -> str:
    """'density g cm3', 'formation energy eV per atom', 'kappa W per m K'."""
    words = name.split(" ")
    first = len(words)
    while first > 1 and (words[first - 1] == "per" or _pretty(words[first - 1])):
        first -= 1
    if first == 1 and _pretty(words[0]) and ("per" in words or len(words[0]) > 1):
        first = 0  # the whole name is a unit: 'S_per_cm', 'kJ_mol'
    while first < len(words) and (words[first] == "per" or not _fits(words[first:], " ".join(words[:first]))):
        first += 1
    unit = words[first:]
    if not unit:
        return ""
    if unit in (["C"], ["A"]):  # what _fits let through is a temperature or a length, unless it says current
        return "°C" if unit == ["C"] else ("A" if "current" in name.lower() else "Å")
    top = unit.index("per") if "per" in unit else 1
    above = [_pretty(word) or "" for word in unit[:top]]
    below = [_pretty(word) or "" for word in unit[top:] if word != "per"]
    if not below:
        return " ".join(above)
    return " ".join(above) + "/" + (below[0] if len(below) == 1 else f"({' '.join(below)})")


def _fits(unit: list[str], quantity: str) -> bool:
    """False for a single letter that more likely belongs to the name than to the unit."""
    if len(unit) > 1:
        return "per" in unit or ((len(unit[0]) > 1 or unit[0] in "gWJAVK") and all(map(_pretty, unit)))
    word = unit[0]
    if _pretty(word) in ("atom", "cell"):
        return False  # a count ('n_atoms') has no unit
    if len(word) > 1 or not word.isalpha():
        return True
    return word in _LETTER_NEEDS and re.search(_LETTER_NEEDS[word], quantity, re.IGNORECASE) is not None


def _pretty(word: str) -> str | None:
    """'cm3', 'cm^3', 'K-1' -> 'cm³', 'cm³', 'K⁻¹'; None when the word is no unit."""
    found = re.fullmatch(r"(.*?[^\d^⁻⁰¹²³-])\^?(-?\d|[⁻⁰¹²³]+)?", word)
    if not found:
        return None
    stem, power = found[1], found[2] or ""
    if stem == "A" and power and "-" not in power:
        return "Å" + power.translate(_SUPERSCRIPT)
    unit = _CASED.get(stem)
    # 'mev' may be milli or mega by case only; short all-capital words ('PA', 'GA') are rarely units.
    if unit is None and (stem.lower() in _SPELLINGS) and not (stem.isupper() and stem not in _CAPITALS):
        unit = _SPELLINGS[stem.lower()]
    return None if unit is None else unit + power.translate(_SUPERSCRIPT)


_CAPITALS = {"K", "J", "V", "W", "L", "HV", "HRC", "HB", "EV", "MPA", "GPA", "PPM", "PPB", "Å", "°C"}
