"""What regressor and classifier share: strings in, a fitted plain model out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.exceptions import NotFittedError

from matprior.data.recipe import from_dict
from matprior.estimators.domain import Domain
from matprior.estimators.encoding import encoded, encoded_variants, notation_read, stacked
from matprior.estimators.extra import as_extra, mean_one
from matprior.estimators.tags import StringEstimator
from matprior.estimators.watched import drawn_positions, families, family_positions
from matprior.models.damage import WEIGHTS, check_network, reading
from matprior.models.families import FAMILIES, OF_NOTATION, family_of
from matprior.models.known import known_directions
from matprior.models.zoo import find, quiet
from matprior.notations import NOTATIONS
from matprior.strategies import Labelled, Strategy, TuningOptions, embed, strategy_of
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress, TrainingOptions, seed_everything

FEWEST = 5
"""Fewer labelled rows than this can't be learned from and watched at once."""


def training_for(n: int, changes: dict[str, Any] | TrainingOptions | None) -> TuningOptions:
    """Options that suit `n` training rows, with the user's changes.

    Few rows need small batches and many passes; thousands need neither. About 1,000 steps were as good
    as 2,000 on 1,500 training rows of expt_gap (docs/log.md); no test fold was looked at.
    """
    if isinstance(changes, TuningOptions):
        return changes
    if isinstance(changes, TrainingOptions):
        return TuningOptions(**asdict(changes))
    batch_size = int(2 ** np.clip(round(math.log2(max(n, 1) / 40)), 3, 6))
    epochs = int(np.clip(1000 * batch_size / max(n, 1), 20, 60))
    unknown = set(changes or {}) - {field.name for field in fields(TuningOptions)}
    if unknown:
        known = ", ".join(field.name for field in fields(TuningOptions))
        raise ValueError(f"Unknown training option {sorted(unknown)[0]!r}. Known: {known}.")
    # Checked: a word in place of a number must not surface as a crash in the middle of training.
    chosen = {"epochs": epochs, "batch_size": batch_size, **(changes or {})}
    return from_dict(chosen, TuningOptions, "training")


