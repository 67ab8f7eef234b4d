"""Notebooks from texts: `python docs/tutorials/build.py` runs every lesson and writes it in both languages.

`python docs/tutorials/build.py 03 05` takes some lessons, `--keep` writes prose anew beside old outputs.

A lesson is one Markdown file in `text/`. Its ```python blocks are the code cells of both notebooks; prose
stands between them, English below a line `<!-- en -->` and Japanese below `<!-- ja -->`. So the code is
written once, a change shows in one place, and outputs are those of one run.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TEXTS = sorted((HERE / "text").glob("*.md"))
LANGUAGES = ("en", "ja")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LARGEST = 200_000
"""Bytes of a notebook: pictures in a repository stay small."""


def cells_of(text: str, language: str) -> list[tuple[str, str]]:
    """Kind (`markdown` or `code`) and source of every cell of a lesson in one language."""
    found: list[tuple[str, str]] = []
    for place, part in enumerate(BLOCK.split(text)):
        if place % 2:
            found.append(("code", part.rstrip("\n")))
        elif prose := prose_of(part, language):
            found.append(("markdown", prose))
    return found


def prose_of(part: str, language: str) -> str:
    """What stands below the line that names the language, up to the next such line."""
    pieces = re.split(r"^<!-- (\w\w) -->$", part, flags=re.MULTILINE)
    if pieces[0].strip():
        raise ValueError(f"Prose without a language: {pieces[0].strip()[:60]!r}. Put <!-- en --> above it.")
    told = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if told and tuple(told) != LANGUAGES:
        raise ValueError(f"Prose in {tuple(told)}, expected {LANGUAGES}: {part.strip()[:60]!r}")
    return told.get(language, "").strip()


def notebook(path: Path, language: str, outputs: list[Any] | None = None) -> Any:
    """A lesson as a notebook, with the outputs of its code cells where they are given."""
    from nbformat import v4

    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = v4.new_notebook(metadata={"kernelspec": kernel})
    left = list(outputs or [])
    for number, (kind, source) in enumerate(cells_of(path.read_text(encoding="utf-8"), language)):
        if kind == "markdown":
            cell = v4.new_markdown_cell(source)
        else:
            cell = v4.new_code_cell(source, outputs=left.pop(0) if left else [])
        cell["id"] = f"cell-{number:02}"  # a random id would change every file at every run
        made.cells.append(cell)
    return made


def run(path: Path, kernel: Any) -> list[Any]:
    """Outputs of every code cell. Lessons share a kernel, because most of the time goes into its imports."""
    from nbclient import NotebookClient
    from nbformat import v4

    made = notebook(path, LANGUAGES[0])
    made.cells.insert(0, v4.new_code_cell("%reset -f"))  # no name of the lesson before
    NotebookClient(made, km=kernel, timeout=1800, coalesce_streams=True).execute()
    cells = [cell for cell in made.cells if cell.cell_type == "code"][1:]
    # Warnings name files of this computer, and progress bars say nothing afterwards.
    return [[one for one in cell.outputs if one.get("name") != "stderr"] for cell in cells]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*", help="numbers such as 03; all when left out")
    parser.add_argument("--keep", action="store_true", help="do not run: keep the outputs there are")
    told = parser.parse_args()
    lessons = [path for path in TEXTS if not told.lessons or path.name[:2] in told.lessons]
    if told.keep:
        for path in lessons:
            write(path, kept(path))
        return
    from jupyter_client import KernelManager

    kernel = KernelManager(kernel_name="python3")
    with tempfile.TemporaryDirectory() as folder:
        kernel.start_kernel(cwd=folder)
        try:
            for path in lessons:
                write(path, run(path, kernel))
        finally:
            kernel.shutdown_kernel(now=True)


def kept(path: Path) -> list[Any]:
    """Outputs of the notebook there is, for a change of words or of layout."""
    import nbformat

    before = nbformat.read(HERE / LANGUAGES[0] / f"{path.stem}.ipynb", as_version=4)
    outputs = [cell.outputs for cell in before.cells if cell.cell_type == "code"]
    if len(outputs) != [kind for kind, _ in cells_of(path.read_text(encoding="utf-8"), "en")].count("code"):
        raise ValueError(f"{path.name} has more or fewer code cells than its notebook: run it.")
    return outputs


def write(path: Path, outputs: list[Any]) -> None:
    """A lesson in every language, unless its pictures are too large for a repository."""
    import nbformat

    for language in LANGUAGES:
        target = HERE / language / f"{path.stem}.ipynb"
        target.parent.mkdir(exist_ok=True)
        written = nbformat.writes(notebook(path, language, outputs)) + "\n"
        if len(written.encode()) > LARGEST:
            raise ValueError(f"{target.name} has {len(written.encode()):,} bytes, more than {LARGEST:,}.")
        target.write_text(written, encoding="utf-8")
        print(target.relative_to(HERE), f"{len(written):,} characters", flush=True)


if __name__ == "__main__":
    main()
