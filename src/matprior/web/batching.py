"""One model call for what arrives within a few milliseconds, whoever asked.

Every call into a model runs on one thread: explanations hook into a network while they look at it, and a
prediction of the same network at that moment would go wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from matprior.web.memory import give_back
from matprior.web.shelf import Served

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
WAIT = 0.004
"""Seconds that the first question waits for others."""
PIECE = 1000
"""Strings of one request that go into a model at once, so that small requests get in between."""
MOST = 4000
"""Strings in one model call."""


TIDY = 32
"""Model calls after which free memory goes back to the system."""


@dataclass
class _Ask:
    served: Served
    strings: list[str]
    coverage: float
    extra: list[tuple[float, ...]] | None
    future: asyncio.Future[Any]

    @property
    def key(self) -> Hashable:
        return id(self.served.estimator), self.coverage


class Batcher:
    """Collects questions and asks the model."""

    def __init__(self, wait: float = WAIT) -> None:
        self.wait = wait
        self.calls = 0
        """Model calls so far."""
        self._waiting: list[_Ask] = []
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "model")

    async def answer(
        self,
        served: Served,
        strings: list[str],
        coverage: float,
        extra: list[tuple[float, ...]] | None = None,
    ) -> pd.DataFrame:
        """Answer columns, one row per string, as `screening.answers.answer` gives them.

        Parameters
        ----------
        strings : `n` canonical strings
        coverage : share of truths between low and high
        extra : values of the model's extra columns, `n` tuples
        """
        import pandas as pd

        parts = [
            await self._ask(
                served, strings[i : i + PIECE], coverage, None if extra is None else extra[i : i + PIECE]
            )
            for i in range(0, len(strings), PIECE)
        ]
        return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function on the thread of the models."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    def close(self) -> None:
        """Take no more questions."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ask(
        self, served: Served, strings: list[str], coverage: float, extra: list[tuple[float, ...]] | None
    ) -> pd.DataFrame:
        loop = asyncio.get_running_loop()
        ask = _Ask(served, strings, coverage, extra, loop.create_future())
        self._waiting.append(ask)
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        frame: pd.DataFrame = await ask.future
        return frame

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(self.wait)
            groups: dict[Hashable, list[_Ask]] = {}
            waiting, self._waiting = self._waiting, []
            for ask in waiting:
                if not ask.future.done():  # done: the visitor gave up
                    groups.setdefault(ask.key, []).append(ask)
            for group in groups.values():
                for several in _portions(group):
                    await self._answer(several)

    async def _answer(self, asks: list[_Ask]) -> None:
        self.calls += 1
        try:
            found = await self.run(_together, asks)
        except Exception as error:
            if len(asks) > 1:  # whose question it was that failed shows when each is asked alone
                for ask in asks:
                    await self._answer([ask])
            elif not asks[0].future.done():
                asks[0].future.set_exception(error)
            return
        if self.calls % TIDY == 0:
            await self.run(give_back)
        for ask, frame in zip(asks, found, strict=True):
            if not ask.future.done():
                ask.future.set_result(frame)


def _portions(asks: list[_Ask]) -> list[list[_Ask]]:
    portions: list[list[_Ask]] = [[]]
    size = 0
    for ask in asks:
        if portions[-1] and size + len(ask.strings) > MOST:
            portions.append([])
            size = 0
        portions[-1].append(ask)
        size += len(ask.strings)
    return portions


def _together(asks: list[_Ask]) -> list[pd.DataFrame]:
    """One model call for several questions; a string that several ask is answered once."""
    import pandas as pd

    from matprior.screening.answers import answer

    served = asks[0].served
    places: dict[tuple[str, tuple[float, ...]], int] = {}
    wanted = []
    for ask in asks:
        rows = ask.extra if ask.extra is not None else [()] * len(ask.strings)
        wanted.append([places.setdefault(one, len(places)) for one in zip(ask.strings, rows, strict=True)])
    beside = {}
    if served.extra:
        beside["extra"] = pd.DataFrame([row for _, row in places], columns=served.extra)
    frame = answer(served.estimator, [string for string, _ in places], asks[0].coverage, **beside)
    return [frame.iloc[rows].reset_index(drop=True) for rows in wanted]
