"""From the name and the formula mass of an inorganic compound to its formula.

The name says which building blocks are there, the mass says how many of each: `Magnesium
germanide`, 121.25 g/mol, is `Mg2Ge`. No oxidation states are guessed; where two answers fit,
there is none. Used only to check and repair the embedded sets, never to read users' strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

from matprior.notations.elements import ATOMIC_NUMBER, MASS, NAMES, SYMBOLS

MOST = {1: 20, 2: 14}
"""Largest number of one building block in a formula unit, by how many blocks there are; 6 for more."""

# Where the handbook's formula masses were made with other atomic masses than today's table.
_HANDBOOK = {"Zn": 65.409, "Mo": 95.94, "Ra": 226, "Np": 237, "Pu": 244, "Am": 243, "Cm": 247, "Cf": 251}
_MASSES = {symbol: float(mass) for symbol, mass in MASS.items()} | _HANDBOOK

# Highest charge an atom can lend; it shows that LiSiO4 or TiO7 cannot be.
_HIGHEST = dict.fromkeys(ATOMIC_NUMBER, 8)
for _charge, _symbols in {
    1: "H D T Li Na K Rb Cs",
    2: "Be Mg Ca Sr Ba Ra Zn Cd Hg",
    3: "B Al Ga In Tl Sc Y La Nd Pm Sm Eu Gd Dy Ho Er Tm Yb Lu",
    4: "C Si Ge Sn Pb Ti Zr Hf Ce Pr Tb Th Pd Pt",
    5: "N P As Sb Bi V Nb Ta",
    6: "S Se Te Cr Mo W U",
    7: "Cl Br I Mn Re",
    -1: "F",
    -2: "O",
}.items():
    _HIGHEST |= dict.fromkeys(_symbols.split(), _charge)

_COUNT = {"mono": 1, "di": 2, "tri": 3, "tetra": 4, "penta": 5, "hexa": 6, "hepta": 7, "octa": 8, "nona": 9}
_COUNT |= {"deca": 10, "undeca": 11, "dodeca": 12, "octadeca": 18}
_PREFIX = "(?:" + "|".join(sorted(_COUNT, key=len, reverse=True)) + ")"
_HYDRATES: dict[str, float] = {f"{word}hydrate": float(count) for word, count in _COUNT.items()}
_HYDRATES |= {"hemihydrate": 0.5, "sesquihydrate": 1.5, "hemipentahydrate": 2.5, "hemiheptahydrate": 3.5}

_ELEMENTS = dict(zip(NAMES, SYMBOLS, strict=True)) | {"aluminum": "Al", "cesium": "Cs"}
_IDES = {
    "oxide": "O", "sulfide": "S", "selenide": "Se", "telluride": "Te", "fluoride": "F", "chloride": "Cl",
    "bromide": "Br", "iodide": "I", "nitride": "N", "phosphide": "P", "arsenide": "As", "antimonide": "Sb",
    "bismuthide": "Bi", "carbide": "C", "silicide": "Si", "germanide": "Ge", "stannide": "Sn",
    "boride": "B", "hydride": "H", "aluminide": "Al", "hydroxide": "OH", "cyanide": "CN", "peroxide": "O2",
    "superoxide": "O2", "azide": "N3", "amide": "NH2", "imide": "NH", "cyanamide": "CN2",
    "borohydride": "BH4", "suboxide": "O", "subsulfide": "S", "subfluoride": "F", "deuteride": "D",
}  # fmt: skip
_GROUPS = {
    "sulfate": "SO4", "nitrate": "NO3", "carbonate": "CO3", "phosphate": "PO4 PO3 P2O7",
    "acetate": "C2H3O2", "chlorate": "ClO3", "perchlorate": "ClO4", "chlorite": "ClO2",
    "hypochlorite": "ClO", "bromate": "BrO3", "iodate": "IO3", "periodate": "IO4 IO6",
    "tungstate": "WO4 W12O41", "molybdate": "MoO4 MoO6", "chromate": "CrO4 CrO8", "dichromate": "Cr2O7",
    "chromite": "Cr2O4 CrO2", "permanganate": "MnO4", "manganate": "MnO4", "oxalate": "C2O4",
    "formate": "CHO2", "silicate": "SiO3 SiO4 Si2O5 Si2O7 Si3O8", "metasilicate": "SiO3",
    "disilicate": "Si2O5", "orthosilicate": "SiO4", "titanate": "TiO3 Ti2O5 TiO4", "orthotitanate": "TiO4",
    "zirconate": "ZrO3", "stannate": "SnO3 SnO4", "plumbate": "PbO3 PbO4", "germanate": "GeO3 GeO4",
    "borate": "BO3 BO2 B4O7 B6O10 B2O5 B6O11", "tetraborate": "B4O7", "hexaborate": "B6O11",
    "metaborate": "BO2", "aluminate": "AlO2 Al2O4 AlO3", "ferrite": "Fe2O4 FeO2", "niobate": "NbO3 Nb2O6",
    "tantalate": "TaO3 Ta2O6", "vanadate": "VO3 VO4 V2O7", "orthovanadate": "VO4", "metavanadate": "VO3",
    "arsenate": "AsO4", "arsenite": "AsO3 AsO2", "selenate": "SeO4", "selenite": "SeO3",
    "tellurate": "TeO4 TeO6", "tellurite": "TeO3", "sulfite": "SO3", "nitrite": "NO2",
    "thiosulfate": "S2O3", "thiocyanate": "SCN", "cyanate": "OCN", "dithionate": "S2O6",
    "pyrophosphate": "P2O7", "metaphosphate": "PO3", "hypophosphite": "PH2O2", "phosphite": "PO3",
    "hypophosphate": "P2O6", "tripolyphosphate": "P3O10", "sulfamate": "SO3NH2", "antimonate": "SbO3 SbO4",
    "uranate": "UO4 U2O7", "perrhenate": "ReO4", "metaarsenate": "AsO3", "bismuthate": "BiO3",
    "ferrocyanide": "Fe(CN)6", "ferricyanide": "Fe(CN)6", "fluoroborate": "BF4", "fluorosulfonate": "SO3F",
    "fluorophosphate": "PO3F", "chlorochromate": "CrO3Cl", "citrate": "C6H5O7", "tartrate": "C4H4O6",
    "lactate": "C3H5O3", "benzoate": "C7H5O2", "stearate": "C18H35O2", "oleate": "C18H33O2",
    "palmitate": "C16H31O2", "laurate": "C12H23O2", "caprylate": "C8H15O2", "2,4-pentanedioate": "C5H7O2",
    "hexafluoro-2,4-pentanedioate": "C5HF6O2", "trifluoroacetate": "C2F3O2", "carbonyl": "CO",
    "ammonium": "NH4", "uranyl": "UO2", "vanadyl": "VO", "zirconyl": "ZrO", "phosphoryl": "PO",
    "sulfuryl": "SO2", "thionyl": "SO", "nitrosyl": "NO", "nitryl": "NO2", "perchloryl": "ClO3",
    "chloryl": "ClO2", "cyanogen": "CN", "phosphonium": "PH4", "chromyl": "CrO2", "hydrazine": "N2H4",
    "hydrazinium": "N2H5 N2H6", "hexammine": "N6H18", "hydroxylamine": "NH3O", "ferrous": "Fe",
}  # fmt: skip
_LIGANDS = {"fluoro": "F", "chloro": "Cl", "bromo": "Br", "iodo": "I", "cyano": "CN", "hydroxy": "OH"}
_CENTRES = {
    "silicate": "Si", "aluminate": "Al", "phosphate": "P", "arsenate": "As", "antimonate": "Sb",
    "borate": "B", "germanate": "Ge", "zirconate": "Zr", "titanate": "Ti", "platinate": "Pt",
    "osmate": "Os", "iridate": "Ir", "palladate": "Pd", "zincate": "Zn", "gallate": "Ga", "ruthenate": "Ru",
    "mercurate": "Hg", "cobaltate": "Co", "beryllate": "Be", "aurate": "Au", "stannate": "Sn",
    "cuprate": "Cu", "rhenate": "Re", "nickelate": "Ni",
}  # fmt: skip
_COMPLEX = re.compile(rf"({_PREFIX})({'|'.join(_LIGANDS)})({'|'.join(_CENTRES)})")
_OXY = re.compile(rf"{_PREFIX}?oxy{_PREFIX}?(sulfate|{'|'.join(_IDES)})")
_IDE = re.compile(rf"{_PREFIX}?({'|'.join(sorted(_IDES, key=len, reverse=True))})")
_BRACKET = re.compile(r"[(\[]([^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]]")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*|\((?:[A-Z][a-z]?\d*)+\)\d*){2,}")


@dataclass(frozen=True)
class Blocks:
    """What a name says: alternatives for each building block, and how much water."""

    choices: tuple[tuple[str, ...], ...]
    water: float


def mass_of(formula: str) -> float:
    """Mass in g/mol, with the handbook's atomic masses.

    Examples
    --------
    >>> round(mass_of("Ni(CO)4"), 1)
    170.7
    """
    return sum(_MASSES[symbol] * amount for symbol, amount in amounts_of(formula).items())


def amounts_of(formula: str) -> dict[str, float]:
    """Element -> atoms in the formula unit, for the plain formulas made here and by `chemicals`.

    Examples
    --------
    >>> amounts_of("CaCl2·2H2O")
    {'Ca': 1.0, 'Cl': 2.0, 'H': 4.0, 'O': 2.0}
    """
    from matprior.notations import parse_amounts

    return {symbol: float(amount) for symbol, amount in parse_amounts(formula).items()}


def explicit_formula(name: str) -> str | None:
    """The formula a name carries in brackets, if it does.

    Examples
    --------
    >>> explicit_formula("Iron boride (Fe2B)"), explicit_formula("Iron(II) sulfide (pyrite)")
    ('Fe2B', None)
    """
    for inside in _BRACKET.findall(name):
        symbols = re.findall("[A-Z][a-z]?", inside)
        if _FORMULA.fullmatch(inside) and all(s in ATOMIC_NUMBER for s in symbols) and not _roman(inside):
            return str(inside)
    return None


def blocks_of(name: str) -> Blocks | None:
    """Building blocks a compound's name speaks of, or None where a word is not known.

    Examples
    --------
    >>> blocks_of("Copper(II) sulfate pentahydrate")
    Blocks(choices=(('Cu',), ('SO4',)), water=5.0)
    """
    choices: list[tuple[str, ...]] = []
    water = 0.0
    for word in _BRACKET.sub("", name).lower().split():
        if word in _HYDRATES:
            water = _HYDRATES[word]
            continue
        found = _word(word)
        if found is None:
            return None
        choices += [block for block in found if block not in choices]
    return Blocks(tuple(choices), water) if choices else None


def formula_from_name(name: str, mass: float) -> str | None:
    """The one formula made of the name's building blocks that has this mass, or None.

    Parameters
    ----------
    name : handbook name, such as "Sodium carbonate decahydrate"
    mass : formula mass in g/mol

    Examples
    --------
    >>> formula_from_name("Magnesium germanide", 121.25)
    'Mg2Ge'
    >>> formula_from_name("Calcium bromide hexahydrate", 307.977)
    'CaBr2·6H2O'
    """
    blocks = blocks_of(name)
    if blocks is None or not 1 <= len(blocks.choices) <= 4:
        return None
    dry = mass - blocks.water * mass_of("H2O")
    # Handbook masses are rounded to 1 to 3 decimals and made with slightly other atomic masses.
    tolerance = 0.01 + 1.5e-4 * mass
    answers: dict[str, float] = {}
    for groups in product(*blocks.choices):
        masses = [mass_of(group) for group in groups]
        for counts in _counts(masses, dry, tolerance, MOST.get(len(groups), 6)):
            text = "".join(_times(group, count) for group, count in zip(groups, counts, strict=True))
            if "peroxide" in name.lower() or _shortage(text) <= 0:
                answers[text] = abs(sum(m * c for m, c in zip(masses, counts, strict=True)) - dry)
    if not answers:
        return None
    closest = min(answers, key=lambda text: answers[text])
    others = [off for text, off in answers.items() if amounts_of(text) != amounts_of(closest)]
    if others and min(others) < answers[closest] + tolerance / 3:
        return None  # the mass does not decide between two compositions
    return closest + (f"·{blocks.water:g}H2O" if blocks.water else "").replace("·1H2O", "·H2O")


def _word(word: str) -> list[tuple[str, ...]] | None:
    """Building blocks of one word of a name, each with its alternatives."""
    if word in _ELEMENTS:
        return [(_ELEMENTS[word],)]
    bare = re.sub(rf"^{_PREFIX}(?=hydrogen$)", "", word)
    if bare == "hydrogen":
        return [("H",)]
    if word in _GROUPS:
        return [tuple(_GROUPS[word].split())]
    if match := _COMPLEX.fullmatch(word):
        return [(f"{_CENTRES[match[3]]}{_times(_LIGANDS[match[2]], _COUNT[match[1]])}",)]
    if match := _OXY.fullmatch(word):
        return [("O",), ("SO4" if match[1] == "sulfate" else _IDES[match[1]],)]
    if match := _IDE.fullmatch(word):
        return [(_IDES[match[1]],)]
    stem = re.sub(rf"^{_PREFIX}", "", word)
    return _word(stem) if stem != word else None


def _counts(masses: list[float], total: float, tolerance: float, most: int) -> list[tuple[int, ...]]:
    """Every way to reach `total` with 1 to `most` of each mass."""
    first, rest = masses[0], masses[1:]
    if not rest:
        count = round(total / first)
        return [(count,)] if 1 <= count <= most and abs(count * first - total) <= tolerance else []
    return [
        (count, *others)
        for count in range(1, most + 1)
        if count * first < total
        for others in _counts(rest, total - count * first, tolerance, most)
    ]


def _times(group: str, count: int) -> str:
    if count == 1:
        return group
    return f"({group}){count}" if len(re.findall("[A-Z]|[0-9]", group)) > 1 else f"{group}{count}"


def _shortage(formula: str) -> float:
    """Electrons that O and F want beyond what all other atoms can give; above zero it cannot be."""
    return -sum(_HIGHEST[symbol] * amount for symbol, amount in amounts_of(formula).items())


def _roman(text: str) -> bool:
    return bool(re.fullmatch("[IVX,]+", text))
