"""Ctrl-C in the middle of the work: exit code 130, one sentence, whole files, and the way on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from asked_readers import READ
from asked_verbs import NAMED, PLAIN
from whole import drafts, files, torn
from wrong_tables import good_text

LONG = ["--set", "epochs=5000", "--set", "batch_size=8"]
CALLS = {
    "fit": (lambda p: ["fit", p.table, *NAMED, *PLAIN, "--strategy=full", *LONG, "--output", p.out], ()),
    "compare": (
        lambda p: ["compare", p.table, *NAMED, "--folds", 2, "--models", "dummy", *LONG, "--output", p.out],
        ("results.csv",),
    ),
    "pretrain": (
        lambda p: [*READ["pretrain (source)"].call(p), "--set", "training.epochs=5000"], ()
    ),
}  # fmt: skip
"""Verb -> its call on work for minutes, and what must be there when it was stopped."""
WORKING = {"fit": r"[1-9]\d*/\d{3,}", "compare": r"[1-9]\d*/\d+", "pretrain": r"[1-9]\d*/\d{3,}"}
"""What the bar says once the work has begun."""


def stopped(words: list[object], begun: str) -> tuple[int, str]:
    """Run a command, press Ctrl-C once its bar has moved; exit code and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "matprior", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "200"},
        # A shell that runs the tests in the background has told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    watch = threading.Timer(300, process.kill)
    watch.start()
    said = b""
    try:
        while part := process.stderr.read1(4096):
            said += part
            if re.search(begun, re.sub(r"\x1b\[[\d;?]*\w", "", said.decode("utf-8", "replace"))):
                break
        process.send_signal(signal.SIGINT)
        said += process.communicate()[1]
    finally:
        watch.cancel()
        process.kill()
    return process.returncode, re.sub(r"\x1b\[[\d;?]*\w", "", said.decode("utf-8", "replace"))


@pytest.mark.parametrize("name", CALLS)
def test_a_stopped_command_says_so_and_leaves_whole_files(exam_place, name: str):
    exam_place.table.write_text(good_text(), encoding="utf-8")
    call, leaves = CALLS[name]
    code, said = stopped(call(exam_place), WORKING[name])
    assert code == 130, said
    assert said.rstrip().endswith("Stopped. Finished files and checkpoints are kept."), said
    assert "Traceback" not in said
    assert not drafts(exam_place.out.parent)
    assert not torn(exam_place.out)
    assert files(exam_place.out) >= {*leaves}
    assert not files(exam_place.out) & {"model.safetensors", "report.html"}  # what only finished work has
