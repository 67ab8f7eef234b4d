"""Coverage-guided fuzzing of everything that reads what strangers wrote.

It needs atheris: `pip install "matprior[fuzz]"`.

    python benchmarks/fuzz.py formula --runs 1000000 --record docs/results/fuzzing.json

The search itself is libFuzzer's, by way of atheris, in a process of its own: a hang or a crash of compiled
code ends that process alone and is told. Errors that are no refusal are collected by the line that raised
them, each with its shortest input, and the search goes on.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shlex
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

NAMES = ("formula", "smiles", "selfies", "cells", "table", "recipe", "folder", "network")
"""Keys of `fuzz_targets.TARGETS`."""
LONGEST = 512
"""Bytes of the longest input."""
SLOWEST = 20
"""Seconds after which one execution counts as hung."""


def main() -> None:
    """Search in another process, and tell what it found."""
    chosen = _parser().parse_args()
    # The package is imported inside the functions alone: what was loaded before the search began would not
    # be instrumented, and could not guide it.
    chosen.output = chosen.output or Path("runs/fuzz") / chosen.target
    if chosen.inside:
        search(chosen.target, chosen.output, chosen.runs, chosen.seconds, chosen.seed)
        return
    chosen.output.mkdir(parents=True, exist_ok=True)
    findings = chosen.output / "findings.json"
    findings.unlink(missing_ok=True)
    log = chosen.output / "search.log"
    start = time.perf_counter()
    with open(log, "w", encoding="utf-8") as stream:
        ended = subprocess.run(
            [sys.executable, *sys.argv, "--inside"], stdout=stream, stderr=stream
        ).returncode
    seconds = time.perf_counter() - start
    told = log.read_text(encoding="utf-8", errors="replace")
    found = json.loads(findings.read_text(encoding="utf-8")) if findings.exists() else {}
    runs = [int(n) for n in re.findall(r"^(?:stat::number_of_executed_units:|#)\s*(\d+)", told, re.M)]
    branches = [int(n) for n in re.findall(r"cov: (\d+)", told)]
    n, covered = max(runs, default=0), max(branches, default=0)
    print(f"{chosen.target}: {n:,} executions in {seconds:.0f} s, {covered} branches, {len(found)} findings")
    for where, one in found.items():
        print(f"  {where}: {one['error']}\n    {bytes.fromhex(one['input'])!r}")
    if ended:
        print(f"  the search ended with {ended}; see {log} and the inputs in {chosen.output}")
    from generated import write_record

    write_record(
        chosen.record, dataset=f"hostile input: {chosen.target}", model="", target="", unit="",
        metric="crashes, hangs and losses found by fuzzing", value=float(len(found) + bool(ended)),
        executions=n, asked=chosen.runs, seeds=[chosen.seed], branches=covered, seconds=seconds, n_failed=0,
        engine="atheris", command=shlex.join(["python", *sys.argv]),
    )  # fmt: skip
    if found or ended:
        raise SystemExit(1)


def search(name: str, output: Path, runs: int, seconds: int, seed: int) -> None:
    """Fuzz one target in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["matprior"]):
        from fuzz_targets import TARGETS

        target = TARGETS[name]
        for module in target.modules:
            importlib.import_module(module)
    corpus, words = output / "corpus", output / "words.txt"
    corpus.mkdir(parents=True, exist_ok=True)
    for place, start in enumerate(target.seeds):
        (corpus / f"seed{place}").write_bytes(_bytes(start))
    lines = ["".join(f"\\x{byte:02x}" for byte in _bytes(word)) for word in target.words]
    words.write_text("".join(f'"{line}"\n' for line in lines), encoding="ascii")
    atheris.Setup(
        [
            sys.argv[0], f"-runs={runs}", f"-max_total_time={seconds}", f"-max_len={LONGEST}",
            f"-seed={seed}", f"-timeout={SLOWEST}", "-rss_limit_mb=4096", "-print_final_stats=1",
            f"-dict={words}",
            f"-artifact_prefix={output}/", str(corpus),
        ],
        collected(target.function, output / "findings.json"),
    )  # fmt: skip
    atheris.Fuzz()


def collected(function: Callable[[bytes], None], file: Path) -> Callable[[bytes], None]:
    """The same function, its errors written to a file instead of ending the search."""
    from matprior.data.files import write_atomically

    found: dict[str, dict[str, str]] = {}

    def once(data: bytes) -> None:
        try:
            function(data)
        except Exception as error:
            last = [
                line
                for line in traceback.extract_tb(error.__traceback__)
                if "site-packages" not in line.filename
            ][-1]
            where = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
            if where in found and len(found[where]["input"]) <= 2 * len(data):
                return
            found[where] = {"error": str(error)[:300], "input": data.hex()}
            with write_atomically(file) as draft:
                draft.write_text(json.dumps(found, indent=1), encoding="utf-8")

    return once


def _bytes(text: str) -> bytes:
    """One byte per character where that is possible and needed, else UTF-8."""
    return text.encode("latin-1") if text[:1] in "\x00\x80\xff\x03\x05\x06\x08" and text else text.encode()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=480, help="Stop after this time even with fewer runs.")
    parser.add_argument("--seed", type=int, default=1, help="Another seed, another search.")
    parser.add_argument("--output", type=Path, default=None)
    parser.add_argument("--record", type=Path, default=None)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
