"""What judges say of a finished take who had no part in making it: asks `engine.hear` about its sound, and says it in sentences.

A take of 3 s costs 0.12 CPU seconds in the light mode, 0.01 where no feeling wants a pitch, and 2 in the full one, nearly all of them for the words:
in one thread, the models loaded.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .hear import need
from .hear.activity import stretches
from .hear.agitation import agitated
from .hear.damage import damage
from .hear.prosody import measured
from .hear.speaker import Likeness
from .hear.words import Recogniser, differences, text
from .problems import LineProblem
from .script import Check, Measure, Prosody, Stretch, Take
from .takes import MODES

LEVEL, SPREAD, PACE, PAUSES = "level", "spread", "rate", "pauses"
"""Axes that can be wanted before there is a sound: semitones, a factor on their spread, a factor on pace, a share of the time."""

LEAST = {LEVEL: 0.5, SPREAD: 0.1, PACE: 0.04, PAUSES: 0.02}
"""Less than this is nothing wanted (factors as natural logarithms): about what the instruments err by. On 48 takes of eight
voices against the same voice's neutral take, what was delivered and what was wanted differ by a standard deviation of 0.40
semitones, 0.08 of the spread's logarithm, 0.02 of pace's and 0.01 of pauses' share."""

STAYED = 0.75
"""Likeness to the neutral take from which the speaker stayed. Takes of eight English voices in the eight emotions have 0.86 or
more at intensity 1, 0.91 at 0.6 and 0.97 at 0.2, two Chinese voices 0.83; another voice of the same sex has 0.64 at most in the
same line, and 0.73 in another one."""

WORSE, LOST = 0.2, 0.6
"""Word error by which a take may be worse than its neutral one, and the most where that is not known. On 74 English takes, also
whispered, shouted and shortened to three quarters, the error is 0.14 at most; but in Chinese the recogniser mishears up to 0.38
of neutral characters itself, so that no limit for all would hold."""

WHISPER = 0.5
"""Whisper from which nobody is known by the voice: takes of one speaker have 0.64 to 0.82 then, the likeness of strangers."""


Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Sound:
    """What is heard of one take, kept since a neutral take is compared with many."""

    mono: np.ndarray
    rate: int
    spoken: tuple[Stretch, ...]

    @property
    def sounding(self) -> float:
        """Seconds."""
        return sum(stretch.end - stretch.start for stretch in self.spoken)


class Judge:
    """Asks for whatever is on this computer; keeps what it has loaded, and the neutral take it heard last."""

    def __init__(self, models: Path, threads: int = 1) -> None:
        self._models, self._threads = Path(models), threads
        self._kept: dict[Callable[[Path, int], Any], Any] = {}
        self._neutral: tuple[str, dict[str, Any]] = ("", {})

    def judged(self, take: Take, mode: str, neutral: Take | None = None) -> Check:
        """What the judges say. Nothing is raised: what cannot be asked is told among `missing`.

        mode: `light` asks for damage and measures, without any model; `full` also the classifier, the speaker and the words.
        neutral: the same plan without its moods, effect included. Without it pitch and its range are compared with what was
        foretold, less exactly, pace and pauses with nothing; and neither the speaker nor the classifier can be asked. A take
        in the voice's own manner has none, and is judged by damage and words alone.
        """
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is none of {MODES}")
        started = time.process_time()
        missing: list[str] = []

        def asked(question: Callable[..., Answer], *arguments: Any) -> Answer | None:
            try:
                return question(*arguments)
            except LineProblem as problem:
                missing.append(problem.message)
                return None

        found: dict[str, Any] = {}
        if (samples := asked(_read, take.path)) is not None:
            mono, rate = samples
            found["damage"] = damage(mono, rate, take.speech)
            own, wanted = take.speech.neutral, take.speech.wanted
            plain = {} if neutral is None else self._plain(neutral, asked)
            if own is not None and wanted is not None:
                found["measures"] = asked(_measures, own, wanted, mono, rate, plain.get("sound"), plain.get("prosody")) or ()
            if mode == "full":
                found["word_error"] = asked(self._word_error, take, mono, rate)
                if plain.get("sound"):
                    found["agitated"] = asked(self._agitated, mono, rate, plain["sound"])
                    found["speaker"] = asked(self._speaker, take, mono, rate, plain)
                elif own is not None and wanted is not None:
                    missing.append("There is no take in the voice's own manner to compare with: neither the speaker nor the agitation is judged.")
        return Check(mode, missing=tuple(dict.fromkeys(missing)), compute_seconds=round(time.process_time() - started, 3), **found)

    def _plain(self, neutral: Take, asked: Callable[..., Any]) -> dict[str, Any]:
        """What is heard of the neutral take: its sound and prosody, later its embedding."""
        if self._neutral[0] != neutral.path:
            found: dict[str, Any] = {}
            if (samples := asked(_read, neutral.path)) is not None:
                mono, rate = samples
                spoken = asked(stretches, mono, rate)
                found["sound"] = _Sound(mono, rate, spoken or ())
                found["prosody"] = asked(measured, mono, rate, spoken) if spoken else None
            self._neutral = (neutral.path, found)
        return self._neutral[1]

    @staticmethod
    def _agitated(mono: np.ndarray, rate: int, plain: _Sound) -> float:
        if rate != plain.rate:
            raise LineProblem("cannot_hear", what="agitation", reason=f"the neutral take has {plain.rate} Hz and not {rate}")
        return round(agitated(mono, rate, [plain.mono]), 3)

    def _speaker(self, take: Take, mono: np.ndarray, rate: int, plain: dict[str, Any]) -> float:
        if any(mood.emotion.whisper >= WHISPER for mood in take.plan.moods):
            raise LineProblem("cannot_hear", what="the speaker", reason="a whisper has no tone that a speaker could be known by")
        likeness = self._loaded(Likeness)
        if "embedding" not in plain:
            plain["embedding"] = likeness.embedding(plain["sound"].mono, plain["sound"].rate)
        return round(likeness.alike(likeness.embedding(mono, rate), plain["embedding"]), 3)

    def _word_error(self, take: Take, mono: np.ndarray, rate: int) -> float:
        language = take.plan.language
        heard = text(self._loaded(Recogniser).hear(mono, rate, language), language)
        return round(differences(take.plan.text, heard, language)[0], 3)

    def _loaded(self, kind: Callable[[Path, int], Answer]) -> Answer:
        """The one of its kind. One that cannot be loaded is tried again, since it may be fetched meanwhile."""
        if kind not in self._kept:
            self._kept[kind] = kind(self._models, self._threads)
        return self._kept[kind]


