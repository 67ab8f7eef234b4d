"""A stopped screening goes on where it stood, and never takes parts of another for its own."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pandas as pd
import pytest

from matprior.screening import Screening, screen
from matprior.screening.options import Shard


class Stop(Exception):
    """Raised in the middle of the work."""


def stop_after(rows):
    def progress(done, total, note):
        if done >= rows:
            raise Stop

    return progress


def stamps(folder):
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.glob("0*.json")}


@pytest.fixture
def options():
    return Screening(top=20, chunk=40)


@pytest.fixture
def stopped(regressor, pool, tmp_path, options):
    """Output of a screening that was stopped after three chunks."""
    output = tmp_path / "best.csv"
    with pytest.raises(Stop):
        screen(regressor, pool, output, options, workers=1, progress=stop_after(120))
    assert len(stamps(tmp_path / "best.csv.parts")) == 3
    return output


def test_finished_chunks_are_not_answered_again(regressor, pool, tmp_path, options, stopped):
    before = stamps(tmp_path / "best.csv.parts")
    done = screen(regressor, pool, stopped, options, workers=1, shard=Shard(1, 1))
    after = stamps(tmp_path / "best.csv.parts")
    assert done.answered == 6
    assert {name: after[name] for name in before} == before
    merged = screen(regressor, pool, stopped, options, workers=1, merge=True).best
    whole = screen(regressor, pool, tmp_path / "whole.csv", options, workers=1).best
    pd.testing.assert_frame_equal(merged, whole)


def test_parts_are_gone_when_the_table_is_written(regressor, pool, tmp_path, options, stopped):
    screen(regressor, pool, stopped, options, workers=1)
    assert not (tmp_path / "best.csv.parts").exists()


def test_other_options_are_refused(regressor, pool, stopped):
    with pytest.raises(ValueError, match=r"top = 20, now 30.*another --output"):
        screen(regressor, pool, stopped, Screening(top=30, chunk=40), workers=1)


def test_another_model_is_refused(classifier, pool, options, stopped):
    with pytest.raises(ValueError, match="with another model"):
        screen(classifier, pool, stopped, options, workers=1)


def test_a_changed_pool_is_refused(regressor, pool, options, stopped):
    pool.write_text(pool.read_text() + "999,NaCl\n")
    with pytest.raises(ValueError, match="another pool, or one that was changed"):
        screen(regressor, pool, stopped, options, workers=1)


def test_a_touched_pool_is_refused(regressor, pool, options, stopped):
    os.utime(pool, (1, 1))
    with pytest.raises(ValueError, match="another pool, or one that was changed"):
        screen(regressor, pool, stopped, options, workers=1)


def test_a_damaged_part_is_named(regressor, pool, tmp_path, options, stopped):
    part = sorted((tmp_path / "best.csv.parts").glob("0*.json"))[1]
    part.write_text(part.read_text()[:100])
    with pytest.raises(ValueError, match=rf"{part.name} is damaged"):
        screen(regressor, pool, stopped, options, workers=1)
    part.unlink()
    assert screen(regressor, pool, stopped, options, workers=1).answered == 1


def test_a_command_that_was_refused_leaves_nothing_to_be_in_the_way(regressor, pool, tmp_path, options):
    with pytest.raises(ValueError, match="no score"):
        screen(regressor, pool, tmp_path / "best.csv", Screening(by="beauty"), workers=1)
    assert len(screen(regressor, pool, tmp_path / "best.csv", options, workers=1).best) == 20


def test_a_worker_that_is_ended_from_outside_is_told_and_loses_nothing(regressor, pool, tmp_path, options):
    others = {worker.pid for worker in multiprocessing.active_children()}  # of tests before this one

    def kill_one(done, total, note):
        started = [w.pid for w in multiprocessing.active_children() if w.pid not in others]
        for pid in started[:1]:
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(ValueError, match="with fewer --workers or a smaller --chunk"):
        screen(regressor, pool, tmp_path / "best.csv", options, workers=2, progress=kill_one)
    held = len(stamps(tmp_path / "best.csv.parts"))
    done = screen(regressor, pool, tmp_path / "best.csv", options, workers=1)
    assert done.answered == done.chunks - held < 9
    assert len(done.best) == 20
