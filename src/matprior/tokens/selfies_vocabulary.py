"""The closed vocabulary of SELFIES: one token per symbol, fixed here, so that encoding never adds one.

It holds the `selfies` library's robust alphabet, the usual charges, hydrogen counts and stereo marks of
the elements, and every other symbol that real tables gave when they were converted.
"""

from __future__ import annotations

from itertools import product

from matprior.notations.elements import SYMBOLS
from matprior.tokens.smiles_vocabulary import SPECIALS, TASKS

_BONDS = ("", "=", "#", "/", "\\")
_STEREO = ("-/", "-\\", "/-", "/\\", "//", "\\-", "\\/", "\\\\")
"""Marks at the two ends of a ring bond."""


def _structure() -> list[str]:
    branches = [f"{bond}Branch{size}" for bond, size in product(("", "=", "#"), (1, 2, 3))]
    rings = [f"{bond}Ring{size}" for bond, size in product(("", "=", "#", *_STEREO), (1, 2, 3))]
    return [*branches, *rings, "nop"]


def _atoms() -> list[str]:
    charges, hydrogens = ("", "+1", "-1"), ("", "H0", "H1", "H2", "H3")
    centres = ("B", "C", "N", "O", "P", "S", "Si", "As", "Se")
    handed = product(_BONDS[:2] + _BONDS[3:], ("C", "N", "P", "S", "Si"), ("@", "@@"), ("", "H1"), ("", "+1"))
    ends = product(_BONDS[:1] + _BONDS[3:], ("F", "Cl", "Br", "I", "H"), ("", "H0"))
    isotopes = product(_BONDS[:1] + _BONDS[3:], ("1H", "2H", "3H", "13C", "14C", "15N", "18O", "18F"))
    ions = product(SYMBOLS, ("", "-1", "-2", "+1", "+2", "+3", "+4"))
    parts = (product(_BONDS, centres, hydrogens, charges), handed, ends, isotopes, ions)
    return ["".join(atom) for family in parts for atom in family]


_FOUND = r"""
    #Al #Ce #Cr #Dy #Er #Eu #Fe #Ga #Gd #Ge #Ge-1 #Hf+1 #In #La #Mn #Mo #Nb #Nd #Ni #Pb #Pr #S@ #Sb #Sm
    #Sn #Ta #Tb #Te+1 #Th #Ti #Tl #Tm #U #V #W #W+1 #Y #Yb #Zr /Al /Cr /Fe /Hg 10B 10B-1 123I 131I 13CH3
    15NH1 15NH3 15NH4+1 18OH2 201Tl 2H+1 2H-1 2HH1 32P 3HH1 3He 99Tc 99Tc+4 =13C =13CH1 =14CH1 =15N+1
    =Ag =Al =Au =Ba =Be =Bi =Bi+1 =Ca =Cd =Ce =Cl =Co =Cr =Cu =Dy =Er =Eu =F+1 =Fe =Fe+1 =Ga =Ge =GeH2
    =Hf =Hg =I =IH0 =IH2 =Ir =Mg =Mn =Mo =Nb =Ni =Os =Pb =Pd =Pd-3 =Pr =Pr+1 =Pt =Re =Re+1 =Rh =Ru =Sb
    =SbH1 =SbH3 =Sn =SnH2 =Sr =Ta =Tb =Te =Th =Ti =Tl =Tm =U =U+2 =V =V+2 =W =Xe =Y =Yb =Zn =Zr =Zr+2
    AgH1 Al-3 AlH1 AlH2 AlH2+1 AlH3 AlH3-1 AlH3-3 AlH4-1 As+5 Au-3 BH4-1 Bi-3 BiH1 BiH3 BrH1+1 BrH2+1
    Ca-4 CaH2 CeH3 ClH1+1 ClH2+1 Co+9 Co-3 Co-4 Cr+5 Cr+6 Cu-3 Cu-4 Cu-5 CuH1 FH1+1 Fe+5 Fe+6 Fe-3 Fe-4
    Ga-3 GaH1 GaH2 GaH3 GeH1 GeH2 GeH2+1 GeH3 GeH4 HH1 HgH1 IH2 IH2+1 InH2 Ir+6 Ir-3 Ir-4 KH1 LiH1 MgH1
    MgH2 Mo+6 Mo-3 MoH2 N-3 NH1+2 NH4+1 NaH1 Nb+5 Ni+8 Ni-3 Ni-4 Os+5 P-3 PH4+1 Pa+5 PbH1 PbH2 PbH2+2
    PbH3 PbH4 Pd-3 Pd-4 Po+5 Po+6 Pt-3 Pt-4 Re+6 Re+7 ReH1 Rh-3 Rh-4 Ru+5 Ru+8 Ru-3 Ru-4 SH1-2 Sb+5 SbH1
    SbH2 SbH3 SbH6+3 Se+6 SiH4 SnH1 SnH2 SnH2+2 SnH3 Ta+5 TaH2 Tc+7 TeH1 TeH1-1 TeH2 Tl-3 TlH2 TlH2+1
    U+5 U+6 U-5 V-3 W+6 Zn-3 Zn-4 \Al
"""
"""Symbols of real tables that no rule above gives."""

TOKENS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (*SPECIALS, *TASKS, ".", *(f"[{name}]" for name in (*_structure(), *_atoms(), *_FOUND.split())))
    )
)
"""Token of every id. Models are saved with these ids: new tokens go to the end."""
VOCABULARY_SIZE = len(TOKENS)
ID: dict[str, int] = {token: place for place, token in enumerate(TOKENS)}
PATTERN = r"\[[^\[\]\n]*\]|\."
"""One token."""
