"""What is left of a sound without its voice, laid down as a file as long as the sound, at its rate and in its channels.

The voice is heard once, in the middle of the front channels, and taken out of each channel as loud as it is there at that
moment. Separating every channel, or middle and side, costs twice as much and leaves 3 to 9 dB more of a voice that is 10 dB
over music, wherever it stands between them: what the network takes for speech is softer than the speech, and a channel tells
best by how much.
"""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import whole
from ..problems import LineProblem
from ..tracks import Track
from ..voices import Cancelled
from . import need, split
from .deepfilter import Filter
from .recording import sane

VERSION = "2"
"""Of a background's sound; raised whenever the same file would give another."""

BLOCK = 2.0
"""Seconds that are read at a time."""

STEP = 0.25
"""Seconds from one measure of the voice's loudness to the next; each is taken over two of them."""

LOUDEST = 3.0
"""Greatest factor on the voice that was heard in the middle: that of one who stands at the side is 2, and what is heard is up to a third too soft."""

FRONT = 3
"""Channels in the middle of which the voice is heard: of a film in six they are left, right and centre."""

MOST = 8
"""Channels that the file's format takes."""

WANTED = -11.0
"""dBFS of loud quarters of a second that the network hears the sound at. It was taught on speech of usual loudness: of a hall's
recording with speech of -42 dBFS it removes nothing, from -20 on all that it can; and in pauses it takes the less for
speech the louder they are."""

AROUND, LOUD, OVER = 2.0, 90, 9.0
"""Seconds to either side by which the loudness of a moment is told: the percentile of them that counts as loud, and decibels by
which the loudest may be over it, so that one shot does not hide a scene, nor silence a lone word."""

RAISED = 50.0
"""Decibels by which a sound is raised at most: what is softer is no speech."""


def place(folder: Path, content: str) -> Path:
    """Where the background of a sound is, or will be. content: stands for what the sound's file holds."""
    return folder / f"{hashlib.sha256(f'{VERSION} {content}'.encode()).hexdigest()[:20]}.flac"


def laid(
    track: Track, folder: Path, models: Path | None = None, progress: Callable[[float], None] = lambda done: None, stop: Callable[[], bool] = lambda: False
) -> tuple[Path, bool]:
    """The file with the background of the track's whole file, and whether it had to be made. models: folder of the network's model, the usual one by default.

    Raises LineProblem `missing_media`, `bad_sound`, `cannot_part` and `cannot_lay`, and Cancelled when `stop` says so; then no file is there.
    """
    path = Path(track.recording.path)
    if not path.is_file():
        raise LineProblem("missing_media", path=track.recording.path)
    target = place(folder, track.content or _content(path, stop))
    soundfile, _soxr = (need(package, "a background", "cannot_part") for package in ("soundfile", "soxr"))
    parts = split.network(models, "cannot_part")
    try:
        with soundfile.SoundFile(path) as sound:
            if _form(target, soundfile) == (sound.frames, sound.samplerate, sound.channels):
                return target, False
            if sound.channels > MOST or not sound.frames:
                reason = f"it has {sound.channels} channels, and a background may have {MOST}." if sound.frames else "it is empty."
                raise LineProblem("bad_sound", path=str(path), reason=reason)
            sane(path, sound.samplerate, sound.channels)
            _lay(sound, target, soundfile, parts, progress, stop)
    except soundfile.LibsndfileError as error:
        raise LineProblem("bad_sound", path=str(path), reason=f"{error}") from error
    return target, True


def _lay(sound: Any, target: Path, soundfile: Any, parts: Filter, progress: Callable[[float], None], stop: Callable[[], bool]) -> None:
    """Writes the background of an open sound."""
    done = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole.growing(target) as file:
            try:
                with soundfile.SoundFile(file, "w", sound.samplerate, sound.channels, subtype="PCM_24", format="FLAC") as kept:
                    louder = raised(_blocks(sound, stop), sound.samplerate)
                    sound.seek(0)
                    for piece in parted(_blocks(sound, stop), sound.samplerate, louder, parts):
                        kept.write(piece)
                        done += len(piece)
                        progress(done / max(1, sound.frames))
            except (soundfile.LibsndfileError, AssertionError) as error:
                # so the library ends where the disk is full; the file knows why
                if file.problem:
                    raise file.problem from error
                raise
    except OSError as error:
        raise LineProblem("cannot_lay", folder=str(target.parent), reason=error.strerror or str(error)) from error


