"""A film's sound by Blender's own decoder, laid down as a WAV that the engine can read wherever it runs.

Its clock is that of Blender's sound strips: zero is the first sample of the film's sound, be it late in the film or not.
A stretch for a line is decoded at once; a whole film, which takes a minute or two, in a Blender of its own.
"""
from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from ..engine.problems import LineProblem
from ..engine.script import Recording

PLAIN = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64"}
"""Sound files, which the engine reads by itself."""

FOLDER = "originals"
"""In the takes' folder: where what was decoded is kept."""

LONGEST = 600.0
"""Seconds that are decoded at most, as many as the engine listens to."""

SPARE = 0.001
"""Seconds that are asked for beyond a stretch and cut off: the decoder rounds its ends either way."""

ENDS = 1 << 20
"""Bytes at a film's beginning and end by which it is known: reading gigabytes would take longer than decoding."""


class Decoding:
    """A film's sound on its way into a file, however long: it holds up nothing, and a film that ends Blender ends another one."""

    def __init__(self, recording: Recording, target: Path):
        """target: a FLAC that is not there yet, in a folder that is. Raises LineProblem `missing_media` and `cannot_hear`."""
        if not Path(recording.path).is_file():
            raise LineProblem("missing_media", path=recording.path)
        start = [bpy.app.binary_path, "--background", "--factory-startup", "--python-exit-code", "1", "--python"] if bpy.app.binary_path else [sys.executable]
        arguments = [str(Path(__file__).with_name("decoder.py")), "--", recording.path, str(target), f"{recording.start:.6f}", f"{recording.seconds:.6f}"]
        self._recording, self._target, self._log = recording, target, target.with_suffix(".log")
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [*start, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                )
        except OSError as error:
            raise LineProblem("cannot_hear", what="a film's sound", reason=f"no Blender of its own could be started for it: {error}") from error

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self):
        """At once."""
        self._process.kill()
        self._process.wait()

    def result(self) -> Recording:
        """The stretch in its file. Raises LineProblem `cannot_hear`."""
        if self._process.returncode or not self._target.is_file():
            said = [line for line in self._log.read_text("utf-8", "replace").splitlines() if line.strip()]
            name = Path(self._recording.path).name
            raise LineProblem("cannot_hear", what="a film's sound", reason=f"Blender finds no sound in {name} ({said[-1].strip() if said else self._process.returncode})")
        return Recording(str(self._target))


def plain(path: str) -> bool:
    """Whether the engine reads the file by itself."""
    return Path(path).suffix.lower() in PLAIN


def content(path: str) -> str:
    """Stands for the content of a film, wherever it lies; empty when it is gone."""
    return _name(Path(path), Recording(path)) if Path(path).is_file() else ""


def heard(recording: Recording, takes: str) -> Recording:
    """The same stretch of sound in a file that the engine can read, and which film shows it; a sound file is its own.

    takes: the job's folder. A stretch is decoded once. Raises LineProblem `missing_media`, `cannot_hear` and `cannot_write`.
    """
    path = Path(recording.path)
    if plain(recording.path):
        return recording
    if not path.is_file():
        raise LineProblem("missing_media", path=recording.path)
    folder = Path(takes) / FOLDER
    target = folder / f"{_name(path, recording)}.wav"
    if not target.exists():
        samples, rate = _decoded(path, recording.start, min(recording.seconds or LONGEST, LONGEST))
        _write(target, samples, rate)
    return replace(recording, path=str(target), start=0.0, film=recording.path, film_at=recording.start)


def _name(path: Path, recording: Recording) -> str:
    """Stands for the film's content and the stretch, wherever the film lies."""
    digest = hashlib.sha256(f"{path.stat().st_size} {recording.start:.6f} {recording.seconds:.6f}".encode())
    with path.open("rb") as film:
        digest.update(film.read(ENDS))
        film.seek(max(0, path.stat().st_size - ENDS))
        digest.update(film.read(ENDS))
    return digest.hexdigest()[:20]


def _decoded(path: Path, start: float, seconds: float) -> tuple[np.ndarray, int]:
    """float32 samples [n, channels] and Hz. Raises LineProblem `cannot_hear`."""
    try:
        import aud
    except ImportError as error:
        raise LineProblem("cannot_hear", what="a film's sound", reason=f"this Blender comes without its sound library ({error})") from error
    try:
        sound = aud.Sound.file(str(path))
        # up to Blender 5.0 reading the samples of a file that is no sound ends the whole program; its specs fail gently
        rate, channels = sound.specs
        if not rate or not channels:
            raise LineProblem("cannot_hear", what="a film's sound", reason=f"{path.name} has no sound")
        samples = np.array(sound.limit(start, start + seconds + SPARE).data(), np.float32)
    except aud.error as error:
        raise LineProblem("cannot_hear", what="a film's sound", reason=f"Blender finds no sound in {path.name} ({error})") from error
    if not len(samples):
        raise LineProblem("cannot_hear", what="a film's sound", reason=f"{path.name} has no sound there")
    return samples.reshape(len(samples), -1)[: round(seconds * rate)], round(rate)


def _write(target: Path, samples: np.ndarray, rate: int):
    """16 bits; a reader never sees half of it. Raises LineProblem `cannot_write`."""
    making = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(making), "wb") as file:
            file.setnchannels(samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        os.replace(making, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            making.unlink()
        raise LineProblem("cannot_write", folder=str(target.parent), reason=error.strerror or str(error)) from error
