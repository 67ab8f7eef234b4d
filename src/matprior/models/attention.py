"""Which attention a network computes with, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def eager(network: Any) -> Iterator[None]:
    """Plain attention: faster kernels never write their weights down, and use no bfloat16 units of a CPU."""
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")
    try:
        yield
    finally:
        network.set_attn_implementation(before)
