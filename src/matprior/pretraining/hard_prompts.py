"""Hard prompts in pretraining: class words beside formulas, and task words that ask for a property."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from matprior.models.pretraining_output import PretrainingOutput
from matprior.notations.material_classes import CLASSES
from matprior.pretraining.base import Objective
from matprior.pretraining.draws import Draws
from matprior.pretraining.masking import IGNORED
from matprior.pretraining.properties import CHANGED
from matprior.tokens.vocabulary import VOCABULARY_SIZE
from matprior.training.losses import balanced_by_column

SHOWN, KEPT, DATABASE, ASKED, TOLD = range(40, 45)
"""Streams of `Draws`; masking, denoising and views have those below 32."""
PER_TOKEN = {"asked": IGNORED, "swapped": IGNORED, "asked_amounts": float("nan")}
"""Entries of a batch that have one number per token -> what says that nothing is asked there."""


@dataclass
class HardPrompts(Objective):
    """Show formulas with the words of their classes, and ask for known properties by task words.

    Words stand beside half of the formulas at most, so that a formula alone is as usual a sight. A task
    word asks for one property of one database; the answer is read where the word stands. The words
    have no amount, and are put in after every other objective changed the formula: none is ever masked.
    """

    weight: float = 0.5
    """Factor of the answers at task words beside the other terms."""
    classes: bool = False
    """Show the words of `matprior.notations.material_classes`, such as [OXIDE]."""
    tasks: bool = False
    """Ask for properties by words made from their names, such as [MP] [BAND_GAP] for mp_band_gap."""
    class_share: float = 0.5
    """Share of the formulas that are seen with the words of their classes."""
    class_drop: float = 0.2
    """Chance of each of these words to be left out all the same."""
    task_share: float = 0.5
    """Share of the formulas with a known property that are seen with task words."""
    database_drop: float = 0.25
    """Share of these that are asked without the word of the database."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("class_share", "class_drop", "task_share", "database_drop"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"hard_prompts.{name} is {getattr(self, name)}; expected 0 to 1.")

    @property
    def on(self) -> bool:
        """Whether a recipe with these options has hard prompts."""
        return bool(self.weight) and (self.classes or self.tasks)

    def prepare(self, config: Any, threshold: float) -> None:
        """Learn from the config of the network which id each word has and what each property is asked by.

        Parameters
        ----------
        config : has `prompts`, `tasks` and `properties`
        threshold : Huber threshold in standard deviations
        """
        self.threshold = threshold
        ids = {word: VOCABULARY_SIZE + place for place, word in enumerate(config.prompts)}
        self.first_class = min(ids.values())
        p = len(config.properties or [])
        self.task = np.zeros(p, dtype=np.int64)
        self.database = np.full(p, -1, dtype=np.int64)
        self.factor, self.shift = np.ones(p, dtype=np.float32), np.zeros(p, dtype=np.float32)
        places = {column["name"]: (i, column) for i, column in enumerate(config.properties or [])}
        for one in config.tasks or []:
            for name, database in one["properties"].items():
                i, column = places[name]
                self.task[i] = ids[one["token"]]
                self.database[i] = ids.get(database, 0)
                self.factor[i] = column["scale"] / one["scale"]
                self.shift[i] = (column["mean"] - one["mean"]) / one["scale"]

    def corrupt(self, batch: dict[str, Any], seed: int) -> dict[str, Any]:
        width = batch["input_ids"].shape[1]
        draws = Draws(batch["rows"].numpy(), max(len(CLASSES), len(self.task), 1), batch["epoch"], seed)
        words = [self._classes(batch, draws)] if self.classes else []
        changed = dict(batch)
        if self.tasks:
            asked, database = self._asked(batch, draws)
            words += [database, np.where(asked, self.task, 0)]
        moved, place = compact(np.concatenate(words, axis=1))
        if self.tasks:
            labels = batch["labels"].numpy() * self.factor + self.shift
            at = width + place[:, -len(self.task) :]
            changed["task_at"] = torch.from_numpy(np.where(asked, at, 0))
            changed["task_labels"] = torch.from_numpy(np.where(asked, labels, np.nan).astype(np.float32))
        more, k = torch.from_numpy(moved), moved.shape[1]
        # Behind the padding: the words have no order, so that place is as good as any, and labels of
        # tokens need no shift.
        changed["input_ids"] = torch.cat([batch["input_ids"], more], dim=1)
        changed["attention_mask"] = torch.cat([batch["attention_mask"], (more > 0).long()], dim=1)
        changed["amounts"] = pad(batch["amounts"], (0, k))
        for name, nothing in PER_TOKEN.items():
            if name in batch:
                changed[name] = pad(batch[name], (0, k), value=nothing)
        return changed

    def _classes(self, batch: dict[str, Any], draws: Draws) -> np.ndarray:
        """Ids of the class words shown, 0 where there is none, shape (n, c)."""
        member = (batch["extra"].numpy() >> np.arange(len(CLASSES))) & 1 > 0
        shown = member & (draws.uniform(SHOWN)[:, :1] < self.class_share)
        kept = draws.uniform(KEPT)[:, : len(CLASSES)]
        shown &= kept >= self.class_drop
        # Two at most, as of the tasks: each word more is a token more for all formulas of the batch.
        score = np.where(shown, kept, -1.0)
        shown &= score >= np.sort(score, axis=1)[:, -2:-1]
        return np.where(shown, self.first_class + np.arange(len(CLASSES)), 0)

    def _asked(self, batch: dict[str, Any], draws: Draws) -> tuple[np.ndarray, np.ndarray]:
        """Which properties are asked for (n, p), all of one database, and the id of its word (n, 1)."""
        known = batch["labels"].isfinite().numpy() & (self.task > 0)
        for name in CHANGED:
            if name in batch:  # of a formula with a hidden atom no property can be told
                known &= (batch[name] == IGNORED).all(1, keepdim=True).numpy()
        p = known.shape[1]
        kinds = np.unique(self.database)
        there = np.stack([(known & (self.database == kind)).any(1) for kind in kinds], axis=1)
        drawn = np.where(there, draws.uniform(DATABASE)[:, : len(kinds)], -1).argmax(1)
        known &= self.database == kinds[drawn][:, None]
        known &= draws.uniform(SHOWN)[:, -1:] < self.task_share
        score = np.where(known, draws.uniform(ASKED)[:, :p], 2.0)
        # One at least and two at most.
        second = np.sort(score, axis=1)[:, min(1, p - 1), None]
        asked = known & (score <= second) & ((score < 0.5) | (score == score.min(1, keepdims=True)))
        told = asked.any(1) & (draws.uniform(TOLD)[:, 0] >= self.database_drop)
        return asked, np.where(told, np.maximum(kinds[drawn], 0), 0)[:, None]

    def loss(self, outputs: PretrainingOutput, batch: dict[str, Any]) -> Tensor:
        if not self.tasks:
            assert outputs.pooler_output is not None
            return outputs.pooler_output.sum() * 0  # class words only: nothing is asked of them
        assert outputs.task_logits is not None
        answers = outputs.task_logits.gather(1, batch["task_at"])
        return balanced_by_column(answers, batch["task_labels"], "sqrt", None, None, self.threshold)


def compact(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers above 0 of each row moved to the left, as few columns as that takes, and where each went.

    Examples
    --------
    >>> moved, place = compact(np.array([[0, 7, 0, 9], [0, 0, 5, 0]]))
    >>> moved.tolist(), place[0].tolist()
    ([[7, 9], [5, 0]], [0, 0, 1, 1])
    """
    there = ids > 0
    place = np.maximum(there.cumsum(1) - 1, 0)
    moved = np.zeros((len(ids), int(there.sum(1).max(initial=0))), dtype=np.int64)
    rows, columns = np.nonzero(there)
    moved[rows, place[rows, columns]] = ids[rows, columns]
    return moved, place
