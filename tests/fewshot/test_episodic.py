"""Episodic training: what the loss counts, and that it makes prototypes answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matprior.fewshot.episodic import episodic_loss, prototypical_loss, train_encoder


def by_hand(vectors, labels, temperature):
    """The loss of one task, row by row."""
    vectors = torch.nn.functional.normalize(vectors - vectors.mean(0), dim=-1)
    known = [i for i in range(len(labels)) if labels[i] == labels[i]]
    classes = sorted({float(labels[i]) for i in known})
    losses = []
    for i in known:
        logits = []
        for c in classes:
            others = [j for j in known if float(labels[j]) == c and j != i]
            logits.append(-((vectors[i] - vectors[others].mean(0)) ** 2).sum() / temperature)
        logits = torch.stack(logits)
        losses.append(logits.logsumexp(0) - logits[classes.index(float(labels[i]))])
    return torch.stack(losses).mean()


def test_the_loss_is_that_of_each_row_against_the_others():
    random = torch.Generator().manual_seed(0)
    vectors = torch.randn(12, 5, generator=random)
    labels = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2, float("nan"), 0, 1.0])
    found = prototypical_loss(vectors, labels[:, None], 0.5)
    assert float(found) == pytest.approx(float(by_hand(vectors, labels, 0.5)), rel=1e-5)


def test_a_task_without_two_rows_of_each_class_counts_nothing():
    vectors = torch.randn(4, 3, requires_grad=True)
    loss = prototypical_loss(vectors, torch.tensor([[0.0], [0.0], [0.0], [1.0]]))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert torch.all(vectors.grad == 0)


def test_training_makes_prototypes_answer(checkpoint, salts, tmp_path):
    from matprior.estimators.features import Pretrained
    from matprior.training.loop import TrainingOptions

    strings = salts[0]
    labels = np.array([[i % 4 in (0, 1), i % 4 in (0, 2)] for i in range(48)], dtype=float)
    labels[::5, 1] = np.nan
    pretrained = Pretrained.open(checkpoint)
    encoded = pretrained.encode(strings)
    before = episodic_loss(pretrained.network, encoded, labels, 48)
    options = TrainingOptions(epochs=15, batch_size=24, learning_rate=3e-3, head_learning_rate=3e-3)
    train_encoder(pretrained.network, encoded, labels, options)
    assert episodic_loss(pretrained.network, encoded, labels, 48) < 0.6 * before
    Pretrained(pretrained.network, False).save(tmp_path / "encoder")
    again = Pretrained.open(tmp_path / "encoder")
    assert not again.answers_properties
    assert np.allclose(again.embed(encoded), pretrained.embed(encoded), atol=1e-6)


def test_watched_tasks_decide_which_weights_stay(checkpoint, salts):
    from matprior.estimators.features import Pretrained
    from matprior.training.loop import TrainingOptions

    strings = salts[0]
    labels = np.array([[i % 4] for i in range(48)], dtype=float)
    pretrained = Pretrained.open(checkpoint)
    encoded = pretrained.encode(strings)
    options = TrainingOptions(epochs=3, batch_size=24)
    watched = (encoded.take(np.arange(0, 48, 2)), labels[::2])
    history = train_encoder(pretrained.network, encoded, labels, options, watched)
    best = history["validation_loss"].min()
    assert episodic_loss(pretrained.network, *watched, 24) == pytest.approx(best, rel=1e-4)
