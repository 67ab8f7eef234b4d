"""How much of the machine's matrix-multiply rate a pretraining step uses, and where the rest goes.

    OMP_NUM_THREADS=1 python benchmarks/pretrain_throughput.py corpus.txt.gz --record results.json

Prints a JSON record, and adds it to a results file. Counted are the multiplications the model needs for its
tokens (forward, and twice that backward), padding not among them; they are divided by the time of whole steps
(batch, masks, forward, backward, optimiser) and by the rate of a large square matrix product measured in
turns with the steps. On one thread of a CPU, time is CPU time, which other programs on the machine do not
add to.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch

from matprior.evaluation.records import append_records
from matprior.models.matbert import MatBertConfig, MatBertForPreTraining
from matprior.pretraining.mixture import corruption, weighted_loss
from matprior.pretraining.objectives import MaskedAtoms
from matprior.pretraining.sources import read_formulas
from matprior.tokens.composition import encode_many
from matprior.training.batches import BucketSampler, Rows

SIDE = 1024
"""Rows and columns of the matrices whose product is the yardstick."""


def flops_of(model: MatBertForPreTraining, lengths: torch.Tensor) -> float:
    """Floating-point operations of one step, forward and backward, for strings of these lengths."""
    one_per_string = {"matbert.pooler.0", "properties"}
    tokens, strings = float(lengths.sum()), len(lengths)
    forward = 0.0
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            forward += 2.0 * module.weight.numel() * (strings if name in one_per_string else tokens)
    width, layers = model.config.hidden_size, model.config.num_hidden_layers
    forward += layers * 4.0 * width * float(lengths.double().square().sum())  # queries by keys, and values
    return 3 * forward


class Clock:
    """Seconds per part of a step."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.parts: dict[str, list[float]] = defaultdict(list)
        alone = device.type == "cpu" and torch.get_num_threads() == 1
        self.now: Callable[[], float] = time.process_time if alone else time.perf_counter

    def time(self, part: str, work: Callable[[], Any]) -> Any:
        start = self.now()
        result = work()
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        self.parts[part].append(self.now() - start)
        return result


def measure(path: Path, size: str, batch_size: int, steps: int, limit: int, bf16: bool) -> dict:
    """Train `steps` steps and say how fast, beside the product of two matrices."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    strings = [string for string, _ in zip(read_formulas(path), range(limit), strict=False)]
    rows = Rows(encode_many(strings))
    torch.manual_seed(0)
    model = MatBertForPreTraining(
        MatBertConfig.of_size(size, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    ).to(device)
    objectives = {"masked_atoms": MaskedAtoms()}
    change, loss = corruption(objectives, 0), weighted_loss(objectives)
    optimiser = torch.optim.AdamW(model.parameters(), fused=True)
    order = list(BucketSampler(rows.encoded.lengths, batch_size, 0))
    clock, flops, n = Clock(device), [], 0
    square = torch.randn(SIDE, SIDE, device=device, dtype=torch.bfloat16 if bf16 else torch.float32)
    for step in range(min(steps, len(order) // batch_size)):
        clock.time("yardstick", lambda: square @ square)
        picked = order[step * batch_size : (step + 1) * batch_size]
        batch = clock.time("batch and masks", lambda picked=picked: change(rows.__getitems__(picked)))
        batch = {k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in batch.items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            value = clock.time("forward", lambda batch=batch: loss(model, batch))
        clock.time("backward", value.backward)
        clock.time("optimiser", optimiser.step)
        optimiser.zero_grad()
        flops.append(flops_of(model, batch["attention_mask"].sum(1).cpu()))
        n += len(picked)
    return record(clock, flops, n, f"matbert {size}, batch {batch_size}{', bfloat16' if bf16 else ''}", path)


def record(clock: Clock, flops: list[float], n: int, model: str, path: Path) -> dict:
    """The figures as a record; the first tenth of the steps warms up and does not count."""
    skip = max(1, len(flops) // 10) if len(flops) > 1 else 0
    parts = {name: sum(spent[skip:]) for name, spent in clock.parts.items() if name != "yardstick"}
    seconds = sum(parts.values())
    rate = 2 * SIDE**3 / median(clock.parts["yardstick"][skip:])
    threads = torch.get_num_threads()
    return {
        "dataset": path.name,
        "split": f"{threads} thread{'s' if threads > 1 else ''}",
        "model": model,
        "metric": "model FLOP/s over matrix-multiply FLOP/s",
        "value": round(sum(flops[skip:]) / seconds / rate, 3),
        "model_gflops": round(sum(flops[skip:]) / seconds / 1e9, 2),
        "matmul_gflops": round(rate / 1e9, 2),
        "formulas_per_second": round(n * (1 - skip / len(flops)) / seconds),
        "share_of_time": {name: round(spent / seconds, 3) for name, spent in parts.items()},
        "device": torch.cuda.get_device_name() if clock.device.type == "cuda" else platform.machine(),
        "threads": threads,
        "command": shlex.join(["python", "benchmarks/pretrain_throughput.py", path.name, *sys.argv[2:]]),
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy")},
        "date": date.today().isoformat(),
    }


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="formulas: text, CSV or Parquet")
    parser.add_argument("--size", default="small", help="tiny, small or base")
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--limit", type=int, default=40_000, help="read only so many formulas")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16")
    parser.add_argument("--record", type=Path, help="results file to add the record to")
    given = vars(parser.parse_args())
    path, results = given.pop("corpus"), given.pop("record")
    found = measure(path, **given)
    if results is not None:
        append_records(results, [found])
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
