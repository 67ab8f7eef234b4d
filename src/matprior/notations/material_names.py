"""Everyday names of materials, so that a name in place of a formula gets a useful answer."""

from __future__ import annotations

from matprior.notations.elements import NAMES, SYMBOLS

MATERIALS: dict[str, str] = {
    "alumina": "Al2O3",
    "ammonia": "NH3",
    "anatase": "TiO2",
    "baria": "BaO",
    "benzene": "C6H6",
    "boron nitride": "BN",
    "calcite": "CaCO3",
    "carbon dioxide": "CO2",
    "ceria": "CeO2",
    "corundum": "Al2O3",
    "diamond": "C",
    "ethanol": "C2H6O",
    "fluorite": "CaF2",
    "gallium arsenide": "GaAs",
    "glucose": "C6H12O6",
    "graphene": "C",
    "graphite": "C",
    "gypsum": "CaSO4·2H2O",
    "hematite": "Fe2O3",
    "haematite": "Fe2O3",
    "iron oxide": "Fe2O3",
    "lime": "CaO",
    "magnesia": "MgO",
    "magnetite": "Fe3O4",
    "methane": "CH4",
    "methanol": "CH4O",
    "perovskite": "CaTiO3",
    "pyrite": "FeS2",
    "quartz": "SiO2",
    "rutile": "TiO2",
    "salt": "NaCl",
    "sapphire": "Al2O3",
    "silica": "SiO2",
    "silicon carbide": "SiC",
    "sodium chloride": "NaCl",
    "spinel": "MgAl2O4",
    "thoria": "ThO2",
    "titania": "TiO2",
    "urania": "UO2",
    "urea": "CH4N2O",
    "water": "H2O",
    "wurtzite": "ZnS",
    "wustite": "FeO",
    "yttria": "Y2O3",
    "zirconia": "ZrO2",
}

ABBREVIATIONS: dict[str, str] = {
    "BFO": "BiFeO3",
    "BTO": "BaTiO3",
    "CZTS": "Cu2ZnSnS4",
    "FAPbI3": "CH(NH2)2PbI3",
    "KNN": "K0.5Na0.5NbO3",
    "LCO": "LiCoO2",
    "LFP": "LiFePO4",
    "LLZO": "Li7La3Zr2O12",
    "LMO": "LiMn2O4",
    "LNO": "LiNiO2",
    "MAPbBr3": "CH3NH3PbBr3",
    "MAPbI3": "CH3NH3PbI3",
    "NMC811": "LiNi0.8Mn0.1Co0.1O2",
    "PZT": "PbZr0.52Ti0.48O3",
    "STO": "SrTiO3",
    "YAG": "Y3Al5O12",
    "YBCO": "YBa2Cu3O7",
}
"""Abbreviations of materials, some of which read as formulas: YBCO, STO."""

_BY_LOWER = {short.lower(): formula for short, formula in ABBREVIATIONS.items()}
_OTHER_SPELLINGS = {"aluminum": "Al", "cesium": "Cs", "sulphur": "S", "wolfram": "W"}

PLACEHOLDERS: dict[str, str] = {
    "A": "any cation of a site",
    "L": "any ligand",
    "Ln": "any lanthanide",
    "M": "any metal",
    "Me": "a metal or methyl (CH3)",
    "Q": "any chalcogen",
    "R": "any rare earth or an organic group",
    "RE": "any rare earth",
    "X": "any halogen or anion",
    "Et": "ethyl (C2H5)",
    "Ph": "phenyl (C6H5)",
    "Bu": "butyl (C4H9)",
    "Cp": "cyclopentadienyl (C5H5)",
    "Bn": "benzyl (C7H7)",
    "Bz": "benzoyl (C7H5O)",
}
"""Symbols that stand for something else in papers -> what they stand for."""

OLD_SYMBOLS: dict[str, str] = {"Cb": "Nb", "Wo": "W", "Gl": "Be", "Sa": "Sm", "Ha": "Db", "Jl": "Db"}
"""Symbols of earlier centuries -> today's."""


def formula_of_name(name: str) -> str | None:
    """A formula that goes by this name, in lower case; None when the name is not known.

    Examples
    --------
    >>> formula_of_name("silica"), formula_of_name("iron")
    ('SiO2', 'Fe')
    """
    for table in (MATERIALS, _OTHER_SPELLINGS, _BY_LOWER):
        if name in table:
            return table[name]
    return SYMBOLS[NAMES.index(name)] if name in NAMES else None
