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
        kind: Any = type(module)
        load = getattr(kind, "__getattr__", None)
        if load is None or any(name.startswith(prefix) for name in vars(module)):
            import_module(follower)  # not lazy, or somebody was earlier than we
            return

        def load_and_follow(self: ModuleType, name: str) -> Any:
            value = load(self, name)
            # The package itself only: its own modules take names from each other half loaded.
            if self.__name__ == package and name.startswith(prefix):
                import_module(follower)
            return value

        # On the class, because the package replaces its module object while it loads itself.
        kind.__getattr__ = load_and_follow

    register_post_import_hook(watch, package)
