"""Licences of everything that `pip install matprior` brings, as a table in docs/security.md.

    python benchmarks/licences.py --page docs/security.md

Read from the metadata of the packages that are installed here, from matprior's own requirements on down;
with `--extras web,onnx` those of extras too. Packages whose licence is not among the known kinds are told,
and end the command with an error.
"""

from __future__ import annotations

import argparse
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BEGIN, END = "<!-- licences: begin -->", "<!-- licences: end -->"
KINDS = {
    "MIT": r"\bMIT\b|Expat", "BSD": r"\bBSD\b|0BSD", "Apache-2.0": r"Apache", "ISC": r"\bISC\b",
    "PSF": r"\bPSF\b|Python Software", "MPL-2.0": r"MPL|Mozilla Public", "Zlib": r"\bzlib\b",
    "HPND": r"HPND|Historical Permission", "public domain": r"Unlicense|Public Domain|CC0",
    "LGPL": r"LGPL|Lesser General", "GPL": r"(?<!L)GPL",
}  # fmt: skip
"""Kind -> how packages write it."""
LONGEST = 80
"""Characters; a longer `License` field is the whole text of one, of which the first line is taken."""


def main() -> None:
    """Print the table, and put it into a page."""
    chosen = _parser().parse_args()
    found = closure("matprior", {name for name in chosen.extras.split(",") if name})
    lines = ["| package | version | licence | kind |", "|---|---|---|---|"]
    unknown = []
    for name in sorted(found, key=str.lower):
        told = licence(found[name])
        kinds = [kind for kind, pattern in KINDS.items() if re.search(pattern, told, re.I)]
        if not kinds:
            unknown.append(name)
        lines.append(f"| {name} | {found[name].version} | {told} | {', '.join(kinds) or 'unknown'} |")
    text = "\n".join(lines)
    print(text)
    if chosen.page is not None:
        page = chosen.page.read_text(encoding="utf-8")
        page = f"{page.split(BEGIN)[0]}{BEGIN}\n{text}\n{END}{page.split(END)[1]}"
        chosen.page.write_text(page, encoding="utf-8")
    if unknown:
        raise SystemExit(f"No known licence: {', '.join(unknown)}. Look at their files and add the kind.")


def closure(root: str, extras: set[str]) -> dict[str, Distribution]:
    """Name -> package, of everything that `root` needs here, itself left out."""
    found: dict[str, Distribution] = {}
    queue = [(root, frozenset(extras))]
    seen = set(queue)
    while queue:
        name, wanted = queue.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # needed on another system, or by an extra that is not installed
        if canonicalize_name(name) != root:
            found[package.metadata["Name"]] = package
        for text in package.requires or []:
            needed = Requirement(text)
            here = needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in ("", *wanted)
            )
            step = (canonicalize_name(needed.name), frozenset(needed.extras))
            if here and step not in seen:
                seen.add(step)
                queue.append(step)
    return found


def licence(package: Distribution) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the first line of it."""
    facts = package.metadata
    if expression := facts.get("License-Expression"):
        return str(expression)
    classes = [
        one.split(" :: ")[-1] for one in facts.get_all("Classifier") or [] if one.startswith("License")
    ]
    classes = [one for one in classes if one != "OSI Approved"]
    if classes:
        return ", ".join(classes)
    told = str(facts.get("License") or _licence_file(package)).strip()
    return (told.splitlines() or ["not stated"])[0][:LONGEST]


def _licence_file(package: Distribution) -> str:
    named = [file for file in package.files or [] if re.match(r"licen[cs]e", file.name, re.I)]
    return named[0].read_text(encoding="utf-8") if named else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--extras", default="", help="Comma-separated extras of matprior.")
    parser.add_argument("--page", type=Path, default=None, help="Markdown page with the two marks.")
    return parser


if __name__ == "__main__":
    main()
