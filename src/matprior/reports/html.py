"""The report page: one HTML file that needs no network, made from Results alone.

Pictures are inline SVG, the style sheet is inside, there is no script. Colours follow the
reader's light or dark setting; print is light.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from matprior.data.files import write_atomically
from matprior.data.wording import counted
from matprior.evaluation.scores import failures
from matprior.reports import story, theme
from matprior.reports.blocks import Block, target_blocks
from matprior.reports.comparison import Standing, standing
from matprior.reports.formats import listed
from matprior.reports.pixels import write_picture
from matprior.reports.problems import problem_table, problem_words
from matprior.reports.runfacts import run_facts

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(
    folder: str | Path,
    results: pd.DataFrame,
    scores: pd.DataFrame,
    run: Mapping[str, Any] | None = None,
    histories: pd.DataFrame | None = None,
    problems: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write `report.html` into a folder, and every picture as SVG and PNG under `figures/`.

    Parameters
    ----------
    folder : made where missing
    results : Results of `evaluate`, or a `results.csv` read back: one row per row, target, fold,
        seed and model
    scores : as `evaluation.benchmark.scores` gives them
    run : what was run. Read here: title, notation, units (target -> unit), classes (target -> names), roles
        (model -> pretrained, scratch, baseline, dummy), command, data, data_sha256, split, seeds,
        versions, date, seconds; every other entry is listed under "What was run" as it is
    histories : loss histories with columns model, fold, seed, epoch, train_loss, validation_loss
    problems : rows left out of the table: row, string, reason, suggestion
    notes : sentences about the data, from `read_table`

    Returns
    -------
    Path of the page.

    Examples
    --------
    >>> import tempfile
    >>> from matprior.evaluation.scores import scores
    >>> rows = {"row": [1, 2, 3, 4], "string": ["NaCl", "KCl", "LiF", "MgO"], "target": "gap", "seed": 0}
    >>> results = pd.DataFrame({**rows, "fold": [0, 0, 1, 1], "model": "dummy", "std": None,
    ...                         "low": None, "high": None, "truth": [8.5, 8.4, 13.6, 7.8],
    ...                         "prediction": [9.0, 9.0, 8.4, 8.4]})
    >>> write_report(tempfile.mkdtemp(), results, scores(results), {"units": {"gap": "eV"}}).name
    'report.html'
    """
    if results.empty:
        raise ValueError(
            "There are no Results to report: 0 rows came. Run `evaluate` with at least one model."
        )
    folder, run = Path(folder), dict(run or {})
    parts = [
        _part(_standing(rows, str(target), run), scores, histories, single=results["target"].nunique() == 1)
        for target, rows in results.groupby("target", sort=False)
    ]
    page = _render(parts, results, run, problems, [*failures(results), *run.get("failures", [])], notes)
    return _write(folder, page, [block for part in parts for block in part["blocks"]])


def write_page(
    folder: str | Path,
    title: str,
    subtitle: str,
    blocks: Sequence[Block],
    facts: Sequence[tuple[str, str]] = (),
    command: str = "",
) -> Path:
    """Write `report.html` of a study that has no Results, and its pictures under `figures/`.

    Parameters
    ----------
    folder : made where missing
    blocks : sections in reading order
    facts : pairs of words for "What was run"
    command : that makes the page again

    Examples
    --------
    >>> import tempfile
    >>> write_page(tempfile.mkdtemp(), "Probe", "89 elements", [Block("a", "A", ["Words."])]).name
    'report.html'
    """
    return _write(Path(folder), _page(title, subtitle, blocks, facts, command), blocks)


def write_single_page(
    path: str | Path,
    title: str,
    subtitle: str,
    blocks: Sequence[Block],
    facts: Sequence[tuple[str, str]] = (),
    command: str = "",
) -> Path:
    """Write the same page to a file of any name, and nothing beside it."""
    with write_atomically(path) as draft:
        draft.write_text(_page(title, subtitle, blocks, facts, command), encoding="utf-8")
    return Path(path)


def _page(
    title: str, subtitle: str, blocks: Sequence[Block], facts: Sequence[tuple[str, str]], command: str
) -> str:
    return str(
        _environment()
        .get_template("page.html.jinja")
        .render(
            title=title,
            subtitle=subtitle,
            variables=theme.css_variables(),
            style=(_TEMPLATES / "page.css").read_text(encoding="utf-8"),
            blocks=blocks,
            facts=facts,
            command=command,
        )
    )


