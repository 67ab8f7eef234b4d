"""Pictures in pixels: they show what the SVG beside them shows, and refuse what they cannot paint."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matprior.evaluation.scores import scores
from matprior.reports.html import write_report
from matprior.reports.molecule_figures import molecule_figure
from matprior.reports.pixels import DPI, png, write_picture


def painted(inside: str, size: int = 72) -> np.ndarray:
    """Pixels of a square picture, rows from the top."""
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">{inside}</svg>'
    return np.asarray(Image.open(io.BytesIO(png(text))).convert("RGB")).astype(int)


def test_a_shape_lies_where_the_svg_puts_it_in_its_colour_on_white():
    pixels = painted('<rect x="0" y="0" width="36" height="18" fill="#0072b2"/>')
    assert pixels.shape == (DPI, DPI, 3)
    assert pixels[10, 10].tolist() == [0, 0x72, 0xB2]
    assert pixels[10, 100].tolist() == pixels[60, 10].tolist() == [255, 255, 255]


def test_opacities_of_a_part_and_of_its_group_multiply():
    pixels = painted(
        '<g opacity=".5"><rect width="72" height="72" x="0" y="0" fill="#000000" fill-opacity=".5"/></g>'
    )
    assert pixels[75, 75] == pytest.approx([191, 191, 191], abs=2)


def test_a_part_used_twice_is_moved_and_cut_by_its_window():
    pixels = painted(
        '<defs><path id="m" d="M 0 0 L 20 0 L 20 20 L 0 20 z" style="stroke: #d55e00"/></defs>'
        '<clipPath id="w"><rect x="0" y="0" width="40" height="72"/></clipPath>'
        '<g clip-path="url(#w)"><use href="#m" x="30" y="0" style="fill: #009e73"/></g>'
    )
    assert pixels[20, int(35 * DPI / 72)].tolist() == [0, 0x9E, 0x73]
    assert pixels[20, int(45 * DPI / 72)].tolist() == [255, 255, 255]


@pytest.mark.parametrize(("anchor", "side"), [("start", 1), ("end", -1)])
def test_words_stand_on_the_side_that_their_anchor_says(anchor, side):
    ink = painted(f'<text x="36" y="40" font-size="10" text-anchor="{anchor}">abc</text>') < 128
    columns = np.flatnonzero(ink.any(axis=(0, 2)))
    assert (side * (columns - DPI / 2) > -2).all()


def test_words_turned_by_a_quarter_rise():
    ink = painted('<text x="36" y="60" font-size="10" transform="rotate(-90 36 60)">abcdef</text>') < 128
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in ((1, 2), (0, 2)))
    assert np.ptp(rows) > 2 * np.ptp(columns)


@pytest.mark.parametrize(
    "inside",
    ['<polygon points="0,0 1,1"/>', '<path d="M 0 0 A 1 1 0 0 0 1 1"/>', '<g transform="scale(2)"/>'],
)
def test_what_cannot_be_painted_is_refused(inside):
    with pytest.raises(ValueError, match="cannot be painted"):
        painted(inside)


def test_every_picture_of_a_report_lies_in_pixels_beside_its_svg(regression, binary, histories, tmp_path):
    for name, results in (("a", regression), ("b", binary), ("c", regression.assign(string="CC(=O)NBr"))):
        run = {"notation": "smiles"} if name == "c" else {}
        write_report(tmp_path / name, results, scores(results), run, histories)
        svgs, pngs = (
            {one.stem for one in (tmp_path / name).glob(f"figures/*.{end}")} for end in ("svg", "png")
        )
        assert svgs == pngs != set()
        for file in (tmp_path / name).glob("figures/*.png"):
            pixels = np.asarray(Image.open(file).convert("L"))
            assert 0.002 < (pixels < 200).mean() < 0.7, file.name


def test_a_drawn_molecule_is_a_file_of_its_own_without_paper_of_its_own(tmp_path):
    figure = molecule_figure("m", "CC(=O)N", "Acetamide.", highlight=[1])
    assert "#FFFFFF" not in figure.svg
    assert "var(--ink)" in figure.svg
    write_picture(tmp_path / "m.svg", figure)  # parses the SVG: a name space declared twice would fail
    assert "var(--" not in Path(tmp_path / "m.svg").read_text("utf-8")


def test_ticks_of_logarithmic_axes_are_plain_numbers(regression, histories, tmp_path):
    write_report(tmp_path, regression, scores(regression), {}, histories)
    text = (tmp_path / "figures" / "loss-scratch.svg").read_text("utf-8")
    assert "mathdefault" not in text
    assert ">0.1</text>" in text


def test_numbers_in_the_periodic_table_stay_in_their_cells(regression, tmp_path):
    write_report(tmp_path, regression, scores(regression), {"units": {"band_gap_eV": "eV"}})
    text = (tmp_path / "figures" / "elements-bias.svg").read_text("utf-8")
    import re

    values = re.findall(r'font-size="([\d.]+)" fill="#\w+">([+−][\d.]+)</text>', text)
    assert len(values) > 20
    assert all(float(size) * len(value) <= 10.5 * 6 + 1e-6 for size, value in values)
