"""Engines apart: programs of other makers that speak, each in a Python of the person's own. One file of `bindings` an engine.

Nothing of theirs is imported into our process: `caller` starts `__main__` with the person's Python and talks to it as `talk` says.
"""
from __future__ import annotations

from importlib import import_module
from types import ModuleType

NAMES = ("indextts", "indextts25_checkout", "indextts2_checkout", "indextts_onnx", "indextts_mnn", "indextts_mlx", "tones")
"""Each is a module of `bindings`, as `bindings.Binding` tells."""


def binding(name: str) -> ModuleType:
    """The file that knows the engine. Loads nothing of the engine's own. Raises KeyError for a name that is none."""
    if name not in NAMES:
        raise KeyError(name)
    return import_module(f".bindings.{name}", __name__)
