"""Tones instead of speech: an engine apart without weights, which tries a Python, a folder and everything between us and an engine.

The worked example of `docs/add-an-engine.md`: a hundredth of a second of tone stands for what a real engine calls a frame.
"""
from __future__ import annotations

import math
from array import array
from pathlib import Path

from ..length import cut, fitted
from ..talk import Utterance
from . import Sound, Stop, Stopped, Tell

TITLE = "Tones"
RATE = 22050
LANGUAGES = {"en-us": "en", "en-gb": "en", "zh": "zh"}
CAPABILITIES = ("exact_length", "emotion_vector")
IMITATES = False
LICENCE = ""
LICENCE_TOLD = ()
PACKAGES = ()
FILES = ()
HUB: dict[str, str] = {}

HOP = 220
"""Samples of one frame."""

LETTER = 8
"""Frames of one letter."""


class Binding:
    """Speaks every letter as a piece of tone; an emotion raises it."""

    def __init__(self, folder: Path, device: str = "", half: bool = False):
        self._loaded = False

    def version(self) -> str:
        return "tones 1"

    def load(self) -> None:
        self._loaded = True

    def say(self, wanted: Utterance, tell: Tell, stop: Stop) -> Sound:
        natural = LETTER * max(1, sum(map(str.isalnum, wanted.text)))
        length = fitted(natural, wanted, HOP)
        hertz = 220 * 2 ** ((wanted.seed % 12 + 12 * sum(wanted.vector)) / 12)
        samples = array("h")
        for frame in range(length.frames):
            if stop():
                raise Stopped
            tell(frame / length.frames, "speaking")
            samples.extend(round(8000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(frame * HOP, (frame + 1) * HOP))
        return Sound(cut(samples.tobytes(), length.samples, RATE), natural * HOP / RATE, device="none")
