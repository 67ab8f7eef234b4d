"""Parts of one job, each on a core of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from matprior.threads import one_thread

Part = TypeVar("Part")
Told = TypeVar("Told")


def on_cores(work: Callable[[Part], Told], parts: Iterable[Part]) -> list[Told]:
    """`work` of every part, in order; as many parts at once as torch may use cores.

    A pass over a few hundred tokens is too small to be shared: two cores finish two passes sooner than one
    pass twice. `work` must not write where other parts read.

    Examples
    --------
    >>> on_cores(lambda number: number * number, [1, 2, 3])
    [1, 4, 9]
    """
    import torch

    own, cores = list(parts), torch.get_num_threads()
    if cores < 2 or len(own) < 2:
        return [work(part) for part in own]
    with one_thread(), ThreadPoolExecutor(cores) as pool:
        return list(pool.map(work, own))
