"""What `auto` chose, for the terminal."""

from __future__ import annotations

from typing import Any


def show_choice(estimator: Any) -> None:
    """Print the table of candidates and the sentences about it; nothing for a single network."""
    from matprior.cli.console import say, show_table

    if not hasattr(estimator, "choice_"):
        return
    table = estimator.choice_
    target = estimator.target_names_[0]
    unit = estimator.task_["units"].get(target, "")
    head = [f"{name} ({unit})" if name == "MAE" and unit else str(name).replace("_", " ") for name in table]
    rows = [[_cell(name, value) for name, value in line.items()] for line in table.to_dict("records")]
    show_table("Out-of-fold error and weight in the mix", head, rows)
    say(*estimator.story_)


def _cell(name: Any, value: Any) -> str:
    if name == "weight":
        return f"{100 * value:.0f} %" if value else "-"
    if name == "seconds":
        return f"{value:.1f}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
