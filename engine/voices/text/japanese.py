"""Japanese: not read yet; no small library reads it on every supported Python and system."""
from __future__ import annotations

from ...problems import LineProblem
from .written import Piece


def read(text: str, language: str) -> list[Piece]:
    """Raises LineProblem no_front_end."""
    raise LineProblem("no_front_end", language="Japanese", reason="its reader is not part of this version")
