"""The wing that listens. Each part needs a package or model of its own, and without it raises LineProblem `cannot_hear`."""
from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..problems import LineProblem

PACKAGES = {
    "av": "av",
    "cv2": "opencv-python-headless<4.12",  # later ones want numpy 2, and 5.0 has no cascades to find faces
    "parselmouth": "praat-parselmouth",
    "faster_whisper": "faster-whisper",
}
"""Module -> what pip calls it, where a person has to install it by hand."""


def need(package: str, what: str, code: str = "cannot_hear") -> ModuleType:
    """The imported package, which is wanted for `what`. Raises LineProblem, `cannot_hear` or another that has a reason."""
    try:
        return import_module(package)
    except ImportError as error:
        name = PACKAGES.get(package, package)
        raise LineProblem(code, what=what, reason=f"the Python package {name} cannot be used ({error})") from error
