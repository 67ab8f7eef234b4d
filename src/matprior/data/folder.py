"""A folder of yours that serves data sets offline."""

from __future__ import annotations

import os
from pathlib import Path

from matprior.data.fetch import cache_folder
from matprior.data.files import write_atomically

DATA_VARIABLE = "MATPRIOR_DATA"


def local_folder(folder: str | Path | None) -> Path | None:
    """The folder given, else the one in MATPRIOR_DATA, else None; a wrong path is an error."""
    chosen = folder or os.environ.get(DATA_VARIABLE)
    if not chosen:
        return None
    home = Path(chosen).expanduser()
    if not home.is_dir():
        origin = "The folder given" if folder else DATA_VARIABLE
        raise ValueError(
            f"{origin} is {str(home)!r}, expected a folder that exists. Correct the path, or leave it out."
        )
    return home


def find(name: str, files: tuple[str, ...], home: Path) -> Path | None:
    """File of a set in a local folder: in its usual place, or `<name>.csv` at the top."""
    for top in (home / f"{name}.csv", home / f"{name}.csv.gz"):
        if top.is_file():
            return top
    paths = [home / file for file in files]
    if not all(file.is_file() for file in paths):
        return None
    return paths[0] if len(paths) == 1 else _joined(name, paths)


def _joined(name: str, files: list[Path]) -> Path:
    """One cached table of several parts, with a column `split` that names the part."""
    import pandas as pd

    state = "-".join(f"{file.stat().st_size}.{file.stat().st_mtime_ns}" for file in files)
    path = cache_folder() / "joined" / f"{name}.csv"
    stamp = path.with_suffix(".state")
    if path.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return path
    parts = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in files]
    table = pd.concat(
        [part.assign(split=file.name.split(".")[0]) for part, file in zip(parts, files, strict=True)]
    )
    with write_atomically(path) as draft:
        table.to_csv(draft, index=False, lineterminator="\n")
    with write_atomically(stamp) as draft:
        draft.write_text(state, encoding="utf-8")
    return path
