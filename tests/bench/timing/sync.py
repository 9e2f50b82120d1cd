"""Whether phrases begin with the original's: a recording whose rhythm is known, and originals that other voices speak with
pauses of random length. Onsets are found in the sound."""
from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from engine.script import Recording, Take, Wish

from . import instruments
from .making import made, sound
from .script import FOLLOWING, RECORDED, RECORDING, VOICES

FRAME = 1000 / 24
"""Milliseconds of one picture at 24 a second."""

LEAD, PAUSE, TAIL = (0.1, 0.6), (0.3, 1.0), 0.3
"""Seconds before the first phrase of a made original and between two, from - to, and after the last."""

CLOSED = 0.05
"""Seconds of silence after which a sound begins anew."""

AROUND = 0.25
"""Seconds around where a word should begin in which its sound's beginning is looked for."""

STRENGTHS = (1.0, 0.0)


@dataclass(frozen=True)
class Scene:
    """An original and its dub, phrase by phrase."""

    number: int
    source: tuple[str, ...]
    """Phrases of the original; empty for the recording."""
    source_voice: str
    phrases: tuple[str, ...]
    voice: str
    language: str


def scenes(count: int | None = None) -> list[Scene]:
    """The recording dubbed by every English voice, and the made originals."""
    found = [Scene(number, (), "", tuple(text for text, _at in RECORDED), voice, "en") for number, voice in enumerate(VOICES["en"][:count])]
    for number, line in enumerate(FOLLOWING.strip().splitlines()[:count]):
        theirs, mine, text = line.split(maxsplit=2)
        source, _, dub = text.partition(" = ")
        phrases = [tuple(phrase.strip() for phrase in part.split("|")) for part in (source, dub or source)]
        # never the same voice on both sides
        voices = VOICES[theirs][number % 4], VOICES[mine][(number + 1) % 4]
        found.append(Scene(len(found), phrases[0], voices[0], phrases[1], voices[1], mine))
    return found


def scene(one: Scene, folder: str) -> dict:
    """Onset errors in ms, phrase by phrase, with and without sync."""
    path, onsets = _original(one, folder) if one.source else (RECORDING, [at for _text, at in RECORDED])
    seconds = soundfile.info(path).duration
    text = ("" if one.language == "zh" else " ").join(one.phrases)
    row = {"scene": one.number, "original": one.source_voice or Path(path).stem, "voice": one.voice, "text": " | ".join(one.phrases), "onsets": onsets}
    for strength in STRENGTHS:
        take = made(text, one.voice, folder, Wish(sync=strength), seconds, Recording(path))
        found = begins(take, one)
        row[f"sync {strength:g}"] = {
            "errors_ms": [round((mine - theirs) * 1000, 1) for mine, theirs in zip(found, onsets, strict=True)],
            "heard": [[stretch.start, stretch.end] for stretch in take.plan.stretches],
            "phrases": [[phrase.text, phrase.start, phrase.end, round(phrase.ratio, 3)] for phrase in take.speech.phrases],
        }
    return row


def _original(one: Scene, folder: str) -> tuple[str, list[float]]:
    """A WAV in which the other voice speaks the phrases, and the second in which each begins."""
    chance = np.random.default_rng(one.number)
    pieces, onsets, at = [], [], 0.0
    for number, phrase in enumerate(one.source):
        mono, rate = sound(made(phrase, one.source_voice, folder, Wish(mode="free")))
        first, last = instruments.sounding(mono, rate)
        silence = np.zeros(round(chance.uniform(*(PAUSE if number else LEAD)) * rate), np.float32)
        spoken = mono[round(first * rate) : round(last * rate)]
        onsets.append(round(at + len(silence) / rate, 4))
        at += (len(silence) + len(spoken)) / rate
        pieces += [silence, spoken]
    whole = np.concatenate([*pieces, np.zeros(round(TAIL * rate), np.float32)])
    # a room of -60 dB under full scale; nothing that is recorded is quite silent
    whole += chance.normal(0, 10 ** (-60 / 20), len(whole)).astype(np.float32)
    path = Path(folder) / f"original-{one.number}.wav"
    soundfile.write(path, whole, rate, subtype="PCM_24")
    return str(path), onsets


def begins(take: Take, one: Scene) -> list[float]:
    """Seconds in which the phrases' first words are heard to begin.

    Which sound it is tells the aligner in English, else the sidecar; when it begins tells the sound's level.
    """
    mono, rate = sound(take)
    words = [(_signs(word.text), word.start) for word in take.speech.words]
    if one.language == "en" and (heard := instruments.aligned(" ".join(one.phrases), instruments.listened(mono, rate))):
        words = [(_signs(word.word), word.start) for word in heard if word.word]
    starts, since = rises(mono, rate), 0
    found = []
    for phrase in one.phrases:
        spoken = next((start for at, start in _places(words) if at >= since), words[-1][1])
        near = starts[np.abs(starts - spoken) < AROUND]
        found.append(float(near[np.argmin(np.abs(near - spoken))]) if near.size else spoken)
        since += _signs(phrase)
    return found


def _places(words):
    at = 0
    for signs, start in words:
        yield at, start
        at += signs


def _signs(text: str) -> int:
    """Letters of a text."""
    return sum(sign.isalnum() for sign in text)


def rises(mono: np.ndarray, rate: int) -> np.ndarray:
    """Seconds in which sound begins after a silence of CLOSED."""
    half = round(0.0025 * rate)
    power = np.convolve(np.square(mono, dtype=np.float64), np.ones(2 * half) / (2 * half), "same")
    loud = np.flatnonzero(power > power.max() * 10 ** (instruments.FLOOR / 10))
    begin = np.concatenate([[True], np.diff(loud) > CLOSED * rate])
    return (loud[begin] + half) / rate


def figures(rows: list[dict]) -> dict:
    """Share of phrases that begin within one picture, of all scenes and of the two kinds."""
    found = {"scenes": rows}
    for strength in STRENGTHS:
        key = f"sync {strength:g}"
        parts = {"all": rows, "recording": [row for row in rows if row["original"] == Path(RECORDING).stem], "made": [row for row in rows if row["original"] != Path(RECORDING).stem]}
        found[f"sync_{strength:g}"] = {name: _share([error for row in part for error in row[key]["errors_ms"]]) for name, part in parts.items() if part}
    return found


def _share(errors: list[float]) -> dict:
    distances = [abs(error) for error in errors]
    return {
        "phrases": len(errors),
        "within_a_frame": round(sum(distance <= FRAME for distance in distances) / len(errors), 4),
        "median_ms": round(statistics.median(distances), 1),
        "worst_ms": max(distances),
    }
