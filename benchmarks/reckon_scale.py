"""Time and money for a billion molecules, reckoned from what one core needs for some hundred.

    python benchmarks/reckon_scale.py --record docs/results/scaling.json --page docs/scaling.md

Measured, in CPU time of one thread: reading and canonicalising SMILES, tokens, the network forward, and a
training step. Everything on the page but these four rates is arithmetic, with the assumptions named: how
much of its peak a GPU reaches, what an hour costs, and that machines do not wait for each other.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generated import write_record

MOLECULES = 10**9
MACHINES = {"1 core": 1, "1 machine of 64 cores": 64, "16 machines of 64 cores": 1_024}
GPUS = (1, 8, 100)
GPU_PEAK = 300e12
"""Multiplications and additions a second in bfloat16, of a data-centre GPU of 2022."""
GPU_SHARE = 0.03
"""Of the peak, that small networks on short strings may reach. Assumed; nobody has measured it here."""
BATCH = 64
"""Molecules per pass: of some hundred, sorted by length, more would be mostly padding."""
CORE_HOUR, GPU_HOUR = 0.04, 2.5
"""US dollars, rented."""
EPOCHS = 3
"""Passes of a pretraining, as in recipes/molbert-small.yaml."""
BEGIN, END = "<!-- reckoned: begin -->", "<!-- reckoned: end -->"
PARTS = ("canonical", "tokens", "forward", "step")
NAMES = ("read and canonicalise", "tokens", "network, forward", "training step, forward and backward")


def main() -> None:
    """Measure where there is no record, then write the tables."""
    chosen = _parser().parse_args()
    rates = recorded(chosen.record)
    if chosen.measure or not rates:
        rates = measure(chosen)
    text = tables(rates)
    print(text)
    if chosen.page is not None:
        page = chosen.page.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        chosen.page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def recorded(path: Path | None) -> dict[str, float]:
    """Rates of an earlier measurement."""
    if path is None or not path.exists():
        return {}
    found = {one["part"]: one for one in json.loads(path.read_text(encoding="utf-8")) if "part" in one}
    if set(found) != set(PARTS):
        return {}
    return {part: found[part]["value"] for part in PARTS} | {"flops": found["forward"]["flops"]}


def measure(chosen: argparse.Namespace) -> dict[str, float]:
    """Molecules per second of CPU time in each part."""
    import torch

    from matprior.data.catalog import load
    from matprior.estimators.features import Pretrained
    from matprior.models.zoo import find
    from matprior.notations import NOTATIONS
    from matprior.training.loop import answers

    torch.set_num_threads(1)
    given = load("esol", chosen.data_folder)["smiles"].astype(str).tolist()[: chosen.n]
    opened = Pretrained.open(find(chosen.model))
    told: dict[str, float] = {}
    strings, told["canonical"] = timed(lambda: [NOTATIONS["smiles"].canonical(s) for s in given], len(given))
    opened.vectors(opened.encode(strings[:BATCH]))  # the first pass prepares
    rows, told["tokens"] = timed(lambda: opened.encode(strings), len(strings))
    network = opened.network
    _, told["forward"] = timed(
        lambda: answers(network, rows, lambda out: out.property_logits, batch_size=BATCH), len(strings)
    )
    _, told["step"] = timed(lambda: steps(network, rows), len(strings))
    told["flops"] = flops(network, float(rows.lengths.mean()))
    what = dict(
        zip(PARTS, ("read and canonicalise", "tokens", "network, forward", "training step"), strict=True)
    )
    for part, name in what.items():
        write_record(
            chosen.record, dataset="esol", model=chosen.model, target="", part=part, unit="1/s",
            metric=f"molecules per second of CPU time, one thread: {name}", value=told[part],
            seconds=len(strings) / told[part], n_failed=0, n=len(strings), flops=told["flops"],
            command=shlex.join(["python", *sys.argv]),
        )  # fmt: skip
    return told


def timed(work: Callable[[], Any], n: int) -> tuple[Any, float]:
    """What a piece of work gives, and how many of `n` it does in a second of CPU time."""
    start = time.process_time()
    result = work()
    return result, n / (time.process_time() - start)


def steps(network: Any, rows: Any) -> None:
    """Forward and backward over all rows, in batches of like length."""
    import numpy as np

    from matprior.training.batches import as_tensors

    network.train()
    order = np.argsort(rows.lengths, kind="stable")
    for start in range(0, len(order), BATCH):
        out = network(**as_tensors(rows, order[start : start + BATCH]))
        (out.logits.square().mean() + out.property_logits.square().mean()).backward()
        network.zero_grad()
    network.eval()


def flops(network: Any, length: float) -> float:
    """Operations of a forward pass over one molecule of this many tokens."""
    weights = sum(
        p.numel() for name, p in network.named_parameters() if "embedding" not in name and p.dim() == 2
    )
    return 2.0 * weights * length


def tables(rates: dict[str, float]) -> str:
    """The page's tables."""
    one = {part: 1 / rates[part] for part in PARTS}
    answer, read = one["canonical"] + one["tokens"] + one["forward"], one["canonical"] + one["tokens"]
    on_gpu = rates["flops"] / (GPU_PEAK * GPU_SHARE)
    lines = ["Measured on one thread, in CPU time:", "", "| part | molecules per second |", "|---|---|"]
    lines += [f"| {name} | {rates[part]:,.0f} |" for name, part in zip(NAMES, PARTS, strict=True)]
    lines += ["", f"Screening {MOLECULES:,} molecules on cores alone:", "",
              "| on | time | core-hours | US dollars |", "|---|---|---|---|"]  # fmt: skip
    hours = MOLECULES * answer / 3600
    for name, cores in MACHINES.items():
        lines.append(f"| {name} | {duration(hours / cores)} | {hours:,.0f} | {hours * CORE_HOUR:,.0f} |")
    lines += ["", "With GPUs for the network, cores for reading; the slower of the two decides:", "",
              "| GPUs | network | reading, 16 cores a GPU | US dollars |", "|---|---|---|---|"]  # fmt: skip
    for n in GPUS:
        network, reading = MOLECULES * on_gpu / n / 3600, MOLECULES * read / (16 * n) / 3600
        cost = max(network, reading) * n * (GPU_HOUR + 16 * CORE_HOUR)
        lines.append(f"| {n} | {duration(network)} | {duration(reading)} | {cost:,.0f} |")
    lines += ["", f"Pretraining on {MOLECULES:,} molecules, {EPOCHS} passes:", "",
              "| on | time | US dollars |", "|---|---|---|"]  # fmt: skip
    core = MOLECULES * EPOCHS * one["step"] / 3600
    lines.append(f"| 1,024 cores | {duration(core / 1024)} | {core * CORE_HOUR:,.0f} |")
    for n in GPUS:
        gpu = MOLECULES * EPOCHS * 3 * on_gpu / n / 3600
        lines.append(f"| {n} GPU{'s' if n > 1 else ''} | {duration(gpu)} | {gpu * n * GPU_HOUR:,.0f} |")
    return "\n".join(lines)


def duration(hours: float) -> str:
    """Hours as people say them."""
    if hours >= 48:
        return f"{hours / 24:,.0f} days"
    if hours < 1 / 30:
        return f"{hours * 3600:.0f} s"
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.0f} min"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="molbert-small")
    parser.add_argument("--n", type=int, default=1_000)
    parser.add_argument("--measure", action="store_true", help="Measure anew even if there is a record.")
    parser.add_argument("--data-folder", type=Path, default=None)
    parser.add_argument("--record", type=Path, default=None)
    parser.add_argument("--page", type=Path, default=None, help="Markdown page with the two marks.")
    return parser


if __name__ == "__main__":
    main()
