"""Train an encoder so that its prototypes answer: every batch is an episode of all its tasks.

Each row is held against the prototypes of the other rows of its batch, its own left out, so all rows are
support and query at once. What is kept is one distance for each row, class and task, whatever the number of
pairs of rows. The training itself is the one loop of `training`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from matprior.tokens.composition import Encoded
from matprior.training.batches import Rows
from matprior.training.loop import Progress, TrainingOptions, answers, train

TEMPERATURE = 0.1
"""Divides squared distances between vectors of length one, which lie between 0 and 4."""
FEWEST = 2
"""Rows of each class that a batch must have for a task to count: one to ask, one to answer from."""
INPUTS = ("input_ids", "amounts", "attention_mask")


def prototypical_loss(vectors: Tensor, labels: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Mean over tasks of the cross entropy of each row against prototypes of all other rows.

    Parameters
    ----------
    vectors : shape (n, d)
    labels : class of each row in each task from 0 on, shape (n, t); NaN where unknown

    Returns
    -------
    A scalar; 0, with a gradient of 0, where no task has two classes of `FEWEST` rows.
    """
    # Seen from their middle: vectors of an encoder share a large common part that tells nothing apart.
    vectors = torch.nn.functional.normalize(vectors - vectors.mean(0), dim=-1)
    losses = [one for column in labels.T if (one := _of_task(vectors, column, temperature)) is not None]
    return torch.stack(losses).mean() if losses else vectors.sum() * 0.0


def _of_task(vectors: Tensor, labels: Tensor, temperature: float) -> Tensor | None:
    known = labels.isfinite()
    classes, codes, counts = labels[known].unique(return_inverse=True, return_counts=True)
    if len(classes) < 2 or counts.min() < FEWEST:
        return None
    rows = vectors[known]
    member = torch.nn.functional.one_hot(codes, len(classes)).to(rows.dtype)
    sums, sizes = member.T @ rows, counts.to(rows.dtype)
    distances = _squared(rows, sums / sizes[:, None])
    # A row must not be part of the prototype that it is held against, or it would find itself.
    own = (sums[codes] - rows) / (sizes[codes] - 1)[:, None]
    distances = torch.where(member.bool(), ((rows - own) ** 2).sum(-1, keepdim=True), distances)
    return torch.nn.functional.cross_entropy(-distances / temperature, codes)


def _squared(left: Tensor, right: Tensor) -> Tensor:
    return (left**2).sum(-1, keepdim=True) + (right**2).sum(-1) - 2 * left @ right.T


def train_encoder(
    network: Any,
    encoded: Encoded,
    labels: np.ndarray,
    training: TrainingOptions | None = None,
    watched: tuple[Encoded, np.ndarray] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Train a pretrained network in place by the prototypical loss.

    Parameters
    ----------
    network : `MatBertForPreTraining` or `MolBertForPreTraining`, as in `estimators.features.Pretrained`
    encoded : `n` strings
    labels : class of each in each task from 0 on, shape (n, t); NaN where unknown
    training : rows per batch are the rows of an episode; small rates keep what pretraining learned
    watched : strings and labels of further tasks, whose loss decides when to stop

    Returns
    -------
    The history of the training.
    """
    training = training or TrainingOptions(
        epochs=4, batch_size=128, learning_rate=1e-4, head_learning_rate=1e-4
    )
    validate: Callable[[Any], dict[str, float]] | None = None
    if watched is not None:
        validate = lambda net: {"validation_loss": episodic_loss(net, *watched, training.batch_size)}  # noqa: E731
    history = train(
        network,
        Rows(encoded, np.asarray(labels, dtype=np.float32)),
        lambda net, batch: prototypical_loss(
            vectors_of(net, {name: batch[name] for name in INPUTS if name in batch}), batch["labels"]
        ),
        training,
        validate=validate,
        seed=seed,
        progress=progress,
    )
    # Its answers on properties were those of the encoder as it was.
    network.config.properties = None
    network.properties = torch.nn.Linear(network.config.hidden_size, 1)
    return history


def episodic_loss(network: Any, encoded: Encoded, labels: np.ndarray, batch_size: int) -> float:
    """The prototypical loss on rows that are not trained on, in batches of rows at equal distance."""
    vectors = torch.from_numpy(answers(network, encoded, lambda out: out.pooler_output))
    truth = torch.as_tensor(np.asarray(labels, dtype=np.float32))
    steps = max(1, len(truth) // batch_size)
    losses = [float(prototypical_loss(vectors[i::steps], truth[i::steps])) for i in range(steps)]
    return float(np.mean([loss for loss in losses if loss > 0] or [0.0]))


def vectors_of(network: Any, inputs: dict[str, Tensor]) -> Tensor:
    """The encoder's vectors of a batch, shape (n, d), with their gradient."""
    return network.pooled(**inputs) if hasattr(network, "pooled") else network(**inputs).pooler_output
