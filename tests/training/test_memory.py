"""A batch that does not fit into memory becomes smaller ones, and the outcome stays what it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from training_world import assert_same, copy_of, options, regression_loss, regressor

from matprior.training.loop import answers, train
from matprior.training.memory import half_of, is_out_of_memory, pieces

ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: you tried"
    ),
    MemoryError("Unable to allocate 4 TiB"),
]


def too_large_above(limit: int, error: Exception, met: list[int]) -> Any:
    """Raise the error of a machine in which no more than `limit` rows fit, and note what was tried."""

    def check(n: int) -> None:
        met.append(n)
        if n > limit:
            raise error

    return check


@pytest.mark.parametrize("error", ERRORS, ids=["cuda", "cpu", "numpy"])
def test_answers_are_the_same_in_smaller_batches(error, rows, tiny_shape):
    model, met = regressor(tiny_shape), []
    whole = answers(model, rows.encoded, lambda out: out.logits)
    check = too_large_above(15, error, met)

    def run(**batch: Any) -> Any:
        check(len(batch["input_ids"]))
        return model(**batch)

    with pytest.warns(UserWarning, match="24 rows at once do not fit into memory; going on with 12"):
        told = answers(model, rows.encoded, lambda out: out.logits, run=run)
    assert met == [48, 24, 12, 12, 12, 12]
    np.testing.assert_allclose(told, whole, rtol=1e-5, atol=1e-6)


def test_one_row_too_much_is_told_with_what_to_do(rows, tiny_shape):
    model = regressor(tiny_shape)

    def run(**batch: Any) -> Any:
        raise ERRORS[0]

    with (
        pytest.warns(UserWarning, match="going on with 1"),
        pytest.raises(ValueError, match=r"not enough memory for a single row.*a smaller model"),
    ):
        answers(model, rows.encoded, lambda out: out.logits, run=run)


def test_another_error_is_no_matter_of_memory(rows, tiny_shape):
    model = regressor(tiny_shape)

    def run(**batch: Any) -> Any:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        answers(model, rows.encoded, lambda out: out.logits, run=run)
    assert not is_out_of_memory(KeyboardInterrupt())
    with pytest.raises(ZeroDivisionError):
        half_of(8, ZeroDivisionError(), "Training")


def test_a_training_goes_on_in_halves_and_takes_the_same_steps(rows, tiny_shape):
    # No dropout: its draws would differ with the size of the pieces.
    whole, halved, met = regressor(tiny_shape, 0.0), regressor(tiny_shape, 0.0), []
    before = copy_of(whole)
    train(whole, rows, regression_loss, options())

    def loss(model: Any, batch: dict[str, Any]) -> torch.Tensor:
        found = regression_loss(model, batch)
        met.append(len(batch["rows"]))
        if met[-1] > 4:
            found.backward()  # a failure on the way back leaves gradients behind
            raise ERRORS[1]
        return found

    with pytest.warns(UserWarning, match="Training: 8 rows at once do not fit into memory; going on with 4"):
        train(halved, rows, loss, options())
    assert met == [8] + [4] * 36  # tried once, then two pieces for each of the 18 steps
    moved, apart = (
        sum(float((one[name] - other[name]).norm()) for name in before)
        for one, other in ((copy_of(whole), before), (copy_of(whole), copy_of(halved)))
    )
    assert moved > 0.1
    assert apart < 0.02 * moved


def test_enough_memory_changes_no_bit(rows, tiny_shape):
    one, other = regressor(tiny_shape), regressor(tiny_shape)
    train(one, rows, regression_loss, options(epochs=1))
    train(other, rows, lambda model, batch: regression_loss(model, batch), options(epochs=1))
    assert_same(copy_of(one), copy_of(other))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_pieces_hold_every_row_and_every_pair_of_views_once(size):
    first, second = torch.arange(6), torch.arange(100, 106)
    batch = {"rows": torch.arange(8), "epoch": 3, "views": {"input_ids": torch.cat([first, second])}}
    found = pieces(batch, size)
    assert torch.cat([piece["rows"] for piece in found]).tolist() == list(range(8))
    pairs = [
        pair
        for piece in found
        for pair in zip(*(half.tolist() for half in piece["views"]["input_ids"].chunk(2)), strict=True)
    ]
    assert pairs == [(i, 100 + i) for i in range(6)]
    assert {piece["epoch"] for piece in found} == {3}