def _write(folder: Path, page: str, blocks: Sequence[Block]) -> Path:
    for block in blocks:
        for figure in block.figures:
            write_picture(folder / "figures" / f"{figure.name}.svg", figure)
    path = folder / "report.html"
    with write_atomically(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def _standing(rows: pd.DataFrame, target: str, run: Mapping[str, Any]) -> Standing:
    given = {name: run.get(name) or {} for name in ("units", "classes")}
    return standing(
        rows,
        given["units"].get(target, ""),
        given["classes"].get(target, ()),
        run.get("roles"),
        run.get("notation"),
    )


def _part(
    standing: Standing, scores: pd.DataFrame, histories: pd.DataFrame | None, single: bool
) -> dict[str, Any]:
    """All that the page says about one target."""
    own = scores[scores["target"] == standing.target] if "target" in scores else scores
    if histories is not None and "target" in histories:
        histories = histories[histories["target"] == standing.target]
    key = theme.file_name(standing.target)
    return {
        "key": key,
        "name": standing.target,
        "headline": story.headline(standing),
        "tiles": story.tiles(standing),
        "practice": story.practice(standing),
        "cautions": story.cautions(standing),
        "colours": standing.colours,
        "blocks": target_blocks(standing, own, histories, prefix="" if single else f"{key}-"),
    }


def _render(
    parts: list[dict[str, Any]],
    results: pd.DataFrame,
    run: dict[str, Any],
    problems: pd.DataFrame | None,
    failed: list[str],
    notes: Sequence[str],
) -> str:
    targets = listed([part["name"] for part in parts])
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            title=str(run.get("title") or f"Predicting {targets}"),
            subtitle=_subtitle(results, run),
            variables=theme.css_variables(),
            style=(_TEMPLATES / "page.css").read_text(encoding="utf-8"),
            parts=parts,
            common=[("data", "Data problems"), ("run", "What was run")],
            problem_words=problem_words(problems),
            problems=problem_table(problems),
            failures=failed,
            notes=list(notes),
            command=run.get("command", ""),
            facts=run_facts(run, results),
        )
    )


def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, finalize=_tied
    )
    environment.filters["formula"] = formula
    return environment


def _tied(value: Any) -> Any:
    """Keep "95 %" and "± 3" on one line."""
    return value.replace(" %", "\u00a0%").replace(" ± ", "\u00a0±\u00a0") if isinstance(value, str) else value


def formula(text: str) -> str:
    """Set a formula as chemists do, in HTML: amounts below the line, a charge above it.

    What is not a flat formula (a SMILES, say) comes back as it is, only made safe.

    Examples
    --------
    >>> str(formula("Fe2O3")), str(formula("SO4^2-")), str(formula("C1CC1")), str(formula("c1ccccc1<"))
    ('Fe<sub>2</sub>O<sub>3</sub>', 'SO<sub>4</sub><sup>2-</sup>', 'C1CC1', 'c1ccccc1&lt;')
    """
    from markupsafe import Markup

    safe = theme.escape(text)
    # A lone 1 is no amount: it numbers a ring bond.
    ring = re.search(r"[A-Za-z)\]]1(?![\d.])", text)
    if not ring and re.fullmatch(r"([A-Z][a-z]?|[()\[\]]|\d|\.)+(\^\d*[+-])?", text):
        body, _, charge = safe.partition("^")
        body = re.sub(r"(?<=[A-Za-z)\]])(\d[\d.]*)", r"<sub>\1</sub>", body)
        safe = body + (f"<sup>{charge}</sup>" if charge else "")
    return Markup(safe)


def _subtitle(results: pd.DataFrame, run: Mapping[str, Any]) -> str:
    pieces = [
        f"{counted(int(results['row'].nunique()), 'row')} tested",
        counted(int(results["fold"].nunique()), "fold"),
        counted(int(results["seed"].nunique()), "seed"),
        counted(int(results["model"].nunique()), "model"),
    ]
    if run.get("split"):
        # "3 folds, group" need not count the folds again.
        pieces[1] += f" ({str(run['split']).removeprefix(f'{pieces[1]}, ')})"
    return " · ".join([*pieces, *([str(run["date"])] if run.get("date") else [])])
