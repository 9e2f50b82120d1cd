"""What may befall speech on its way to an ear and leaves its feeling alone: tempo and pitch, room, noise, overdrive, telephone."""
from __future__ import annotations

import numpy as np

from ...effects import telephone
from .spoken import RATE

SPEED = 0.07
"""Share by which a clip is played faster or slower, F0 and formants with it: another body, the same mood."""

ECHO = (0.15, 0.6)
"""Seconds in which a room's echo falls by 60 dB."""

NOISE = (5.0, 35.0)
"""Decibels of speech over noise."""

CHANCES = {"speed": 0.6, "room": 0.35, "drive": 0.15, "noise": 0.6, "telephone": 0.2}
"""How often each befalls a clip."""


def altered(samples: np.ndarray, draw: np.random.Generator, only: tuple[str, ...] = tuple(CHANCES)) -> np.ndarray:
    """Mono float32 samples at RATE in, such samples out; a little longer or shorter. only: what may befall them at all."""
    befalls = {name: draw.random() < chance and name in only for name, chance in CHANCES.items()}
    sound = samples
    if befalls["speed"]:
        sound = played(sound, 1 + draw.uniform(-SPEED, SPEED))
    if befalls["room"]:
        sound = _in_room(sound, draw)
    if befalls["drive"]:
        peak = np.abs(sound).max() + 1e-9
        sound = np.tanh(sound / peak * draw.uniform(1.0, 4.0))
    if befalls["noise"]:
        sound = sound + _noise(len(sound), draw) * np.sqrt(np.mean(sound**2)) * 10 ** (-draw.uniform(*NOISE) / 20)
    if befalls["telephone"]:
        sound = telephone(0.5 * sound / (np.abs(sound).max() + 1e-9), RATE)
    return (sound * 10 ** (draw.uniform(-20, 0) / 20)).astype(np.float32)


def played(samples: np.ndarray, speed: float) -> np.ndarray:
    """Faster and higher with a speed over 1."""
    import soxr

    return soxr.resample(samples.astype(np.float32), RATE * speed, RATE)


def _in_room(sound: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """With the echo of a room that is made of falling noise."""
    seconds = draw.uniform(*ECHO)
    time = np.arange(round(seconds * RATE)) / RATE
    echo = draw.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    echo *= draw.uniform(0.2, 0.8) / np.sqrt(np.sum(echo**2))
    echo[0] += 1
    count = 1 << (len(sound) + len(echo)).bit_length()
    return np.fft.irfft(np.fft.rfft(sound, count) * np.fft.rfft(echo, count), count)[: len(sound)]


def _noise(count: int, draw: np.random.Generator) -> np.ndarray:
    """Noise of level 1 that falls by 0 to 6 dB an octave."""
    spectrum = np.fft.rfft(draw.standard_normal(count))
    spectrum[1:] *= np.arange(1, len(spectrum)) ** -draw.uniform(0, 1)
    noise = np.fft.irfft(spectrum, count)
    return noise / (np.sqrt(np.mean(noise**2)) + 1e-9)
