"""Screening killed (SIGKILL) at random moments: the result stays the same and nothing finished is done twice.

python benchmarks/kill_screen.py --kills 50 --record docs/results/faults.json
"""

from __future__ import annotations

import argparse
import random
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from generated import fitted_model, write_pool, write_record
from screening import MATPRIOR, family


def main() -> None:
    """Kill, look, go on; at the end compare with a run that nobody disturbed."""
    chosen = _parser().parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    model = fitted_model(chosen.output / "model", 1, 400, model=None, size="tiny")
    pool = write_pool(chosen.output / "pool.csv", chosen.rows)
    rest = ["--top", "200", "--by", "upper", "--diverse", "--chunk", chosen.chunk, "--workers", 2]
    whole, best = chosen.output / "whole.csv", chosen.output / "best.csv"
    for old in (whole, best):
        old.unlink(missing_ok=True)
    start = time.perf_counter()
    subprocess.run(command(model, pool, whole, rest), check=True, capture_output=True)
    seconds = time.perf_counter() - start
    print(f"undisturbed: {seconds:.1f} s", flush=True)
    draw, kills, twice, torn, left, times = random.Random(chosen.seed), 0, 0, 0, 0, 0
    while kills < chosen.kills:
        # Finished between two kills, the table is thrown away and the work begins anew.
        best.unlink(missing_ok=True)
        held: dict[str, int] = {}
        times += 1
        while kills < chosen.kills and not best.exists():
            words = command(model, pool, best, rest)
            chunks = -(-chosen.rows // chosen.chunk)
            killed, orphans = kill_one(words, Path(f"{best}.parts"), chunks, seconds, draw)
            kills, left = kills + killed, left + orphans
            now = stamps(Path(f"{best}.parts"))
            if not best.exists():
                twice += sum(now.get(name) != stamp for name, stamp in held.items())
            held = now
            torn += best.exists() and best.read_bytes() != whole.read_bytes()
            print(f"kill {kills}: {len(held)} chunks are finished", flush=True)
    subprocess.run(command(model, pool, best, rest), check=True, capture_output=True)
    same = best.read_bytes() == whole.read_bytes()
    drafts = [path.name for path in chosen.output.iterdir() if path.name.startswith(".")]
    print(f"{kills} kills: same result {same}, torn tables {torn}, chunks done twice {twice}, orphans {left}")
    print(f"drafts left beside the table: {drafts}")
    facts = {"kills": kills, "runs": times, "torn": torn, "done_twice": twice, "orphans": left, "same": same}
    write_record(
        chosen.record, dataset=f"{chosen.rows:,} generated formulas", model="matbert tiny, from scratch",
        metric="results that differ after kill -9 of screen", unit="", value=float(torn + (not same)),
        seconds=seconds, n_failed=0, command=shlex.join(["python", *sys.argv]), **facts,
    )  # fmt: skip
    if not same or torn or twice or left:
        raise SystemExit(1)


def command(model: Path, pool: Path, output: Path, rest: list[object]) -> list[str]:
    """The screening as words."""
    return [*MATPRIOR, *map(str, ["screen", model, pool, "--output", output, *rest])]


def kill_one(
    words: list[str], parts: Path, chunks: int, seconds: float, draw: random.Random
) -> tuple[bool, int]:
    """Start, wait, kill; whether it still ran, and how many of its processes outlived it by five seconds.

    One kill in five comes at any moment of the start, and so do those after the last chunk; the others come
    among the chunks.
    """
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    held = len(stamps(parts))
    if held == chunks or draw.random() < 0.2:
        time.sleep(draw.uniform(0, 1.5 * seconds if held == chunks else 8))
    else:
        wanted = min(held + draw.randint(1, 40), chunks)
        while process.poll() is None and len(stamps(parts)) < wanted:
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 0.3))
    if process.poll() is not None:
        return False, 0
    others = [pid for pid in family(process.pid) if pid != process.pid]
    process.send_signal(signal.SIGKILL)
    process.wait()
    for _ in range(50):
        if not any(map(alive, others)):
            return True, 0
        time.sleep(0.1)
    return True, sum(map(alive, others))


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def stamps(folder: Path) -> dict[str, int]:
    """When each finished chunk was written."""
    found = {}
    for path in folder.glob("0*.json"):
        with suppress(FileNotFoundError):  # the folder is being removed
            found[path.name] = path.stat().st_mtime_ns
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--chunk", type=int, default=500)
    parser.add_argument("--output", type=Path, default=Path("runs/kill_screen"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, default=None)
    return parser


if __name__ == "__main__":
    main()
