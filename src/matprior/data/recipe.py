"""Recipes: YAML files whose keys are the fields of a dataclass, checked by pydantic.

A key we do not know is an error that names the nearest one we do; nothing is ignored in silence.
"""

from __future__ import annotations

import dataclasses
import difflib
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from matprior.data.files import write_atomically

T = TypeVar("T")


def read_recipe(path: str | Path, kind: type[T], overrides: list[str] | None = None) -> T:
    """Read a YAML recipe into a dataclass.

    Parameters
    ----------
    path : YAML file
    kind : dataclass to fill
    overrides : "key=value" strings with dots for nested keys ("training.epochs=3"), applied last

    Raises
    ------
    ValueError
        File missing, not YAML, unknown key, or a value of the wrong type.
    """
    if not Path(path).is_file():
        raise ValueError(f"There is no recipe {str(path)!r}. Give the path of a YAML file.")
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text ({error}). Save it as UTF-8.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} holds a {type(content).__name__}, {str(content)[:60]!r}; expected options by name, one "
            "`key: value` a line, such as `name: my-checkpoint`."
        )
    for override in overrides or []:
        _apply(content, override)
    return from_dict(content, kind, str(path))


def from_dict(content: dict[str, Any], kind: type[T], where: str = "recipe") -> T:
    """Fill a dataclass from nested dicts, refusing unknown keys and wrong types."""
    for nested in _dataclasses_in(kind):
        # pydantic reads this attribute; it would otherwise ignore keys it does not know.
        nested.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        lines = [_explain(problem, kind) for problem in error.errors()]
        raise ValueError(f"{where}: " + " ".join(lines)) from None


def write_recipe(recipe: Any, path: str | Path) -> None:
    """Write a dataclass as YAML, every field, so that the file alone repeats the run."""
    with write_atomically(path) as draft:
        draft.write_text(
            yaml.safe_dump(dataclasses.asdict(recipe), sort_keys=False, allow_unicode=True),
            encoding="utf-8",
        )


def read_value(text: str, where: str) -> Any:
    """The value behind the equals sign of `where`, read as YAML."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise ValueError(
            f"{where!r} is not understood: {text!r} is no value. Write key=value, such as epochs=20."
        ) from None


def _apply(content: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise ValueError(f"{override!r} is not an override. Write key=value, for example training.epochs=3.")
    *path, last = key.strip().split(".")
    for place, part in enumerate(path, start=1):
        content = content.setdefault(part, {})
        if not isinstance(content, dict):
            name = ".".join(path[:place])
            raise ValueError(
                f"{override!r} is no override: {name} holds {content!r}, which has no keys below it. Write "
                f"{name}=VALUE."
            )
    content[last] = read_value(value, override)


def _dataclasses_in(kind: Any) -> set[type]:
    """The dataclass and every dataclass its fields hold."""
    import typing

    found: set[type] = set()
    queue = [kind]
    while queue:
        current = queue.pop()
        if dataclasses.is_dataclass(current) and isinstance(current, type) and current not in found:
            found.add(current)
            queue.extend(typing.get_type_hints(current).values())
        queue.extend(get_args(current))
    return found


def _explain(problem: Any, kind: type) -> str:
    if problem["type"] == "value_error":  # said by the dataclass itself
        return str(problem["ctx"]["error"])
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] not in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{key}: {problem['msg']} (got {problem['input']!r})."
    known = sorted({field.name for nested in _dataclasses_in(kind) for field in dataclasses.fields(nested)})
    near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else f" Known keys: {', '.join(known)}."
    return f"Unknown key {key!r}.{hint}"
