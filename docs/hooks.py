"""What the pages need on a web site: files that lie outside `docs/`, and links of notebooks.

mkdocs loads this file (`hooks` in mkdocs.yml). In the repository every link works as it stands.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {
    "README.md": "overview.md",  # mkdocs would take a README for the index of its folder
    "README.ja.md": "overview.ja.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
}
"""File in the root -> its name among the pages."""


def on_files(files: Files, config: Any) -> Files:
    """Take in what the pages link to."""
    recipes = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "recipes").glob("*.yaml"))]
    plain = {name: name for name in ("LICENSE", *recipes)}
    for name, page in {**OUTSIDE, **plain}.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **further: Any) -> str:
    """Links from `docs/` to the root and back are links between neighbours here."""
    if page.file.src_uri in OUTSIDE.values():
        markdown = re.sub(r"\]\(docs/", "](", markdown)
    else:
        markdown = re.sub(r"\]\(\.\./([A-Z]|recipes/)", r"](\1", markdown)
    return re.sub(r"(?<=\]\()README(\.ja)?\.md", r"overview\1.md", markdown)


def on_page_content(html: str, page: Any, **further: Any) -> str:
    """Links in notebooks name files; the site has pages."""
    if page.file.src_uri.endswith(".ipynb"):
        return re.sub(r'href="([^":]+)\.(?:md|ipynb)(#[^"]*)?"', r'href="\1.html\2"', html)
    return html
