"""What was asked of `matprior compare`, and how the words of its options are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matprior.cli.evaluate import SCAFFOLD


@dataclass(frozen=True)
class Asked:
    """What was asked for: the options of the verb as they were given."""

    data: str
    output: Path
    targets: list[str] | None
    models: str | None
    strategies: str | None
    labels: str
    split: str | None
    folds: int | None
    fold_column: str | None
    seeds: str
    workers: int
    strings: str | None
    kind: str | None
    amounts: str
    settings: list[str] | None
    refuse_leaks: bool | None
    strict: bool
    data_folder: Path | None

    @property
    def splits(self) -> list[str]:
        """Ways to split by name."""
        return words(self.split or "group")

    @property
    def published(self) -> bool:
        """Whether the folds are those that come with the table."""
        return self.fold_column is not None or (
            self.folds is None and self.split is None and _is_set(self.data)
        )

    @property
    def row_by_row(self) -> bool:
        """Whether the split is published for rows as they are: merging duplicates would change the rows."""
        return self.published or self.splits == [SCAFFOLD]


def words(text: str | None) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def whole_numbers(text: str, option: str) -> list[int]:
    """Comma-separated whole numbers of an option."""
    try:
        return [int(word) for word in words(text)]
    except ValueError:
        raise ValueError(f"{option} {text!r} are not whole numbers. Write {option} 0,1,2.") from None


def label_counts(text: str) -> list[int | None]:
    """Numbers of training rows in order; None, the last, is all."""
    numbers = whole_numbers(",".join(word for word in words(text) if word != "all"), "--labels")
    found: list[int | None] = [*sorted(set(numbers))]
    return [*found, None] if "all" in words(text) or not found else found


def _is_set(data: str) -> bool:
    from matprior.data.catalog import catalog

    return not Path(data).suffix and data in catalog()


def targets_of(data: str) -> list[str]:
    """Columns that a data set of the catalog is for."""
    from matprior.data.catalog import catalog

    if _is_set(data) and (targets := catalog()[data].targets) not in ((), ("*",)):
        return list(targets)
    raise ValueError(f"{data} does not say what is to be learned. Name the column with --target.")


def network_options(settings: list[str] | None) -> dict[str, Any]:
    """What --set says, as arguments of the networks."""
    from matprior.cli.options import estimator_options, training_options

    training = training_options(settings)
    return {**({"training": training} if training else {}), **estimator_options(settings)}
