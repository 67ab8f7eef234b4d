"""The page: self-contained, safe, valid, and saying what the numbers say. Looks are not tested here."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from matprior.evaluation.scores import scores
from matprior.reports.comparison import standing
from matprior.reports.html import write_report
from matprior.reports.training_figures import interval_coverage

RUN = {"title": "Gaps", "units": {"band_gap_eV": "eV"}, "command": "matprior evaluate gaps.csv", "seeds": [0]}


class Page(HTMLParser):
    """Ids, tags and outside references of a page; complains about tags that do not close."""

    VOID = frozenset(("meta", "br", "link", "img", "hr", "input"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.references: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.references += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(tmp_path, results, run=RUN, **more) -> str:
    return write_report(tmp_path, results, scores(results, units=run.get("units")), run, **more).read_text(
        "utf-8"
    )


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_the_page_needs_nothing_from_outside(kind, request, tmp_path, histories):
    page = Page(page_of(tmp_path, request.getfixturevalue(kind), histories=histories))
    assert page.open == []
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert all(reference.startswith("#") for reference in page.references)
    assert len(page.ids) == len(set(page.ids))
    assert {reference[1:] for reference in page.references} <= set(page.ids)


def test_no_address_is_fetched_by_the_style_sheet(regression, tmp_path):
    text = page_of(tmp_path, regression)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style


def test_the_first_paragraph_names_best_model_baseline_and_effect_of_pretraining(regression, tmp_path):
    text = page_of(tmp_path, regression)
    lead = re.sub(r"<[^>]+>", "", text[text.index('class="lead"') : text.index('class="tiles"')])
    assert "Best of 4 models: matbert-small" in lead
    assert "eV" in lead
    assert "extratrees" in lead
    assert "dummy" in lead
    assert "Pretraining helped here" in lead


def test_a_page_can_be_made_from_results_read_back_from_csv(regression, tmp_path):
    regression.to_csv(tmp_path / "results.csv", index=False)
    back = pd.read_csv(
        tmp_path / "results.csv", keep_default_na=False, na_values={"std": [""], "low": [""], "high": [""]}
    )
    assert "Best of 4 models: matbert-small" in page_of(tmp_path, back)


def test_the_same_results_give_the_same_bytes(regression, histories, tmp_path):
    assert page_of(tmp_path / "a", regression, histories=histories) == page_of(
        tmp_path / "b", regression, histories=histories
    )


def test_text_of_users_cannot_become_markup(regression, tmp_path):
    evil = "<script>alert(1)</script>"
    results = regression.assign(target=evil, string=regression["string"].where(regression["row"] != 3, evil))
    problems = pd.DataFrame({"row": [1], "string": [evil], "reason": [evil], "suggestion": [None]})
    run = {**RUN, "title": evil, "command": evil, "data": evil, "units": {evil: evil}}
    text = page_of(tmp_path, results, run, problems=problems, notes=[evil])
    assert "<script" not in text
    assert Page(text).open == []


def test_several_targets_share_a_page_without_sharing_ids(regression, binary, tmp_path):
    results = pd.concat([regression, binary], ignore_index=True)
    results = results.assign(label=results["label"].where(results["target"] == "is_metal"))
    page = Page(page_of(tmp_path, results))
    assert len(page.ids) == len(set(page.ids))
    assert {"band-gap-ev", "is-metal"} <= set(page.ids)


def test_pictures_are_also_files_that_stand_alone(regression, histories, tmp_path):
    page_of(tmp_path, regression, histories=histories)
    files = sorted((tmp_path / "figures").glob("*.svg"))
    assert {"scores.svg", "parity-matbert-small.svg", "elements-error.svg", "loss-scratch.svg"} <= {
        file.name for file in files
    }
    for file in files:
        text = file.read_text("utf-8")
        ElementTree.fromstring(text)
        assert "var(--" not in text


@pytest.mark.parametrize(
    ("split", "told"), [("3 folds, group", "3 folds (group)"), ("column fold", "3 folds (column fold)")]
)
def test_folds_are_counted_once(split, told, regression, tmp_path):
    assert f"{told} · 1 seed" in page_of(tmp_path, regression, {**RUN, "split": split})


def test_bad_rows_failures_and_notes_are_shown(regression, tmp_path):
    problems = pd.DataFrame(
        {"row": [7], "string": ["Fe2O3x"], "reason": ["unknown element 'x'"], "suggestion": ["Fe2O3"]}
    )
    run = {**RUN, "failures": ["scratch failed on fold 1 of band_gap_eV (seed 0): out of memory"]}
    text = page_of(tmp_path, regression, run, problems=problems, notes=["12 materials occur twice."])
    for words in (
        "1 row could not be used",
        "unknown element",
        "out of memory",
        "12 materials occur twice.",
        "matprior evaluate",
    ):
        assert words in text


def test_a_hundred_bad_rows_are_counted_and_cut(regression, tmp_path):
    problems = pd.DataFrame({"row": range(120), "string": "x", "reason": "no formula", "suggestion": None})
    text = page_of(tmp_path, regression, problems=problems)
    assert "120 rows could not be used" in text
    assert "bad_rows.csv" in text
    assert text.count("no formula") == 50


def test_a_single_model_on_a_single_fold_is_enough(regression, tmp_path):
    lonely = regression[regression["model"] == "extratrees"].assign(fold=0)
    assert "The only model: extratrees" in page_of(tmp_path, lonely)


def test_strings_that_are_no_compositions_leave_the_periodic_table_out(regression, tmp_path):
    text = page_of(tmp_path, regression.assign(string="c1ccccc1"))
    assert "Errors by element" not in text


def test_a_model_that_failed_in_a_fold_never_leads(regression, tmp_path):
    lucky = regression[~((regression["model"] == "matbert-small") & (regression["fold"] == 2))]
    text = page_of(tmp_path, lucky)
    assert "Best of 4 models: extratrees" in text
    assert "matbert-small has no score in fold 2" in text


def test_no_results_is_an_error_that_says_what_to_do(regression, tmp_path):
    with pytest.raises(ValueError, match=r"0 rows.*Run `evaluate`"):
        write_report(tmp_path, regression.iloc[:0], pd.DataFrame(), {})


def test_large_results_are_shaded_instead_of_drawn_point_by_point(regression, tmp_path):
    rng = np.random.default_rng(0)
    one = regression[regression["model"] == "extratrees"]
    many = pd.concat(
        [one.assign(prediction=one["truth"] + rng.normal(0, 1, len(one)), seed=s) for s in range(60)]
    )
    text = page_of(tmp_path, many.reset_index(drop=True))
    assert text.count("<circle") < 200
    assert "more rows (logarithmic)" in text


def test_bars_of_several_promises_are_drawn_with_their_widths(regression):
    several = regression.assign(low50=regression["low"] + 0.1, high50=regression["high"] - 0.1)
    captions = {figure.name: figure.caption for figure in intervals(several)}
    assert "50\xa0%: 0.900\xa0eV" in captions["promises-extratrees"]
    assert not any(figure.name.startswith("promises") for figure in intervals(regression))


def intervals(results):
    return interval_coverage(standing(results, "eV"))


def test_a_page_of_several_targets_begins_with_a_link_to_each(regression, binary, tmp_path):
    text = page_of(tmp_path, pd.concat([regression, binary], ignore_index=True))
    first = text[text.index('aria-label="Targets"') : text.index('class="lead"')]
    assert re.findall(r'href="#([^"]+)"', first) == ["band-gap-ev", "is-metal", "data", "run"]


def test_every_picture_has_a_caption_that_says_something(regression, binary, multiclass, histories, tmp_path):
    several = pd.concat([regression, binary, multiclass], ignore_index=True)
    text = page_of(tmp_path, several, histories=histories)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text, re.DOTALL)
    assert len(captions) == text.count("<figure") >= 15
    assert [one for one in captions if len(one.split()) < 5 or not one.rstrip().endswith((".", "%"))] == []


def test_a_large_report_stays_below_three_megabytes(tmp_path):
    rng = np.random.default_rng(0)
    symbols = ["Li", "Na", "K", "Mg", "Ca", "Al", "Si", "Ti", "Fe", "Co", "Ni", "Cu", "Zn", "Zr", "Ba", "La"]
    n, parts = 3000, []
    pairs, amounts = rng.choice(symbols, (n, 2)), rng.integers(1, 9, (n, 3))
    strings = [f"{a}{i}{b}{j}O{k}" for (a, b), (i, j, k) in zip(pairs, amounts, strict=True)]
    for target in ("gap", "hardness", "formation_energy"):
        truth = rng.gamma(2, 2, n)
        for place, model in enumerate(("matbert-small", "scratch", "extratrees", "ridge", "knn", "dummy")):
            for seed in range(2):
                guess = truth + rng.normal(0, 0.3 + 0.2 * place, n)
                rows = {"row": np.arange(n), "string": strings, "target": target, "fold": np.arange(n) % 5}
                rows |= {"seed": seed, "model": model, "truth": truth, "prediction": guess, "std": 0.5}
                parts.append(pd.DataFrame({**rows, "low": guess - 1, "high": guess + 1}))
    results = pd.concat(parts, ignore_index=True)
    where = [(m, t, f, s) for m in ("matbert-small", "scratch") for t in set(results["target"])
             for f in range(5) for s in range(2)]  # fmt: skip
    losses = pd.concat([
        pd.DataFrame({"model": m, "target": t, "fold": f, "seed": s, "epoch": np.arange(1.0, 61.0),
                      "train_loss": 1 / np.arange(1, 61), "validation_loss": 0.1 + 1 / np.arange(1, 61)})
        for m, t, f, s in where])  # fmt: skip
    bad = pd.DataFrame({"row": range(500), "string": "x" * 60, "reason": "no formula", "suggestion": None})
    path = write_report(tmp_path, results, scores(results), RUN, losses, problems=bad)
    assert path.stat().st_size < 3_000_000
    assert path.read_text("utf-8").count("<figure") >= 30
