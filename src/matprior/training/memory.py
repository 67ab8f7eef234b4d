"""Too little memory for a batch: how it is told from other errors, and how a batch becomes smaller ones.

A batch that does not fit is no reason to lose a training of hours: it is gone through in pieces, and the
gradients of the pieces are added up, so that a step stays a step over the same rows.
"""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory was too little, on a GPU or in the computer itself.

    Examples
    --------
    >>> is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")), is_out_of_memory(
    ...     RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    ... )
    (True, False)
    """
    from accelerate.utils.memory import should_reduce_batch_size  # heavy, and needed after an error alone

    return isinstance(error, MemoryError) or (
        isinstance(error, Exception) and bool(should_reduce_batch_size(error))
    )


def half_of(n: int, error: BaseException, what: str) -> int:
    """Half as many rows, where an error was one of memory; with a warning that says so.

    Parameters
    ----------
    n : rows that were too many
    what : that did not fit, as "Predicting"

    Raises
    ------
    ValueError
        One row is too much.
    BaseException
        `error` itself, where it is of another kind.
    """
    if not is_out_of_memory(error):
        raise error
    if n <= 1:
        raise ValueError(
            f"{what}: there is not enough memory for a single row ({str(error).splitlines()[0][:120]}). "
            "Close other programs, choose a smaller model, or a machine with more memory."
        ) from error
    warnings.warn(f"{what}: {n} rows at once do not fit into memory; going on with {n // 2}.", stacklevel=3)
    return n // 2


def pieces(batch: dict[str, Any], size: int) -> list[dict[str, Any]]:
    """A batch in pieces of at most `size` rows; second spellings and views of rows go with them in shares.

    Examples
    --------
    >>> import torch
    >>> batch = {"rows": torch.arange(5), "epoch": 2}
    >>> [(piece["rows"].tolist(), piece["epoch"]) for piece in pieces(batch, 2)]
    [([0, 1], 2), ([2, 3], 2), ([4], 2)]
    """
    n = len(batch["rows"])
    count = -(-n // size)
    return [
        {name: _part(value, n, place * size, size, place / count, count) for name, value in batch.items()}
        for place in range(count)
    ]


def _part(value: Any, n: int, start: int, size: int, share: float, count: int) -> Any:
    if isinstance(value, dict):  # views: the first ones of some rows, then as many second ones
        return {name: _of_both(tensor, share, count) for name, tensor in value.items()}
    return value[start : start + size] if isinstance(value, Tensor) and len(value) == n else value


def _of_both(tensor: Tensor, share: float, count: int) -> Tensor:
    import torch

    half = len(tensor) // 2
    start, end = round(share * half), round((share + 1 / count) * half)
    return torch.cat([tensor[start:end], tensor[half + start : half + end]])
