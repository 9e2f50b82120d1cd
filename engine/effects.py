"""What a telephone, a radio or a room does to finished sound. Speech keeps its length and its place in time.

Reverberation, compression and overdrive are pedalboard's. The bands are steeper than its filters (6 dB an octave) and,
like the G.711 code, made here in numpy, so that nothing is delayed.
"""
from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .loudness import loudness
from .problems import LineProblem

TELEPHONE_RATE = 8000
"""Hz; of G.711."""

TELEPHONE_BAND = (300.0, 3400.0)
"""Hz; of ITU-T G.712. Half a decibel is lost at its edges, 50 dB a hundred hertz beyond."""

RADIO_BAND = (200.0, 4500.0)
"""Hz; what a broadcast in amplitude modulation carries (ITU-R BS.560)."""

STEEP = 120.0
"""Hz over which a band's edge falls to `BEYOND`."""

BEYOND = 50.0
"""Decibels that a band lowers what lies beyond its edges."""

NOMINAL = -20.0
"""LUFS at which compression and overdrive work, whatever the level of the sound that comes."""

TAIL = 0.25
"""Seconds over which reverberation dies at the end of the sound, where there is no room for all of it."""


def telephone(audio: np.ndarray, rate: int) -> np.ndarray:
    """A call over a fixed line: the band of G.712, then the mu-law code of G.711 and back at 8 kHz.

    At a rate of 8 kHz every sample that comes out is one of the code's 255 values.
    """
    line = _band(_resampled(audio, rate, TELEPHONE_RATE), TELEPHONE_RATE, *TELEPHONE_BAND)
    line = line / max(1.0, float(np.abs(line).max(initial=0.0)))  # what is too loud for the code is turned down, not clipped
    return _long(_resampled(mu_law(line), TELEPHONE_RATE, rate), len(audio))


def radio(audio: np.ndarray, rate: int) -> np.ndarray:
    """A small receiver on medium wave: a narrow band, strongly compressed, from an overdriven loudspeaker."""
    board = _pedalboard("radio")
    chain = board.Pedalboard([
        board.Compressor(threshold_db=-32, ratio=5, attack_ms=3, release_ms=90),
        board.PeakFilter(cutoff_frequency_hz=1700, gain_db=5, q=0.8),
        board.Distortion(drive_db=12),
    ])  # fmt: skip
    driven = chain(_at(_band(audio, rate, *RADIO_BAND), NOMINAL, rate), rate)
    return _band(driven, rate, *RADIO_BAND)


def next_room(audio: np.ndarray, rate: int) -> np.ndarray:
    """Behind a wall: it lets through less the higher the sound, and the room over there answers."""
    board = _pedalboard("next_room")
    # once forwards and once backwards: 12 dB an octave, and no frequency later than another
    wall = board.LowpassFilter(cutoff_frequency_hz=350)
    room = np.zeros(round(0.05 * rate), np.float32)
    once = wall(np.concatenate([audio, room]), rate)[::-1]
    muffled = wall(np.concatenate([once, room]), rate)[::-1][len(room) : len(room) + len(audio)]
    return muffled + _wet(board.Reverb(room_size=0.15, damping=0.7, wet_level=0.5, dry_level=0.0, width=0.0), muffled, rate)


def hall(audio: np.ndarray, rate: int) -> np.ndarray:
    """A large empty hall: what is said stands clear before its long reverberation."""
    board = _pedalboard("hall")
    # a hall's low notes would drone on for seconds
    thin = board.HighpassFilter(cutoff_frequency_hz=180)(audio, rate)
    return audio + _wet(board.Reverb(room_size=0.7, damping=0.35, wet_level=0.45, dry_level=0.0, width=0.0), thin, rate)


EFFECTS: dict[str, str] = {
    "telephone": "A call over a fixed line: 300 to 3400 Hz in the mu-law code of G.711 at 8 kHz.",
    "radio": "A small radio: 200 to 4500 Hz, compressed and overdriven.",
    "next_room": "Behind a wall: muffled, with a little of the other room.",
    "hall": "A large empty hall: clear words before a long reverberation.",
}
"""Name -> what it is, in a sentence."""

_MADE_BY: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {"telephone": telephone, "radio": radio, "next_room": next_room, "hall": hall}


def check(name: str) -> None:
    """An effect's name; empty is none. Raises LineProblem `bad_wish`."""
    if name and name not in EFFECTS:
        raise LineProblem("bad_wish", reason=f"There is no effect {name!r}; there are {', '.join(EFFECTS)}.")


def applied(name: str, audio: np.ndarray, rate: int) -> np.ndarray:
    """Mono float32 `audio` after the effect: as many samples, nothing shifted, silence stays silence, and equal sound comes of equal.

    All but the telephone's is as loud as it came; its level is the line's. Raises LineProblem `bad_wish` and `no_effect`.
    """
    check(name)
    if not name or not np.any(audio):
        return audio.astype(np.float32)
    made = _MADE_BY[name](audio.astype(np.float32), rate)
    if name != "telephone" and (level := loudness(audio, rate)) is not None:
        made = _at(made, level, rate)
    return made.astype(np.float32)


