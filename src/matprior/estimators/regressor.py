"""Numbers from strings, with error bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import RegressorMixin

from matprior.estimators.base import FEWEST, MaterialEstimator, as_strings, check_rows, mean_of
from matprior.estimators.encoding import encoded_as
from matprior.estimators.extra import as_extra, as_weights, extra_facts
from matprior.estimators.head_intervals import Told
from matprior.estimators.targets import check_values, chosen_head, coded
from matprior.estimators.watched import given_positions
from matprior.models.answers import head_of, told_head
from matprior.models.heads import fold_scaling
from matprior.models.outputs import PointHead
from matprior.strategies import Strategy
from matprior.tokens.composition import Encoded
from matprior.training.loop import Progress, TrainingOptions, answers


class MaterialRegressor(RegressorMixin, MaterialEstimator):
    """Predict one or several numbers from a composition or a molecule.

    Parameters
    ----------
    model : name of a shipped checkpoint, a folder, or None for a network from scratch
    strategy : "full" fine-tunes every weight, "partial" the top layers, "lora" low-rank updates, "prompts"
        learns vectors beside a frozen encoder, "extract" solves a ridge on it; or a `Strategy`, or a
        name with its options, as `{"partial": {"layers": 1}}`
    training : options that differ from the defaults for this many rows, as a dict (`{"epochs": 20}`)
    validation : share of the rows that is not trained on: it stops the training and calibrates the error bars
    size : of a network from scratch: "tiny", "small" or "base"
    seed : same seed, same numbers
    head : what is predicted: "point", "gaussian" (with a spread), "quantile", or "two_part" for targets of
        which many share one value at an end of the range, as metals share a gap of 0; docs/fitting.md
    loss : of the point head: "absolute" (errors count by their size, as in the mean absolute error),
        "smooth_l1" (small ones by their square) or "squared"
    transform : scale to learn on: "none", "log10" or "quantile" (normal scores of the ranks)
    bounds : no answer lies outside: "positive", "fraction" (0 to 1) or (low, high) with None for open
    notation : what the strings mean: "composition", "smiles" or "selfies". A pretrained model knows; say it
        for a network from scratch
    held_out : what is kept away from the training to judge it by: "rows" at random, or whole "families"
        (chemical systems, scaffolds), for error bars that hold on new chemistry

    Attributes
    ----------
    model_ : the fitted network; its outputs are in the user's units
    history_ : DataFrame with the loss per epoch
    target_names_ : names of the target columns

    Examples
    --------
    >>> formulas = ["NaCl", "KCl", "LiF", "MgO", "CaO", "NaF", "KF", "LiCl", "SrO", "BaO", "KBr", "NaBr"]
    >>> melting_K = [1074, 1043, 1121, 3125, 2886, 1269, 1131, 883, 2804, 2246, 1007, 1020]
    >>> model = MaterialRegressor(model=None, size="tiny", training={"epochs": 2}).fit(formulas, melting_K)
    >>> model.predict(["NaI", "LiBr"]).shape
    (2,)
    """

    def __init__(
        self,
        model: str | Path | None = "matbert-small",
        strategy: str | dict[str, dict[str, Any]] | Strategy = "full",
        training: dict[str, Any] | TrainingOptions | None = None,
        validation: float = 0.1,
        size: str = "small",
        seed: int = 0,
        head: str | dict[str, dict[str, Any]] = "point",
        loss: str = "absolute",
        transform: str = "none",
        bounds: str | tuple[float | None, float | None] | None = None,
        notation: str | None = None,
        held_out: str = "rows",
    ) -> None:
        super().__init__(model, strategy, training, validation, size, seed, notation, held_out)
        self.head = head
        self.loss = loss
        self.transform = transform
        self.bounds = bounds

    def fit(
        self,
        strings: Any,
        targets: Any,
        progress: Progress | None = None,
        sample_weight: Any = None,
        extra: Any = None,
        watched: Any = None,
    ) -> MaterialRegressor:
        """Learn from strings and their targets.

        Parameters
        ----------
        strings : list, array or Series of `n` formulas
        targets : shape (n,) or (n, t); NaN marks a value nobody measured
        progress : told the number of steps done
        sample_weight : how much each row counts, shape (n,); 0 leaves it out
        extra : further numbers the answer depends on, such as a temperature: DataFrame or array of shape
            (n, e), NaN where unknown. `predict` then wants them too.
        watched : positions of the rows to watch instead of training on them; drawn by `validation` when
            left out

        Raises
        ------
        ValueError
            Lengths differ, too few rows, targets that are not numbers, or a string that is not a formula.
        """
        strings = as_strings(strings)
        values = _numbers(targets)
        self.target_names_ = _names(targets)
        self._one_dimensional = np.ndim(targets) == 1
        check_rows(strings, values)
        head, loss = chosen_head(self.head, self.loss, self.transform, self.bounds, self.target_names_)
        weights = as_weights(sample_weight, len(strings))
        beside = None if extra is None else as_extra(extra, len(strings))
        known = np.isfinite(values) & (weights > 0)[:, None]
        kept = known.any(1)
        if not kept.all():
            encoded_as(strings, self.notation_)  # a bad string is named with its row as the user counts them
        _check_known(known, self.target_names_)
        given, strings = values, [string for string, keep in zip(strings, kept, strict=True) if keep]
        values = values[kept]
        check_rows(strings, values)
        watched = self._watched(strings) if watched is None else given_positions(watched, kept)
        learn = np.setdiff1d(np.arange(len(values)), watched)
        head.learn(values[learn])
        check_values(head, self.transform, given)
        labels, mean, scale = coded(head, self.transform, values, learn)
        facts, numbers = None, None
        if beside is not None:
            numbers = beside[0][kept]
            facts = extra_facts(numbers[learn], beside[1])
        model = self._new_model(head.outputs * values.shape[1], "regression", facts)
        encoded = self._learn(
            strings, labels, watched, model, loss, progress, weights[kept][:, None], numbers
        )
        fold_scaling(self.model_.classifier, mean, scale)
        self.model_.config.head = told_head(head)
        told = self._told(encoded.take(watched))
        guess = told.prediction
        self.calibration_ = told.calibration(head.space(values[watched]))
        self.watched_results_ = pd.concat(
            [
                pd.DataFrame(
                    {
                        "string": [strings[i] for i in watched],
                        "target": name,
                        "truth": values[watched, column],
                        "prediction": guess[:, column],
                    }
                )
                for column, name in enumerate(self.target_names_)
            ],
            ignore_index=True,
        )
        return self

    def predict(self, strings: Any, extra: Any = None, variants: int = 0) -> np.ndarray:
        """Predictions in the units of the targets, shape (n,) or (n, t) as given to `fit`.

        Parameters
        ----------
        extra : as in `fit`
        variants : answers are averaged over this many further spellings of each molecule
        """
        self._check_fitted()
        prediction = self._told(*self._spellings(strings, extra, variants)).prediction
        return prediction[:, 0] if self._one_dimensional else prediction

    def predict_interval(
        self, strings: Any, coverage: float = 0.9, extra: Any = None, variants: int = 0
    ) -> pd.DataFrame:
        """Predictions with error bars.

        Parameters
        ----------
        strings : `n` formulas
        coverage : share of truths that lie between `low` and `high`
        extra, variants : as in `predict`

        Returns
        -------
        Columns `prediction`, `std`, `low`, `high`; with several targets each is prefixed by its name.
        """
        self._check_fitted()
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must lie between 0 and 1, got {coverage!r}. For 90 % write 0.9.")
        return self.bars(self._told(*self._spellings(strings, extra, variants)), coverage)

    def bars(self, told: Told, coverage: float = 0.9) -> pd.DataFrame:
        """What `predict_interval` says, from what the network told."""
        low, high, std = told.bars(self.calibration_, coverage)
        frame: dict[str, np.ndarray] = {}
        for index, name in enumerate(self.target_names_):
            prefix = "" if len(self.target_names_) == 1 else f"{name}_"
            frame[f"{prefix}prediction"] = told.prediction[:, index]
            frame[f"{prefix}std"] = std[:, index]
            frame[f"{prefix}low"], frame[f"{prefix}high"] = low[:, index], high[:, index]
        return pd.DataFrame(frame)

    def _told(self, *spellings: Encoded) -> Told:
        """Answers, what the head says of their errors, and vectors: means over spellings of the strings."""
        model = self.model_
        both = mean_of(
            answers(
                model,
                rows,
                lambda vectors: torch.cat((model.raw(vectors), vectors), dim=-1),
                run=model.vectors,
            )
            for rows in spellings
        )
        n_raw = model.classifier.out_features
        return self.told(both[:, :n_raw], both[:, n_raw:])

    def told(self, raw: np.ndarray, vectors: np.ndarray) -> Told:
        """What outputs of the last layer (n, k) and the vectors it read (n, d) say."""
        head = self.model_.config.head
        return Told(head_of(head) if head else PointHead(self.target_names_), raw, vectors)

    @classmethod
    def load(cls, folder: str | Path) -> MaterialRegressor:
        """Read a folder written by `save`."""
        from matprior.estimators.folder import load

        return load(folder, cls)


def _names(targets: Any) -> list[str]:
    if isinstance(targets, pd.DataFrame):
        return [str(name) for name in targets.columns]
    if isinstance(targets, pd.Series) and targets.name is not None:
        return [str(targets.name)]
    shape = np.shape(targets)
    return ["target"] if len(shape) < 2 else [f"target{i}" for i in range(shape[1])]


def _check_known(known: np.ndarray, names: list[str]) -> None:
    """Raise ValueError unless enough rows of every target are known."""
    for name, count in zip(names, known.sum(0), strict=True):
        if count < FEWEST:
            raise ValueError(
                f"Target {name!r} has {count} known values in {len(known)} rows; at least {FEWEST} are "
                "needed. Leave it out, or check that its column holds numbers."
            )


def _numbers(targets: Any) -> np.ndarray:
    """Targets as float64 of shape (n, t)."""
    try:
        values = np.asarray(targets, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Targets must be numbers, with NaN where nothing was measured: {error}. "
            "For classes use MaterialClassifier."
        ) from None
    if values.ndim not in (1, 2):
        raise ValueError(f"Targets must have shape (rows,) or (rows, targets), got {values.shape}.")
    if np.isinf(values).any():
        row = int(np.argwhere(np.isinf(values))[0][0])
        raise ValueError(
            f"The target of row {row + 1} is infinite. Give a number, or NaN for 'not measured'."
        )
    return values[:, None] if values.ndim == 1 else values
