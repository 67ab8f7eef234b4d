"""A Ray cluster gives what the local processes give, also when it loses some."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("ray", reason='needs ray: pip install "matprior[ray]"')

from matprior.screening import Screening, screen
from matprior.screening.options import Cluster

OPTIONS = Screening(top=30, chunk=20, by="upper", diverse=True)


def answerers() -> list[int]:
    """Processes of the cluster that answer."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ray::Answerer" in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_a_cluster_that_loses_a_process_gives_the_same(regressor, pool, tmp_path):
    alone = screen(regressor, pool, tmp_path / "alone.csv", OPTIONS, workers=1).best
    killed = []

    def kill_one(done, total, note):
        if len(killed) < 2 and (there := answerers()):
            os.kill(there[0], signal.SIGKILL)
            killed.append(there[0])

    done = screen(
        regressor, pool, tmp_path / "ray.csv", OPTIONS, workers=Cluster(workers=2), progress=kill_one
    )
    assert len(killed) == 2
    assert done.answered == done.chunks
    pd.testing.assert_frame_equal(alone, done.best)


def test_an_error_of_a_process_is_told_as_it_is(regressor, pool, tmp_path):
    with pytest.raises(ValueError, match="There is no score 'beauty'"):
        screen(regressor, pool, tmp_path / "ray.csv", Screening(by="beauty"), workers=Cluster(workers=1))