def _read(path: str) -> tuple[np.ndarray, int]:
    """Mono samples of a take, whose channels are alike, and their rate. Raises LineProblem `cannot_hear`."""
    soundfile = need("soundfile", "a take")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise LineProblem("cannot_hear", what="a take", reason=str(error)) from error
    return samples[:, 0], rate


def _measures(own: Prosody, wanted: Prosody, mono: np.ndarray, rate: int, plain: _Sound | None, usual: Prosody | None) -> tuple[Measure, ...]:
    """What was wanted and what came, against the voice's own manner. Raises LineProblem `cannot_hear`.

    own: the manner as foretold; wanted: what the plan made of it. What came is compared with the neutral take where that is known; the
    foretold manner is 0.6 semitones lower than the heard one.
    """
    spoken = stretches(mono, rate)
    came = measured(mono, rate, spoken, usual or own)
    found = [Measure(LEVEL, wanted.level, came.level)] if came.f0 and own.f0 else []
    base = (usual or own).spread
    if came.spread and base and own.spread:
        found.append(Measure(SPREAD, round(wanted.spread / own.spread, 3), round(came.spread / base, 3)))
    if plain and usual and spoken:
        # the words are the same, so their time tells the pace better than any count of syllables
        if own.rate and plain.sounding:
            found.append(Measure(PACE, round(wanted.rate / own.rate, 3), round(plain.sounding / _Sound(mono, rate, spoken).sounding, 3)))
        found.append(Measure(PAUSES, round(wanted.pauses - own.pauses, 3), round(came.pauses - usual.pauses, 3)))
    return tuple(found)


def verdict(check: Check) -> tuple[str, ...]:
    """A sentence for each thing that was judged, damage first, what could not be judged last."""
    said = [*check.damage, *filter(None, map(_moved, check.measures))]
    if check.agitated is not None:
        said.append(f"The classifier hears {check.agitated:+.2f} of agitation; the voice's own manner is 0, acted anger 1.")
    if check.speaker is not None:
        said.append(f"The speaker {'stayed' if check.speaker >= STAYED else 'sounds like somebody else'} ({check.speaker:.2f}).")
    if check.word_error is not None:
        said.append("Every word was heard." if not check.word_error else f"{min(check.word_error, 1):.0%} of the words were heard otherwise.")
    return (*said, *check.missing)


def _moved(measure: Measure) -> str:
    """How far an axis went; empty where nothing to speak of was wanted of it."""
    wanted, came = measure.wanted, measure.delivered
    factor = measure.axis in (SPREAD, PACE)
    if factor and min(wanted, came) <= 0:
        return ""
    size = abs(float(np.log(wanted))) if factor else abs(wanted)
    if size < LEAST.get(measure.axis, np.inf):
        return ""
    if measure.axis == LEVEL:
        if came * wanted <= 0:
            return f"Pitch did not {'rise' if wanted > 0 else 'fall'}: it moved by {came:+.1f} semitones, {wanted:+.1f} were wanted."
        return f"Pitch {'rose' if wanted > 0 else 'fell'} by {abs(came):.1f} of the {abs(wanted):.1f} semitones wanted."
    if measure.axis == SPREAD:
        return f"Melody is {came:.2f} times as wide; {wanted:.2f} was wanted."
    if measure.axis == PACE:
        return f"Pace is {came:.2f} times the usual one; {wanted:.2f} was wanted."
    return f"Pauses take {came:+.0%} of the time; {wanted:+.0%} was wanted."


def suffered(check: Check, own: Check | None = None) -> str:
    """Why the take should be played less strongly; empty if there is no reason. Damage is none: it comes of no emotion.

    own: the check of the neutral take, which tells what the recogniser mishears of these words anyway.
    """
    if check.speaker is not None and check.speaker < STAYED:
        return f"The speaker is like the voice's own manner by {check.speaker:.2f} only; {STAYED:.2f} is the least."
    if check.word_error is None:
        return ""
    if own is not None and own.word_error is not None:
        if check.word_error - own.word_error > WORSE:
            return f"{min(check.word_error, 1):.0%} of the words were heard otherwise, {min(own.word_error, 1):.0%} in the voice's own manner."
    elif check.word_error > LOST:
        return f"{min(check.word_error, 1):.0%} of the words were heard otherwise."
    return ""
