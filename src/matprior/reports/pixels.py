"""Pictures of the report as PNG, painted from the same SVG that is written beside it.

Knows the few parts of SVG that matplotlib, RDKit and our own periodic tables write, and refuses what it
does not know, because a picture that lacks a line in silence lies. A second door to matplotlib: its
pixel painter and its fonts come with every installation, so a picture needs no program beside us.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from matprior.data.files import write_atomically
from matprior.reports.theme import Figure

DPI = 150
"""Pixels for 72 units of a picture: letters stay sharp on paper and on a slide."""
_LIMIT = 4096
"""Pixels of the longer side; a picture that would be larger is painted coarser."""
_INHERITED = {
    "fill": "#000000", "fill-opacity": "1", "stroke": "none", "stroke-opacity": "1", "stroke-width": "1",
    "stroke-dasharray": "none", "stroke-dashoffset": "0", "stroke-linecap": "butt", "font-size": "16",
    "stroke-linejoin": "round", "font-weight": "400", "text-anchor": "start", "opacity": "1",
}  # fmt: skip
_SILENT = {"defs", "title", "desc", "metadata", "style", "clipPath"}
"""Parts that show nothing where they stand."""
_FONTS = ["DejaVu Sans", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", "IPAexGothic"]
"""The first comes with matplotlib; one of the others, where it is installed, writes Japanese."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def png(svg: str) -> bytes:
    """Paint a picture on white.

    Parameters
    ----------
    svg : text of a whole SVG file, as `theme.Figure.standalone` gives it

    Examples
    --------
    >>> square = '<svg viewBox="0 0 72 36"><rect x="0" y="0" width="36" height="36" fill="#0072b2"/></svg>'
    >>> picture = png(square)
    >>> picture[:4], int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    (b'\\x89PNG', 150, 75)
    """
    from matplotlib.image import imsave
    from numpy import asarray

    root = ElementTree.fromstring(svg.encode("utf-8"))
    painter = _Painter(root)
    painter.paint(root, dict(_INHERITED))
    pixels = asarray(painter.canvas.buffer_rgba())[..., :3]
    file = io.BytesIO()
    nothing: Any = {"Software": None}  # the same picture gives the same bytes
    imsave(file, pixels, format="png", dpi=DPI, metadata=nothing)
    return file.getvalue()


def write_picture(path: Path, figure: Figure) -> None:
    """Write a picture as an SVG file, and the same in pixels beside it.

    Parameters
    ----------
    path : of the SVG file; the other has the ending .png
    figure : a picture of the report
    """
    svg = figure.standalone()
    with write_atomically(path) as draft:
        draft.write_text(svg, encoding="utf-8")
    with write_atomically(path.with_suffix(".png")) as draft:
        draft.write_bytes(png(svg))


class _Painter:
    """One picture on its way to pixels."""

    def __init__(self, root: ElementTree.Element) -> None:
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.font_manager import fontManager
        from matplotlib.transforms import Affine2D

        left, top, width, height = map(float, re.findall(_NUMBER, root.attrib["viewBox"]))
        self.scale = min(DPI / 72, _LIMIT / max(width, height))
        self.height = round(height * self.scale)
        self.canvas: Any = RendererAgg(round(width * self.scale), self.height, 72 * self.scale)
        # SVG counts downwards from the top, the painter upwards from the bottom.
        self.place = Affine2D().translate(-left, -top).scale(self.scale, -self.scale)
        self.place.translate(0, self.height)
        self.named = {one.attrib["id"]: one for one in root.iter() if "id" in one.attrib}
        installed = {font.name for font in fontManager.ttflist}
        self.fonts = [name for name in _FONTS if name in installed]
        background = {"fill": "#ffffff"}
        self._shape(_rectangle(left, top, width, height), _INHERITED | background)

    def paint(self, node: ElementTree.Element, above: dict[str, str], dx: float = 0, dy: float = 0) -> None:
        """Paint a part and all inside it; `above` is the style that it inherits."""
        tag = node.tag.split("}")[-1]
        if tag in _SILENT:
            return
        style = _styled(node, above)
        if tag in ("svg", "g"):
            if "transform" in node.attrib:
                raise ValueError(f"A group with transform={node.attrib['transform']!r} cannot be painted.")
            for child in node:
                self.paint(child, style, dx, dy)
        elif tag == "use":
            (key,) = (value for name, value in node.attrib.items() if name.endswith("href"))
            dx, dy = dx + _number(node, "x"), dy + _number(node, "y")
            self.paint(self.named[key[1:]], style, dx, dy)
        elif tag == "text":
            self._text(node, style, dx, dy)
        else:
            self._shape(_outline(node, tag), style, dx, dy)

    def _shape(self, path: Any, style: dict[str, str], dx: float = 0, dy: float = 0) -> None:
        from matplotlib.transforms import Affine2D

        place = Affine2D().translate(dx, dy) + self.place
        self.canvas.draw_path(self._pen(style), path, place, _colour(style, "fill"))

    def _pen(self, style: dict[str, str]) -> Any:
        pen = self.canvas.new_gc()
        colour = _colour(style, "stroke")
        pen.set_foreground(colour or (0, 0, 0, 0), isRGBA=True)
        pen.set_linewidth(_length(style["stroke-width"]) if colour else 0)  # in points, as dashes are
        pen.set_capstyle({"square": "projecting"}.get(style["stroke-linecap"], style["stroke-linecap"]))
        pen.set_joinstyle(style["stroke-linejoin"])
        if style["stroke-dasharray"] != "none":
            steps = [float(one) for one in re.findall(_NUMBER, style["stroke-dasharray"])]
            pen.set_dashes(_length(style["stroke-dashoffset"]), steps)
        if window := re.fullmatch(r"url\(#(.+)\)", style.get("clip-path", "")):
            pen.set_clip_rectangle(self._window(self.named[window[1]]))
        return pen

    def _window(self, node: ElementTree.Element) -> Any:
        (inside,) = node
        box = _rectangle(*(_number(inside, name) for name in ("x", "y", "width", "height")))
        return box.transformed(self.place).get_extents()

    def _text(self, node: ElementTree.Element, style: dict[str, str], dx: float, dy: float) -> None:
        from math import cos, radians, sin

        from matplotlib.font_manager import FontProperties

        words = "".join(node.itertext())
        colour = _colour(style, "fill")
        if not words.strip() or colour is None:
            return
        weight = "bold" if style["font-weight"] in ("600", "700", "bold") else "normal"
        font = FontProperties(family=self.fonts, weight=weight, size=_length(style["font-size"]))
        width = self.canvas.get_text_width_height_descent(words, font, False)[0]
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[style["text-anchor"]] * width
        # Matplotlib moves and turns the labels of slanted axes at once; x and y are 0 then.
        move = rf"(?:translate\(({_NUMBER})[ ,]+({_NUMBER})\) *)?"
        turned = re.fullmatch(rf"{move}rotate\(({_NUMBER})[^)]*\)", node.attrib.get("transform", "rotate(0)"))
        if turned is None:
            raise ValueError(f"Text with transform={node.attrib['transform']!r} cannot be painted.")
        angle = -float(turned[3])
        dx, dy = dx + float(turned[1] or 0), dy + float(turned[2] or 0)
        x, y = self.place.transform((_number(node, "x") + dx, _number(node, "y") + dy))
        x, y = x - shift * cos(radians(angle)), self.height - y + shift * sin(radians(angle))
        pen = self.canvas.new_gc()
        pen.set_foreground(colour, isRGBA=True)
        self.canvas.draw_text(pen, x, y, words, font, angle)


