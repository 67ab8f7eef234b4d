"""What a checkpoint learned to say of strings before any fine-tuning: the weights of its property head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import safe_open

from matprior.models.damage import WEIGHTS

NAME = "properties.weight"
"""Of the property head in a checkpoint's file."""


def known_directions(folder: str | Path) -> np.ndarray | None:
    """Directions in the space of the encoder's vectors along which computed properties were learned.

    Parameters
    ----------
    folder : of a checkpoint

    Returns
    -------
    Shape (p, d), one row per property; None where the folder has no property head, as that of a fitted model.

    Examples
    --------
    >>> from matprior.models.zoo import find
    >>> known_directions(find("matbert-tiny")).shape
    (19, 96)
    """
    with safe_open(Path(folder) / WEIGHTS, framework="numpy") as arrays:
        return arrays.get_tensor(NAME) if NAME in arrays.keys() else None  # noqa: SIM118 (no mapping)
