"""The 118 elements: symbols, names, masses, families, and a table of their properties.

Symbols, masses and electronegativities are written out here, so that reading a formula needs
no other package; the wider table comes from `chemicals` and is built on first use.
"""

from __future__ import annotations

import numpy as np

_SYMBOLS = """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb
    Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu
    Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db
    Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""

SYMBOLS: tuple[str, ...] = tuple(_SYMBOLS.split())
"""Symbol of every element; the index is the atomic number minus one."""

_NAMES = """
    hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium
    aluminium silicon phosphorus sulfur chlorine argon potassium calcium scandium titanium vanadium
    chromium manganese iron cobalt nickel copper zinc gallium germanium arsenic selenium bromine krypton
    rubidium strontium yttrium zirconium niobium molybdenum technetium ruthenium rhodium palladium
    silver cadmium indium tin antimony tellurium iodine xenon caesium barium lanthanum cerium
    praseodymium neodymium promethium samarium europium gadolinium terbium dysprosium holmium erbium
    thulium ytterbium lutetium hafnium tantalum tungsten rhenium osmium iridium platinum gold mercury
    thallium lead bismuth polonium astatine radon francium radium actinium thorium protactinium uranium
    neptunium plutonium americium curium berkelium californium einsteinium fermium mendelevium nobelium
    lawrencium rutherfordium dubnium seaborgium bohrium hassium meitnerium darmstadtium roentgenium
    copernicium nihonium flerovium moscovium livermorium tennessine oganesson
"""

NAMES: tuple[str, ...] = tuple(_NAMES.split())
"""English name of every element, in the order of `SYMBOLS`."""

ISOTOPES: dict[str, str] = {"D": "H", "T": "H"}
"""Hydrogen isotopes that have their own symbol -> the element they count as."""

ATOMIC_NUMBER: dict[str, int] = {symbol: z for z, symbol in enumerate(SYMBOLS, start=1)} | {"D": 1, "T": 1}
"""Symbol -> atomic number; D and T are hydrogen."""

_MASSES = """
    1.00794 4.002602 6.941 9.012182 10.811 12.0107 14.0067 15.9994 18.9984032 20.1797 22.98977 24.305
    26.981538 28.0855 30.973761 32.065 35.453 39.948 39.0983 40.078 44.95591 47.867 50.9415 51.9961
    54.938049 55.845 58.9332 58.6934 63.546 65.38 69.723 72.64 74.9216 78.96 79.904 83.798 85.4678 87.62
    88.90585 91.224 92.90638 95.96 98 101.07 102.9055 106.42 107.8682 112.411 114.818 118.701 121.76
    127.6 126.90447 131.293 132.90545 137.327 138.9055 140.116 140.90765 144.24 145 150.36 151.964
    157.25 158.92534 162.5 164.93032 167.259 168.93421 173.054 174.9668 178.49 180.9479 183.84 186.207
    190.23 192.217 195.078 196.96655 200.59 204.3833 207.2 208.9804 209 210 222 223 226 227 232.0381
    231.03588 238.02891 237.05 244.06 243.06 247.07 247.07 251.08 252.08 257.1 258.1 259.1 262.11 265.12
    268.13 271.13 270 277.15 276.15 281.16 280.16 285.17 284.18 289.19 288.19 293 294 294
"""

MASS: dict[str, str] = dict(zip(SYMBOLS, _MASSES.split(), strict=True)) | {"D": "2.0141018", "T": "3.0160493"}
"""Symbol -> standard atomic mass in g/mol, kept as written so that exact arithmetic stays exact."""

_PAULING = """
    2.2 - 0.98 1.57 2.04 2.55 3.04 3.44 3.98 - 0.93 1.31 1.61 1.9 2.19 2.58 3.16 - 0.82 1.0 1.36 1.54
    1.63 1.66 1.55 1.83 1.88 1.91 1.9 1.65 1.81 2.01 2.18 2.55 2.96 3.0 0.82 0.95 1.22 1.33 1.6 2.16 1.9
    2.2 2.28 2.2 1.93 1.69 1.78 1.96 2.05 2.1 2.66 2.6 0.79 0.89 1.1 1.12 1.13 1.14 1.13 1.17 1.2 1.2
    1.1 1.22 1.23 1.24 1.25 1.1 1.27 1.3 1.5 2.36 1.9 2.2 2.2 2.28 2.54 2.0 1.62 2.33 2.02 2.0 2.2 - 0.7
    0.9 1.1 1.3 1.5 1.38 1.36 1.28 1.3 1.3 1.3 1.3 1.3 1.3 1.3 1.3 1.3 - - - - - - - - - - - - - - -
"""

ELECTRONEGATIVITY: dict[str, float | None] = {
    symbol: None if value == "-" else float(value)
    for symbol, value in zip(SYMBOLS, _PAULING.split(), strict=True)
}
"""Symbol -> Pauling electronegativity, None where nobody has a value."""

GROUPS: dict[str, frozenset[str]] = {
    name: frozenset(symbols.split())
    for name, symbols in {
        "alkali": "Li Na K Rb Cs Fr",
        "alkaline_earth": "Be Mg Ca Sr Ba Ra",
        "transition": "Sc Ti V Cr Mn Fe Co Ni Cu Zn Y Zr Nb Mo Tc Ru Rh Pd Ag Cd "
        "Hf Ta W Re Os Ir Pt Au Hg Rf Db Sg Bh Hs Mt Ds Rg Cn",
        "lanthanide": "La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu",
        "actinide": "Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr",
        "post_transition": "Al Ga In Sn Tl Pb Bi Nh Fl Mc Lv",
        "metalloid": "B Si Ge As Sb Te",
        "pnictogen": "N P As Sb Bi Mc",
        "chalcogen": "O S Se Te Po Lv",
        "halogen": "F Cl Br I At Ts",
        "noble_gas": "He Ne Ar Kr Xe Rn Og",
    }.items()
}
"""Families used for masking and for reports. They overlap: Te is a metalloid and a chalcogen."""


def _rank(symbol: str) -> tuple[float, str]:
    element = ISOTOPES.get(symbol, symbol)
    value = ELECTRONEGATIVITY[element]
    if value is None:
        # No value: noble gases end a formula (they are given as the guest), superheavy metals begin it.
        value = 9.0 if element in GROUPS["noble_gas"] else 0.0
    return value, symbol


FORMULA_ORDER: dict[str, int] = {
    symbol: place for place, symbol in enumerate(sorted(ATOMIC_NUMBER, key=_rank))
}
"""Symbol -> place in a canonical formula: increasing electronegativity, then the alphabet."""


def property_table() -> tuple[np.ndarray, list[str]]:
    """Properties of all elements, as (118, p) float64 without gaps, and the p names.

    The arrays are shared between callers and read-only. See `element_properties` for the sources
    and for what stands where nobody has measured.

    Examples
    --------
    >>> values, names = property_table()
    >>> values.shape[0], names[0], float(values[25, 0])
    (118, 'atomic_number', 26.0)
    """
    from matprior.notations.element_properties import table  # heavy: reads the `chemicals` package

    return table()
