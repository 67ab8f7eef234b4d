"""Write docs/results.md from docs/results/*.json alone: every measured number with its command.

python benchmarks/results_page.py            # rewrite the page
python benchmarks/results_page.py --check    # exit code 1 if it is out of date
"""

from __future__ import annotations

import argparse
import sys

from readme_results import REPOSITORY, RESULTS, Record, other_table, records_of, score_table

from matprior.data.files import write_atomically
from matprior.evaluation.metrics import METRICS

PAGE = REPOSITORY / "docs" / "results.md"
TITLES = {
    "foundation": "First comparisons and speed",
    "matbench": "Matbench",
    "crabnet": "CrabNet's splits",
    "pretraining": "What pretraining learned",
    "label_efficiency": "Labels saved",
    "open": "The checkpoint for use: it has read computed properties of tested formulas",
    "held_out": "Whole chemical systems held out, `held_out=families`",
    "moleculenet": "Molecules",
    "tokens": "Tokens",
    "fewshot": "Few labels",
    "domains": "Domains",
    "generation": "Generation",
    "screening": "Screening and export",
    "scaling": "Rates that scaling is reckoned from",
    "serving": "Serving",
    "faults": "Killed at random moments",
    "fuzzing": "Hostile input",
    "explaining": "Explanations",
}
"""Results file -> heading; a file that is not named here comes last, under its own name."""
SCORES = ["data set", "split", "metric"]
OTHERS = ["what", "model", "value", "compared with", "ratio"]


def main() -> int:
    """Rewrite the page, or only say whether it is up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if out of date")
    check = parser.parse_args().check
    text = page()
    stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text
    if stale and not check:
        with write_atomically(PAGE) as draft:
            draft.write_text(text, encoding="utf-8")
    print("out of date" if stale and check else "rewritten" if stale else "up to date")
    return int(check and stale)


def page() -> str:
    """The whole page as Markdown."""
    names = sorted(file.stem for file in RESULTS.glob("*.json"))
    names.sort(key=lambda name: list(TITLES).index(name) if name in TITLES else len(TITLES))
    parts = [
        "# Results",
        "Every number that was measured, the bad ones too, with the commands that give them again. This "
        "page is written by `python benchmarks/results_page.py` from the files in `docs/results/`, which "
        "also hold the folds, seeds, versions and checksums. ± is the standard deviation over folds; the "
        "best of a line is bold.",
    ]
    for name in names:
        records = records_of(name)
        sets = dict.fromkeys(one.get("dataset") for one in records if one["metric"] in METRICS)
        others = [one for one in records if one["metric"] not in METRICS]
        commands = dict.fromkeys(one["command"] for one in records if one.get("command"))
        tables = [
            *(score_table(_of(records, one), SCORES, tuple(METRICS)) for one in sets),
            other_table(others, OTHERS),
        ]
        parts += [
            f"## {TITLES.get(name, name.replace('_', ' '))}",
            *(table.replace("[", "\\[") for table in tables),  # a word such as [OXIDE] is no link
            "Measured by:",
            "\n".join(f"- `{command}`" for command in commands),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _of(records: list[Record], dataset: str | None) -> list[Record]:
    """A table for each data set: else every table had a column for every model."""
    return [one for one in records if one.get("dataset") == dataset and one["metric"] in METRICS]


if __name__ == "__main__":
    sys.exit(main())
