"""Routes that say what there is: the server, its models."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from matprior import __version__
from matprior.web.guard import Guard
from matprior.web.problems import RESPONSES
from matprior.web.schemas import ModelOut, StatusOut
from matprior.web.shelf import Served
from matprior.web.why import has_captum, has_map
from matprior.web.world import World


def list_routes(world: World, guard: Guard) -> APIRouter:
    """Status, models, and the removal of models that were trained on the page."""
    router = APIRouter(prefix="/api", tags=["models"], responses=RESPONSES)

    @router.get("/status", response_model=StatusOut)
    async def status() -> Any:
        """What the server is, allows and is doing."""
        return {
            "version": __version__,
            "limits": asdict(world.limits),
            "training": world.jobs is not None,
            "contributions": has_captum(),
            "running": guard.running,
            "model_calls": world.batcher.calls,
        }

    @router.get("/models", response_model=list[ModelOut])
    async def models() -> Any:
        """The models that are served."""
        return [told(served) for served in world.shelf.list()]

    @router.get("/models/{name}", response_model=ModelOut)
    async def model(name: str) -> Any:
        """One model."""
        return told(world.shelf.get(name))

    @router.delete("/models/{name}", response_model=ModelOut)
    async def remove(name: str) -> Any:
        """Serve a model that was trained on the page no longer. Its folder is kept if --keep names one."""
        return told(world.shelf.remove(name))

    return router


def told(served: Served) -> dict[str, Any]:
    """`schemas.ModelOut` as plain data."""
    classes = getattr(served.estimator, "classes_", None) if served.kind == "classes" else None
    return {
        "name": served.name,
        "title": served.title,
        "notation": served.notation,
        "kind": served.kind,
        "targets": [{"name": name, "unit": served.units.get(name, "")} for name in served.targets],
        "classes": [] if classes is None else [str(one) for one in classes],
        "extra": served.extra,
        "n_training_rows": getattr(served.estimator, "n_training_rows_", None),
        "error": served.error,
        "examples": served.examples,
        "known_rows": 0 if served.rows is None else len(served.rows),
        "map": has_map(served),
        "trained_here": served.trained_here,
    }
