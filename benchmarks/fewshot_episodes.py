"""Episodes of the few-shot benchmarks: drawn task by task, with positions that count the whole table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from matprior.data.episodes import Episode, EpisodeOptions, Episodes, draw_episodes, shares, strings_digest


def natural(size: int, queries: int, seed: int, grouped: bool = True) -> EpisodeOptions:
    """Two classes in their natural shares, `size` support rows in all."""
    return EpisodeOptions(shots=size // 2, queries=queries, balance="natural", grouped=grouped, seed=seed)


def drawn(
    table: pd.DataFrame, shape: EpisodeOptions, n: int, fewest: int, notation: str = "composition"
) -> Episodes:
    """Episodes of the tasks that have at least `fewest` rows and unrelated queries.

    Parameters
    ----------
    table : columns string, task and label
    n : episodes per task
    """
    strings, every = table["string"].tolist(), []
    for task, rows in table.groupby("task", sort=True):
        if len(rows) < fewest:
            continue
        names = [str(task)] * len(rows)
        try:
            own = draw_episodes(
                rows["string"].tolist(), rows["label"].tolist(), shape, n, tasks=names, notation=notation
            )
        except ValueError as error:
            print(f"left out: {error}")
            continue
        places = rows.index.to_numpy()
        every += [replace(one, support=places[one.support], query=places[one.query]) for one in own]
    return Episodes(shape, strings_digest(strings), every)


def fewer_queries(episodes: Episodes, most: int) -> Episodes:
    """The same with at most so many query rows each, drawn in the natural shares of the classes."""
    return Episodes(
        episodes.options,
        episodes.strings_sha256,
        [_fewer(one, number, most) for number, one in enumerate(episodes)],
    )


def moved(episodes: Episodes, places: np.ndarray) -> Episodes:
    """The same with positions that count other rows: `places` is where each row of the table lies there."""
    every = [replace(one, support=places[one.support], query=places[one.query]) for one in episodes]
    return Episodes(episodes.options, episodes.strings_sha256, every)


def _fewer(one: Episode, number: int, most: int) -> Episode:
    if len(one.query) <= most:
        return one
    random = np.random.default_rng(number)
    wanted = shares(np.bincount(one.query_codes, minlength=len(one.classes)), most, "natural")
    kept = np.concatenate(
        [
            random.permutation(np.flatnonzero(one.query_codes == code))[:count]
            for code, count in enumerate(wanted)
        ]
    )
    return replace(one, query=one.query[kept], query_codes=one.query_codes[kept])
