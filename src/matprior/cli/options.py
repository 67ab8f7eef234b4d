"""Options that several verbs share, said once, and the way from them to a table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from matprior.data.task import Task

Data = Annotated[str, typer.Argument(help="Table (CSV, TSV, Excel, Parquet) or the name of a data set.")]
Targets = Annotated[list[str], typer.Option("--target", help="Column to learn; may be given several times.")]
Strings = Annotated[
    str | None,
    typer.Option(help="Column of formulas, SMILES or SELFIES. Found by looking when left out."),
]
Kind = Annotated[
    str | None, typer.Option(help="regression, binary or multiclass. Seen from the values when left out.")
]
Amounts = Annotated[str, typer.Option("--amounts", help="What numbers in formulas count: atoms, wt% or at%.")]
Strategy = Annotated[
    str,
    typer.Option(
        help="What of the model moves: full, partial (top layers), lora (low-rank updates; needs peft), "
        "prompts (vectors beside a frozen encoder), extract (nothing; a linear head is solved) or auto "
        "(tries several models and mixes the best)."
    ),
]
StrategyOrUsual = Annotated[
    str | None,
    typer.Option(
        help="What is fitted: auto (tries several models and mixes the best), or one network of which there "
        "move full (everything), partial (top layers), lora (low-rank updates; needs peft), prompts (vectors "
        "beside a frozen encoder) or extract (nothing; a linear head is solved). Left out: auto for at most "
        "four minutes, or full where something is asked for that only one network knows."
    ),
]
MINUTES = 4.0
"""Budget of `auto` where nobody asked for it: 4,600 rows are then done in five minutes on two cores."""
Head = Annotated[
    str | None,
    typer.Option(
        help="What is predicted for a number: point, gaussian (with a spread), quantile, or two_part (for "
        "targets of which many share one value, such as a gap of 0)."
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        help="What is kept away to judge the model by: rows (at random, the default) or families (whole "
        "chemical systems or scaffolds; then error bars are those of new chemistry)."
    ),
]
Transform = Annotated[str | None, typer.Option(help="Scale a number is learned on: none, log10 or quantile.")]
Bounds = Annotated[
    str | None,
    typer.Option(help="No answer lies outside: positive, fraction, or LOW,HIGH (either may be empty)."),
]
Extra = Annotated[
    list[str] | None,
    typer.Option("--extra", help="Further column the answer depends on, such as a temperature; repeatable."),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Training option as key=value, such as epochs=20, dropout=0.2 or pooling=mean; an option of "
        "the strategy or head, such as strategy.layers=1; or head, loss, transform, bounds, class_weight.",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        help="What runs the network: torch; onnx, in a folder of matprior export; onnx-fp32 or onnx-int8 "
        "to choose the precision; of screen also ray (PyTorch on a Ray cluster, see --address)."
    ),
]
Seed = Annotated[int, typer.Option(help="Same seed, same numbers.")]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first bad row instead of listing it.")]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data-folder", help="Folder that serves data sets offline (or MATPRIOR_DATA)."),
]


def find_data(data: str, folder: Path | None = None) -> Path:
    """Path of a table: a file as it is, otherwise a data set of the catalog."""
    path = Path(data)
    if path.exists() or path.suffix:
        return path
    from matprior.data.catalog import get

    return get(data, folder)


def make_task(
    targets: list[str], strings: str | None, kind: str | None, amounts: str, extra: list[str] | None = None
) -> Task:
    """The task the options describe."""
    from matprior.data import Task

    return Task(strings=strings, targets=targets, kind=kind, amount_unit=amounts, extra=extra or [])


OF_ESTIMATOR = ("head", "loss", "transform", "bounds", "class_weight", "held_out")
"""Settings that belong to the estimator, not to its training."""


def training_options(settings: list[str] | None) -> dict[str, Any] | None:
    """`["epochs=20"]` as `{"epochs": 20}`.

    Raises
    ------
    ValueError
        No equals sign in a setting, or nothing readable behind it.
    """
    found = _settings(settings)
    return {k: v for k, v in found.items() if "." not in k and k not in OF_ESTIMATOR} or None


def strategy_choice(name: str, settings: list[str] | None) -> str | dict[str, dict[str, Any]]:
    """`"partial"` and `["strategy.layers=1"]` as `{"partial": {"layers": 1}}`; without such options the name.

    Raises
    ------
    ValueError
        A setting with a dot that is neither an option of the strategy nor of the head.
    """
    options = _owned(settings)["strategy"]
    return {name: options} if options else name


def estimator_options(settings: list[str] | None, **given: str | None) -> dict[str, Any]:
    """Head, loss, transform, bounds and class weights as arguments of an estimator, where they are said.

    Parameters
    ----------
    settings : as in `--set`
    given : values of options of their own, which win; None where not given

    Examples
    --------
    >>> estimator_options(["head=two_part", "head.soft=true"], bounds="0,")
    {'head': {'two_part': {'soft': True}}, 'bounds': (0.0, None)}
    """
    found = {k: v for k, v in _settings(settings).items() if k in OF_ESTIMATOR}
    found |= {name: value for name, value in given.items() if value is not None}
    if options := _owned(settings)["head"]:
        found["head"] = {found.get("head", "point"): options}
    if isinstance(found.get("bounds"), str) and "," in found["bounds"]:
        ends = [end.strip() for end in found["bounds"].split(",")]
        try:
            found["bounds"] = tuple(float(end) if end else None for end in ends)
        except ValueError:
            raise ValueError(
                f"bounds {found['bounds']!r} are not understood. Write LOW,HIGH such as 0,100; "
                "an end may be empty."
            ) from None
    return found


def _owned(settings: list[str] | None) -> dict[str, dict[str, Any]]:
    """Settings with a dot, by what stands before it."""
    options: dict[str, dict[str, Any]] = {"strategy": {}, "head": {}}
    for key, value in _settings(settings).items():
        owner, dot, option = key.partition(".")
        if dot and owner not in options:
            raise ValueError(f"--set {key!r} is not understood. Write strategy.{option}=value, or key=value.")
        if dot:
            options[owner][option] = value
    return options


def strategy_with_budget(
    name: str, settings: list[str] | None, members: int | None, budget: float | None
) -> str | dict[str, dict[str, Any]]:
    """As `strategy_choice`, with what only `auto` knows.

    Raises
    ------
    ValueError
        A budget or members for a strategy that has none.
    """
    chosen = strategy_choice(name, settings)
    if name == "auto":
        given = chosen["auto"] if isinstance(chosen, dict) else {}
        asked = {"members": members, "budget": budget}
        return {"auto": {key: value for key, value in asked.items() if value is not None} | given}
    for option, value in (("--budget", budget), ("--members", members)):
        if value is not None:
            raise ValueError(
                f"{option} is for --strategy auto; strategy {name!r} is one network. Leave it out."
            )
    return chosen


def usual_strategy(
    asked: Iterable[str], n_targets: int, budget: float | None = None
) -> tuple[str, float | None, str]:
    """What `fit` does where no strategy is named: `auto` within `MINUTES`, or `full` if one network must do.

    Parameters
    ----------
    asked : names of what was asked for beside the table, as arguments of an estimator
    budget : minutes that were asked for in place of the usual ones

    Returns
    -------
    Strategy, budget in minutes, and a sentence that says so.
    """
    from matprior.estimators.choice import only_networks_know

    reasons = only_networks_know(asked)
    if n_targets > 1:
        reasons = ["several targets", *reasons]
    if reasons:
        why = f"Strategy full, one network: auto does not know {', '.join(reasons)} yet."
        return "full", budget, why
    minutes = MINUTES if budget is None else budget
    last = f"{minutes:g} minute{'' if minutes == 1 else 's'}"
    said = f"Strategy auto; it begins nothing new after {last} (change that with --budget)."
    return "auto", minutes, said


def _settings(settings: list[str] | None) -> dict[str, Any]:
    from matprior.data.recipe import read_value

    found = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(
                f"--set {setting!r} is not understood. Write key=value, such as --set epochs=20."
            )
        found[name.strip()] = read_value(value, f"--set {setting}")
    return found


def check_choices(
    model: str | None, strategy: str | dict[str, dict[str, Any]], settings: list[str] | None
) -> None:
    """Refuse a model, strategy or training option that does not exist, before a table is read."""
    from matprior.estimators.base import training_for
    from matprior.estimators.choice import auto_options
    from matprior.models.zoo import find

    if model not in (None, "none"):
        find(str(model))
    auto_options(strategy)
    training_for(1, training_options(settings))
