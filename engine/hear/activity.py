"""When somebody speaks in a recording: a voice detector finds the speech, the sound's level its exact edges."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import inference
from ..script import Stretch
from . import need

NETWORK = Path(__file__).with_name("silero.onnx")
"""Silero's voice activity detector 6.2, as its authors give it out for 16 kHz."""

RATE = 16000
"""Hz, what the detector listens at."""

CHUNK, BEFORE = 512, 64
"""Samples that the detector judges at once, and those right before them that it hears again."""

SPEAKS, SILENT = 0.5, 0.35
"""Probability of speech from which a stretch begins, and under which it ends (the detector's own recommendation)."""

PAUSE, HELD = 0.12, 0.22
"""Seconds; a shorter silence is a stop's closure and no pause. Where the detector hears speech going on, only a silence
of HELD counts."""

BROKEN = 0.06
"""Seconds; a shorter gap is within one sound, such as between the creak that opens a vowel and its voice."""

FAINT = 26.0
"""Decibels under the recording's loudest window; a stretch whose own loudest is below is a breath or the room."""

SHORTEST = 0.06
"""Seconds; a shorter stretch is a click."""

REACH = 0.30
"""Seconds around the detector's edge in which the sound's own edge is looked for: it is up to that late to notice a
soft onset, and waits that long before it believes in an end."""

FLOOR, PEAK = 10.0, -35.0
"""A 10 ms window sounds from this many decibels over the noise on, or under the stretch's loudest one, whichever is
higher. At -40 dB, what `fit.audible` takes, the room's echo of a real recording still counts as speech."""


def stretches(mono: np.ndarray, rate: int) -> tuple[Stretch, ...]:
    """The spoken stretches of mono float32 samples in seconds, on the millisecond. Raises LineProblem `cannot_hear`."""
    level = _level(mono, rate)
    if not len(level) or level.max() < -70:
        return ()
    noise = float(np.percentile(level, 10))
    found: list[list[float]] = []
    spoken = [span for span in detected(mono, rate) if span[1] - span[0] > SHORTEST]
    for number, (begin, end) in enumerate(spoken):
        low = max(begin - REACH, spoken[number - 1][1] if number else 0.0)
        high = min(end + REACH, spoken[number + 1][0] if number + 1 < len(spoken) else len(mono) / rate)
        first, last = round(low * 200), round(high * 200)
        loudest = level[round(begin * 200) : max(round(end * 200), round(begin * 200) + 1)].max(initial=-120.0)
        sounds = level[first:last] > max(noise + FLOOR, loudest + PEAK)
        # a creak or a weak onset goes with the sound right behind it; what only rings or rumbles farther off is no speech
        runs = _joined([[(first + a) / 200, (first + b) / 200] for a, b in _runs(sounds)], BROKEN)
        runs = [run for run in runs if run[0] < end - SHORTEST and run[1] > begin]
        found += _joined([run for run in runs if level[round(run[0] * 200) : round(run[1] * 200)].max() > level.max() - FAINT], HELD)
    joined = _joined(found, PAUSE)
    return tuple(Stretch(round(begin, 3), round(end, 3)) for begin, end in joined if end - begin >= SHORTEST)


def _joined(runs: list[list[float]], pause: float) -> list[list[float]]:
    """Stretches with shorter silences than `pause` closed."""
    joined: list[list[float]] = []
    for begin, end in runs:
        if joined and begin - joined[-1][1] < pause:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([begin, end])
    return joined


def detected(mono: np.ndarray, rate: int) -> Iterator[tuple[float, float]]:
    """(begin, end) in seconds of what the detector takes for speech, whatever sounds beside it. Raises LineProblem `cannot_hear`."""
    import soxr

    network = _network()
    sound = soxr.resample(mono, rate, RATE) if rate != RATE else mono
    # the detector was trained on speech of usual loudness
    sound = sound * min(100.0, 0.5 / max(float(np.abs(sound).max()), 1e-6))
    sound = np.pad(sound.astype(np.float32), (BEFORE, -len(sound) % CHUNK))
    memory, told = np.zeros((2, 1, 128), np.float32), np.array(RATE, np.int64)
    since = None
    for start in range(0, len(sound) - BEFORE, CHUNK):
        likely, memory = network.run(None, {"input": sound[None, start : start + BEFORE + CHUNK], "state": memory, "sr": told})
        at = start / RATE
        if since is None and likely[0, 0] >= SPEAKS:
            since = at
        elif since is not None and likely[0, 0] < SILENT:
            yield since, at
            since = None
    if since is not None:
        yield since, len(mono) / rate


def _network() -> Any:
    need("onnxruntime", "speech and silence")
    return inference.session(NETWORK)


def _level(mono: np.ndarray, rate: int) -> np.ndarray:
    """Decibels of 10 ms windows, one every 5 ms, each told at its middle."""
    size, hop = round(0.010 * rate), 0.005 * rate
    power = np.cumsum(np.pad(np.square(mono, dtype=np.float64), (size // 2 + 1, size)))
    starts = np.round(np.arange(int(len(mono) / hop)) * hop).astype(int)
    return 10 * np.log10((power[starts + size] - power[starts]) / size + 1e-12)


def _runs(sounds: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first, last) of every run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sounds.astype(np.int8), [0]])))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
