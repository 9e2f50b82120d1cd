"""The sound of a stretch of a media file: the original dialogue that a line replaces."""
from __future__ import annotations

from pathlib import Path

import numpy as np

from ..problems import LineProblem
from ..script import Recording
from . import need

LONGEST = 600.0
"""Seconds of a recording that are read at most; what a line replaces is no longer."""


def read(recording: Recording) -> tuple[np.ndarray, int]:
    """float32 samples [n, channels] and their rate in Hz. Raises LineProblem `missing_media` or `cannot_hear`."""
    path = Path(recording.path)
    if not path.is_file():
        raise LineProblem("missing_media", path=recording.path)
    soundfile = need("soundfile", "the original")
    seconds = min(recording.seconds or LONGEST, LONGEST)
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            file.seek(min(round(recording.start * rate), file.frames))
            samples = file.read(round(seconds * rate), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        samples, rate = _film(path, recording.start, seconds, error)
    if not len(samples) or not np.isfinite(samples).all():
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} has no sound there")
    return samples, rate


def _film(path: Path, start: float, seconds: float, unread: Exception) -> tuple[np.ndarray, int]:
    """Sound of a file that the sound library does not know, such as a film, by PyAV where it is installed."""
    try:
        av = need("av", "the sound of a film")
    except LineProblem as problem:
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} is no sound file ({unread}), and the package av is not here") from problem
    try:
        with av.open(str(path)) as film:
            stream = film.streams.audio[0]
            rate = stream.rate
            film.seek(round(max(0.0, start - 0.5) / stream.time_base), stream=stream)
            resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=rate)
            pieces, first = [], None
            for frame in film.decode(stream):
                first = float(frame.time) if first is None else first
                pieces += [part.to_ndarray() for part in resampler.resample(frame)]
                if frame.time is not None and frame.time > start + seconds:
                    break
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise LineProblem("cannot_hear", what="the original", reason=f"{path.name} cannot be read: {error}") from error
    if not pieces:
        return np.zeros((0, 1), np.float32), rate
    sound = np.concatenate(pieces, axis=1).T.astype(np.float32)
    skip = max(0, round((start - first) * rate))
    return np.ascontiguousarray(sound[skip : skip + round(seconds * rate)]), rate
