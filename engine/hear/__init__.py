"""The wing that listens. Each part needs a package or model of its own, and without it raises LineProblem `cannot_hear`."""
from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..problems import LineProblem


def need(package: str, what: str) -> ModuleType:
    """The imported package, which is wanted for `what`. Raises LineProblem `cannot_hear`."""
    try:
        return import_module(package)
    except ImportError as error:
        raise LineProblem("cannot_hear", what=what, reason=f"the Python package {package} cannot be used ({error})") from error
