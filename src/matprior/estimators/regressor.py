"""Numbers from strings, with error bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import RegressorMixin

from matprior.estimators.base import FEWEST, MaterialEstimator, as_strings, check_rows
from matprior.estimators.intervals import Calibration
from matprior.estimators.watched import given_positions
from matprior.models.heads import fold_scaling
from matprior.tokens.composition import Encoded, encode_many
from matprior.training.loop import Progress, answers
from matprior.training.losses import standardise


class MaterialRegressor(RegressorMixin, MaterialEstimator):
    """Predict one or several numbers from a composition.

    Parameters
    ----------
    model : name of a shipped checkpoint, a folder, or None for a network from scratch
    strategy : "full" fine-tunes every weight, "partial" the top layers, "lora" low-rank updates, "extract"
        solves a ridge on the frozen encoder; or a `Strategy`, or a name with its
        options, as `{"partial": {"layers": 1}}`
    training : options that differ from the defaults for this many rows, as a dict (`{"epochs": 20}`)
    validation : share of the rows that is not trained on: it stops the training and calibrates the error bars
    size : of a network from scratch: "tiny", "small" or "base"
    seed : same seed, same numbers

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

    def fit(
        self, strings: Any, targets: Any, progress: Progress | None = None, watched: Any = None
    ) -> MaterialRegressor:
        """Learn from strings and their targets.

        Parameters
        ----------
        strings : list, array or Series of `n` formulas
        targets : shape (n,) or (n, t); NaN marks a value nobody measured
        progress : told the number of steps done
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
        known = np.isfinite(values)
        if not known.all():
            encode_many(strings)  # a bad string is named with its row as the user counts them
        _check_known(known, self.target_names_)
        strings = [string for string, keep in zip(strings, known.any(1), strict=True) if keep]
        values = values[known.any(1)]
        check_rows(strings, values)
        watched = self._watched(len(values)) if watched is None else given_positions(watched, known.any(1))
        learn = np.setdiff1d(np.arange(len(values)), watched)
        # Mean and scale from training rows alone: the watched rows must stay unseen.
        mean, scale = standardise(torch.from_numpy(values[learn]))
        standard = ((torch.from_numpy(values) - mean) / scale).float().numpy()
        model = self._new_model(values.shape[1], "regression")
        encoded = self._learn(strings, standard, watched, model, "smooth_l1", progress)
        fold_scaling(self.model_.classifier, mean, scale)
        part = encoded.take(watched)
        guess, vectors = self._logits_and_vectors(part)
        self.calibration_ = Calibration(values[watched] - guess, vectors)
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

    def predict(self, strings: Any) -> np.ndarray:
        """Predictions in the units of the targets, shape (n,) or (n, t) as given to `fit`."""
        self._check_fitted()
        logits = answers(self.model_, self._encode(strings), lambda out: out.logits)
        return logits[:, 0] if self._one_dimensional else logits

    def predict_interval(self, strings: Any, coverage: float = 0.9) -> pd.DataFrame:
        """Predictions with error bars.

        Parameters
        ----------
        strings : `n` formulas
        coverage : share of truths that lie between `low` and `high`

        Returns
        -------
        Columns `prediction`, `std`, `low`, `high`; with several targets each is prefixed by its name.
        """
        self._check_fitted()
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must lie between 0 and 1, got {coverage!r}. For 90 % write 0.9.")
        encoded = self._encode(strings)
        logits, vectors = self._logits_and_vectors(encoded)
        frame: dict[str, np.ndarray] = {}
        for index, name in enumerate(self.target_names_):
            prefix = "" if logits.shape[1] == 1 else f"{name}_"
            low, high = self.calibration_.interval(logits[:, index], vectors, index, coverage)
            frame[f"{prefix}prediction"] = logits[:, index]
            frame[f"{prefix}std"] = self.calibration_.spread(vectors, index)
            frame[f"{prefix}low"], frame[f"{prefix}high"] = low, high
        return pd.DataFrame(frame)

    def _logits_and_vectors(self, encoded: Encoded) -> tuple[np.ndarray, np.ndarray]:
        """Answers (n, t) and embeddings (n, d) from one pass through the encoder instead of two."""
        head = self.model_.classifier
        both = answers(
            self.model_.matbert,
            encoded,
            lambda out: torch.cat((head(out.pooler_output), out.pooler_output), dim=-1),
        )
        return both[:, : head.out_features], both[:, head.out_features :]

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