class MaterialEstimator(StringEstimator):
    """Base of `MaterialRegressor` and `MaterialClassifier`; see there."""

    model_: Any

    def __init__(
        self,
        model: str | Path | None = "matbert-small",
        strategy: str | dict[str, dict[str, Any]] | Strategy = "full",
        training: dict[str, Any] | TrainingOptions | None = None,
        validation: float = 0.1,
        size: str = "small",
        seed: int = 0,
        notation: str | None = None,
        held_out: str = "rows",
    ) -> None:
        self.model = model
        self.strategy = strategy
        self.training = training
        self.validation = validation
        self.size = size
        self.seed = seed
        self.notation = notation
        self.held_out = held_out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def save(self, folder: str | Path) -> Path:
        """Write the fitted model as a Hugging Face folder. Existing files are replaced."""
        self._check_fitted()
        from matprior.estimators.folder import save

        return save(self, folder)

    def embed(self, strings: Any) -> np.ndarray:
        """The encoder's vector of each string, shape (n, d). It knows nothing of extra columns."""
        self._check_fitted()
        return embed(self.model_, self._read(strings))

    @property
    def notation_(self) -> str:
        """What the strings mean: key in `matprior.notations.NOTATIONS`."""
        fitted = getattr(self, "model_", None)
        return notation_read(self.model, self.notation) if fitted is None else fitted.config.notation

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError(
                f"This {type(self).__name__} is not fitted yet. "
                "Call fit(strings, targets) or load(folder) first."
            )

    def _encode(self, strings: Any, extra: Any = None) -> Encoded:
        return self._with_extra(self._read(strings), extra)

    def _read(self, strings: Any) -> Encoded:
        strings = as_strings(strings)
        if not strings:
            example = NOTATIONS[self.notation_].example
            raise ValueError(f"There are 0 strings to predict. Give at least one, like [{example!r}].")
        return encoded(strings, self.model_.config)

    def _spellings(self, strings: Any, extra: Any, variants: int) -> list[Encoded]:
        """The strings as they are, and `variants` further spellings of each, to average over."""
        first = self._encode(strings, extra)
        if not variants:
            return [first]
        others = encoded_variants(as_strings(strings), self.model_.config, variants, self.seed)
        return [first, *(replace(one, extra=first.extra) for one in others)]

    def _with_extra(self, rows: Encoded, extra: Any) -> Encoded:
        """Strings to predict with the extra columns this model was fitted with."""
        names = (self.model_.config.extra_features or {}).get("names")
        if names is None and extra is None:
            return rows
        if names is None:
            raise ValueError("extra was given, but this model was fitted without. Leave it out, or fit anew.")
        if extra is None:
            raise ValueError(
                f"This model was fitted with the extra columns {names}. Give them: extra=table[{names}], "
                "NaN where unknown."
            )
        return replace(rows, extra=as_extra(extra, len(rows), names)[0])

    def _new_model(self, n_outputs: int, problem_type: str, extra: dict[str, Any] | None = None) -> Any:
        """A model with a fresh head: pretrained, or from scratch when `model` is None."""
        options = training_for(1, self.training)  # dropout and pooling do not depend on the number of rows
        settings: dict[str, Any] = {
            "num_labels": n_outputs,
            "problem_type": problem_type,
            "head": None,  # outputs as they are, until a head has been trained
            "extra_features": extra,
        }
        seed_everything(self.seed)
        notation = notation_read(self.model, self.notation)
        if self.model is None:
            family = FAMILIES[OF_NOTATION[notation]]
            settings |= {**family.settings(options.dropout, options.pooling), "notation": notation}
            return family.answering(family.config.of_size(self.size, **settings))
        folder = find(self.model)
        family = family_of(folder)
        settings |= family.settings(options.dropout, options.pooling)
        check_network(folder)
        with warnings.catch_warnings(), quiet(), reading(folder, WEIGHTS):
            warnings.simplefilter("ignore")  # "newly initialised: classifier" is what a new head means
            opened: Any = family.answering.from_pretrained(
                folder,
                dtype=torch.float32,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                **settings,
            )
        model, loaded = opened
        if "classifier.weight" not in loaded["missing_keys"]:
            # A fitted model was given: its head answers in the units of another target.
            torch.nn.init.normal_(model.classifier.weight, std=model.config.initializer_range)
            torch.nn.init.zeros_(model.classifier.bias)
            if model.extra_features is not None:  # of other columns, or of other means
                model.extra_features.reset()
        return model

    def _learn(
        self,
        strings: Any,
        targets: np.ndarray,
        watched: np.ndarray,
        model: Any,
        loss: str,
        progress: Progress | None,
        weights: np.ndarray | None = None,
        extra: np.ndarray | None = None,
    ) -> Encoded:
        """Fit `model` by the strategy; sets `model_` and `history_` and returns all rows encoded."""
        strings = as_strings(strings)
        rows = encoded(strings, model.config)
        rows = rows if extra is None else replace(rows, extra=extra)
        weights = np.ones((len(rows), 1)) if weights is None else weights
        learn = np.setdiff1d(np.arange(len(rows)), watched)
        data = Labelled(
            rows.take(learn),
            targets[learn],
            rows.take(watched) if len(watched) else None,
            targets[watched] if len(watched) else None,
            loss,
            mean_one(weights[learn]),
            mean_one(weights[watched]),
            None if self.model is None else known_directions(find(self.model)),
        )
        options = training_for(len(learn), self.training)
        self.training_ = asdict(options)
        self.n_training_rows_ = len(learn)
        self.elements_ = sorted(set(np.unique(rows.ids[learn]).tolist()))
        if options.variants:
            data, options = self._more_spellings(data, [strings[i] for i in learn], model, options)
        strategy = strategy_of(self.strategy)
        self.model_, self.history_ = strategy.fit(model, data, options, self.seed, progress)
        self.model_.eval()
        part = replace(rows.take(learn), extra=None)  # the encoder reads strings alone
        self.domain_ = Domain.learn(embed(self.model_, part), part)
        return rows

    def _more_spellings(
        self, data: Labelled, strings: list[str], model: Any, options: TuningOptions
    ) -> tuple[Labelled, TuningOptions]:
        """Every training row in several spellings, and so many fewer epochs."""
        n = 1 + options.variants
        others = encoded_variants(strings, model.config, options.variants, self.seed)
        several = replace(
            data,
            encoded=stacked([data.encoded, *others]),
            targets=np.concatenate([data.targets] * n),
            weights=None if data.weights is None else np.concatenate([data.weights] * n),
        )
        epochs, patience = math.ceil(options.epochs / n), math.ceil(options.patience / n)
        return several, replace(options, epochs=epochs, patience=patience)

    def in_domain(self, strings: Any) -> np.ndarray:
        """Whether each string is like the training rows, shape (n,): its elements all occur there, and its
        vector is no farther from the nearest than training rows are from each other."""
        self._check_fitted()
        if not hasattr(self, "domain_"):
            raise ValueError(
                "This model was saved without its training rows' vectors. Fit and save it again."
            )
        rows = self._read(strings)
        return self.domain_.holds(embed(self.model_, rows), rows)

    def _watched(self, strings: list[str], classes: np.ndarray | None = None) -> np.ndarray:
        """Rows set aside to stop by and to calibrate on: whole families, or spread over `classes`."""
        members = families(strings, self.notation_, self.held_out)
        if members is not None:
            return family_positions(members, self.validation, self.seed)
        return drawn_positions(len(strings), self.validation, self.seed, classes)


def mean_of(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """Mean of arrays of one shape; a single one is given back as it is."""
    several = list(arrays)
    return several[0] if len(several) == 1 else np.mean(several, axis=0)


def as_strings(strings: Any) -> list[str]:
    """A list of strings from a list, array or Series; a lone string is an error."""
    if isinstance(strings, str):
        raise ValueError(f"Expected a list of strings, got one string: {strings!r}. Write [{strings!r}].")
    if isinstance(strings, pd.DataFrame):
        if strings.shape[1] != 1:
            raise ValueError(
                f"Expected one column of strings, got {list(strings.columns)}. Choose one of them."
            )
        strings = strings.iloc[:, 0]
    array = np.asarray(strings, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"Expected one string per row, got an array of shape {array.shape}.")
    return list(array)


def check_rows(strings: list[str], targets: np.ndarray) -> None:
    """Raise ValueError unless there is one target row per string and enough of them."""
    if len(strings) != len(targets):
        raise ValueError(f"{len(strings)} strings but {len(targets)} targets. Give one target per string.")
    if len(strings) < FEWEST:
        raise ValueError(
            f"{len(strings)} labelled rows are too few to learn from; at least {FEWEST} are needed."
        )
