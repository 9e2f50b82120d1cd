"""A voice without weights: every word is a short tone. For tests of everything but the sound."""
from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable

import numpy as np

from ..fit import EDGE
from ..phrases import GAP, Unit, length, parts
from ..problems import LineProblem
from ..retime import retime, tokens
from ..script import Heard, Mood, Phone, Phrase, Plan, Speech, Voice, Word
from . import Cancelled

FRAME = 0.005
"""Seconds of one duration frame."""

LETTER = 0.060
"""Seconds of a letter and of the gap after a word."""

VOICES = {"sine": 220.0, "low": 140.0, "high": 330.0}
"""Voice -> Hz of its tones."""


class Family:
    """Tones at 24 kHz; a letter lasts 60 ms, a gap between words 60 ms."""

    name = "tone"
    rate = 24000
    loaded = True
    rough = ""

    def __init__(self, models: object, threads: int = 1):
        pass

    def voices(self) -> dict[str, str]:
        return dict.fromkeys(VOICES, "en-us")

    def fingerprint(self, voice: Voice) -> str:
        return hashlib.sha256(repr(VOICES).encode()).hexdigest()

    def people(self, voice: Voice) -> tuple[str, ...]:
        return ()

    def foretell(self, text: str, language: str, voice: Voice, moods: tuple[Mood, ...] = (), heard: Heard | None = None) -> float:
        return length(_units(text))

    def say(self, plan: Plan, stop: Callable[[], bool], tell: Callable[[float, str], None] | None = None) -> tuple[Speech, np.ndarray, tuple[str, ...]]:
        if stop():
            raise Cancelled
        units = _units(plan.text)
        pitch = VOICES[plan.voice.timbre] * 2 ** ((plan.wish.pitch + plan.wish.seed % 12) / 12)
        words: list[Word] = []
        told: list[Phrase] = []
        at = 0.0
        for part in parts(units, plan):
            inside = units[part.first : part.last]
            natural = np.array([seconds / FRAME for unit in inside for seconds in (unit.sound, unit.pause)][:-1])
            classes = [name for _ in inside for name in ("vowel", "pause")][:-1]
            target = None if part.seconds is None else math.floor(part.seconds / FRAME)
            timing = retime(tokens(natural, classes, plan.wish.smoothness), target, plan.wish.shortest, plan.wish.longest)
            start = max(part.start, at + GAP if words else 0.0)
            edges = start + np.concatenate([[0], np.cumsum(timing.frames)]) * FRAME
            words += [Word(unit.text, float(edges[2 * i]), float(edges[2 * i + 1])) for i, unit in enumerate(inside)]
            at, own = float(edges[-1]), float(natural.sum() * FRAME)
            end = start + own if part.seconds is None else part.start + part.seconds
            told.append(Phrase(" ".join(unit.text for unit in inside), start, at, part.start, end, (at - start) / own))
        samples = np.zeros(round((at + EDGE) * self.rate), np.float32)
        for word in words:
            first, last = round(word.start * self.rate), round(word.end * self.rate)
            samples[first:last] = 0.3 * np.sin(2 * np.pi * pitch * np.arange(last - first) / self.rate)
        ratio = sum(phrase.end - phrase.start for phrase in told) / sum((p.end - p.start) / p.ratio for p in told)
        phones = tuple(Phone(word.text, word.start, word.end) for word in words)
        return Speech(phones, tuple(words), length(units), ratio, words[0].start, at, tuple(told)), samples, ()


def _units(text: str) -> list[Unit]:
    """The words. Raises LineProblem `nothing_to_say`."""
    words = list(re.finditer(r"\w+", text))
    if not words:
        raise LineProblem("nothing_to_say", text=text)
    return [Unit(word[0], LETTER * len(word[0]), LETTER, _marked(text, word.end()), word.start()) for word in words]


def _marked(text: str, at: int) -> bool:
    """Whether punctuation stands at this place of the text."""
    return text[at : at + 1] in set(",.;:!?—，。；：！？、")
