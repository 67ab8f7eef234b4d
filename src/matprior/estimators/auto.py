"""Fit without tuning: several models are tried on the same folds, and their best mix answers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

from matprior.estimators import candidates, narration, stacking
from matprior.estimators.base import as_strings, training_for
from matprior.estimators.candidates import CANDIDATES, NETWORK, Fitted, Problem
from matprior.estimators.crossfit import Tried, deal, deal_families, gain_from_rows, out_of_fold
from matprior.estimators.domain import Domain
from matprior.estimators.encoding import notation_read
from matprior.estimators.features import Features, Pretrained
from matprior.estimators.members import mean_history, options_for_members, train_members, training_told
from matprior.estimators.tags import StringEstimator
from matprior.estimators.watched import families
from matprior.notations import NOTATIONS
from matprior.training.loop import Progress, TrainingOptions

REMEMBERED = 200_000
"""Strings whose features stay in memory for the next question."""


class AutoEstimator(StringEstimator):
    """Base of `AutoRegressor` and `AutoClassifier`; see there."""

    judged_by = "out-of-fold rows"
    stack_: stacking.Stack
    fitted_: dict[str, Fitted]
    members_: list[Any]
    pretrained_: Pretrained | None
    domain_: Domain
    target_names_: list[str]

    def __init__(
        self,
        model: str | Path | None = "matbert-small",
        members: int = 5,
        budget: float | None = None,
        training: dict[str, Any] | TrainingOptions | None = None,
        size: str = "small",
        candidates: list[str] | None = None,
        seed: int = 0,
        n_jobs: int | None = -1,
        notation: str | None = None,
        held_out: str = "rows",
    ) -> None:
        self.model = model
        self.members = members
        self.budget = budget
        self.training = training
        self.size = size
        self.candidates = candidates
        self.seed = seed
        self.n_jobs = n_jobs
        self.notation = notation
        self.held_out = held_out

    @property
    def notation_(self) -> str:
        """What the strings mean: key in `matprior.notations.NOTATIONS`."""
        opened = getattr(self, "pretrained_", None)
        return notation_read(self.model, self.notation) if opened is None else opened.network.config.notation

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "stack_")

    def explain(self) -> str:
        """What was tried, what won and by how much, what was left out, and what more data would do."""
        self._check_fitted()
        return " ".join(self.story_)

    def embed(self, strings: Any) -> np.ndarray:
        """Where each string lies, shape (n, d): the pretrained model's vector, or without one the element
        fractions or the fingerprint."""
        return self._features(strings).vectors

    def in_domain(self, strings: Any) -> np.ndarray:
        """Whether each string is like the training rows, shape (n,): its elements all occur there, and its
        vector is no farther from the nearest than training rows are from each other."""
        features = self._features(strings)
        return self.domain_.holds(features.vectors, features.encoded)

    def calibrate(self, strings: Any, targets: Any) -> Any:
        """Learn error bars, or what corrects probabilities, anew.

        Parameters
        ----------
        strings, targets : rows that were not learned from, shape (n,)
        """
        strings = as_strings(strings)
        features = self._features(strings)
        told, truth = self._answer(features), self._answers_of(targets)
        self._calibrate(strings, np.arange(len(strings)), told, truth, features.vectors)
        self.judged_by = "held-out rows"
        return self

    def save(self, folder: str | Path) -> Path:
        """Write everything that answers as one folder. Existing files are replaced."""
        self._check_fitted()
        from matprior.estimators.autofolder import save

        return save(self, folder)

    @classmethod
    def load(cls, folder: str | Path) -> Any:
        """Read a folder written by `save`."""
        from matprior.estimators.folder import load

        return load(folder, cls)

    def _check_fitted(self) -> None:
        if not hasattr(self, "stack_"):
            raise NotFittedError(
                f"This {type(self).__name__} is not fitted yet. "
                "Call fit(strings, targets) or load(folder) first."
            )

    def _check_parameters(self) -> None:
        if isinstance(self.members, bool) or not isinstance(self.members, int) or self.members < 2:
            raise ValueError(
                f"members is {self.members!r}; a whole number from 2 on was expected: every row needs a "
                "model that was not trained on it. Try 5."
            )
        if self.budget is not None and not self.budget > 0:
            raise ValueError(
                f"budget is {self.budget!r} minutes; expected more than 0, or None for no limit."
            )
        training_for(1, self.training)  # refuses a wrong option before anything is fitted

    def _features(self, strings: Any) -> Features:
        self._check_fitted()
        strings = as_strings(strings)
        if not strings:
            example = NOTATIONS[self.notation_].example
            raise ValueError(f"There are 0 strings to predict. Give at least one, like [{example!r}].")
        # Predicting, error bars and `in_domain` ask for the same strings one after the other.
        recent: Features | None = getattr(self, "_recent", None)
        if recent is None or recent.strings != strings:
            recent = Features(strings, self.pretrained_, self.notation_)
            self._recent = recent if len(strings) <= REMEMBERED else None
        return recent

    def _make_network(self, fold: int, n_rows: int) -> Any:
        """An unfitted network for a fold; subclasses say of which class."""
        raise NotImplementedError

    def _answers_of(self, targets: Any) -> np.ndarray:
        """Numbers, or class indices, shape (n,)."""
        raise NotImplementedError

    def _calibrate(
        self, strings: list[str], rows: np.ndarray, mixed: np.ndarray, truth: np.ndarray, vectors: np.ndarray
    ) -> None:
        """Learn error bars, or what corrects probabilities, from answers to rows that were not learned from.

        Parameters
        ----------
        rows : positions in `strings`
        mixed, truth, vectors : of these rows; the truth is numbers or class indices
        """
        raise NotImplementedError

    def _network_parameters(self, fold: int, n_rows: int) -> dict[str, Any]:
        return {
            "model": self.model,
            "training": options_for_members(self.training, n_rows),
            "size": self.size,
            "seed": self.seed + fold,
            "notation": self.notation,
        }

    def _cross_fit(
        self, strings: list[str], problem: Problem, progress: Progress | None
    ) -> tuple[np.ndarray, np.ndarray, Features]:
        """Try the candidates, learn the mix, fit what is in it on all rows.

        Returns
        -------
        Positions of the rows that every candidate answered out of fold, the mix's answers there, and the
        features of all rows.
        """
        started = time.perf_counter()
        self.pretrained_ = None if self.model is None else Pretrained.open(self.model)
        features = Features(strings, self.pretrained_, problem.notation)
        names, left_out = candidates.choose(self.candidates, problem, self.pretrained_ is not None)
        members = families(strings, problem.notation, self.held_out)
        if members is not None:
            fold_of_row = deal_families(members, self.members, self.seed)
        else:
            fold_of_row = deal(strings, problem.classes, self.members, self.seed, problem.notation)
        tried = self._try(names, left_out, strings, problem, features, fold_of_row, started, progress)
        rows = np.flatnonzero(np.all([one.answered for one in tried.values()], axis=0))
        told = {name: one.predictions[rows] for name, one in tried.items()}
        gates = {name: one.gate[rows] for name, one in tried.items() if one.gate is not None}
        answers = problem.answers[rows]
        self.stack_ = stacking.learn(told, gates, answers, problem.kind, problem.edge)
        mixed = self.stack_.combine(told, gates)
        self.choice_ = narration.choice_table(
            told, {n: t.seconds for n, t in tried.items()}, self.stack_, answers
        )
        gain = (
            gain_from_rows(problem, features, fold_of_row, self.seed, self.n_jobs)
            if len(rows) >= 40
            else None
        )
        n_folds, name = int(fold_of_row.max()) + 1, self.target_names_[0]
        facts = narration.Facts(problem.kind, name, len(strings), n_folds, left_out, gain)
        self.story_ = narration.story(self.choice_, self.stack_, told, gates, answers, facts)
        self._settle(tried, problem, features)
        self._recent = None
        self.folds_ = np.bincount(fold_of_row).tolist()
        self.n_training_rows_ = len(strings)
        self.seconds_ = time.perf_counter() - started
        return rows, mixed, features

    def _try(
        self,
        names: list[str],
        left_out: dict[str, str],
        strings: list[str],
        problem: Problem,
        features: Features,
        fold_of_row: np.ndarray,
        started: float,
        progress: Progress | None,
    ) -> dict[str, Tried]:
        """Out-of-fold answers of each candidate, cheap ones first, as far as the budget goes."""
        limit = None if self.budget is None else 60 * self.budget
        solved = [name for name in names if name != NETWORK]
        n_folds = int(fold_of_row.max()) + 1
        steps = len(solved) + (n_folds if NETWORK in names else 0)
        tried: dict[str, Tried] = {}

        def tell(done: int, what: str) -> None:
            if progress is not None:
                progress(done, steps, what)

        for done, name in enumerate(solved):
            tell(done, name)
            if tried and limit is not None and time.perf_counter() - started > limit:
                left_out[name] = "did not fit into the budget"
                continue
            tried[name] = out_of_fold(name, problem, features, fold_of_row, self.seed, self.n_jobs)
        if NETWORK in names:
            left = None if limit is None else limit - (time.perf_counter() - started)
            if tried and left is not None and left <= 0:
                left_out[NETWORK] = "did not fit into the budget"
            else:
                tell(len(solved), NETWORK)
                tried[NETWORK] = train_members(
                    lambda fold: self._make_network(fold, int((fold_of_row != fold).sum())),
                    strings, problem.answers, fold_of_row, self.n_jobs, left,
                    lambda count: tell(len(solved) + count, NETWORK),
                )  # fmt: skip
                if tried[NETWORK].note:
                    left_out[f"a part of {NETWORK}"] = tried[NETWORK].note
        tell(steps, "")
        return tried

    def _settle(self, tried: dict[str, Tried], problem: Problem, features: Features) -> None:
        """Fit again on all rows what is in the mix; networks are kept as they are and averaged."""
        rows = np.arange(len(problem.answers))
        needed = dict.fromkeys([*self.stack_.weights, *self.stack_.gates])
        self.fitted_ = {
            name: candidates.fit(
                name, problem, rows, features[CANDIDATES[name].block], self.seed, self.n_jobs, final=True
            )
            for name in needed
            if name != NETWORK
        }
        members = tried[NETWORK].members if NETWORK in tried else []
        self.history_ = mean_history(members)
        self.training_ = training_told(members, self.training)
        self.members_ = members if NETWORK in needed else []
        self.domain_ = Domain.learn(features.vectors, features.encoded)

    def _answer(self, features: Features) -> np.ndarray:
        """The mix's answer, shape (n,) or (n, c), before any correction."""
        told: dict[str, np.ndarray] = {}
        gates: dict[str, np.ndarray] = {}
        if self.members_:
            ask = "predict_proba" if hasattr(self, "classes_") else "predict"
            told[NETWORK] = np.mean([getattr(one, ask)(features.strings) for one in self.members_], axis=0)
        for name, fitted in self.fitted_.items():
            matrix = features[CANDIDATES[name].block]
            if name in self.stack_.weights:
                told[name] = fitted.predict(matrix)
            if name in self.stack_.gates:
                gates[name] = fitted.probability_of_edge(matrix)
        answer = self.stack_.combine(told, gates)
        if NETWORK not in told:
            return answer
        return self.stack_.consented(answer, told[NETWORK], ~self.domain_.knows(features.encoded))
