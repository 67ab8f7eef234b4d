"""Writing files so that a crash or Ctrl-C never leaves half of one.

The only place that knows how an output file comes to be: everything that saves a table, a
report or a checkpoint goes through `write_atomically`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_atomically(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it becomes `path` only when the block ends well.

    Parameters
    ----------
    path : file to write. Missing parent folders are made.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with write_atomically(folder / "notes.txt") as draft:
    ...     _ = draft.write_text("done")
    >>> (folder / "notes.txt").read_text()
    'done'
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    # Same folder, because os.replace is atomic only within one file system; same suffix, because
    # pandas chooses the writer by it.
    draft = final.parent / f".{final.stem}-{secrets.token_hex(4)}{final.suffix}"
    try:  # before the file is there: Ctrl-C may come at any moment, and nothing may stay behind
        draft.touch(exist_ok=False)
        yield draft
        umask = os.umask(0)
        os.umask(umask)
        draft.chmod(0o666 & ~umask)  # some writers make files only their owner can read
        os.replace(draft, final)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def write_folder(folder: str | Path, last: str = ".safetensors") -> Iterator[Path]:
    """Give a draft folder beside `folder`; when the block ends well, what is in it moves into `folder`.

    Parameters
    ----------
    folder : made if it is not there; what it holds under other names stays
    last : ending of the files that move last, so that a folder that has them has everything

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "model"
    >>> with write_folder(folder) as draft:
    ...     _ = (draft / "config.json").write_text("{}")
    >>> [path.name for path in folder.iterdir()]
    ['config.json']
    """
    final = Path(folder)
    if final.is_file():
        raise ValueError(f"{folder} is a file. Give the name of a folder to save the model in.")
    final.parent.mkdir(parents=True, exist_ok=True)
    draft = final.parent / f".{final.name}-{secrets.token_hex(4)}"
    try:
        draft.mkdir(mode=0o700)
        yield draft
        final.mkdir(exist_ok=True)
        for path in sorted(draft.rglob("*"), key=lambda path: path.name.endswith(last)):
            if path.is_file():
                (final / path.relative_to(draft)).parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, final / path.relative_to(draft))
        shutil.rmtree(draft, ignore_errors=True)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def sha256_of(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks so that its size does not matter."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
