"""The networks of `auto`: which options they train with, and how they share the cores."""

from __future__ import annotations

import pytest

from matprior.estimators.base import training_for
from matprior.estimators.members import _at_once, _threads, options_for_members


def test_few_rows_are_taken_sixteen_at_a_time_for_three_fifths_of_the_epochs_of_a_single_network():
    options = options_for_members(None, 240)
    alone = training_for(240, None)
    assert (options["batch_size"], alone.batch_size) == (16, 8)
    assert options["epochs"] == round(0.6 * alone.epochs)


@pytest.mark.parametrize("n_rows", [None, 600, 5000])
def test_many_rows_or_an_unknown_number_leave_the_options_as_they_are(n_rows):
    assert options_for_members({"epochs": 3}, n_rows) == {"epochs": 3, "keep": "last"}


def test_the_options_of_the_user_come_first():
    assert options_for_members({"batch_size": 4, "epochs": 2}, 240) == {
        "batch_size": 4, "epochs": 2, "keep": "last",
    }  # fmt: skip
    given = training_for(240, {"batch_size": 4})
    assert options_for_members(given, 240).batch_size == 4


@pytest.mark.parametrize(("networks", "n_jobs", "threads"), [(2, 2, 1), (1, 2, 2), (3, 8, 2), (5, 4, 1)])
def test_cores_are_shared_among_the_networks_that_are_left(networks, n_jobs, threads):
    assert _threads(networks, n_jobs) == threads


def test_no_more_networks_are_trained_at_once_than_there_are_folds(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)  # one device takes one at a time
    assert _at_once(3, 8) == 3
    assert _at_once(5, 2) == 2
