"""Faces that live: mouths follow the loudness of the finished takes, eyes blink, heads sway."""
from __future__ import annotations

import math

import numpy as np
import soundfile

from .film import figure
from .scenario import CAST, FPS, STAGES, frame

QUIET, LOUD = -46.0, -16.0
"""dBFS of one frame of sound at which a mouth is shut and wide open."""
SHUT = 0.14
"""Openness under which the lips are drawn at rest."""
BLINK = (1.0, 0.12, 0.12, 0.6, 1.0)
"""Height of the eyes in five frames."""


def openness(path: str) -> np.ndarray:
    """How wide a mouth is in each frame of a take, 0 to 1, by the loudness of that frame."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    frames = math.ceil(len(mono) * FPS / rate)
    edges = [round(index * rate / FPS) for index in range(frames + 1)]
    power = [float(np.mean(np.square(mono[a:b]))) if b > a else 0.0 for a, b in zip(edges, edges[1:], strict=False)]
    level = 10 * np.log10(np.maximum(power, 1e-10))
    wide = np.clip((level - QUIET) / (LOUD - QUIET), 0, 1)
    return np.convolve(np.pad(wide, 1, mode="edge"), (0.2, 0.6, 0.2), "valid")


def animate(strips, takes: list[tuple[str, int, str]], scale: float):
    """Sets the keyframes. strips: every strip by its name; takes: speaker, first frame, path of the WAV."""
    mouths = {part.name: np.zeros(frame(STAGES[-1].end) + 1) for part in CAST}
    for speaker, first, path in takes:
        wide = openness(path)[: len(mouths[speaker]) - first]
        mouths[speaker][first : first + len(wide)] = np.maximum(mouths[speaker][first : first + len(wide)], wide)
    for stage in STAGES:
        for turn, name in enumerate(stage.parts):
            first, last = frame(stage.start), frame(stage.end)
            _speak(strips, name, mouths[name][first:last], first, scale)
            _blink(strips, name, first, last, turn, scale)
            _sway(strips, name, mouths[name][first:last], first, turn, scale)


def _speak(strips, name: str, wide: np.ndarray, first: int, scale: float):
    mouth, smile = strips[figure(name, "mouth")], strips[figure(name, "smile")]
    talking = wide > SHUT
    for index, value in enumerate(wide):
        near = talking[max(0, index - 1) : index + 2].any()
        _key(mouth.transform, "scale_y", scale * (0.12 + 0.5 * value), first + index, near or index == 0)
        _key(mouth.transform, "scale_x", scale * (1.0 - 0.3 * value), first + index, near or index == 0)
        # the frame before a change holds the old value, so that nothing fades
        changes = index == 0 or talking[index] != talking[index - 1] or talking[min(index + 1, len(wide) - 1)] != talking[index]
        _key(mouth, "blend_alpha", float(talking[index]), first + index, changes)
        _key(smile, "blend_alpha", float(not talking[index]), first + index, changes)


def _blink(strips, name: str, first: int, last: int, turn: int, scale: float):
    eyes = strips[figure(name, "eyes")].transform
    random = np.random.default_rng(sum(map(ord, name)))
    at = first + 14 + 23 * turn
    while at + len(BLINK) < last:
        for step, height in enumerate(BLINK):
            _key(eyes, "scale_y", scale * height, at + step)
        at += int(random.integers(44, 96))


def _sway(strips, name: str, wide: np.ndarray, first: int, turn: int, scale: float):
    """A slow figure of eight, and a small nod while talking; the features move a little more than the head: depth."""
    calm = np.convolve(np.pad(wide, 12, mode="edge"), np.full(25, 1 / 25), "valid")
    for layer, depth in (("head", 1.0), ("eyes", 1.5), ("smile", 1.6), ("mouth", 1.6)):
        transform = strips[figure(name, layer)].transform
        home_x, home_y = transform.offset_x, transform.offset_y
        for index in range(0, len(wide), 3):
            seconds = index / FPS + 1.7 * turn
            x = 3.0 * math.sin(seconds * 1.1) + 5.0 * (1 - 2 * turn) * calm[index]
            y = 2.0 * math.sin(seconds * 2.2) + 4.5 * math.sin(seconds * 6.3) * calm[index]
            _key(transform, "offset_x", home_x + depth * x * scale, first + index)
            _key(transform, "offset_y", home_y + depth * y * scale, first + index)


def _key(owner, name: str, value: float, at: int, wanted: bool = True):
    if wanted:
        setattr(owner, name, value)
        owner.keyframe_insert(name, frame=at)
