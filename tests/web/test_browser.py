"""The page in a real browser: upload, predict, see, explain, download, train, in two languages.

Slow: it fits a model on measured melting points, or takes the folder MATPRIOR_SERVED. With
MATPRIOR_SCREENSHOT=FILE the picture of the docs is written there.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.slow
SHOWN = (
    "MgAl2O4",
    "O3 Fe2",
    "LrCl3",
    "Xx2O",
    *("Na2SO4", "CaTiO3", "Al2O3", "ZrO2", "LiF", "CsI", "BaCl2", "HgCl2", "TaC"),
)
NASTY = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def melting(tmp_path_factory) -> Path:
    """A model of measured melting points: a line on what the shipped checkpoint knows, or MATPRIOR_SERVED."""
    if os.environ.get("MATPRIOR_SERVED"):
        return Path(os.environ["MATPRIOR_SERVED"])
    from matprior import MaterialRegressor, Task, load_dataset, read_table

    table = read_table(load_dataset("inorganic_melting_point"), Task(targets="melting_point_K"))
    model = MaterialRegressor(strategy="extract").fit(table.strings, table.frame["melting_point_K"])
    model.task_ = {"amount_unit": "atoms", "units": table.task.units}
    folder = model.save(tmp_path_factory.mktemp("models") / "melting-point")
    model.watched_results_.to_csv(folder / "results.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def address(melting) -> Iterator[str]:
    """Where the page is."""
    command = [sys.executable, "-m", "matprior", "serve", str(melting), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    (found,) = re.findall(r"Page: (http://\S+)", process.stdout.readline())
    yield found
    os.kill(process.pid, signal.SIGTERM)
    process.wait(30)


@pytest.fixture
def open_page(browser, address):
    """Open the page: open_page(width=390, color_scheme="dark"); what goes wrong in it fails the test."""
    wrong, contexts = [], []

    def begin(width=1360, height=1000, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            accept_downloads=True,
            **{"locale": "en-US", **options},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda one: one.type == "error" and wrong.append(one.text))
        page.on("pageerror", lambda one: wrong.append(str(one)))
        page.on("dialog", lambda one: (wrong.append(f"dialog: {one.message}"), one.dismiss()))
        page.on("request", lambda one: one.url.startswith((address, "blob:")) or wrong.append(one.url))
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        return page

    yield begin
    for context in contexts:
        context.close()
    assert wrong == []


def predict(page, strings=SHOWN):
    page.fill("#strings", "\n".join(strings))
    page.click("#go")
    page.wait_for_selector("#table tbody tr")


def test_upload_predict_see_and_download(open_page, tmp_path):
    page = open_page()
    file = tmp_path / "mine <b>bold<b>.csv"
    pd.DataFrame({"formula": ["MgO", "KBr", NASTY], NASTY: ["=1+1", "-2.5", "x"]}).to_csv(file, index=False)
    page.set_input_files("#file", file)
    page.click("#go")
    page.wait_for_selector("#table tbody tr")
    assert page.locator("#table tbody tr").count() == 3
    assert page.locator("#table tbody tr.bad code").inner_text().startswith("<img src=x")
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("#drawing .bar").count() == 2
    assert page.locator("#drawing svg").bounding_box()["height"] > 80
    with page.expect_download() as caught:
        page.click("#download")
    frame = pd.read_csv(caught.value.path(), encoding="utf-8-sig")
    assert frame["formula"].tolist() == ["MgO", "KBr", NASTY]
    assert frame.iloc[:2, 1].tolist() == ["'=1+1", "-2.5"]
    shown = page.locator("#table tbody tr:first-child strong").inner_text().replace(",", "")
    assert float(shown) == pytest.approx(frame["melting_point_K"][0], abs=1)


def test_the_picture_of_the_docs(open_page, tmp_path):
    page = open_page()
    predict(page)
    assert page.locator("#drawing .bar").count() == len(SHOWN) - 1
    assert page.locator("#drawing .bar.unlike").count() == 1
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    file = Path(os.environ.get("MATPRIOR_SCREENSHOT", tmp_path / "serve.png"))
    page.screenshot(path=file)
    assert 20_000 < file.stat().st_size < 300_000


def test_why_and_the_map_with_the_keyboard_alone(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#strings")
    page.keyboard.type("MgO\nNaCl")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#drawing .bar")
    page.focus("#drawing .bar:last-of-type")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why-body table")
    assert page.locator("#why-title").inner_text().replace("\n", "") == "NaCl"
    assert "Nearest known materials" in page.locator("#why-body").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#why").is_visible()
    assert page.evaluate("document.activeElement.classList.contains('bar')")
    page.focus("#view-map")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawing .asked")
    assert page.locator("#drawing .asked").count() == 2
    assert page.locator("#drawing .trained").count() > 500


def test_a_refusal_is_read_out_in_the_language_of_the_page(open_page):
    page = open_page(locale="ja-JP")
    assert page.evaluate("document.documentElement.lang") == "ja"
    assert page.locator("#go").inner_text() == "予測する"
    page.click("#go")
    assert "物質を 1 つ以上入力" in page.locator("#message [role=alert]").inner_text()
    page.select_option("#language", "en")
    page.wait_for_selector("#go:has-text('Predict')")


def dropped(page, place, file):
    """Let a file fall on a place of the page, as from a folder of the desktop."""
    held = page.evaluate_handle(
        """([name, text]) => {
            const held = new DataTransfer();
            held.items.add(new File([text], name, { type: "text/csv" }));
            return held;
        }""",
        [file.name, file.read_text(encoding="utf-8")],
    )
    page.dispatch_event(place, "dragover", {"dataTransfer": held})
    page.dispatch_event(place, "drop", {"dataTransfer": held})


def test_a_table_becomes_a_model_that_is_used_at_once(open_page, salts, tmp_path):
    page = open_page()
    file = tmp_path / "salts.csv"
    pd.DataFrame({"formula": salts[0], "melting_point_K": salts[1], NASTY: "x"}).to_csv(file, index=False)
    page.click("#tab-train")
    dropped(page, ".drop.big", file)
    page.wait_for_selector("input[name=target]")
    page.select_option("#train-method", "extract")
    page.fill("#train-title", f"Salts {NASTY}")
    page.click("button.main[type=submit]:visible")
    page.wait_for_selector("progress#train-bar", timeout=60_000)
    page.click("#train-use", timeout=120_000)
    page.wait_for_selector("#go", state="visible")
    assert page.locator("#model option:checked").inner_text() == f"Salts {NASTY}"
    predict(page, ["NaCl"])
    assert page.locator("#table tbody tr").count() == 1
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_with_enough_contrast(open_page, scheme):
    page = open_page(390, 844, color_scheme=scheme)
    predict(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    pale = page.evaluate(CONTRAST)
    assert pale == []


CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => {
      const c = one / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const node of document.querySelectorAll("body *:not(svg *)")) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest(".unseen, option, .skip, noscript")) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${node.tagName} ${node.textContent.slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return found;
}"""
