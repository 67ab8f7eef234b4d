"""What of a fitted model is explained: its networks, the number they tell, and what tokens are called."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matprior.data.units import unit_of
from matprior.evaluation.explain_atoms import numbered
from matprior.evaluation.explain_cores import on_cores
from matprior.notations import NOTATIONS, Notation
from matprior.tokens.vocabulary import MASK, SPECIALS, TOKENS

if TYPE_CHECKING:
    from torch import Tensor

    from matprior.tokens.composition import Encoded

_TOGETHER = 64
"""Molecules that are asked about together."""


@dataclass
class Explained:
    """Strings as one model reads them."""

    strings: list[str]
    encoded: Encoded
    networks: list[Any]
    """Plain networks whose mean is explained."""
    chosen: NDArray
    """Column of the answer that is explained, per string, shape (n,)."""
    odds: bool
    """Whether the answer is the log-odds of a class."""
    unit: str
    what: str
    tokens: Sequence[str]
    """Text of every id."""
    part: NDArray
    """Number of the part each token belongs to, shape (n, l); see `explain_atoms.numbered`."""
    notes: list[str] = field(default_factory=list)

    def take(self, rows: NDArray) -> Explained:
        """Some of the strings."""
        return replace(
            self,
            strings=[self.strings[row] for row in rows],
            encoded=self.encoded.take(rows),
            chosen=self.chosen[rows],
            part=self.part[rows],
        )

    def read(self, logits: Tensor, chosen: Tensor) -> Tensor:
        """The number that is explained, from the outputs of a network (n, k); shape (n,)."""
        own = logits.gather(1, chosen[:, None])[:, 0]
        if not self.odds or logits.shape[1] == 1:
            return own
        others = logits.scatter(1, chosen[:, None], float("-inf"))
        return own - others.logsumexp(1)

    def hide(self, ids: Tensor, rows: NDArray) -> Tensor:
        """The tokens of some rows, shape (p, l), with every part hidden."""
        import torch

        return ids.masked_fill(torch.from_numpy(self.part[rows, : ids.shape[1]] >= 0).to(ids.device), MASK)

    def parts(self, values: NDArray, signs: bool = False) -> pd.DataFrame:
        """Values of tokens (n, l) as lines: string, place, part, contribution.

        Special tokens are left out, and those that are no part too, unless `signs` gives each a line.
        """
        lines = []
        for row, string in enumerate(self.strings):
            found: dict[int, list[Any]] = {}
            for place, token in enumerate(self.encoded.ids[row, : self.encoded.lengths[row]].tolist()):
                number = int(self.part[row, place])
                if token < len(SPECIALS) or (number < 0 and not signs):
                    continue
                name = self.tokens[token] if token < len(self.tokens) else f"token {token}"
                line = found.setdefault(number if number >= 0 else -1 - place, [string, place, "", 0.0])
                # An element is called by its name however often it stands there; an atom by all its tokens.
                line[2] = name if number == token else line[2] + name
                line[3] += values[row, place]
            lines += list(found.values())
        return pd.DataFrame(lines, columns=["string", "place", "part", "contribution"])


def notation_of(estimator: Any) -> Notation:
    """The notation a fitted model reads."""
    return NOTATIONS[getattr(estimator, "notation_", "composition")]


def networks_of(estimator: Any) -> tuple[list[Any], list[str]]:
    """Fitted single-network estimators behind a model, and sentences on what they leave out."""
    if not hasattr(estimator, "stack_"):
        return [estimator], []
    members = list(estimator.members_)
    share = float(estimator.stack_.weights.get("network", 0.0))
    others = [name for name in estimator.stack_.weights if name != "network"]
    if not members:
        raise ValueError(
            f"This mix holds no network ({', '.join(others)}), so it has no gradients to integrate. Look at "
            "its what-ifs, or fit with a strategy other than auto."
        )
    note = (
        f"Contributions are those of the {len(members)} networks, averaged; they carry {share:.0%} of the mix"
    )
    return members, [
        f"{note}{', beside ' + ', '.join(others) if others else ''}. What-ifs are those of the whole."
    ]


def explained(estimator: Any, strings: list[str], target: int = 0) -> Explained:
    """Prepare strings and networks; see `explain.contributions`."""
    notation = notation_of(estimator)
    strings = [notation.canonical(one) for one in strings]
    members, notes = networks_of(estimator)
    first = members[0]
    encoded = first._read(strings)
    beside = (first.model_.config.extra_features or {}).get("names")
    if beside:
        encoded = replace(encoded, extra=np.full((len(strings), len(beside)), np.nan))
        notes.append(f"Extra columns ({', '.join(beside)}) are taken at their mean.")
    names = list(estimator.target_names_)
    if not 0 <= target < len(names):
        raise ValueError(
            f"There is no target number {target}; the model has {len(names)}: {', '.join(names)}."
        )
    column, what, unit = _column(estimator, first, strings, target)
    odds = hasattr(estimator, "classes_") and not getattr(estimator, "multilabel_", False)
    networks = [member.model_.eval() for member in members]
    tokens = tokens_of(notation.name)
    part = numbered(notation, strings, encoded, tokens)
    return Explained(
        strings, encoded, networks, column, odds, unit, what, tokens, part, notes
    )  # fmt: skip


def unit_of_answers(estimator: Any, target: int = 0) -> str:
    """Unit of a target as `matprior fit` noted it, or else as its name says; classes have none.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> unit_of_answers(SimpleNamespace(target_names_=["melting_point_K"]))
    'K'
    """
    if hasattr(estimator, "classes_"):
        return ""
    name = estimator.target_names_[target]
    noted = (getattr(estimator, "task_", None) or {}).get("units") or {}
    return str(noted.get(name, unit_of(name)))


def _column(estimator: Any, first: Any, strings: list[str], target: int) -> tuple[NDArray, str, str]:
    """Which column of the outputs is explained, what it is, and its unit."""
    name, unit = estimator.target_names_[target], unit_of_answers(estimator, target)
    if hasattr(estimator, "classes_"):
        if getattr(estimator, "multilabel_", False):
            return np.full(len(strings), target), f"log-odds of a yes to {name}", ""
        said = answers_of(estimator, strings).argmax(1)
        return said, f"log-odds of the likeliest class of {name}", ""
    head = first.model_.config.head
    if head and head["name"] == "two_part":
        edge = head["edges"][target]
        column = 2 * len(estimator.target_names_) + target
        # A choice between two parts has no gradient where it flips.
        return np.full(len(strings), column), f"{name} where it is not {edge:g}", unit
    return np.full(len(strings), target), name, unit


def answers_of(estimator: Any, strings: list[str]) -> NDArray:
    """What a model answers: numbers (n,) or (n, t), or probabilities (n, c). Extra columns stay unknown."""
    config = getattr(getattr(estimator, "model_", None), "config", None)
    beside = (getattr(config, "extra_features", None) or {}).get("names")
    ask = estimator.predict_proba if hasattr(estimator, "classes_") else estimator.predict
    if beside:
        return np.asarray(ask(strings, extra=np.full((len(strings), len(beside)), np.nan)))
    return by_length(estimator, strings, ask)


def answers_and_domain(estimator: Any, strings: list[str]) -> tuple[NDArray, NDArray | None]:
    """Answers, and whether each string is like the training rows (n,), where the model knows these."""
    if not hasattr(estimator, "domain_"):
        return answers_of(estimator, strings), None
    network = getattr(estimator, "model_", None)
    beside = network is not None and network.config.extra_features
    if network is None or beside or not hasattr(estimator, "told") or hasattr(estimator, "classes_"):
        return answers_of(estimator, strings), by_length(estimator, strings, estimator.in_domain)

    def both(names: list[str]) -> NDArray:
        encoded = estimator._read(names)
        told = estimator._told(encoded)  # one pass gives the answer and the vector that the domain looks at
        return np.column_stack([told.prediction, estimator.domain_.holds(told.vectors, encoded)])

    found = by_length(estimator, strings, both)
    told = found[:, 0] if found.shape[1] == 2 else found[:, :-1]
    return told, found[:, -1] > 0


def by_length(estimator: Any, strings: list[str], ask: Callable[[list[str]], Any]) -> NDArray:
    """Ask about strings of like length together, shape (n, ...): one long molecule would pad hundreds.

    A mix is asked at once, since some of its models take long to start; so are compositions, which are short.
    """
    if hasattr(estimator, "stack_") or notation_of(estimator).name == "composition":
        return np.asarray(ask(strings))
    order = np.argsort([len(one) for one in strings], kind="stable")
    groups = np.split(order, range(_TOGETHER, len(order), _TOGETHER))
    told = np.concatenate(on_cores(lambda group: np.asarray(ask([strings[i] for i in group])), groups))
    return told[np.argsort(order)]


def tokens_of(notation: str) -> Sequence[str]:
    """Text of every token id of a notation."""
    if notation == "composition":
        return TOKENS
    name = f"matprior.tokens.{notation}_vocabulary"
    if importlib.util.find_spec(name) is None:
        return ()
    home = importlib.import_module(name)
    return getattr(home, "WHOLE_TOKENS", home.TOKENS)
