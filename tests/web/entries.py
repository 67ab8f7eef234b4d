"""What a training process runs in tests of its stops and ends: no model, no torch."""

from __future__ import annotations

import json
import os
import time


def endless(work, pipe):
    """Tell of progress until somebody stops it."""
    for step in range(10_000):
        pipe.send_bytes(json.dumps({"done": step, "total": 10_000, "note": ""}).encode())
        time.sleep(0.02)


def killed(work, pipe):
    """Vanish as if memory had run out."""
    os._exit(9)


def refused(work, pipe):
    """Say that the table is no good."""
    pipe.send_bytes(json.dumps({"state": "failed", "message": "No good."}).encode())
