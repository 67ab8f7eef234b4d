"""`matprior fewshot`: a handful of labelled rows in, a labelled table out, in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matprior.cli.options import DataFolder, Seed, Strings

if TYPE_CHECKING:
    import pandas as pd

    from matprior.data.table import Table
    from matprior.estimators.prototypes import PrototypeClassifier
    from matprior.fewshot.quality import SupportQuality

Label = Annotated[str, typer.Option("--label", help="Column with the classes of the support rows.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Checkpoint whose vectors are used, by name or folder; none for classical features alone. Left "
        "out, the small one of the notation.",
    ),
]
Metric = Annotated[str, typer.Option(help="Distance to a prototype: mahalanobis, euclidean or cosine.")]
Blocks = Annotated[
    str, typer.Option("--features", help="What is compared: embeddings, classical features or both.")
]
Augment = Annotated[
    int, typer.Option(help="Further support rows made of each: other spellings, small changes of amounts.")
]
Ranges = Annotated[
    int | None, typer.Option(help="Part a column of numbers into so many ranges of equal size.")
]


def fewshot(
    support: Annotated[str, typer.Argument(help="Table with the labelled rows; two classes or more.")],
    query: Annotated[str, typer.Argument(help="Table or text file with the strings to label.")],
    label: Label,
    output: Annotated[
        Path | None, typer.Option(help="Folder for labelled.csv, report.html and the classifier.")
    ] = None,
    model: Model = None,
    metric: Metric = "mahalanobis",
    features: Blocks = "both",
    augment: Augment = 0,
    ranges: Ranges = None,
    strings: Strings = None,
    seed: Seed = 0,
    data_folder: DataFolder = None,
) -> None:
    """Label a table from ten or so labelled rows; every input column and row is kept."""
    from matprior.cli.console import say, show_table
    from matprior.cli.options import find_data
    from matprior.cli.telling import tell
    from matprior.data import Task, read_strings
    from matprior.fewshot.quality import support_quality

    known = read_support(support, label, strings, ranges, data_folder)
    few = fitted(known, label, model, metric, features, augment, seed)
    asked = read_strings(find_data(query, data_folder), Task(strings=strings, notation=few.notation_))
    tell(asked, output)
    if len(asked) == 0:
        raise ValueError(f"No row of {query} holds a string that can be read.")
    answers = answer(few, list(asked.strings))
    quality = support_quality(
        few.embed(few.support_), few.support_codes_, few.embed(list(asked.strings)), seed=seed
    )
    say(quality.verdict)
    told = score(asked, label, answers["prediction"])
    if told:
        say(told)
    shown = answers.assign(string=list(asked.strings))[["string", "prediction", "probability", "like"]]
    head = shown.head(10).assign(probability=[f"{p:.2f}" for p in shown["probability"].head(10)])
    show_table(
        f"First {len(head)} of {len(answers):,} rows", [str(name) for name in head], head.values.tolist()
    )
    if output is not None:
        write(output, few, asked, answers, quality, label)


def read_support(
    support: str, label: str, strings: str | None, ranges: int | None, folder: Path | None
) -> Table:
    """The labelled rows, with numbers parted into ranges where asked for.

    Raises
    ------
    ValueError
        The label column holds numbers and no ranges were asked for.
    """
    from matprior.cli.console import say
    from matprior.cli.options import find_data
    from matprior.data import Task, read_table
    from matprior.data.episode_labels import quantile_classes

    table = read_table(find_data(support, folder), Task(strings=strings, targets=[label]))
    say(*table.notes)
    if ranges is not None:
        if table.task.kind != "regression":
            raise ValueError(f"--ranges is for numbers, and {label!r} holds classes. Leave it out.")
        table.frame[label] = quantile_classes(table.frame[label].tolist(), ranges)
    elif table.task.kind == "regression":
        raise ValueError(
            f"The column {label!r} holds numbers, and few-shot labels are classes. Part them with --ranges 2 "
            "(low and high), or name a column of classes."
        )
    return table


def fitted(
    known: Table, label: str, model: str | None, metric: str, features: str, augment: int, seed: int
) -> PrototypeClassifier:
    """A classifier that learned from the support table."""
    from matprior.estimators.encoding import CHECKPOINTS
    from matprior.estimators.prototypes import PrototypeClassifier

    notation = known.task.notation or "composition"
    named: str | None = CHECKPOINTS.get(notation) if model is None else model
    if model == "none":
        named, features = None, "classical"
    few = PrototypeClassifier(
        named, metric=metric, features=features, augment=augment, notation=notation, seed=seed
    )
    return few.fit(list(known.strings), known.frame[label].tolist())


def answer(few: PrototypeClassifier, strings: list[str]) -> pd.DataFrame:
    """Prediction, its probability, that of each class, and what each string is near to."""
    import pandas as pd

    probabilities = few.predict_proba(strings)
    told: dict[str, Any] = {
        "prediction": few.classes_[probabilities.argmax(1)],
        "probability": probabilities.max(1),
    }
    told |= {f"p_{name}": column for name, column in zip(few.classes_.tolist(), probabilities.T, strict=True)}
    return pd.DataFrame(told).join(few.nearest(strings, 2))


def score(asked: Table, label: str, predictions: pd.Series) -> str:
    """How often a label column of the query table itself agrees, if it has one; else nothing."""
    if label not in asked.frame:
        return ""
    from matprior.data.episode_labels import known_codes

    pairs = [
        (str(truth).strip(), told)
        for truth, told in zip(asked.frame[label].tolist(), predictions.tolist(), strict=True)
        if str(truth).strip() not in ("", "nan")
    ]
    if not pairs:
        return ""
    _, codes = known_codes([one for pair in pairs for one in pair])
    right = sum(int(a == b) for a, b in zip(codes[::2], codes[1::2], strict=True))
    return f"{len(pairs):,} query rows have a {label!r} of their own: {right / len(pairs):.1%} agree."


def write(
    output: Path,
    few: PrototypeClassifier,
    asked: Table,
    answers: pd.DataFrame,
    quality: SupportQuality,
    label: str,
) -> None:
    """The labelled table, the page and the classifier."""
    from matprior.cli.console import command, say
    from matprior.data.writing import write_table
    from matprior.reports.fewshot_page import fewshot_blocks
    from matprior.reports.html import write_page

    answers = answers.set_axis(asked.row, axis=0)
    frame = asked.original
    clashes = {name: f"{name}_input" for name in answers.columns if name in frame}
    write_table(frame.rename(columns=clashes).join(answers), output / "labelled.csv")
    few.save(output / "classifier")
    blocks = fewshot_blocks(few, list(asked.strings), answers.reset_index(drop=True), quality)
    subtitle = f"{len(few.support_)} labelled rows · {len(few.classes_)} classes · {len(answers):,} answered"
    facts = [("model", str(few.model)), ("metric", few.metric), ("features", few.features),
             ("temperature", f"{few.temperature_:.3g}")]  # fmt: skip
    page = write_page(output, f"Few-shot: {label}", subtitle, blocks, facts, command())
    say(f"Labels: {output / 'labelled.csv'}. Report: {page}. Classifier: {output / 'classifier'}.")
