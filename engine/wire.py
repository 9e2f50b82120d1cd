"""JSON for every noun and event, derived from their fields; a missing field takes its default, an unknown one is refused."""
from __future__ import annotations

import dataclasses
import json
import types
import typing
from functools import cache
from reprlib import repr as brief
from typing import Any

from . import events, expression, script, tracks
from .apart import talk

_KINDS = {
    cls.__name__: cls
    for module in (expression, script, tracks, events, talk)
    for cls in vars(module).values()
    if isinstance(cls, type) and dataclasses.is_dataclass(cls) and cls.__module__ == module.__name__
}


class WireError(ValueError):
    """The text is not a message of ours; says where and why."""


def dumps(value: Any) -> str:
    """One line of JSON that `loads` turns back into an equal value.

    Only ASCII, which every console, pipe and file takes, be a text ever so broken; numbers as Python spells them, since a
    NaN is to fail its own line and not the whole message.
    """
    return json.dumps({"is": type(value).__name__, **plain(value)}, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """The value that `dumps` wrote. Raises WireError."""
    try:
        data = json.loads(text)
    # RecursionError: brackets within brackets without end
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("is"), str) or data["is"] not in _KINDS:
        raise WireError(f"not a message: {text[:80]!r}")
    return build(_KINDS[data.pop("is")], data)


def plain(value: Any) -> Any:
    """A value as dicts, lists and scalars, without the `is` key; for JSON documents that people read."""
    cls: Any = type(value)
    names = _names(cls)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value


@cache
def _names(cls: type) -> tuple[str, ...] | None:
    """Of a dataclass's fields; None for what is none."""
    return tuple(field.name for field in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else None


@cache
def _types(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def build(cls: Any, data: Any, where: Any = "") -> Any:
    """A `cls` out of plain data, as JSON or YAML gives it. Raises WireError with the path of the wrong key.

    where: the way to the data: a text, or the way before it and a key or place, which is put into words only when something is wrong.
    """
    if not isinstance(data, dict):
        raise WireError(f"{_path(where) or cls.__name__}: a table is wanted, not {brief(data)}")
    hints = _types(cls)
    unknown = data.keys() - hints.keys()
    if unknown:
        raise WireError(f"{_path(where) or cls.__name__}: unknown {', '.join(sorted(map(str, unknown)))[:200]}")
    try:
        return cls(**{name: _value(hints[name], item, (where, name)) for name, item in data.items()})
    except TypeError as error:
        raise WireError(f"{_path(where) or cls.__name__}: {error}") from error


def _path(where: Any) -> str:
    """`take.words[3].start`."""
    steps = []
    while isinstance(where, tuple):
        where, step = where
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join([where, *reversed(steps)]).lstrip(".")


def known(cls: Any, data: Any) -> Any:
    """Plain data without the keys that `cls` and what it holds do not have: those of a newer version."""
    if typing.get_origin(cls) in (types.UnionType, typing.Union):
        (cls,) = [part for part in typing.get_args(cls) if part is not type(None)]
    if dataclasses.is_dataclass(cls) and isinstance(data, dict):
        hints = _types(typing.cast(typing.Hashable, cls))
        return {name: known(hints[name], item) for name, item in data.items() if name in hints}
    if typing.get_origin(cls) is tuple and isinstance(data, list):
        return [known(typing.get_args(cls)[0], item) for item in data]
    return data


def _value(hint: Any, data: Any, where: Any) -> Any:
    kind, inner = _kind(hint)
    if kind == "maybe":
        return None if data is None else _value(inner, data, where)
    if kind == "table":
        return build(inner, data, where)
    if kind == "list":
        if not isinstance(data, (list, tuple)):
            raise WireError(f"{_path(where)}: a list is wanted, not {brief(data)}")
        return tuple([_value(inner, item, (where, index)) for index, item in enumerate(data)])
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        try:
            return float(data)
        except OverflowError as error:
            raise WireError(f"{_path(where)}: no number has {len(str(data))} digits before its point") from error
    if not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
        raise WireError(f"{_path(where)}: {hint.__name__} is wanted, not {brief(data)}")
    return data


@cache
def _kind(hint: Any) -> tuple[str, Any]:
    """Whether a hint is of what may be missing, of a table, of a list or of a plain value; and of what."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (hint,) = [part for part in typing.get_args(hint) if part is not type(None)]
        return "maybe", hint
    if dataclasses.is_dataclass(hint):
        return "table", hint
    return ("list", typing.get_args(hint)[0]) if origin is tuple else ("plain", hint)