def _styled(node: ElementTree.Element, above: dict[str, str]) -> dict[str, str]:
    """Style of a part: what it inherits, its attributes, and its style sheet over both."""
    own = {name: node.attrib[name] for name in (*_INHERITED, "clip-path") if name in node.attrib}
    for rule in re.sub(r"'[^']*'", "", node.attrib.get("style", "")).split(";"):
        name, _, value = rule.partition(":")
        if name.strip() in (*_INHERITED, "clip-path"):
            own[name.strip()] = value.strip()
    if "opacity" in own:  # groups are not flattened first: shapes that overlap inside one show it
        own["opacity"] = str(float(own["opacity"]) * float(above["opacity"]))
    return above | own


def _colour(style: dict[str, str], what: str) -> tuple[float, float, float, float] | None:
    from matplotlib.colors import to_rgb

    if style[what] == "none":
        return None
    return (*to_rgb(style[what]), float(style[f"{what}-opacity"]) * float(style["opacity"]))


def _length(text: str) -> float:
    return float(text.removesuffix("px"))


def _number(node: ElementTree.Element, name: str) -> float:
    return _length(node.attrib.get(name, "0"))


def _outline(node: ElementTree.Element, tag: str) -> Any:
    """The path of a shape, in units of the picture."""
    from matplotlib.path import Path as Outline
    from matplotlib.transforms import Affine2D

    if tag == "path":
        vertices, codes = zip(*_steps(node.attrib["d"]), strict=True)
        return Outline(vertices, codes)
    if tag == "rect":
        return _rectangle(*(_number(node, name) for name in ("x", "y", "width", "height", "rx")))
    if tag in ("circle", "ellipse"):
        rx, ry = (_number(node, name) or _number(node, "r") for name in ("rx", "ry"))
        place = Affine2D().scale(rx, ry).translate(_number(node, "cx"), _number(node, "cy"))
        return Outline.unit_circle().transformed(place)
    raise ValueError(f"<{tag}> cannot be painted. Known: g, use, text, path, rect, circle, ellipse.")


def _rectangle(x: float, y: float, width: float, height: float, r: float = 0) -> Any:
    from matplotlib.path import Path as Outline

    a, b = x + width, y + height
    corners = (
        f"M {x + r} {y} L {a - r} {y} Q {a} {y} {a} {y + r} L {a} {b - r} Q {a} {b} {a - r} {b} "
        f"L {x + r} {b} Q {x} {b} {x} {b - r} L {x} {y + r} Q {x} {y} {x + r} {y} z"
    )
    vertices, codes = zip(*_steps(corners), strict=True)
    return Outline(vertices, codes)


def _steps(text: str) -> Iterator[tuple[tuple[float, float], int]]:
    """Points and codes of matplotlib from the letters and numbers of SVG."""
    sizes = {"M": (1, 1), "L": (1, 2), "Q": (2, 3), "C": (3, 4), "Z": (0, 79)}
    for letter, rest in re.findall(r"([A-Za-z])([^A-DF-Za-df-z]*)", text):
        kind = "Z" if letter == "z" else letter
        if kind not in sizes:
            raise ValueError(f"A path with the letter {letter!r} cannot be painted. Known: M, L, Q, C, Z.")
        n, code = sizes[kind]
        values = [float(one) for one in re.findall(_NUMBER, rest)]
        points = list(zip(values[::2], values[1::2], strict=True)) or [(0.0, 0.0)]
        for index, point in enumerate(points):
            # Further pairs after M are lines.
            yield point, (2 if kind == "M" and index >= n else code)
