"""The sound of a stretch of a media file: the original dialogue that a line replaces."""
from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..problems import LineProblem
from ..script import Recording
from . import need

LONGEST = 600.0
"""Seconds of a recording that are read at most; what a line replaces is no longer."""

MOST = 1 << 28
"""Samples that are read at most, of all channels: ten minutes of eight channels at 48 kHz. A small file may unpack to far more."""

PIECE = 1 << 22
"""Samples that are read at a time: how many a file has its header may say wrongly."""

HIGHEST, WIDEST = 768_000, 64
"""Hz and channels of a sound."""

FARTHEST = 1e7
"""Seconds: four months; no recording has a place beyond."""

HOLE = 0.05
"""Seconds that a film's sound must skip to have a hole."""


def read(recording: Recording) -> tuple[np.ndarray, int]:
    """float32 samples [n, channels] and their rate in Hz. Raises LineProblem `missing_media`, `bad_sound` or `cannot_hear`."""
    path = Path(recording.path)
    if not path.is_file():
        raise LineProblem("missing_media", path=recording.path)
    if not (abs(recording.start) < FARTHEST and 0 <= recording.seconds < math.inf):
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} has no {recording.seconds} s from {recording.start} s on")
    soundfile = need("soundfile", "the original")
    seconds = min(recording.seconds or LONGEST, LONGEST)
    try:
        with soundfile.SoundFile(path) as file:
            rate = sane(path, file.samplerate, file.channels)
            file.seek(min(round(recording.start * rate), file.frames))
            samples = _read(file, path, round(seconds * rate))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        samples, rate = _film(path, recording.start, seconds, error)
    if not len(samples) or not np.isfinite(samples).all():
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} has no sound there")
    return samples, rate


def sane(path: Path, rate: int, channels: int) -> int:
    """The rate of a sound that can be heard. Raises LineProblem `bad_sound` for one that a hostile or broken header tells of."""
    if not (0 < rate <= HIGHEST and 0 < channels <= WIDEST):
        raise LineProblem("bad_sound", path=str(path), reason=f"it has {channels} channels at {rate} Hz.")
    return rate


def _read(file: Any, path: Path, wanted: int) -> np.ndarray:
    """float32 [n, channels] of an open sound, `wanted` at most."""
    pieces, left = [], wanted
    while left > 0:
        pieces.append(file.read(min(left, PIECE // file.channels), dtype="float32", always_2d=True))
        left -= len(pieces[-1])
        if not len(pieces[-1]):
            break
        if (wanted - left) * file.channels > MOST:
            raise LineProblem("bad_sound", path=str(path), reason=f"that stretch has more than {MOST} samples.")
    return np.concatenate(pieces or [np.zeros((0, file.channels), np.float32)])


def _film(path: Path, start: float, seconds: float, unread: Exception) -> tuple[np.ndarray, int]:
    """Sound of a file that the sound library does not know, such as a film, by PyAV where it is installed."""
    try:
        av = need("av", "the sound of a film")
    except LineProblem as problem:
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} is no sound file ({unread}), and the package av is not here") from problem
    try:
        # what calls itself a film may be a list of addresses
        with av.open(str(path), options={"protocol_whitelist": "file"}) as film:
            if not film.streams.audio:
                raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} has no sound")
            stream = film.streams.audio[0]
            sane(path, stream.rate, stream.channels)
            pieces = _decoded(av, film, stream, start, seconds)
            return np.concatenate(pieces or [np.zeros((0, stream.channels), np.float32)]), stream.rate
    except (av.FFmpegError, ValueError) as error:
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} cannot be read: {error}") from error


def _decoded(av: Any, film: Any, stream: Any, start: float, seconds: float) -> list[np.ndarray]:
    """float32 pieces [n, channels] that lie end to end from `start` on; where the film has a hole they have silence.

    Seconds of a film count from its first picture or sound, which need not bear the time 0.
    """
    rate, begin = stream.rate, max(0, film.start_time or 0) / av.time_base
    resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=rate)
    pieces: list[np.ndarray] = []
    done, wanted = 0, round(seconds * rate)
    for frame in _from(av, film, stream, begin + start):
        since = done if frame.time is None else round((frame.time - begin - start) * rate)
        samples = np.concatenate([part.to_ndarray() for part in resampler.resample(frame)], axis=1).T.astype(np.float32)
        if since >= wanted or done >= wanted:
            break
        if since < 0 and not pieces:
            samples, since = samples[-since:], 0
        # later on, a rounded time of the container is no hole
        hole = since - done
        if len(samples) and hole > (HOLE * rate if pieces else 0):
            pieces.append(np.zeros((hole, samples.shape[1]), np.float32))
        if len(samples):
            pieces.append(samples)
        done = sum(map(len, pieces))
    if pieces:
        pieces[-1] = pieces[-1][: max(0, len(pieces[-1]) - max(0, done - wanted))]
    return pieces


def _from(av: Any, film: Any, stream: Any, time: float) -> Iterator[Any]:
    """The sound's frames from one on that does not begin after `time`, where there is one."""
    # what is compressed needs a moment to be right again; a film without an index may only be read from its beginning
    for place in (max(0.0, time - 1.0), 0.0):
        try:
            film.seek(round(place * av.time_base))
        except av.FFmpegError:
            continue
        frames = _frames(av, film, stream)
        first = next(frames, None)
        if first is not None and (place == 0 or first.time is None or first.time <= time):
            yield first
            yield from frames
            return


def _frames(av: Any, film: Any, stream: Any) -> Iterator[Any]:
    """The frames that can be decoded: damaged ones are left out, and a torn film ends where it is torn."""
    packets = film.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue
