"""Predicting 100,000 formulas: this package against matminer's Magpie features and a random forest.

Both sides run from file to file as whole processes on the same machine, one after the other, the
peer in an environment of its own (matminer is no dependency of ours):

    python benchmarks/predict_speed.py --peer-python PEER_ENV/bin/python --record docs/results/foundation.json

The peer predicts a sample and is scaled up, because the whole would take minutes; both start-up
times are kept out of the scaling by running the peer on two sample sizes.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

PEER = """
import sys, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from matminer.featurizers.composition import ElementProperty
from pymatgen.core import Composition
from sklearn.ensemble import RandomForestRegressor
train, ask, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
featurizer = ElementProperty.from_preset("magpie", impute_nan=True)
featurizer.set_n_jobs(jobs)
def features(path):
    frame = pd.read_csv(path, keep_default_na=False)
    frame["composition"] = [Composition(text) for text in frame["formula"]]
    found = featurizer.featurize_dataframe(frame, "composition", pbar=False, ignore_errors=True)
    return found.filter(like="Magpie").fillna(0)
table = pd.read_csv(train, keep_default_na=False)
forest = RandomForestRegressor(300, n_jobs=jobs).fit(features(train), table["target"])
import time
start = time.perf_counter()
forest.predict(features(ask))
print(time.perf_counter() - start)
"""
"""Prints the seconds of featurising and predicting alone: fitting and imports are not counted against it."""


def main() -> None:
    """Time both and write a record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--peer-python", required=True, help="Python of an environment with matminer")
    options.add_argument("--data-folder", default=None, help="folder with compositions/corpus.txt.gz")
    options.add_argument("--n", type=int, default=100_000)
    options.add_argument("--peer-n", type=int, default=2_000)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--record", type=Path, default=None)
    chosen = options.parse_args()
    from matprior.data.folder import local_folder

    folder = local_folder(chosen.data_folder)
    assert folder is not None, "Set MATPRIOR_DATA or --data-folder."
    with tempfile.TemporaryDirectory() as scratch:
        ours, peer = measure(Path(scratch), folder, chosen)
    ratio = peer / ours
    print(f"ours {ours:.1f} s, peer {peer:.1f} s for {chosen.n:,} formulas: {ratio:.1f} times faster")
    if chosen.record is not None:
        write(chosen, ours, peer)


def measure(scratch: Path, folder: Path, chosen: argparse.Namespace) -> tuple[float, float]:
    """Median seconds of ours (whole process) and of the peer (features and forest alone)."""
    with gzip.open(folder / "compositions/corpus.txt.gz", "rt") as lines:
        corpus = [line.strip() for line in lines]
    step = max(1, len(corpus) // chosen.n)
    ask = corpus[::step][: chosen.n]
    (scratch / "ask.csv").write_text("formula\n" + "\n".join(ask) + "\n")
    (scratch / "part.csv").write_text("formula\n" + "\n".join(ask[:: chosen.n // chosen.peer_n]) + "\n")
    gaps = (folder / "compositions/matbench/expt_gap.csv").read_text().splitlines()[1:1001]
    rows = [line.split(",")[:2] for line in gaps]
    (scratch / "train.csv").write_text("formula,target\n" + "\n".join(",".join(row) for row in rows) + "\n")
    model = scratch / "model"
    matprior = [sys.executable, "-m", "matprior"]
    fit = [
        *matprior,
        "fit",
        scratch / "train.csv",
        "--target",
        "target",
        "--strategy",
        "full",
        "--set",
        "epochs=2",
        "--output",
        model,
    ]
    subprocess.run(fit, check=True, capture_output=True)
    ours, peer = [], []
    for _ in range(chosen.repeats):  # in turn, so that a drift of the machine's speed hits both
        start = time.perf_counter()
        predict = [*matprior, "predict", model, scratch / "ask.csv", "--output", scratch / "out.csv"]
        subprocess.run(predict, check=True, capture_output=True)
        ours.append(time.perf_counter() - start)
        told = peer_seconds(chosen.peer_python, scratch / "train.csv", scratch / "part.csv")
        peer.append(told * chosen.n / chosen.peer_n)
        print(f"ours {ours[-1]:.1f} s, peer {peer[-1]:.1f} s (scaled)", flush=True)
    return statistics.median(ours), statistics.median(peer)


def peer_seconds(python: str, train: Path, ask: Path) -> float:
    """Seconds in which the peer answers a table of formulas, on two processes."""
    words = [python, "-c", PEER, str(train), str(ask), "2"]
    told = subprocess.run(words, check=True, capture_output=True, text=True)
    return float(told.stdout.strip().splitlines()[-1])


def write(chosen: argparse.Namespace, ours: float, peer: float) -> None:
    """One record with both sides."""
    from matprior.evaluation.records import append_records, peak_rss_mb, versions

    common = {"dataset": "corpus", "split": "", "target": "", "n_train": 1000, "unit": "s", "seeds": [0]}
    record = {
        **common,
        "model": "matbert-small",
        "strategy": "full",
        "checkpoint": "matbert-small",
        "metric": f"seconds to predict {chosen.n:,} formulas, file to file",
        "value": ours,
        "std": None,
        "folds": [],
        "seconds": ours,
        "peak_rss_mb": peak_rss_mb(),
        "ratio_to": "matminer Magpie + RandomForest(300), 2 processes, without imports and fitting",
        "ratio": peer / ours,
        "command": "python benchmarks/predict_speed.py --peer-python PEER_ENV/bin/python",
        "data_sha256": None,
        "versions": versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    append_records(chosen.record, [record])


if __name__ == "__main__":
    main()
