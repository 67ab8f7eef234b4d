"""What the routes share: models, limits, the batcher and the trainings."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from matprior.web.batching import Batcher
from matprior.web.jobs import Jobs
from matprior.web.limits import Limits
from matprior.web.problems import Problem
from matprior.web.shelf import Shelf

T = TypeVar("T")


@dataclass
class World:
    """One server's state."""

    shelf: Shelf
    limits: Limits
    batcher: Batcher = field(default_factory=Batcher)
    jobs: Jobs | None = None
    """None where nobody may train, and before the server has begun."""

    async def timed(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work as long as the limit allows."""
        try:
            return await asyncio.wait_for(work, self.limits.seconds)
        except TimeoutError:
            raise Problem(
                503,
                "timeout",
                f"This takes longer than {self.limits.seconds:g} seconds. Send fewer rows at once.",
            ) from None
