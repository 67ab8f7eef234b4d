"""The card of a pretrained checkpoint: what all kinds say alike, from the facts in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def facts_and_scores(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What `matprior.json` and `scores.json` of a checkpoint hold."""
    facts, scores = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("matprior.json", "scores.json")
    )
    return facts, scores


def write_checkpoint_card(
    folder: Path, facts: dict[str, Any], metrics: list[dict[str, Any]], command: str, what: str, **own: Any
) -> None:
    """Write `README.md` of a checkpoint.

    Parameters
    ----------
    folder : of the checkpoint
    facts : as `matprior.json` holds them
    metrics : lines of the table of scores
    command : that made it
    what : it learned from, in the plural, such as formulas
    own : further entries of the card, or others in place of the usual ones; `kind` among them
    """
    from matprior.data.files import write_atomically
    from matprior.reports.card import model_card

    told = {
        "architecture": facts["architecture"],
        "parameters": f"{facts['parameters']:,}",
        "objective": facts["objectives"],
        "training_data": "\n".join([f"{facts['formulas']:,} distinct {what}.", *facts["notes"]]),
        "license": "apache-2.0",
        "summary": facts["licence"],
        "versions": facts["versions"],
        "seed": facts["seed"],
        "command": command,
        **own,
    }
    with write_atomically(folder / "README.md") as draft:
        draft.write_text(model_card(facts["name"], told, metrics), encoding="utf-8")
