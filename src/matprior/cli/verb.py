"""What holds for every verb: the place to write to is looked at before anything is read or computed.

`cli/app.py` and the groups of verbs (`data`, `models`, `prompts`) give `Verb` to typer.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

PLACES = ("output", "record", "report", "keep")
"""Options that name a file or folder to write."""


class Verb(TyperCommand):
    """A command that refuses at once where it could not write its results at the end."""

    def invoke(self, ctx: Any) -> Any:
        """Look at the places, then run the function of the verb."""
        for name in PLACES:
            if (place := ctx.params.get(name)) is not None:
                check_place(Path(place))
        return super().invoke(ctx)


def check_place(path: Path) -> None:
    """Refuse a path that nothing can be written to, before hours are spent on what shall lie there.

    Parameters
    ----------
    path : file or folder to write; neither it nor its parents need to be there

    Raises
    ------
    OSError
        A parent is a file, or takes no new files.

    Examples
    --------
    >>> check_place(Path(tempfile.gettempdir()) / "new" / "model")
    """
    parent = path if path.is_dir() else path.parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(parent))
    try:
        # Asking for permissions would not do: a superuser has them all, and a disk may be read-only.
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
