"""Colours of the report, in daylight and at night, and the frame that every picture comes in.

The series colours are Okabe and Ito's, which people with any common colour blindness can tell
apart; each also has its own marker, so a grey print still works. Pictures are drawn with stand-in
colours and finished here: on the page they follow the reader's light or dark setting, as a file
they carry the light colours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COLOURS: dict[str, tuple[str, str]] = {
    "ink": ("#1c2429", "#e4e9ec"),
    "muted": ("#59656d", "#9ba7ae"),
    "grid": ("#e2e7ea", "#313b42"),
    "paper": ("#ffffff", "#161b1f"),
    "panel": ("#f5f7f8", "#1e252a"),
    "blue": ("#0072b2", "#4fa8e6"),
    "orange": ("#d55e00", "#f2894a"),
    "green": ("#009e73", "#34c79c"),
    "grey": ("#7a858c", "#98a3aa"),
    "purple": ("#b4659a", "#dd9cc6"),
    "amber": ("#c98a00", "#f0b93f"),
    "sky": ("#3f9fd8", "#93d2f7"),
    "hot": ("#d55e00", "#c65a1e"),
    "cold": ("#0072b2", "#2a78b8"),
}
"""Name -> (light, dark). The style sheet, the pictures and the periodic table all read this."""

MARKERS = {"blue": "o", "orange": "s", "green": "^", "grey": "D", "purple": "v", "amber": "P", "sky": "X"}
"""Series colour -> marker, so that colour is never the only difference."""

_SLOTS = {
    "pretrained": ("blue", "sky", "purple"),
    "scratch": ("orange", "amber"),
    "baseline": ("green", "amber", "purple"),
    "dummy": ("grey",),
}
_STAND_INS = {name: f"#fe00{index:02x}" for index, name in enumerate(COLOURS)}


def stand_in(name: str) -> str:
    """Colour to draw with in place of the named one; `finish` puts the real one in.

    Examples
    --------
    >>> stand_in("ink")
    '#fe0000'
    """
    return _STAND_INS[name]


@dataclass(frozen=True)
class Figure:
    """One picture: the SVG with its words around it."""

    name: str
    """Short name, unique on the page; also the file name."""
    title: str
    """Heading above the picture."""
    caption: str
    """What to see in it, in a sentence or two."""
    svg: str
    """Inline SVG whose colours are CSS variables of the page."""

    def standalone(self) -> str:
        """Give the picture as a file of its own, in the light colours."""
        svg = re.sub(r"var\(--(\w+)\)", lambda match: COLOURS[match[1]][0], self.svg)
        head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        opening, rest = svg.split(">", 1)
        # What draws molecules declares both name spaces itself; twice would be no XML.
        opening = re.sub(r"""\s+xmlns(:xlink)?=(['"]).*?\2""", "", opening)
        opening = opening.replace("<svg", head + ' font-family="Helvetica, Arial, sans-serif"', 1)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + f"{opening}>{rest}"


def finish(svg: str, name: str, label: str) -> str:
    """Make matplotlib's SVG file a part of a page.

    Drops the file header and fixed size, turns stand-in colours into CSS variables, and gives
    every id the picture's name as prefix, because two pictures on one page must not share ids.

    Parameters
    ----------
    svg : text of an SVG file
    name : unique on the page
    label : what a screen reader says
    """
    svg = svg[svg.index("<svg") :]
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()  # type: ignore[union-attr]
    # Letters keep one size over all pictures: no picture is blown up beyond 1.3 times its own scale.
    frame = f'viewBox="0 0 {width} {height}" style="max-width:{1.3 * float(width):.0f}px"'
    opening = f'<svg {frame} role="img" aria-label="{escape(label)}">'
    svg = opening + svg[svg.index(">") + 1 :]
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-")
    for colour, code in _STAND_INS.items():
        svg = svg.replace(code, f"var(--{colour})")
    return svg.strip()


def escape(text: object) -> str:
    """Make text safe inside SVG and HTML, attributes included."""
    from html import escape as escape_html

    return escape_html(str(text), quote=True)


def file_name(text: str) -> str:
    """Short name from any text, for ids and files.

    Examples
    --------
    >>> file_name("matbert-small:extract (2)")
    'matbert-small-extract-2'
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower() or "x"


def assign_colours(models: Iterable[str], roles: Mapping[str, str]) -> dict[str, str]:
    """Give every model a colour that says its part: blue pretrained, orange scratch, green baseline.

    Parameters
    ----------
    models : names in the order of the report
    roles : name -> pretrained, scratch, baseline or dummy

    Examples
    --------
    >>> assign_colours(["dummy", "small"], {"dummy": "dummy", "small": "pretrained"})
    {'dummy': 'grey', 'small': 'blue'}
    """
    given: dict[str, str] = {}
    spare = [colour for colour in MARKERS if colour != "grey"]
    for model in models:
        wished = [*_SLOTS.get(roles.get(model, "pretrained"), ()), *spare]
        free = [colour for colour in wished if colour not in given.values()]
        given[model] = (free or wished)[0]
    return given


def css_variables() -> str:
    """Style rules that define the colours for light, dark and print."""
    light, dark = ("".join(f"--{n}:{pair[side]};" for n, pair in COLOURS.items()) for side in (0, 1))
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )
