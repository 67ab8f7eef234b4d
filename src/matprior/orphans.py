"""Processes that end when the one that began them is killed. Imports nothing heavy: workers load it first."""

import os
import threading
import time
from multiprocessing import parent_process

EVERY = 1.0
"""Seconds between two looks."""


def leave_with_parent() -> None:
    """Watch, from a thread of its own, whether the parent still runs; a killed one tells its workers nothing.

    Workers of loky know the number of their parent and have nothing to wait on: they compare it with that of
    the process they belong to, which may have changed before they came to look. Where it does not change with
    the parent's death (Windows), they end when their work does.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(now: int) -> None:
    parent = parent_process()
    if parent is not None and parent.sentinel is not None:
        parent.join()
    else:
        number = now if parent is None else parent.pid
        while os.getppid() == number:
            time.sleep(EVERY)
    os._exit(1)
