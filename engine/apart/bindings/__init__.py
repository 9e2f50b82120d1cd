"""What a file of this package must offer, so that an engine apart can be called. `docs/add-an-engine.md` shows how one is written.

The file itself imports only the standard library and us; what is the engine's own is imported when it is loaded, by `library`,
and only in the worker. Beside its class `Binding` it has the names that `Description` lists.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from ...problems import LineProblem
from ..talk import Utterance

Tell = Callable[[float, str], None]
"""Share of the utterance that is done, 0 to 1, and what is done now."""
Stop = Callable[[], bool]


class Stopped(Exception):
    """The caller's `stop` said so; the engine stays as it was."""


@dataclass(frozen=True)
class Sound:
    """What was said."""

    pcm: bytes
    """Mono, 16 bits, little-endian, at the binding's RATE."""
    natural: float
    """Seconds at the engine's own pace."""
    exact: bool = True
    """False when the length is not as `length.fitted` wants it."""
    device: str = ""
    memory: int = 0
    """Bytes of the device at most; 0 where nobody counts."""
    warnings: tuple[str, ...] = ()


class Description(Protocol):
    """Names of the module itself."""

    TITLE: str
    RATE: int
    """Samples a second."""
    LANGUAGES: dict[str, str]
    """Our codes, and what the engine calls them."""
    CAPABILITIES: tuple[str, ...]
    """Out of `exact_length`, `emotion_vector`, `emotion_clip`."""
    IMITATES: bool
    """Whether it wants a recording of the voice."""
    LICENCE: str
    """Under which its code and weights are; what a person accepts. Empty where there is nothing to accept."""
    LICENCE_TOLD: tuple[str, ...]
    """That licence in plain words, a sentence each, and where it can be read."""
    PACKAGES: tuple[str, ...]
    """Pinned requirements that its Python must have."""
    FILES: tuple[str, ...]
    """Files that its folder must have, with forward slashes."""
    HUB: dict[str, str]
    """Beginnings of the names in FILES -> `owner/model` of the hub that has what follows them; empty where nothing can be downloaded."""


class Binding(Protocol):
    """The engine as it is in this Python. Making one is cheap."""

    def __init__(self, folder: Path, device: str = "", half: bool = False):
        """folder: of its files; device: as the engine calls it, empty lets it choose; half: half precision where it can."""

    def version(self) -> str:
        """Of all that decides how it sounds, but the weights. Raises LineProblem `engine_python` where it is not installed."""

    def load(self) -> None:
        """Reads the weights. Raises LineProblem."""

    def say(self, wanted: Utterance, tell: Tell, stop: Stop) -> Sound:
        """Raises LineProblem and Stopped."""


def library(name: str, title: str) -> Any:
    """A module that the engine brings. Raises LineProblem `engine_python`."""
    try:
        return import_module(name)
    except ImportError as error:
        raise LineProblem("engine_python", engine=title, reason=f"{name} cannot be imported ({error})") from error


def versions(title: str, *packages: str) -> str:
    """Of installed packages, the first of which must be there. Raises LineProblem `engine_python`."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError as error:
            if package == packages[0]:
                raise LineProblem("engine_python", engine=title, reason=f"it has no package {package}") from error
    return ", ".join(found)
