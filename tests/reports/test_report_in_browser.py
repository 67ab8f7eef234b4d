"""The report as people see it: on a phone and on a desk, by day and by night, in a real browser.

Slow, and skipped without Chromium. The screenshots stay in the folder that pytest keeps (`--basetemp`
chooses it), for eyes to judge what no assertion can.
"""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from matprior.evaluation.scores import scores
from matprior.reports.html import write_report

pytestmark = pytest.mark.slow
FILLING = "body{margin:0}svg{width:100vw;height:100vh;display:block;max-width:none!important}"
RUN = {"title": "Gaps", "units": {"band_gap_eV": "eV"}, "command": "matprior evaluate gaps.csv", "seeds": [0]}
FOLLOWED = """() => [...document.querySelectorAll("nav a")].map((link) => {
  link.click();
  const page = document.documentElement;
  return {
    to: link.hash,
    top: document.getElementById(link.hash.slice(1)).getBoundingClientRect().top,
    left: page.scrollHeight - innerHeight - page.scrollTop,
  };
})"""
"""Where each heading stands after its link was followed, and how far the page could still be scrolled."""
SCREENS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]


@pytest.fixture
def report(regression, binary, multiclass, histories, tmp_path):
    """A page with every kind of picture but molecules."""
    results = pd.concat([regression, binary, multiclass], ignore_index=True)
    return write_report(tmp_path, results, scores(results, units=RUN["units"]), RUN, histories)


@pytest.fixture
def molecules(regression, tmp_path):
    """A page with drawings of molecules."""
    results = regression.assign(string="CN1C=NC2=C1C(=O)N(C(=O)N2C)C")
    return write_report(tmp_path / "molecules", results, scores(results), {**RUN, "notation": "smiles"})


def opened(browser, path, width, scheme):
    """The page, and a list of what it asked for or complained of; empty is right."""
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    wrong: list[str] = []
    page.on("request", lambda one: one.url.split("#")[0] == path.as_uri() or wrong.append(one.url))
    page.on("console", lambda one: one.type in ("error", "warning") and wrong.append(one.text))
    page.on("pageerror", lambda one: wrong.append(str(one)))
    page.goto(path.as_uri())
    return page, wrong


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_nothing_sticks_out_and_nothing_is_fetched(browser, report, tmp_path, width, scheme):
    page, wrong = opened(browser, report, width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / f"report-{width}-{scheme}.png", full_page=True)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 27, 31)"}[scheme]
    assert wrong == []
    page.close()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_every_picture_is_seen(browser, report, width, scheme):
    page, _ = opened(browser, report, width, scheme)
    pictures = page.locator("figure svg")
    assert pictures.count() == page.locator("figure").count() >= 15
    for one in pictures.all():
        box = one.bounding_box()
        assert box["width"] > 200
        assert box["height"] > 60
    assert page.evaluate("[...document.images].filter((one) => !one.naturalWidth).length") == 0
    first = np.asarray(Image.open(io.BytesIO(pictures.first.screenshot())).convert("L")).astype(int)
    assert np.ptp(first) > 100, "lines as pale as the paper"
    page.close()


def test_every_link_of_the_contents_leads_to_its_heading(browser, report):
    page, _ = opened(browser, report, 390, "light")
    page.add_style_tag(content="html{scroll-behavior:auto!important}")
    places = page.evaluate(FOLLOWED)
    assert len(places) >= 15
    assert [one for one in places if abs(one["top"]) >= 4 and one["left"] >= 4] == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_molecules_lie_on_the_paper_of_the_page(browser, molecules, scheme):
    page, wrong = opened(browser, molecules, 390, scheme)
    drawing = page.locator("#band-gap-ev-worst ~ .grid svg").first
    pixels = np.asarray(Image.open(io.BytesIO(drawing.screenshot())).convert("L")).astype(int)
    paper = {"light": 255, "dark": 26}[scheme]
    assert abs(pixels[3, 3] - paper) <= 2
    assert (abs(pixels - paper) > 150).mean() > 0.005
    assert wrong == []
    page.close()


def test_the_pixels_beside_a_picture_show_what_the_browser_shows(browser, report, tmp_path):
    for name in ("is-metal-roc", "band-gap-ev-parity-scratch", "band-gap-ev-elements-error"):
        own = Image.open(tmp_path / "figures" / f"{name}.png").convert("L")
        page = browser.new_page(viewport={"width": own.width, "height": own.height})
        svg = (tmp_path / "figures" / f"{name}.svg").read_text("utf-8").split("?>", 1)[1]
        page.set_content(f"<style>{FILLING}</style>{svg}")
        seen = Image.open(io.BytesIO(page.screenshot())).convert("L")
        page.close()
        # A fifth of the size: letters of another font differ in their details, not in their place.
        small = (own.width // 5, own.height // 5)
        a, b = (np.asarray(one.resize(small, Image.Resampling.BOX)).astype(float) for one in (own, seen))
        assert np.abs(a - b).mean() < 3, name
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.9, name
