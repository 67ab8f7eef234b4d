"""Commands killed (SIGKILL) at random moments and given again, until the outcome is that of an unbroken run.

    python benchmarks/kill_everything.py --verbs pretrain,fit,fit-auto,compare,screen --kills 50

Half of the kills come at any moment, half within some milliseconds of a change among the files, where a
torn one would be made. After every kill each file that people see must be absent or whole. Every process
is a fork of one that has loaded the libraries, so that most kills meet work and not the start of Python;
from there on it runs the command line as it is.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import os
import random
import re
import shlex
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generated import write_record
from kill_worlds import WORLDS, World
from screening import family

MOST_IN_A_ROW = 9
"""Kills before a run is left alone until it ends."""
PATIENCE = 30
"""Seconds after which a process that outlives a killed command counts as an orphan: one that was just being
started looks for its parent only when it has loaded its libraries, which takes long on a busy machine."""
WORK = ("run", "best.csv.parts")
"""Folders of work in progress, which people are not told to read."""
TIMES = re.compile(r"\d[\d.,]*\s?(?:s|min|h)\b|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
"""Durations and dates in texts."""


@dataclass
class Tally:
    """What happened to one verb."""

    kills: int = 0
    completed: int = 0
    identical: int = 0
    torn: list[str] = field(default_factory=list)
    done_twice: int = 0
    orphans: int = 0
    drafts: int = 0


def main() -> None:
    """Each verb in its own folder, and a record of each."""
    chosen = _parser().parse_args()
    failed = False
    for verb in chosen.verbs.split(","):
        place = chosen.output / verb
        shutil.rmtree(place, ignore_errors=True)
        world = WORLDS[verb](place)
        start = time.perf_counter()
        tally = harass(world, chosen.kills, random.Random(f"{chosen.seed} {verb}"), chosen.seconds)
        seconds = time.perf_counter() - start
        differing = tally.completed - tally.identical
        print(f"{verb}: {tally} in {seconds:.0f} s", flush=True)
        write_record(
            chosen.record, dataset=world.what, model=verb, target="", unit="", seconds=seconds, n_failed=0,
            metric="results that differ and files that are torn after kill -9",
            value=float(differing + len(tally.torn)), kills=tally.kills, completed=tally.completed,
            identical=tally.identical, torn=len(tally.torn), done_twice=tally.done_twice,
            orphans=tally.orphans, drafts_left=tally.drafts, command=shlex.join(["python", *sys.argv]),
        )  # fmt: skip
        failed |= bool(differing or tally.torn or tally.done_twice or tally.orphans)
    if failed:
        raise SystemExit(1)


def harass(world: World, kills: int, draw: random.Random, limit: float) -> Tally:
    """Kill a command again and again, and compare what it leaves with an unbroken run."""
    _preload(world)
    begun = start = time.perf_counter()
    ended(begin(world), "The unbroken run")
    seconds = time.perf_counter() - start
    whole = outcome(world.place)
    tally = Tally()
    print(f"unbroken: {seconds:.1f} s, {len(whole)} files", flush=True)
    while tally.kills < kills and time.perf_counter() - begun < limit:
        world.clear()
        held: dict[str, int] = {}
        for _ in range(draw.randint(1, MOST_IN_A_ROW)):
            killed, orphans = kill_one(world, seconds, draw)
            tally.orphans += orphans
            tally.torn += torn(world.place, whole)
            now = stamps(world)
            tally.done_twice += sum(now.get(name, stamp) != stamp for name, stamp in held.items())
            held = now
            if not killed:  # it ended before its time had come
                break
            tally.kills += 1
        ended(begin(world), f"After {tally.kills} kills the command")
        tally.completed += 1
        found = outcome(world.place)
        tally.identical += found == whole
        for name in sorted(n for n in {**whole, **found} if whole.get(n) != found.get(n)):
            print(f"  {name} differs", flush=True)
        tally.drafts += sum(path.name.startswith(".") for path in world.place.iterdir())
        print(f"  {tally.kills} kills, {tally.identical} of {tally.completed} the same", flush=True)
    return tally


def begin(world: World) -> int:
    """Run the command line in a new process; its number."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        with open(world.log, "a", encoding="utf-8") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        sys.argv[1:] = world.words
        from matprior.cli.app import run

        try:
            run(world.words)
            code = 0
        except SystemExit as leave:
            code = int(leave.code or 0)
        if world.modules is not None:
            world.modules.write_text("\n".join(sys.modules), encoding="utf-8")
    finally:
        sys.stdout.flush()
        os._exit(code)


