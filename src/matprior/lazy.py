"""Names that are loaded when somebody asks for them, so that asking for one does not load the others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from wrapt import register_post_import_hook


def on_first_use(
    module: str, homes: dict[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package whose names live in its modules.

    Parameters
    ----------
    module : `__name__` of the package
    homes : public name -> module that holds it, with the name it has there after a colon if another
    """
    names = sorted(homes)

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}; it has {', '.join(names)}")
        home, _, other = homes[name].partition(":")
        return getattr(import_module(home), other or name)

    return get, lambda: names, names


def when_asked_for(package: str, prefix: str, follower: str) -> None:
    """Import `follower` when somebody takes a name that starts with `prefix` from `package`.

    Works for packages that load their names lazily, and whether `package` is imported before or after.
    The name is loaded first: a follower that needs it finds it whole.
    """

    def watch(_: ModuleType) -> None:
        module = sys.modules[package]  # a lazy package puts another module in its own place

        class Watched(type(module)):  # type: ignore[misc]
            def __getattr__(self, name: str) -> Any:
                value = super().__getattr__(name)
                if name.startswith(prefix):
                    import_module(follower)
                return value

        if any(name.startswith(prefix) for name in vars(module)):  # somebody was earlier than we
            import_module(follower)
        module.__class__ = Watched

    register_post_import_hook(watch, package)
