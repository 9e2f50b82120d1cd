"""A voice without weights: every word is a short tone. For tests of everything but the sound."""
from __future__ import annotations

import hashlib
import re

import numpy as np

from ..fit import room
from ..problems import LineProblem
from ..retime import PAUSE_ELASTICITY, retime
from ..script import Phone, Plan, Speech, Voice, Word
from . import Cancelled

FRAME = 0.005
"""Seconds of one duration frame."""

VOICES = {"sine": 220.0, "low": 140.0, "high": 330.0}
"""Voice -> Hz of its tones."""


class Family:
    """Tones at 24 kHz; a letter lasts 60 ms, a gap between words 60 ms."""

    name = "tone"
    rate = 24000
    loaded = True

    def __init__(self, models, threads: int = 1):
        pass

    def voices(self) -> dict[str, str]:
        return dict.fromkeys(VOICES, "en-us")

    def fingerprint(self, voice: Voice) -> str:
        return hashlib.sha256(repr(VOICES).encode()).hexdigest()

    def say(self, plan: Plan, stop) -> tuple[Speech, np.ndarray, tuple[str, ...]]:
        words = re.findall(r"\w+", plan.text)
        if not words:
            raise LineProblem("nothing_to_say", text=plan.text)
        if stop():
            raise Cancelled
        natural = np.array([length for word in words for length in (12.0 * len(word), 12.0)][:-1])
        elasticity = np.array([value for _ in words for value in (1.0, PAUSE_ELASTICITY)][:-1])
        space = room(plan)
        target = None if space is None else int(space / FRAME)
        timing = retime(natural, elasticity, target, plan.wish.shortest, plan.wish.longest)
        edges = np.concatenate([[0], np.cumsum(timing.frames)]) * FRAME
        spoken = tuple(Word(word, float(edges[2 * i]), float(edges[2 * i + 1])) for i, word in enumerate(words))
        pitch = VOICES[plan.voice.timbre] * 2 ** ((plan.wish.pitch + plan.wish.seed % 12) / 12)
        time = np.arange(round(edges[-1] * self.rate)) / self.rate
        sound = 0.3 * np.sin(2 * np.pi * pitch * time)
        for word, after in zip(spoken, spoken[1:], strict=False):
            sound[round(word.end * self.rate) : round(after.start * self.rate)] = 0.0
        total = float(edges[-1])
        natural_seconds = float(natural.sum() * FRAME)
        phones = tuple(Phone(word.text, word.start, word.end) for word in spoken)
        return Speech(phones, spoken, natural_seconds, total / natural_seconds, 0.0, total), sound.astype(np.float32), ()