def ended(pid: int, what: str) -> None:
    """Wait for the end; a failure is one of ours."""
    if code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise SystemExit(f"{what} ended with {code}; see its log.")


def kill_one(world: World, seconds: float, draw: random.Random) -> tuple[bool, int]:
    """Begin, wait, kill; whether it still ran, and how many of its processes outlived it by `PATIENCE`."""
    pid = begin(world)
    stop = time.perf_counter() + draw.uniform(0, 1.1 * seconds)
    changes, seen = (draw.randint(1, 12), files(world.place)) if draw.random() < 0.5 else (0, set())
    while time.perf_counter() < stop or changes:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False, 0
        if changes and (now := files(world.place)) != seen:
            changes, seen = changes - 1, now
            if not changes:
                time.sleep(draw.uniform(0, 0.02))
                break
        time.sleep(0.004)
    others = [one for one in family(pid) if one != pid]
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    late = time.perf_counter() + PATIENCE
    while any(map(_alive, others)) and time.perf_counter() < late:
        time.sleep(0.1)
    return True, sum(map(_alive, others))


def files(place: Path) -> set[str]:
    """Everything below a folder that is just being written to."""
    return {os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names}


def outcome(place: Path) -> dict[str, Any]:
    """Name -> content of every file that people see, without what a clock has written."""
    found = {}
    for path in sorted(place.rglob("*")):
        parts = path.relative_to(place).parts
        if path.is_file() and not any(part.startswith(".") or part in WORK for part in parts):
            found["/".join(parts)] = _read(path)
    return found


def torn(place: Path, whole: dict[str, Any]) -> list[str]:
    """Files after a kill that are not what they are to become."""
    names = [name for name, content in outcome(place).items() if whole.get(name) != content]
    for name in names:
        print(f"  torn: {name}", flush=True)
    return names


def stamps(world: World) -> dict[str, int]:
    """When each finished part of the work was written."""
    return {path.name: path.stat().st_mtime_ns for path in world.place.glob(world.finished)}


def _read(path: Path) -> Any:
    try:
        if path.suffix == ".json":
            return _timeless(json.loads(path.read_text(encoding="utf-8")))
        if path.suffix == ".csv":
            with open(path, encoding="utf-8-sig", newline="") as stream:
                return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]
        if path.suffix in (".md", ".html", ".yaml"):
            return TIMES.sub("", path.read_text(encoding="utf-8"))
        return path.read_bytes()
    except (ValueError, csv.Error) as error:
        return f"unreadable: {error}"


def _timeless(content: Any) -> Any:
    if isinstance(content, dict):
        # The checksums are of files that are compared themselves, seconds left out.
        return {k: _timeless(v) for k, v in content.items() if k not in ("seconds", "seconds_", "sha256")}
    return [_timeless(one) for one in content] if isinstance(content, list) else content


def _preload(world: World) -> None:
    """Load what the command loads, found by running it, or a shorter one, once."""
    modules = world.place.parent / f"{world.place.name}_modules.txt"
    ended(begin(replace(world, words=world.shorter or world.words, modules=modules)), "The first run")
    for name in modules.read_text(encoding="utf-8").split():
        if name.split(".")[0] != "__main__" and name not in sys.modules:
            with suppress(Exception):  # some are made while they are loaded, under names nobody can import
                importlib.import_module(name)
    world.clear()


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--verbs", default="pretrain,fit,fit-auto,compare,screen")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3600, help="Begin no further run after this time.")
    parser.add_argument("--output", type=Path, default=Path("runs/kills"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, default=None)
    return parser


if __name__ == "__main__":
    main()
