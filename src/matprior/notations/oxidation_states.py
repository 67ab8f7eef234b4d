"""Oxidation states of the elements: those called common, and the wider circle of those met in solids.

"Common" is a convention, not a measurement: copper(I) and carbon between -4 and 4 are left to the
reader's judgement elsewhere. "Known" adds what solids are made with besides: copper(I), titanium(III),
disulfides, polyphosphides. It leaves out what only carbonyls, gas molecules or one odd crystal show,
because a rule that allows everything says nothing. Elements without such a state (noble gases but Kr
and Xe, superheavy elements) have an empty tuple.
"""

from __future__ import annotations

from matprior.notations.elements import SYMBOLS

_STATES = """
    H -1 1; Li 1; Be 2; B 3; C -4 -3 -2 -1 0 1 2 3 4; N -3 3 5; O -2; F -1; Na 1; Mg 2; Al 3; Si -4 4;
    P -3 3 5; S -2 2 4 6; Cl -1 1 3 5 7; K 1; Ca 2; Sc 3; Ti 4; V 5; Cr 3 6; Mn 2 4 7; Fe 2 3; Co 2 3; Ni 2;
    Cu 2; Zn 2; Ga 3; Ge -4 2 4; As -3 3 5; Se -2 2 4 6; Br -1 1 3 5; Kr 2; Rb 1; Sr 2; Y 3; Zr 4; Nb 5;
    Mo 4 6; Tc 4 7; Ru 3 4; Rh 3; Pd 2 4; Ag 1; Cd 2; In 3; Sn -4 2 4; Sb -3 3 5; Te -2 2 4 6; I -1 1 3 5 7;
    Xe 2 4 6; Cs 1; Ba 2; La 3; Ce 3 4; Pr 3; Nd 3; Pm 3; Sm 3; Eu 2 3; Gd 3; Tb 3; Dy 3; Ho 3; Er 3; Tm 3;
    Yb 3; Lu 3; Hf 4; Ta 5; W 4 6; Re 4 7; Os 4; Ir 3 4; Pt 2 4; Au 3; Hg 1 2; Tl 1 3; Pb 2 4; Bi 3;
    Po -2 2 4; At -1 1; Fr 1; Ra 2; Ac 3; Th 4; Pa 5; U 6; Np 5; Pu 4; Am 3; Cm 3; Bk 3; Cf 3; Es 3; Fm 3;
    Md 3; No 3; Lr 3; Rf 4
"""

_KNOWN = """
    H -1 1; Li 1; Be 2; B 3; C -4 -3 -2 -1 2 3 4; N -3 -2 -1 3 5; O -2 -1; F -1; Na 1; Mg 2; Al 3;
    Si -4 -3 -2 -1 4; P -3 -2 -1 3 4 5; S -2 -1 2 4 6; Cl -1 1 3 5 7; K 1; Ca 2; Sc 3; Ti 2 3 4;
    V 2 3 4 5; Cr 2 3 4 5 6; Mn 2 3 4 5 6 7; Fe 2 3 4; Co 1 2 3 4; Ni 1 2 3 4; Cu 1 2 3; Zn 2; Ga 1 2 3;
    Ge -4 -3 -2 -1 2 4; As -3 3 5; Se -2 4 6; Br -1 1 5 7; Kr 2; Rb 1; Sr 2; Y 3; Zr 2 3 4; Nb 2 3 4 5;
    Mo 2 3 4 5 6; Tc 4 5 7; Ru 2 3 4 5 6; Rh 1 3 4; Pd 2 4; Ag 1 2 3; Cd 2; In 1 2 3; Sn -4 2 4;
    Sb -3 3 5; Te -2 4 6; I -1 1 3 5 7; Xe 2 4 6 8; Cs 1; Ba 2; La 3; Ce 3 4; Pr 3 4; Nd 2 3; Pm 3; Sm 2 3;
    Eu 2 3; Gd 3; Tb 3 4; Dy 2 3; Ho 3; Er 3; Tm 2 3; Yb 2 3; Lu 3; Hf 2 3 4; Ta 2 3 4 5; W 2 3 4 5 6;
    Re 3 4 5 6 7; Os 4 5 6 7 8; Ir 3 4 5 6; Pt 2 4; Au -1 1 3 5; Hg 1 2; Tl 1 3; Pb 2 4; Bi -3 3 5;
    Po -2 2 4; At -1; Ra 2; Ac 3; Th 3 4; Pa 4 5; U 3 4 5 6; Np 3 4 5 6 7; Pu 3 4 5 6 7; Am 2 3 4 5 6;
    Cm 3 4; Bk 3 4; Cf 2 3; Es 3
"""


def read_states(text: str) -> dict[str, tuple[int, ...]]:
    """A table of oxidation states, one element an entry, entries apart by `;` or a line end.

    Lines that begin with `#` are remarks; states may carry a plus sign. Elements that the text does not
    name have none.

    Raises
    ------
    ValueError
        An entry does not begin with an element, or something behind it is no whole number.

    Examples
    --------
    >>> read_states("Fe +2 +3; O -2")["Fe"]
    (2, 3)
    """
    found: dict[str, tuple[int, ...]] = dict.fromkeys(SYMBOLS, ())
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for entry in filter(str.strip, ";".join(lines).split(";")):
        symbol, *states = entry.split()
        try:
            if symbol not in found:
                raise ValueError(symbol)
            found[symbol] = tuple(sorted(map(int, states)))
        except ValueError:
            raise ValueError(
                f"{entry.strip()!r} is no entry of a table of oxidation states; expected an element and "
                "whole numbers, such as 'Fe 2 3'."
            ) from None
    return found


COMMON_OXIDATION_STATES: dict[str, tuple[int, ...]] = read_states(_STATES)
"""Symbol -> its common oxidation states, in rising order; () where there is none."""
KNOWN_OXIDATION_STATES: dict[str, tuple[int, ...]] = read_states(_KNOWN)
"""Symbol -> the oxidation states it is known with in solids, in rising order; () where there is none."""
