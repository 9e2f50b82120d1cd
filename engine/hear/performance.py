"""What a recording tells of how somebody speaks in it: prosody, phrases and feeling, and whether it is fit to be followed."""
from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..emotion import limited, scaled
from ..problems import LineProblem
from ..script import Emotion, Heard, Recording, Sense, Stretch
from . import condition, need, split
from .activity import stretches
from .prosody import measured, performed, pitch
from .recording import read

LONGEST = 15.0
"""Seconds of a recording that are heard as one manner (as IndexTTS 2 cuts its emotion prompts)."""

MEN, WOMEN = (110.0, 1055.0), (200.0, 1160.0)
"""Usual F0 in Hz (Traunmüller and Eriksson, "The frequency range of the voice fundamental in the speech of male and female
adults", 1995, give 119 and 207 as means of languages; readers speak lower) and distance of formants in Hz: half the speed of
sound by the length of the vocal tract."""

PERSONS, FORMANTS, MOODS = 2.5, 50.0, 3.5
"""Spread from person to person of the two, in semitones and Hz, and of a person's pitch from mood to mood in semitones."""


@dataclass(frozen=True)
class Performance:
    """What was heard."""

    heard: Heard
    senses: tuple[Sense, ...] = ()
    """Feeling over time."""
    whole: Sense | None = None
    """Feeling of all of it; None where nothing can tell."""
    stretches: tuple[Stretch, ...] = ()
    """Where it speaks, in seconds from the recording's start."""
    warnings: tuple[str, ...] = ()


def listen(recording: Recording, plain: Recording | None = None, models: Path | None = None, faces: bool = True) -> Performance:
    """Hears at most LONGEST seconds of it. Raises LineProblem `cannot_hear` or `missing_media`, and `no_manner` where nobody speaks.

    plain: the same person's usual manner; models: folder in which what tells speakers apart may lie; faces: whether a film's faces are looked at, where that is possible.
    """
    mono, rate, warnings = _heard(recording)
    spoken = stretches(mono, rate)
    mono, spoken, told = _cleared(mono, rate, spoken, models)
    warnings += told
    quiet = _heard(plain)[:2] if plain is not None else None
    usual = measured(*quiet) if quiet else None
    prosody = measured(mono, rate, spoken, usual)
    if not prosody.f0:
        raise LineProblem("no_manner", path=recording.path)
    if usual is None:
        prosody = replace(prosody, level=round(height(mono, rate, spoken), 2))
    try:
        senses, whole = felt(mono, rate, spoken, quiet)
    except LineProblem as problem:
        # the measures are carried over all the same
        senses, whole = (), None
        warnings.append(f"What is felt is not told. {problem.message}")
    if faces:
        senses, whole, seen = _with_face(recording, senses, whole)
        warnings += seen
    # what is uncertain is played the less
    emotion = limited(scaled(whole.emotion, whole.certainty)) if whole else Emotion()
    heard = Heard(prosody, usual, performed(mono, rate, spoken), emotion)
    return Performance(heard, senses, whole, spoken, tuple(warnings))


def height(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...]) -> float:
    """Semitones by which the pitch likely is over the person's usual one, when only this recording of them is known.

    A high voice may be raised or a child's: the formants tell how large the speaker is, and so which pitch is usual for the
    size. What remains is divided between person and mood by how much each varies.
    """
    sound = need("parselmouth", "a recording's manner").Sound(np.asarray(mono, np.float64), rate)
    times, semitones = pitch(sound)
    middle = float(np.median(semitones))
    formants = sound.to_formant_burg(0.01, 5, min(5500.0, 0.49 * rate), 0.025, 50)
    found = np.array([[formants.get_value_at_time(number, time) for number in (1, 2, 3, 4)] for time in times[::2]])
    place = np.array([0.5, 1.5, 2.5, 3.5])
    median = np.nanmedian(found, axis=0) if len(found) else np.full(4, np.nan)
    known = np.isfinite(median)
    distance = float((median[known] * place[known]).sum() / (place[known] ** 2).sum()) if known.any() else (MEN[1] + WOMEN[1]) / 2
    share = PERSONS**2 + MOODS**2
    off = [middle - 12 * np.log2(hertz) for hertz, _distance in (MEN, WOMEN)]
    odds = [np.exp(-((distance - size) ** 2) / (2 * FORMANTS**2) - one**2 / (2 * share)) + 1e-12 for one, (_hertz, size) in zip(off, (MEN, WOMEN), strict=True)]
    likely = sum(odd * one for odd, one in zip(odds, off, strict=True)) / sum(odds)
    return float(likely * MOODS**2 / share)


def felt(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...], quiet: tuple[np.ndarray, int] | None = None) -> tuple[tuple[Sense, ...], Sense | None]:
    """Feeling over time and as a whole. quiet: samples and rate of the same person's usual manner. Raises LineProblem `cannot_hear`."""
    ear = _ear()
    plain = ear.embedding(*quiet) if quiet else None
    return ear.hear(mono, rate, spoken, plain), ear.whole(mono, rate, spoken, plain)


@cache
def _ear() -> Any:
    from .feeling import Ear

    return Ear()


def _heard(recording: Recording) -> tuple[np.ndarray, int, list[str]]:
    """Mono samples, their rate in Hz, and warnings."""
    wanted = min(recording.seconds or LONGEST + 1, LONGEST + 1)
    samples, rate = read(replace(recording, seconds=wanted))
    mono = samples.mean(axis=1)
    warnings = []
    if len(mono) > LONGEST * rate:
        mono = mono[: round(LONGEST * rate)]
        warnings.append(f"Only the first {LONGEST:.0f} s of the recording are heard as one manner.")
    return mono, rate, warnings


def _cleared(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...], models: Path | None) -> tuple[np.ndarray, tuple[Stretch, ...], list[str]]:
    """The dialogue alone where there is much beside it and it can be parted, where it speaks, and what is to be said of the recording."""
    told = list(condition.warnings(mono, rate, spoken, _likeness(models)))
    background = split.needed(mono, rate, spoken)
    if not background.much:
        return mono, spoken, told
    try:
        speech, _rest = split.dialogue(mono, rate, models)
    except LineProblem as problem:
        return mono, spoken, [*told, f"What sounds beside the speech was not taken away. {problem.message}"]
    return speech, stretches(speech, rate) or spoken, told


@lru_cache(maxsize=1)
def _likeness(models: Path | None) -> Any:
    """What tells two speakers apart; None where its model is not on this computer."""
    from .speaker import Likeness

    try:
        return Likeness(models) if models else None
    except LineProblem:
        return None


def _with_face(recording: Recording, voice: tuple[Sense, ...], whole: Sense | None) -> tuple[tuple[Sense, ...], Sense | None, tuple[str, ...]]:
    """What voice and face tell together, over time and as a whole; the voice's alone where no face can be looked at."""
    from .combined import combined, overall
    from .face import look

    seconds = min(recording.seconds or LONGEST, LONGEST)
    try:
        sight = look(recording.film or recording.path, recording.film_at if recording.film else recording.start, seconds)
    except LineProblem:
        return voice, whole, ()  # without the part, and of a file without pictures, the voice tells what it can
    if not sight.senses:
        return voice, whole, sight.warnings
    both = combined(voice, sight.senses)
    return both, overall(both), sight.warnings
