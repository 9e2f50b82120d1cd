"""How a voice does on sentences that it was not made from: whose it seems to be, whether its words are heard, and whether it is clean."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import phonation
from ..hear import words
from ..hear.damage import damage
from ..hear.prosody import harmonicity
from ..hear.speaker import Likeness
from ..problems import LineProblem
from ..script import Plan, Voice, Wish
from .enrol import Found
from .kokoro import Family
from .library import Consent, Enrolled
from .styles import Styles

NAME = "candidate"

NOBODY = Consent("nobody", "a voice that is still being made", "2026-01-01")

PAUSE = 0.4
"""Seconds between the sentences when words are listened for."""

MISHEARD = 0.08
"""Share of words by which the error may rise: one of a dozen may be the recogniser's own."""

LOUDER = 10.0
"""Decibels of level by which a voice may be off the other; every take is brought to its loudness, but not out of nothing."""

ROUGHER = 1.75
"""Decibels of harmonicity that a voice may lose: what is taken over beyond are the recording's noise and its room. The voice learned from an
old speech in the open lost 1.7 dB on half of its way and 0.15 of its naturalness (DistillMOS 4.0), at its end 3.0 dB and 0.7; two voices
that stayed natural lost 0.4 and 1.0 dB in all."""

FLOOR = 50.0
"""Decibels under the loudest band from which on nothing is said of a spectrum."""


@dataclass(frozen=True)
class Result:
    """What was found."""

    likeness: float
    """Cosine of the sentences' mean embedding with the wanted one."""
    error: float | None
    """Share of words misheard; None where nobody can hear words."""
    broken: tuple[str, ...]
    """Damage, a sentence each."""
    peak: float
    """Highest sample."""
    level: float
    """dB of the whole."""
    harmonicity: float
    """dB"""

    def worse(self, other: Result) -> str:
        """In what it is worse than another, for a person; empty if in nothing."""
        if len(self.broken) > len(other.broken):
            return self.broken[0].rstrip(".")
        if self.peak >= 1 > other.peak:
            return "it is clipped"
        if abs(self.level - other.level) > LOUDER:
            return "its level is another"
        if self.harmonicity < other.harmonicity - ROUGHER:
            return "it sounds rougher"
        if self.error is not None and other.error is not None and self.error > other.error + MISHEARD:
            return "its words are understood less well"
        return ""


class Trial:
    """The sentences, and all that listens to them."""

    def __init__(self, texts: tuple[str, ...], language: str, models: Path, wanted: np.ndarray, stop: Callable[[], bool]):
        """wanted: embedding [192]. Raises LineProblem `cannot_hear`."""
        self.texts, self.language, self.models, self.wanted, self.stop = texts, language, models, wanted, stop
        self.family = Family(models, 1)
        self.likeness = Likeness(models)
        self._said: dict[Found, list] = {}
        try:
            self.recogniser: words.Recogniser | None = words.Recogniser(models, 1)
            words.normal("one", language)
        except LineProblem:
            self.recogniser = None

    def said(self, voice: Found) -> list:
        """Speech and samples of every sentence, before the voice's colour. Raises Cancelled."""
        plain = replace(voice, colour=(), notes=())
        if plain not in self._said:
            person = Enrolled(NAME, self.language, plain.timbre, plain.habit, NOBODY, f0=plain.f0, semitones=plain.semitones, spread=plain.spread, pace=plain.pace)
            self.family.styles = Styles(self.models, {NAME: person})
            plans = [Plan(text, self.language, Voice(NAME, NAME), 0.0, Wish(mode="free"), self.family.rate, 1, 0.0, "", "") for text in self.texts]
            self._said[plain] = [self.family.say(plan, self.stop)[:2] for plan in plans]
        return self._said[plain]


def tried(trial: Trial, voice: Found) -> Result:
    """The voice on every sentence of the trial. Raises Cancelled."""
    rate = trial.family.rate
    said = [(speech, phonation.shaped(samples, rate, voice.colour)) for speech, samples in trial.said(voice)]
    heard: Any = sum(trial.likeness.embedding(samples, rate) for _speech, samples in said)
    whole = np.concatenate([part for _speech, samples in said for part in (samples, np.zeros(round(PAUSE * rate), np.float32))])
    error = None
    if trial.recogniser:
        found = trial.recogniser.hear(whole, rate, trial.language)
        error, _differences = words.differences(" ".join(trial.texts), words.text(found, trial.language), trial.language)
    broken = tuple(sentence for speech, samples in said for sentence in damage(samples, rate, speech))
    level = 10 * np.log10(np.mean(np.square(whole, dtype=np.float64)) + 1e-12)
    return Result(trial.likeness.alike(heard, trial.wanted), error, broken, float(np.abs(whole).max()), float(level), harmonicity(whole, rate))


def spectrum(mono: np.ndarray, rate: int) -> np.ndarray:
    """Long-term level of speech in `phonation.BANDS`, dB; NaN where there is nothing."""
    size = 1 << int(np.log2(0.05 * rate))
    if len(mono) < size:
        return np.full(len(phonation.BANDS), np.nan)
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(mono, np.float64), size)[:: size // 2] * np.hanning(size)
    power = (np.abs(np.fft.rfft(frames)) ** 2).mean(axis=0)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    found = []
    for middle in phonation.BANDS:
        inside = (hertz >= middle * 2 ** (-1 / 3)) & (hertz < middle * 2 ** (1 / 3))
        found.append(10 * np.log10(power[inside].mean() + 1e-12) if inside.any() and middle * 2 ** (1 / 6) < rate / 2 else np.nan)
    told = np.array(found)
    return np.where(told > np.nanmax(told) - FLOOR, told, np.nan)