def _blocks(sound: Any, stop: Callable[[], bool]) -> Iterator[np.ndarray]:
    for block in sound.blocks(round(BLOCK * sound.samplerate), dtype="float32", always_2d=True):
        if stop():
            raise Cancelled
        yield np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)


def raised(blocks: Iterable[np.ndarray], rate: int) -> np.ndarray:
    """Factors that bring blocks [n, channels] to the loudness at which the network hears best, one for the middle of every STEP."""
    size, rest, power = round(STEP * rate), np.zeros(0, np.float32), []
    for block in blocks:
        rest = np.concatenate([rest, _middle(block)])
        count = len(rest) // size * size
        power.append(np.square(rest[:count].reshape(-1, size)).mean(axis=1))
        rest = rest[count:]
    level = 10 * np.log10(np.concatenate([*power, [0.0]]) + 1e-12)
    reach = round(AROUND / STEP)
    near = np.lib.stride_tricks.sliding_window_view(np.pad(level, reach, mode="edge"), 2 * reach + 1)
    loud = np.maximum(np.percentile(near, LOUD, axis=1), near.max(axis=1) - OVER)
    # the network gets used to a loudness, so it changes slowly
    slow = np.convolve(np.pad(loud, reach, mode="edge"), np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")
    return (10 ** (np.minimum(WANTED - slow, RAISED) / 20)).astype(np.float32)


def _middle(block: np.ndarray) -> np.ndarray:
    return block[:, :FRONT].mean(axis=1)


def parted(blocks: Iterable[np.ndarray], rate: int, louder: np.ndarray, parts: Filter) -> Iterator[np.ndarray]:
    """The background of float32 blocks [n, channels] that follow each other, on their very samples: late, but as many in all. louder: as `raised` tells."""
    held = None
    left: Any = None
    for sound, voice in _steps(blocks, rate, louder, parts):
        measure = float(voice @ voice), voice @ sound
        if held is None:
            left = _factors(measure)
        else:
            right = _factors(held[2], measure)
            yield _without(*held[:2], left, right)
            left = right
        held = sound, voice, measure
    if held is not None:
        yield _without(*held[:2], left, _factors(held[2]))


def _steps(blocks: Iterable[np.ndarray], rate: int, louder: np.ndarray, parts: Filter) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The sound [n, channels] and its voice [n], STEP by STEP."""
    size, voice, sound = round(STEP * rate), np.zeros(0, np.float32), []
    given = told = 0

    def factor(first: int, count: int) -> np.ndarray:
        return np.interp((np.arange(first, first + count) + 0.5) / size - 0.5, np.arange(len(louder)), louder).astype(np.float32)

    def middle() -> Iterator[np.ndarray]:
        nonlocal given
        for block in blocks:
            sound.append(block)
            yield _middle(block) * factor(given, len(block))
            given += len(block)

    def step(count: int) -> tuple[np.ndarray, np.ndarray]:
        nonlocal sound, voice
        whole_sound = np.concatenate(sound)
        both = whole_sound[:count], voice[:count]
        sound, voice = [whole_sound[count:]], voice[count:]
        return both

    for piece in split.running(middle(), rate, parts):
        voice = np.concatenate([voice, piece / factor(told, len(piece))])
        told += len(piece)
        while len(voice) >= size:
            yield step(size)
    if len(voice):
        yield step(len(voice))


def _factors(*measures: tuple[float, np.ndarray]) -> np.ndarray:
    """On the voice in each channel, so that what is left there has nothing in common with it. measures: its power, and what it shares with the channels."""
    power = sum(one[0] for one in measures)
    return np.clip(sum(one[1] for one in measures) / max(power, 1e-9), 0.0, LOUDEST)


def _without(sound: np.ndarray, voice: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The sound without the voice; left, right: factors at its ends."""
    way = np.linspace(0.0, 1.0, len(sound), endpoint=False, dtype=np.float32)[:, None]
    return sound - voice[:, None] * (left + (right - left) * way).astype(np.float32)


def _content(path: Path, stop: Callable[[], bool]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 24):
            if stop():
                raise Cancelled
            digest.update(piece)
    return digest.hexdigest()


def _form(path: Path, soundfile: Any) -> tuple[int, int, int] | None:
    """Samples, rate and channels of a sound that is there and whole."""
    try:
        found = soundfile.info(path)
    except soundfile.LibsndfileError:
        return None
    return found.frames, found.samplerate, found.channels

