"""A source of emotion as one writes it in a shell: a preset, numbers, or words, with its weight: `angry@0.3`."""
from __future__ import annotations

import re
from dataclasses import fields

from ..emotion import EIGHT
from ..problems import LineProblem
from ..script import Emotion, Feeling

NAMES = tuple(field.name for field in fields(Emotion))

NUMBER = r"[-+]?\d*\.?\d+"

FORM = "a preset (angry), eight numbers (0,0.6,0,0,0,0,0.2,0), names with numbers (angry=0.6,tremble=0.5) or words"


def read(text: str) -> Feeling:
    """The feeling. Raises LineProblem `bad_wish`."""
    source, weight = text.strip(), 1.0
    if found := re.fullmatch(rf"(.*?)\s*@\s*({NUMBER})", source, re.DOTALL):
        source, weight = found[1].strip(), float(found[2])
    if not source:
        raise LineProblem("bad_wish", reason=f"A source of emotion is {FORM}.")
    if source in EIGHT:
        return Feeling(weight, preset=source)
    if re.fullmatch(rf"{NUMBER}(\s*,\s*{NUMBER})*", source):
        return Feeling(weight, emotion=vector([float(value) for value in source.split(",")]))
    if re.match(r"\w+\s*=", source):
        return Feeling(weight, emotion=_named(source))
    return Feeling(weight, words=source)


def vector(values: list[float]) -> Emotion:
    """The eight in IndexTTS 2's order. Raises LineProblem `bad_wish`."""
    if len(values) != len(EIGHT):
        raise LineProblem("bad_wish", reason=f"A vector of emotion has the {len(EIGHT)} numbers {', '.join(EIGHT)}, not {len(values)}.")
    return Emotion(*values)


def _named(source: str) -> Emotion:
    values = {}
    for part in source.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in NAMES or not re.fullmatch(NUMBER, value):
            raise LineProblem("bad_wish", reason=f"{part.strip()!r} is no part of an emotion; these are {', '.join(NAMES)}, each with a number.")
        values[name] = float(value)
    return Emotion(**values)
