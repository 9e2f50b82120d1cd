"""Which engines there are to choose from: our own and those apart, as panels show them and as the engine calls them."""
from __future__ import annotations

from ..engine import apart

OWN, CAST = "BUILT_IN", "CAST"
"""Our own engine; whichever the character has."""

APART = {name.upper(): apart.binding(name) for name in apart.NAMES}
"""What a panel's choice stands for."""

ITEMS = (
    (OWN, "Built-in", "Dubline's own engine, which needs nothing beside it"),
    *((name, told.TITLE, f"{told.TITLE} in a Python of its own, as the preferences set it up") for name, told in APART.items()),
)
OF_LINE = ((CAST, "As cast", "The engine that the character has"), *ITEMS)


def family(choice: str) -> str:
    """The engine's name of what a panel shows; empty for what is no choice, or none of this version."""
    return "kokoro" if choice == OWN else choice.lower() if choice in APART else ""
