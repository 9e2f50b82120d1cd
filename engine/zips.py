"""Which zips of the extension can speak, for which platform and Pythons each is made, and which of them is this computer's; manifest.toml says it."""
from __future__ import annotations

import platform
import sys
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MANIFEST = Path(__file__).resolve().parent.parent / "manifest.toml"

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
"""The version that runs here."""

MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Zip:
    """One of them."""

    name: str
    """What tells it from the others in its file's name."""
    platform: str
    """As Blender calls it."""
    pythons: tuple[str, ...]
    """Versions that it has libraries for, such as 3.11."""
    file: str
    """The name of the file."""


@lru_cache(maxsize=1)
def every() -> dict[str, Zip]:
    """All by name: first one for each platform, for blender.org's Blenders, then those for Blenders that a distribution builds with a Python of its own."""
    manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    wheels = manifest["wheels"]
    found = [(name, name, wheels["only"].get(name, wheels["pythons"])) for name in manifest["platforms"]]
    found += [(f"{name}-python{python}", name, [python]) for name, pythons in wheels["distributions"].items() for python in pythons]
    return {name: Zip(name, where, tuple(pythons), file_name(manifest["blender"], name)) for name, where, pythons in found}


def fitting(python: str = PYTHON, where: str = "") -> Zip | None:
    """The one for a Python on a platform, this computer's by default; None where there is none."""
    return next((one for one in every().values() if one.platform == (where or this_platform()) and python in one.pythons), None)


def file_name(about: dict[str, str], name: str) -> str:
    """Of the zip with this name. about: what manifest.toml tells Blender."""
    return f"{about['id']}-{about['version']}-{name}.zip"


def this_platform() -> str:
    """Blender's name of the computer this runs on."""
    system = {"Linux": "linux", "Windows": "windows", "Darwin": "macos"}.get(platform.system(), platform.system())
    return f"{system}-{MACHINES.get(platform.machine().lower(), platform.machine())}"
