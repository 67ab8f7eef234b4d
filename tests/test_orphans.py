"""Workers end with the process that began them, even if that is killed and can tell them nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL", allow_module_level=True)

LOKY = """
from joblib import Parallel, delayed
from matprior.orphans import leave_with_parent
Parallel(n_jobs=2, backend="loky", initializer=leave_with_parent)(delayed(work)(i) for i in range(2))
"""
SPAWNED = """
from multiprocessing import get_context
from matprior.orphans import leave_with_parent
if __name__ == "__main__":
    with get_context("spawn").Pool(2, leave_with_parent) as pool:
        pool.map(work, range(2))
"""
WORK = """
import os, sys, time
def work(i):
    open(os.path.join({folder!r}, str(os.getpid())), "w").close()
    time.sleep(120)
"""


@pytest.mark.parametrize("program", [LOKY, SPAWNED], ids=["loky", "spawned"])
def test_workers_of_a_killed_process_end_by_themselves(program, tmp_path):
    pids, script = tmp_path / "pids", tmp_path / "script.py"
    pids.mkdir()
    script.write_text(WORK.format(folder=str(pids)) + program, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE)
    try:
        assert within(60, lambda: len(list(pids.iterdir())) == 2), parent.stderr.read()  # type: ignore[union-attr]
    finally:
        os.kill(parent.pid, signal.SIGKILL)
    workers = [int(path.name) for path in pids.iterdir()]
    assert within(30, lambda: not any(runs(pid) for pid in workers))
    told = parent.communicate(timeout=30)[1].decode()
    assert "Traceback" not in told


def test_a_worker_whose_parent_was_killed_before_it_came_to_look_ends_too():
    # As loky makes them: they know the number of their parent, and have nothing to wait on.
    program = """
import multiprocessing.process as own, os, time
from matprior.orphans import leave_with_parent
own._parent_process = own._ParentProcess("MainProcess", os.getppid() + 1_000_000, None)
leave_with_parent()
time.sleep(60)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 1


def within(seconds: float, fact) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not fact():
        time.sleep(0.1)
    return bool(fact())


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
