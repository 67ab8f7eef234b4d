"""The same work on a Ray cluster: actors answer chunks, this process keeps the parts. The only door to ray.

Chunks, parts and results are those of `workers`. An actor that is lost is started anew, and its chunk is
answered again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from types import TracebackType
from typing import Any

import pandas as pd

from matprior.screening.chunk import Job, Screener
from matprior.screening.options import Cluster
from matprior.screening.parts import Parts
from matprior.screening.pool import Chunk
from matprior.screening.workers import AHEAD
from matprior.threads import one_thread

RETRIES = 3
"""Times an actor is started anew, and a chunk asked again, before the screening gives up."""


class RayCrew:
    """Actors that answer chunks.

    Parameters
    ----------
    job : what they need to know; the model's folder must be there under the same path on every machine
    cluster : where they run
    """

    def __init__(self, job: Job, cluster: Cluster) -> None:
        if find_spec("ray") is None:
            raise ValueError('Ray is not installed. Install it with: pip install "matprior[ray]"')
        self.job = job
        self.cluster = cluster
        self._actors: list[Any] = []

    def __enter__(self) -> RayCrew:
        import ray

        quiet: dict[str, Any] = {"include_dashboard": False} if self.cluster.local else {}
        ray.init(
            address=None if self.cluster.local else self.cluster.address,
            num_cpus=self.cluster.workers if self.cluster.local else None,
            log_to_driver=False,
            configure_logging=False,
            **quiet,
        )
        n = self.cluster.workers or int(ray.cluster_resources().get("CPU", 1))
        actor: Any = ray.remote(num_cpus=1, max_restarts=RETRIES, max_task_retries=RETRIES)(Answerer)
        self._actors = [actor.remote(self.job) for _ in range(n)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import ray

        self._actors = []
        ray.shutdown()

    def answer(self, chunks: Iterable[Chunk], parts: Parts) -> Iterator[int]:
        """Answer chunks and keep their parts; yields the rows of each when it is done."""
        import ray

        waiting: dict[Any, tuple[Any, int, int]] = {}
        free = self._actors * AHEAD
        for chunk in chunks:
            if not free:
                yield from self._one_done(waiting, free, parts)
            actor = free.pop(0)
            # In the object store: a chunk that is asked again is not sent again.
            waiting[actor.run.remote(ray.put(chunk))] = (actor, chunk.number, len(chunk.rows))
        while waiting:
            yield from self._one_done(waiting, free, parts)

    def _one_done(
        self, waiting: dict[Any, tuple[Any, int, int]], free: list[Any], parts: Parts
    ) -> Iterator[int]:
        import ray

        (done,), _ = ray.wait(list(waiting), num_returns=1)
        actor, number, rows = waiting.pop(done)
        parts.write(number, _get(done))
        free.append(actor)
        yield rows

    def tell(self, strings: list[str], keys: list[float]) -> pd.DataFrame:
        """Score of some strings, and everything the model says of them."""
        return _get(self._actors[0].tell.remote(strings, keys))


class Answerer:
    """One process of the cluster, with the model loaded at the first chunk."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.screener: Screener | None = None

    def run(self, chunk: Chunk) -> dict[str, Any]:
        """As `Screener.run`."""
        with one_thread():
            return self._loaded().run(chunk)

    def tell(self, strings: list[str], keys: list[float]) -> pd.DataFrame:
        """As `Screener.tell`."""
        with one_thread():
            return self._loaded().tell(strings, keys)

    def _loaded(self) -> Screener:
        self.screener = self.screener or Screener(self.job)
        return self.screener


def _get(future: Any) -> Any:
    import ray

    try:
        return ray.get(future)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None  # the error as it was raised, not Ray's account of it
    except ray.exceptions.RayActorError:
        raise ValueError(
            f"A process of the cluster was lost more than {RETRIES} times, most often because memory ran "
            "out. Finished chunks are kept: give the command again, with fewer --workers or a smaller "
            "--chunk."
        ) from None
