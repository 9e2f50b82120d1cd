"""Whether a recording is fit to become a voice, what is to be said of it, and the speech in it that a voice is made from."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..emotion import EIGHT
from ..problems import LineProblem
from ..script import Recording, Stretch
from . import condition, split
from .activity import stretches
from .damage import clipped
from .feeling import Ear
from .prosody import measured
from .speaker import Likeness

LEAST, ENOUGH, MOST = 3.0, 4.0, 20.0
"""Seconds of speech without which there is no voice, that five seconds of talk have, and that are used at most."""

READ = 120.0
"""Seconds of a recording in which speech is looked for."""

BESIDE = 0.10
"""Seconds before and behind each stretch that are used with it: breath, and pauses of an even length."""
FADE = 0.005
"""Seconds over which the joints fade."""

LOWEST, HIGHEST = 8000, 384000
"""Hz between which a recording's rate lies."""
DULL = 16000
"""Hz of a rate under which a recording lacks the upper half of the sibilants."""

TOPS = 3
"""Clipped tops from which on a recording is too loud."""

SLOPE, STEEP, HEARD = 0.06, 5, 35.0
"""Seconds over which a decay is told, percentile of the steepest decays, and decibels under the loudest down to which they count."""
ROOM = 0.30
"""`ringing` from which on a voice would carry the room along. Six dry voices have 0.09 to 0.16; with as much echo as direct sound
in a room of 0.3 s they have 0.24 to 0.31, of 0.5 s 0.28 to 0.33, and of 0.8 s 0.37 to 0.45."""

STRONG, AROUSED = 0.35, 0.35
"""Strength of a feeling times its certainty, and arousal up or down, from which on a manner is no longer the person's usual one. Eleven
plain voices have 0.06 and 0.19 at most; an actor's anger has 0.42 and 0.39."""
MOODS = tuple(name for name in EIGHT if name not in ("calm", "melancholic"))
"""Feelings in which nobody speaks as usual."""

BETTER = 0.02
"""By how much two halves must be more alike without the background for it to be taken away. Of an old recording with chords 10 dB
under it they rise from 0.72 to 0.81, and the likeness to the clean one from 0.87 to 0.90; with noise instead they fall from 0.81 to
0.79, and that likeness from 0.81 to 0.70."""

SHALL = "Give five to fifteen seconds of one person who speaks calmly, near the microphone, in a quiet room."


@dataclass(frozen=True)
class Checked:
    """A recording that is fit."""

    mono: np.ndarray
    """float32: the stretches of speech, joined."""
    rate: int
    """Hz"""
    seconds: float
    """Of speech in it."""
    notes: tuple[str, ...] = ()
    """What would make the voice better, a sentence each."""
    spoken: tuple[Stretch, ...] = ()
    """Where in `mono` the speech is."""


def limited(recording: Recording) -> Recording:
    """As much of it as is looked at."""
    return replace(recording, seconds=min(recording.seconds or READ, READ))


def checked(samples: np.ndarray, rate: int, models: Path) -> Checked:
    """The speech of samples [n] or [n, channels]. Raises LineProblem `unfit_voice` or `cannot_hear`.

    models: folder in which what tells speakers apart may lie; without it, voices are told apart less well and background stays.
    """
    if not LOWEST <= rate <= HIGHEST:
        raise _unfit(f"it has {rate} Hz", f"Give a recording of {LOWEST} to {HIGHEST} Hz.")
    mono = np.ascontiguousarray(samples.mean(axis=1) if samples.ndim == 2 else samples, np.float32)
    spoken = _first(stretches(mono, rate))
    # what is said later is no background of this
    mono = mono[: round((spoken[-1].end + BESIDE) * rate) if spoken else 0]
    seconds = sum(one.end - one.start for one in spoken)
    if seconds < LEAST:
        heard = f"it has only {seconds:.1f} s of speech, and {LEAST:.0f} s are the least" if spoken else "nobody is heard to speak in it"
        raise _unfit(heard, SHALL)
    if not measured(mono, rate, spoken).f0:
        raise _unfit("no tone is heard in the voice, as in a whisper", SHALL)
    likeness = _likeness(models)
    notes = [*_notes(mono, rate, spoken, seconds), *condition.warnings(mono, rate, spoken, likeness), *_mood(mono, rate, spoken)]
    mono, told = _cleared(mono, rate, spoken, likeness, models)
    return Checked(joined(mono, rate, spoken), rate, round(seconds, 2), (*notes, *told), moved(spoken, len(mono) / rate))


