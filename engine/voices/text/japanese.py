"""Japanese: not read yet; the one reader with wheels for every Python and system unpacks to over 110 MB."""
from __future__ import annotations

from ...problems import LineProblem
from .written import Piece


def read(text: str, language: str) -> list[Piece]:
    """Raises LineProblem no_front_end."""
    raise LineProblem("no_front_end", language="Japanese", reason="its reader is not part of this version (it needs a dictionary of over 100 MB)")
