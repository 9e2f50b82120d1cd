"""A source of emotion as one writes it in a shell: a preset, numbers, words or a recording, with its weight: `angry@0.3`."""
from __future__ import annotations

import re
from dataclasses import fields

from ..emotion import EIGHT
from ..problems import LineProblem
from ..script import Emotion, Feeling, Recording

NAMES = tuple(field.name for field in fields(Emotion))

NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)"
"""In one way only: of several a hostile list of numbers makes more than there is time for."""

LONGEST = 4096
"""Characters of a source: as many as the name of a file may have."""

FORM = "a preset (angry), eight numbers (0,0.6,0,0,0,0,0.2,0), names with numbers (angry=0.6,tremble=0.5), words, or a recording (clip.mp4, or of its seconds 2 to 6.5 clip.mp4[2-6.5])"

SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v")
"""What a file is called that somebody may speak in."""


def read(text: str) -> Feeling:
    """The feeling. Raises LineProblem `bad_wish`."""
    source, weight = text.strip(), 1.0
    if len(source) > LONGEST:
        raise LineProblem("bad_wish", reason=f"A source of emotion has {LONGEST} characters at most, not {len(source)}.")
    if found := re.fullmatch(rf"(.*?)\s*@\s*({NUMBER})", source, re.DOTALL):
        source, weight = found[1].strip(), float(found[2])
    if not source:
        raise LineProblem("bad_wish", reason=f"A source of emotion is {FORM}.")
    if (performer := recording(source)) is not None:
        return Feeling(weight, recording=performer)
    if source in EIGHT:
        return Feeling(weight, preset=source)
    if re.fullmatch(rf"{NUMBER}(\s*,\s*{NUMBER})*", source):
        return Feeling(weight, emotion=vector([float(value) for value in source.split(",")]))
    if re.match(r"\w+\s*=", source):
        return Feeling(weight, emotion=_named(source))
    return Feeling(weight, words=source)


def recording(text: str) -> Recording | None:
    """`FILE` or `FILE[FROM-TO]` in seconds; None for what is no file of sound. Raises LineProblem `bad_wish`."""
    found = re.fullmatch(r"(.+?)(?:\[\s*(\d*\.?\d*)\s*-\s*(\d*\.?\d*)\s*\])?", text, re.DOTALL) if len(text) <= LONGEST else None
    if found is None or not found[1].lower().endswith(SOUNDS):
        return None
    try:
        start, end = float(found[2] or 0), float(found[3] or 0)
    except ValueError as error:
        raise LineProblem("bad_wish", reason=f"{text!r}: seconds are numbers, as in clip.mp4[2-6.5].") from error
    if end and end <= start:
        raise LineProblem("bad_wish", reason=f"{text!r} ends before it begins.")
    return Recording(found[1], start, end - start if end else 0.0)


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
