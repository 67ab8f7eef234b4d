"""Load on `matprior serve`: many clients at once on loopback; latency, errors, memory.

    python benchmarks/serving_load.py --clients 50 --seconds 120 --record docs/results/serving.json

Each client keeps one connection, asks for one to eight strings, and asks again as soon as it has the answer,
so that as many requests as clients are under way all the time. An answer counts as an error when its status
is not 200 or a number is not the one that the same string got before the load began. Memory is that of the
server's process, read from /proc (Linux) twice a second after a warm-up: its growth is the median of the last
fifth of the time against that of the first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shlex
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generated import fitted_model, write_pool, write_record
from screening import MATPRIOR, memory_mb

MOST = 8
"""Strings of one question."""
CLOSE = 1e-3
"""Relative difference that counts as the same number: joined questions may change the last digits."""


@dataclass
class Load:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    """Latency of every request."""
    strings: int = 0
    errors: list[str] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and answer of one request."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self.writer.write(head.encode() + content)
        told = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        (length,) = re.findall(r"content-length: (\d+)", told.lower())
        return int(told.split(" ", 2)[1]), json.loads(await self.reader.readexactly(int(length)))


def main() -> None:
    """Serve, load, and say what came out."""
    chosen = _parser().parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    model = chosen.model or fitted_model(chosen.output / "model")
    pool = write_pool(chosen.output / "pool.csv", chosen.pool, seed=1).read_text().split()[1:]
    command = [*MATPRIOR, "serve", str(model), "--port", "0", "--no-training"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        (port,) = re.findall(r"Page: http://127\.0\.0\.1:(\d+)", server.stdout.readline())
        load, calls = asyncio.run(run(int(port), server.pid, pool, chosen))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    tell(load, calls, Path(model).name, chosen)


async def run(port: int, pid: int, pool: list[str], chosen: argparse.Namespace) -> tuple[Load, int]:
    """The load, and how many model calls answered it."""
    (served,) = await once(port, "GET", "/api/models")
    path = f"/api/models/{served['name']}/predict"
    told = await once(port, "POST", path, {"strings": pool})
    known = {row["given"]: value(row) for row in told["rows"]}
    await several(port, path, known, min(10.0, chosen.seconds / 10), chosen.clients, Load())
    before = (await once(port, "GET", "/api/status"))["model_calls"]
    load = Load()
    watch = asyncio.create_task(_watch(pid, load))
    await several(port, path, known, chosen.seconds, chosen.clients, load)
    watch.cancel()
    return load, (await once(port, "GET", "/api/status"))["model_calls"] - before


async def once(port: int, method: str, path: str, body: Any = None) -> Any:
    """One answer on a connection of its own: an idle one is closed by the server after some seconds."""
    async with Client(port) as client:
        return (await client.ask(method, path, body))[1]


async def several(
    port: int, path: str, known: dict[str, float | None], seconds: float, clients: int, load: Load
) -> None:
    """Clients that ask at once for some seconds."""
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_client(port, path, known, end, seed, load) for seed in range(clients)))


async def _client(
    port: int, path: str, known: dict[str, float | None], end: float, seed: int, load: Load
) -> None:
    draw, names = random.Random(seed), list(known)
    async with Client(port) as client:
        while time.perf_counter() < end:
            strings = draw.sample(names, draw.randint(1, MOST))
            start = time.perf_counter()
            status, told = await client.ask("POST", path, {"strings": strings})
            load.seconds.append(time.perf_counter() - start)
            load.strings += len(strings)
            if status != 200:
                load.errors.append(f"{status}: {told}")
            elif wrong := [row["given"] for row in told["rows"] if differs(value(row), known[row["given"]])]:
                load.errors.append(f"another number for {wrong[0]}")


def value(row: dict[str, Any]) -> float | None:
    """The number of a row; None where it cannot be read."""
    return row["answers"][0]["value"] if row["answers"] else None


def differs(one: float | None, other: float | None) -> bool:
    """Whether two numbers are not the same prediction."""
    if one is None or other is None:
        return one is not other
    return abs(one - other) > CLOSE * max(1.0, abs(other))


async def _watch(pid: int, load: Load) -> None:
    while True:
        load.rss_mb.append(memory_mb(pid))
        await asyncio.sleep(0.5)


def tell(load: Load, calls: int, model: str, chosen: argparse.Namespace) -> None:
    """Print and record."""
    cuts = statistics.quantiles(load.seconds, n=100)
    n, fifth = len(load.seconds), max(1, len(load.rss_mb) // 5)
    early, late = statistics.median(load.rss_mb[:fifth]), statistics.median(load.rss_mb[-fifth:])
    print(f"{n:,} requests, {load.strings:,} strings, {calls:,} model calls, {len(load.errors)} errors.")
    print(f"p50 {1e3 * cuts[49]:.0f} ms, p95 {1e3 * cuts[94]:.0f} ms, {n / chosen.seconds:.0f} requests/s.")
    print(f"Memory {early:.0f} MB early, {late:.0f} MB late. {load.errors[:1] or ''}")
    common: dict[str, Any] = {
        "dataset": f"{chosen.pool:,} generated formulas", "model": model,
        "strategy": f"{chosen.clients} clients for {chosen.seconds:g} s, no pause", "seconds": chosen.seconds,
        "command": shlex.join(["python", *map(_short, sys.argv)]), "n_failed": len(load.errors),
        "peak_rss_mb": max(load.rss_mb), "n_requests": n, "cores": os.cpu_count(),
        "conditions": chosen.conditions,
    }  # fmt: skip
    for metric, unit, number in (
        ("latency, median", "ms", 1e3 * cuts[49]),
        ("latency, 95th percentile", "ms", 1e3 * cuts[94]),
        ("requests per second", "1/s", n / chosen.seconds),
        ("failed or wrong answers", "", float(len(load.errors))),
        ("requests per model call", "", n / max(calls, 1)),
    ):
        write_record(chosen.record, **common, metric=metric, unit=unit, value=number)
    write_record(
        chosen.record, **common, metric="growth of resident memory", unit="MB", value=late - early,
        ratio_to="the first fifth of the time", ratio=late / early,
    )  # fmt: skip


def _short(word: str) -> str:
    """A word of the command without the folders of this computer."""
    return Path(word).name if Path(word).is_absolute() else word


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--pool", type=int, default=2000, help="different strings that are asked")
    parser.add_argument("--model", type=Path, default=None, help="fitted folder; one is made when left out")
    parser.add_argument("--output", type=Path, default=Path("runs/serving"))
    parser.add_argument("--conditions", default="", help="what else ran, for the record")
    parser.add_argument("--record", type=Path, default=None)
    return parser


if __name__ == "__main__":
    main()
