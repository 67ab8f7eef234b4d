"""Ionic radii after Shannon 1976 (Acta Cryst. A32, 751), in Å: what the size rules of structures need.

Cations in sixfold, and where Shannon gives it in twelvefold, coordination; where a spin has to be
chosen, the high one. Anions in sixfold coordination.
"""

from __future__ import annotations

from statistics import median

_CATIONS = """
    Li 1 0.76; Be 2 0.45; B 3 0.27; C 4 0.16; N 3 0.16; N 5 0.13; F 7 0.08; Na 1 1.02 1.39; Mg 2 0.72;
    Al 3 0.535; Si 4 0.4; P 3 0.44; P 5 0.38; S 4 0.37; S 6 0.29; Cl 7 0.27; K 1 1.38 1.64; Ca 2 1.0
    1.34; Sc 3 0.745; Ti 2 0.86; Ti 3 0.67; Ti 4 0.605; V 2 0.79; V 3 0.64; V 4 0.58; V 5 0.54; Cr 2
    0.8; Cr 3 0.615; Cr 4 0.55; Cr 5 0.49; Cr 6 0.44; Mn 2 0.83; Mn 3 0.645; Mn 4 0.53; Mn 7 0.46; Fe 2
    0.78; Fe 3 0.645; Fe 4 0.585; Co 2 0.745; Co 3 0.61; Co 4 0.53; Ni 2 0.69; Ni 3 0.6; Ni 4 0.48; Cu 1
    0.77; Cu 2 0.73; Cu 3 0.54; Zn 2 0.74; Ga 3 0.62; Ge 2 0.73; Ge 4 0.53; As 3 0.58; As 5 0.46; Se 4
    0.5; Se 6 0.42; Br 7 0.39; Rb 1 1.52 1.72; Sr 2 1.18 1.44; Y 3 0.9; Zr 4 0.72; Nb 3 0.72; Nb 4 0.68;
    Nb 5 0.64; Mo 3 0.69; Mo 4 0.65; Mo 5 0.61; Mo 6 0.59; Tc 4 0.645; Tc 5 0.6; Tc 7 0.56; Ru 3 0.68;
    Ru 4 0.62; Ru 5 0.565; Rh 3 0.665; Rh 4 0.6; Rh 5 0.55; Pd 2 0.86; Pd 3 0.76; Pd 4 0.615; Ag 1 1.15;
    Ag 2 0.94; Ag 3 0.75; Cd 2 0.95 1.31; In 3 0.8; Sn 4 0.69; Sb 3 0.76; Sb 5 0.6; Te 4 0.97; Te 6
    0.56; I 5 0.95; I 7 0.53; Xe 8 0.48; Cs 1 1.67 1.88; Ba 2 1.35 1.61; La 3 1.032 1.36; Ce 3 1.01
    1.34; Ce 4 0.87 1.14; Pr 3 0.99; Pr 4 0.85; Nd 3 0.983 1.27; Pm 3 0.97; Sm 3 0.958 1.24; Eu 2 1.17;
    Eu 3 0.947; Gd 3 0.938; Tb 3 0.923; Tb 4 0.76; Dy 2 1.07; Dy 3 0.912; Ho 3 0.901; Er 3 0.89; Tm 2
    1.03; Tm 3 0.88; Yb 2 1.02; Yb 3 0.868; Lu 3 0.861; Hf 4 0.71; Ta 3 0.72; Ta 4 0.68; Ta 5 0.64; W 4
    0.66; W 5 0.62; W 6 0.6; Re 4 0.63; Re 5 0.58; Re 6 0.55; Re 7 0.53; Os 4 0.63; Os 5 0.575; Os 6
    0.545; Os 7 0.525; Ir 3 0.68; Ir 4 0.625; Ir 5 0.57; Pt 2 0.8; Pt 4 0.625; Pt 5 0.57; Au 1 1.37; Au
    3 0.85; Au 5 0.57; Hg 1 1.19; Hg 2 1.02; Tl 1 1.5 1.7; Tl 3 0.885; Pb 2 1.19 1.49; Pb 4 0.775; Bi 3
    1.03; Bi 5 0.76; Po 4 0.94; Po 6 0.67; At 7 0.62; Fr 1 1.8; Ra 2 - 1.7; Ac 3 1.12; Th 4 0.94 1.21;
    Pa 3 1.04; Pa 4 0.9; Pa 5 0.78; U 3 1.025; U 4 0.89 1.17; U 5 0.76; U 6 0.73; Np 2 1.1; Np 3 1.01;
    Np 4 0.87; Np 5 0.75; Np 6 0.72; Np 7 0.71; Pu 3 1.0; Pu 4 0.86; Pu 5 0.74; Pu 6 0.71; Am 3 0.975;
    Am 4 0.85; Cm 3 0.97; Cm 4 0.85; Bk 3 0.96; Bk 4 0.83; Cf 3 0.95; Cf 4 0.821; No 2 1.1
"""

_ROWS = [entry.split() for entry in _CATIONS.split(";")]
SIXFOLD: dict[tuple[str, int], float] = {
    (row[0], int(row[1])): float(row[2]) for row in _ROWS if row[2] != "-"
}
"""(symbol, charge) -> radius of a cation among six anions."""
_GIVEN = {(row[0], int(row[1])): float(row[3]) for row in _ROWS if len(row) > 3}
_STEP = median(radius - SIXFOLD[ion] for ion, radius in _GIVEN.items() if ion in SIXFOLD)
TWELVEFOLD: dict[tuple[str, int], float] = {ion: six + _STEP for ion, six in SIXFOLD.items()} | _GIVEN
"""The same among twelve; where Shannon gives none, the sixfold radius and the median step between them."""
ANION: dict[str, float] = {
    "O": 1.40, "F": 1.33, "S": 1.84, "Cl": 1.81, "Se": 1.98, "Br": 1.96, "Te": 2.21, "I": 2.20,
}  # fmt: skip
"""Symbol -> radius of the anion with its full charge."""