def joined(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...]) -> np.ndarray:
    """The stretches with BESIDE on either side, end to end; of a shorter pause nothing is left out or said twice."""
    fade = np.linspace(0, 1, round(FADE * rate) + 2, dtype=np.float32)[1:-1]
    pieces: list[np.ndarray] = []
    done = 0
    for one in spoken:
        first, last = max(done, round((one.start - BESIDE) * rate)), min(len(mono), round((one.end + BESIDE) * rate))
        piece = mono[first:last].copy()
        if first > done and len(piece) > 2 * len(fade):
            piece[: len(fade)] *= fade
            if pieces:
                pieces[-1][-len(fade) :] *= fade[::-1]
        pieces.append(piece)
        done = last
    return np.concatenate(pieces)


def moved(spoken: tuple[Stretch, ...], end: float) -> tuple[Stretch, ...]:
    """Where the stretches are once they are `joined`. end: seconds of the recording."""
    found, done, left = [], 0.0, 0.0
    for one in spoken:
        left += max(done, one.start - BESIDE) - done
        found.append(Stretch(round(one.start - left, 3), round(one.end - left, 3)))
        done = min(end, one.end + BESIDE)
    return tuple(found)


def ringing(mono: np.ndarray, rate: int) -> float:
    """Seconds in which the sound would fall by 60 dB at the steepest decays of the speech: none in it is quicker than the room."""
    size = round(0.01 * rate)
    power = np.convolve(np.square(mono, dtype=np.float64), np.ones(size) / size, "valid")[:: max(1, size // 2)]
    level = 10 * np.log10(power + 1e-12)
    count = round(SLOPE / 0.005) + 1
    if len(level) <= count:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(level, count)
    times = (np.arange(count) - (count - 1) / 2) * 0.005
    slopes = windows @ times / (times @ times)
    heard = (windows.max(axis=1) > level.max() - HEARD / 2) & (slopes < 0)
    return float(-60 / np.percentile(slopes[heard], STEEP)) if heard.any() else 0.0


def _first(spoken: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """The stretches up to MOST seconds of speech."""
    found, left = [], MOST
    for one in spoken:
        found.append(replace(one, end=round(min(one.end, one.start + left), 3)))
        left -= found[-1].end - one.start
        if left < 0.05:
            break
    return tuple(found)


def _notes(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...], seconds: float) -> list[str]:
    """Of length, level, bandwidth and room."""
    found = []
    if seconds < ENOUGH:
        found.append(f"The recording has {seconds:.1f} s of speech. More, up to fifteen seconds, gives a better likeness.")
    if rate < DULL:
        found.append(f"The recording holds nothing above {rate / 2000:.0f} kHz, so the voice may sound dull. Give one of {DULL} Hz or more.")
    if len(clipped(np.asarray(mono, np.float64), rate)) >= TOPS:
        found.append("The recording is clipped: its loudest sounds are cut off. Record it again at a lower level.")
    if ringing(joined(mono, rate, spoken), rate) > ROOM:
        found.append("The room is heard: it rings on after the voice. Record nearer to the microphone, or where there are soft things.")
    return found


def _mood(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...]) -> list[str]:
    """What is felt, where that is much."""
    try:
        felt = Ear().whole(mono, rate, spoken)
    except LineProblem:
        return []  # where nobody can tell, nothing is told
    name = max(MOODS, key=lambda name: getattr(felt.emotion, name))
    if getattr(felt.emotion, name) * felt.certainty < STRONG:
        name = "agitated" if felt.arousal >= AROUSED else "drowsy" if felt.arousal <= -AROUSED else ""
    return [f"The person sounds {name}, and so may the voice. Choose a stretch in which they speak calmly."] if name else []


def _cleared(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...], likeness: Likeness | None, models: Path) -> tuple[np.ndarray, list[str]]:
    """The dialogue alone, where that makes the speaker more alike to themselves, and what is to be said of it."""
    if likeness is None or not split.needed(mono, rate, spoken).much:
        return mono, []
    try:
        speech, _rest = split.dialogue(mono, rate, models)
        gained = _steady(speech, rate, spoken, likeness) - _steady(mono, rate, spoken, likeness)
    except LineProblem as problem:
        return mono, [f"What sounds beside the speech was not taken away. {problem.message}"]
    return (speech, ["What sounds beside the speech was taken away."]) if gained > BETTER else (mono, [])


def _steady(mono: np.ndarray, rate: int, spoken: tuple[Stretch, ...], likeness: Likeness) -> float:
    """How alike the speakers of the two halves are."""
    halves = np.array_split(joined(mono, rate, spoken), 2)
    return likeness.alike(*(likeness.embedding(half, rate) for half in halves))


def _likeness(models: Path) -> Likeness | None:
    try:
        return Likeness(models)
    except LineProblem:
        return None


def _unfit(reason: str, remedy: str) -> LineProblem:
    return LineProblem("unfit_voice", reason=reason, remedy=remedy)
