"""Questions that arrive together are answered together, each with its own answer."""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

import numpy as np
import pytest

from matprior.web import batching
from matprior.web.batching import Batcher
from matprior.web.memory import give_back


def together(batcher, asks):
    async def run():
        return await asyncio.gather(*(batcher.answer(*one) for one in asks), return_exceptions=True)

    return asyncio.run(run())


def test_many_small_questions_are_one_model_call(shelf, salts):
    served, (strings, _) = shelf.get("salts"), salts
    batcher = Batcher()
    frames = together(batcher, [(served, [one], 0.9) for one in strings])
    assert batcher.calls == 1
    alone = served.estimator.predict_interval(strings)
    np.testing.assert_allclose(
        [frame["melting_point_K"][0] for frame in frames], alone["prediction"], rtol=1e-5
    )
    np.testing.assert_allclose([frame["melting_point_K_low"][0] for frame in frames], alone["low"], rtol=1e-5)


def test_other_models_and_coverages_are_kept_apart(shelf):
    salts, oxides = shelf.list()
    batcher = Batcher()
    wide, narrow, classes = together(
        batcher, [(salts, ["NaCl"], 0.95), (salts, ["NaCl"], 0.5), (oxides, ["NaCl"], 0.9)]
    )
    assert batcher.calls == 3
    name = "melting_point_K"
    assert (
        wide[f"{name}_high"][0] - wide[f"{name}_low"][0]
        > narrow[f"{name}_high"][0] - narrow[f"{name}_low"][0]
    )
    assert classes["target"][0] in ("halide", "oxide")


def test_a_string_that_several_ask_is_read_once(shelf, monkeypatch):
    asked = []
    served = shelf.get("salts")
    whole = served.estimator.predict_interval
    monkeypatch.setattr(
        served.estimator, "predict_interval", lambda s, *a: asked.append(list(s)) or whole(s, *a)
    )
    frames = together(Batcher(), [(served, ["NaCl", "KCl"], 0.9), (served, ["KCl", "NaCl", "KCl"], 0.9)])
    assert asked == [["NaCl", "KCl"]]
    first, second = (frame["melting_point_K"].tolist() for frame in frames)
    assert second == [first[1], first[0], first[1]]


def test_one_that_fails_takes_nobody_with_it(shelf):
    served = shelf.get("salts")
    good, bad, other = together(
        Batcher(), [(served, ["NaCl"], 0.9), (served, ["Xx"], 0.9), (served, ["KCl"], 0.9)]
    )
    assert isinstance(bad, ValueError)
    assert (len(good), len(other)) == (1, 1)


def test_a_large_question_is_cut_and_put_together_again(shelf, monkeypatch, salts):
    monkeypatch.setattr(batching, "PIECE", 7)
    monkeypatch.setattr(batching, "MOST", 10)
    served, (strings, _) = shelf.get("salts"), salts
    batcher = Batcher()
    (frame,) = together(batcher, [(served, strings, 0.9)])
    assert batcher.calls == 7
    np.testing.assert_allclose(frame["melting_point_K"], served.estimator.predict(strings), rtol=1e-5)


def test_who_gave_up_is_not_waited_for(shelf):
    served = shelf.get("salts")

    async def run():
        batcher = Batcher(wait=0.05)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(batcher.answer(served, ["NaCl"], 0.9), 0.001)
        frame = await batcher.answer(served, ["KCl"], 0.9)
        return len(frame), batcher.calls

    assert asyncio.run(run()) == (1, 1)


def test_free_memory_goes_back_to_the_system(shelf, monkeypatch):
    tidied = []
    monkeypatch.setattr(batching, "TIDY", 2)
    monkeypatch.setattr(batching, "give_back", lambda: tidied.append(1))
    served = shelf.get("salts")
    together(Batcher(), [(served, ["NaCl"], coverage) for coverage in (0.5, 0.6, 0.7, 0.8, 0.9)])
    assert len(tidied) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc of Linux")
def test_giving_back_shrinks_the_process():
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1])

    held = [bytes(60_000) for _ in range(2000)]  # below the size for which the system is asked each time
    full = resident()
    kept = held[::500]
    del held
    if not give_back():
        pytest.skip("this C library has no malloc_trim")
    assert len(kept) == 4
    assert (full - resident()) * resource.getpagesize() > 60e6
