"""How `torchrun` and `accelerate launch` began this process. Imports nothing heavy."""

import os


def world_size() -> int:
    """Number of processes that were begun together; 1 where there is no launcher.

    Examples
    --------
    >>> world_size()
    1
    """
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this process is the one that writes files and talks; true when there is no other.

    Examples
    --------
    >>> is_first()
    True
    """
    return int(os.environ.get("RANK", "0")) == 0
