"""What a person set up of an engine apart on this computer: its Python, its folder, its device, and which licence was accepted.

Kept as `engines/NAME.json` in the folder of models, so that Blender, a shell and a render node know the same.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .. import whole, wire
from ..problems import LineProblem
from . import binding

FORM = 1
"""Version of the file."""


@dataclass(frozen=True)
class Setup:
    """One engine of this computer."""

    python: str = ""
    """The interpreter that has the engine's packages."""
    folder: str = ""
    """Of the engine's files; empty is `engines/NAME` in the folder of models."""
    device: str = ""
    """As the engine calls it; empty lets it choose."""
    half: bool = False
    """Half precision where the engine can."""
    accepted: str = ""
    """The licence that the person accepted, as the binding's LICENCE names it."""
    idle: float = 300.0
    """Seconds after which an engine that nobody asks is ended."""


def home(models: Path) -> Path:
    """Where all that belongs to engines apart is kept."""
    return Path(models) / "engines"


def files(models: Path, name: str, setup: Setup) -> Path:
    """The folder of the engine's own files."""
    return Path(setup.folder) if setup.folder else home(models) / name


def read(models: Path, name: str) -> Setup:
    """What is set up; nothing where there is no file or it is not ours."""
    try:
        data = json.loads((home(models) / f"{name}.json").read_text(encoding="utf-8"))
        return wire.build(Setup, data["engine"]) if data["dubline_engine"] == FORM else Setup()
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return Setup()


def write(models: Path, name: str, setup: Setup) -> None:
    """Keeps it. Raises LineProblem `cannot_keep`."""
    place = home(models) / f"{name}.json"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        whole.write(place, json.dumps({"dubline_engine": FORM, "engine": wire.plain(setup)}, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise LineProblem("cannot_keep", folder=str(place.parent), reason=error.strerror or str(error)) from error


def ready(models: Path, name: str) -> Setup:
    """What is set up, where the engine may be started. Raises LineProblem `engine_not_set_up` or `engine_licence`."""
    told, setup = binding(name), read(models, name)
    if not setup.python:
        raise LineProblem("engine_not_set_up", engine=told.TITLE)
    if setup.accepted != told.LICENCE:
        raise LineProblem("engine_licence", engine=told.TITLE, licence=told.LICENCE)
    return setup
