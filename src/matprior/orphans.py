"""Processes that end when the one that began them is killed. Imports nothing: workers load it first."""

import os
import threading
import time

EVERY = 1.0
"""Seconds between two looks."""


def leave_with_parent() -> None:
    """Watch, from a thread of its own, whether the parent still runs; a killed one tells its workers nothing.

    Where the number of a dead parent does not change (Windows), workers end when their work does.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(EVERY)
    os._exit(1)