def apply_to_file(name: str, source: Path, target: Path, rate: int | None = None, coded: bool = False) -> tuple[int, int, float]:
    """Writes a WAV of 16 bits with the effect on every channel of a sound file; its samples, its rate in Hz, and how many
    decibels it was turned down to have room.

    rate: in Hz, the file's own without; coded: for the telephone at 8 kHz, the WAV holds the bytes of G.711 themselves.
    Raises LineProblem `bad_wish`, `no_effect`, `missing_media` and `bad_sound`, and OSError when it cannot be written.
    """
    import soundfile

    check(name)
    if not source.is_file():
        raise LineProblem("missing_media", path=str(source))
    try:
        samples, own_rate = soundfile.read(source, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise LineProblem("bad_sound", path=str(source), reason=str(error)) from error
    if not np.isfinite(samples).all():
        raise LineProblem("bad_sound", path=str(source), reason="it has samples that are no numbers")
    rate = rate or own_rate
    if not 8000 <= rate <= 192000:
        raise LineProblem("bad_wish", reason=f"A sound has 8000 to 192000 Hz, not {rate}.")
    if coded and (name, rate) != ("telephone", TELEPHONE_RATE):
        raise LineProblem("bad_wish", reason=f"The code of G.711 is the telephone's at {TELEPHONE_RATE} Hz.")
    count = round(len(samples) * rate / own_rate)
    made = np.stack([applied(name, _long(_resampled(channel, own_rate, rate), count), rate) for channel in samples.T], axis=1)
    loudest = max(1.0, float(np.abs(made).max(initial=0.0)) * 32768 / 32767)
    file = io.BytesIO()
    soundfile.write(file, made / np.float32(loudest), rate, subtype="ULAW" if coded else "PCM_16", format="WAV")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.getvalue())
    return count, rate, 20 * math.log10(loudest)


def mu_law(audio: np.ndarray) -> np.ndarray:
    """Samples within -1 and 1 after the mu-law code of G.711 and back, float32.

    As in the reference code of ITU-T G.191: of 14-bit magnitudes with 33 added, the segment is the place of the highest
    bit, and the four bits after it are kept.
    """
    magnitude = np.minimum((np.abs(np.rint(audio * 32768.0).astype(np.int64)) >> 2) + 33, 8191)
    segment = np.log2(magnitude).astype(np.int64) - 5
    kept = (magnitude >> (segment + 1)) & 15
    return (np.sign(audio) * ((((2 * kept + 33) << segment) - 33) / 8192)).astype(np.float32)


def _pedalboard(name: str) -> Any:
    """The library. Raises LineProblem `no_effect` where its binaries do not load."""
    try:
        import pedalboard
    except ImportError as error:
        raise LineProblem("no_effect", effect=name, reason=str(error)) from error
    return pedalboard


def _wet(reverb: Any, audio: np.ndarray, rate: int) -> np.ndarray:
    """Only the reverberation, dying away before the sound ends."""
    answer = reverb(audio, rate)
    end = min(round(TAIL * rate), len(answer) // 2)
    answer[len(answer) - end :] *= np.cos(np.linspace(0, np.pi / 2, end, dtype=np.float32)) ** 2
    return answer


def _band(audio: np.ndarray, rate: int, low: float, high: float) -> np.ndarray:
    """The sound between two frequencies in Hz: Kaiser's windowed-sine filter, symmetrical, so that nothing is delayed."""
    half = math.ceil((BEYOND - 7.95) / (2.285 * 2 * math.pi * STEEP) * rate / 2)
    times = np.arange(-half, half + 1) / rate
    # the fall is at 6 dB in its middle, so it is set off to keep the band itself
    low, high = low - STEEP / 3, min(high + STEEP / 3, rate / 2)
    taps = (2 * high * np.sinc(2 * high * times) - 2 * low * np.sinc(2 * low * times)) / rate
    taps *= np.kaiser(len(times), 0.5842 * (BEYOND - 21) ** 0.4 + 0.07886 * (BEYOND - 21))
    count = 1 << (len(audio) + len(taps)).bit_length()
    both = np.fft.irfft(np.fft.rfft(audio, count) * np.fft.rfft(taps, count), count)
    return both[half : half + len(audio)].astype(np.float32)


def _at(audio: np.ndarray, wanted: float, rate: int) -> np.ndarray:
    """As loud as wanted, in LUFS; silence stays as it is."""
    level = loudness(audio, rate)
    return audio if level is None else audio * np.float32(10 ** ((wanted - level) / 20))


def _resampled(audio: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    if rate == new_rate or not len(audio):
        return audio
    import soxr

    return soxr.resample(audio, rate, new_rate, quality="VHQ")


def _long(audio: np.ndarray, count: int) -> np.ndarray:
    """Exactly so many samples: the rates' rounding is some samples of silence at the end."""
    return np.pad(audio[:count], (0, max(0, count - len(audio))))
