"""Kokoro-82M taken apart: text -> durations -> pitch and energy -> sound, with our own hand on each cut."""
from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .. import follow, foretell, phonation, phrases, prosody
from .. import models as catalogue
from ..fit import FADE, audible, faded
from ..lay import Laid, breathless, laid, within
from ..phrases import Part
from ..retime import retime
from ..script import Heard, Mood, Phrase, Plan, Prosody, Speech, Voice
from . import Cancelled, Stop, graph, readings
from .curve import UNVOICED, VOICED, bent, hushed, median
from .stock import MODEL
from .styles import Habit, Styles
from .text import Chunk, pronounce, vocabulary
from .tokens import (
    EARLY,
    FRAME,
    Score,
    Segment,
    breathing,
    decoded,
    paused,
    score,
    segmented,
    sounding,
    spans,
    times,
    windows,
)

SAMPLES = 600
"""Samples of one duration frame at 24 kHz."""

OUTLASTS, BEFORE_SOUND = 0.109, 0.041
"""Seconds by which the energy curve is longer than the sound, and by which it begins before it: over 54 readings, English and Chinese, at tempos 0.8 and
1.2, it begins 41 ms before it (SD 26) and ends 68 ms after it (SD 32)."""

CORRECTIONS = 6
"""Most rounds of correcting durations against the energy curve; two or three do as a rule."""

CACHED = 32
"""Texts whose first stage is kept: a line redone with another pitch or length starts behind it."""


@dataclass(frozen=True)
class _Reading:
    """A line's tokens and what the text stage says of them."""

    segments: list[Segment]
    reads: list[_Read]
    habit: Habit
    score: Score
    course: prosody.Course | None
    """What the line's emotion and another reading of it do; None for a neutral one in its first reading."""
    own: Prosody | None
    """The voice's own manner of a line with an emotion."""
    plain: np.ndarray
    """Natural durations [T] before the emotion paced them."""

    @property
    def whole(self) -> Part:
        """The line as one part."""
        return Part(0, len(self.score.texts), 0.0, None)

    def each(self) -> Iterator[tuple[_Read, slice]]:
        """Every segment's text stage with the place of its tokens."""
        return zip(self.reads, spans(self.segments), strict=True)

    def frames(self, parts: list[Part]) -> np.ndarray:
        """Natural durations [T] of a line that is said in these parts."""
        return breathing(self.score, parts)


@dataclass(frozen=True)
class _Read:
    """What the text stage says of a segment."""

    durations: np.ndarray
    """float [T + 2] frames, pads included."""
    hidden: np.ndarray
    encoded: np.ndarray


class Family:
    """The 54 stock voices, the people of the library, and every pair of one's timbre with another's prosody."""

    name = "kokoro"
    rate = 24000
    rough = ""

    def __init__(self, models: Path, threads: int = 1):
        self._models = Path(models)
        self.styles = Styles(self._models)
        self._threads = threads
        self._cache: OrderedDict[tuple[tuple[int, ...], bytes, float], _Read] = OrderedDict()

    def voices(self) -> dict[str, str]:
        return self.styles.names()

    def fingerprint(self, voice: Voice) -> str:
        return self.styles.fingerprint(voice, graph.RECIPE)

    def people(self, voice: Voice) -> tuple[str, ...]:
        return self.styles.people(voice)

    def foretell(self, text: str, language: str, voice: Voice, moods: tuple[Mood, ...] = (), heard: Heard | None = None) -> float:
        name = voice.prosody or voice.timbre
        own = foretell.seconds(pronounce(text, language, self._models).chunks, self.styles.stock(name)) / self.styles.pace(name)
        return own * prosody.lengthening(moods, len(text), language, heard) if moods else own

    def natural(self, plan: Plan, chunks: tuple[Chunk, ...], stop: Stop = lambda: False) -> float:
        """Seconds from first to last sound at the voice's own pace, as the model's own durations and energy have it."""
        reading = self._reading(plan, chunks, stop)
        return self._lengths(reading, reading.frames([reading.whole]), [reading.whole], stop)[0]

    def say(self, plan: Plan, stop: Stop, tell: Callable[[float, str], None] | None = None) -> tuple[Speech, np.ndarray, tuple[str, ...]]:
        spoken = pronounce(plan.text, plan.language, self._models)
        reading = self._reading(plan, spoken.chunks, stop)
        own = self._lengths(reading, reading.frames([reading.whole]), [reading.whole], stop)[0]
        scale = own / (reading.score.tokens.natural[reading.score.span(reading.whole)].sum() * FRAME)
        parts = phrases.parts(reading.score.units(spoken.chunks, scale), plan)
        if len(parts) > 1:
            reading = self._reading(plan, paused(spoken.chunks, parts), stop)
        frames, natural = self._timed(plan, reading, parts, stop)
        samples, f0 = self._speak(plan, reading, parts, frames, stop)
        heard = self._heard(reading, parts, frames, samples)
        wrong = [0 if part.seconds is None or within(last - first, part.seconds) else round((part.seconds - last + first) / FRAME)
                 for part, (first, last) in zip(parts, heard, strict=True)]  # fmt: skip
        if any(wrong):
            # the sound is longer or shorter than its energy said: other durations, and once more
            again = self._corrected(plan, reading, parts, frames, wrong)
            if (again != frames).any():
                frames = again
                samples, f0 = self._speak(plan, reading, parts, frames, stop)
                heard = self._heard(reading, parts, frames, samples)
        take, places = laid(samples, self.rate, parts, heard)
        phones, words = times(reading.score, parts, frames, lambda number, time: places[number].at(time))
        told = tuple(
            Phrase(" ".join(reading.score.texts[part.first : part.last]), place.start, place.end, part.start,
                   part.start + (place.end - place.start if part.seconds is None else part.seconds), (place.end - place.start) / own_length, theirs)
            for part, place, own_length, theirs in zip(parts, places, natural, follow.places(plan, parts), strict=True)
        )  # fmt: skip
        sound = sum(place.end - place.start for place in places)
        wanted = self._wanted(reading, reading.own, frames, f0, places, plan.language) if reading.own else None
        speech = Speech(phones, words, own, sound / sum(natural), places[0].start, places[-1].end, told, reading.own, wanted)
        return speech, take, spoken.warnings

    def _reading(self, plan: Plan, chunks: tuple[Chunk, ...], stop: Stop) -> _Reading:
        segments = segmented(chunks, vocabulary())
        habit = self.styles.habit(plan.voice.prosody, max(len(segment.ids) for segment in segments), plan.wish.seed)
        reads = [self._read(segment, habit, stop) for segment in segments]
        told = score(segments, [read.durations for read in reads], chunks, plan.wish.smoothness)
        starts = [chunk.start for chunk in chunks if chunk.kind == "word"]
        own = self._own(told, segments, reads, habit, plan.language, stop) if plan.moods else None
        following = prosody.carried(plan.heard, own, plan.language, plan.wish.performance) if plan.heard and own else None
        course = prosody.course(plan.moods, told.words, starts, plan.wish.seed, plan.language, following)
        course = readings.read(course, told, chunks, plan.wish.seed, plan.language, plan.wish.performance)
        plain = told.tokens.natural
        if course is not None:
            told = replace(told, tokens=prosody.paced(told.tokens, told.rests, course))
        return _Reading(segments, reads, habit, told, course, own, plain)

    def _own(self, told: Score, segments: list[Segment], reads: list[_Read], habit: Habit, language: str, stop: Stop) -> Prosody:
        """How the voice says the line by itself, as durations and F0 foretell it."""
        frames = np.maximum(1, np.floor(told.tokens.natural + 0.5)).astype(np.int64)
        curves = [self._curves(read, frames[at], habit, stop)[1][0] for read, at in zip(reads, spans(segments), strict=True)]
        return prosody.foretold(np.concatenate(curves), told.tokens.sounds, told.rests, frames, told.vowels, FRAME, language=language)

    @staticmethod
    def _wanted(reading: _Reading, own: Prosody, frames: np.ndarray, f0: np.ndarray, places: list[Laid], language: str) -> Prosody:
        """The manner that was made of the voice's own one; loudness and brightness are not told."""
        gaps = sum(after.start - before.end for before, after in zip(places, places[1:], strict=False))
        score = reading.score
        return prosody.foretold(f0, score.tokens.sounds, score.rests, frames, score.vowels, FRAME, gaps, own.f0, language)

    def _timed(self, plan: Plan, reading: _Reading, parts: list[Part], stop: Stop) -> tuple[np.ndarray, list[float]]:
        """Durations [T] with which every part is as long as it should be, and each part's natural length in seconds.

        The energy curve shows where the sound will begin and end for a hundredth of the cost of hearing it, so the
        durations are corrected against it until the sound itself, not the sum of frames, has the wished length.
        """
        frames = reading.frames(parts)
        natural = lengths = self._lengths(reading, frames, parts, stop)
        for _ in range(CORRECTIONS):
            missing = [0 if part.seconds is None else math.floor((part.seconds - length) / FRAME + 0.5)
                       for part, length in zip(parts, lengths, strict=True)]  # fmt: skip
            again = self._corrected(plan, reading, parts, frames, missing)
            if (again == frames).all():
                break
            frames = again
            lengths = self._lengths(reading, frames, parts, stop)
        return frames, natural

    @staticmethod
    def _corrected(plan: Plan, reading: _Reading, parts: list[Part], frames: np.ndarray, missing: list[int]) -> np.ndarray:
        """The durations with so many frames more in each part, as far as the limits allow."""
        frames = frames.copy()
        for part, more in zip(parts, missing, strict=True):
            span = reading.score.span(part)
            tokens = reading.score.tokens.part(span)
            if more:
                # what is natural is measured on whole frames, and so are the limits
                own = np.maximum(1, np.floor(tokens.natural + 0.5)).sum() / tokens.natural.sum()
                # how far words may be hurried is told by the voice's own pace, not by one that an emotion slowed
                slowed = min(1.0, float(reading.plain[span].sum() / tokens.natural.sum()))
                frames[span] = retime(tokens, int(frames[span].sum()) + more, plan.wish.shortest * own * slowed, plan.wish.longest * own).frames
        return frames

    def _lengths(self, reading: _Reading, frames: np.ndarray, parts: list[Part], stop: Stop) -> list[float]:
        """Seconds from first to last sound of every part, as the energy curve foretells them."""
        energy = np.concatenate([self._paced(reading, read, at, frames, stop)[2][0] for read, at in reading.each()])
        found = (sounding(energy[2 * begin : 2 * end]) for begin, end in windows(reading.score, parts, frames))
        return [max(FRAME, (last - first) * FRAME / 2 - OUTLASTS) for first, last in found]

    def _heard(self, reading: _Reading, parts: list[Part], frames: np.ndarray, samples: np.ndarray) -> list[tuple[float, float]]:
        """First and last sound of every part in the spoken samples, in seconds; breath around them is taken away."""
        found = []
        for part, (begin, end) in zip(parts, windows(reading.score, parts, frames), strict=True):
            piece = samples[begin * SAMPLES : end * SAMPLES]
            piece[:] = breathless(piece, self.rate, reading.score.first_phone(part))
            first, last = audible(piece, self.rate)
            found.append((begin * FRAME + first, begin * FRAME + max(last, first + FRAME)))
        return found

    @property
    def loaded(self) -> bool:
        return "_sessions" in vars(self)

    @cached_property
    def _sessions(self) -> graph.Sessions:
        folder = catalogue.find(MODEL, self._models)
        stages = graph.prepared(folder / "kokoro-v1.0.int8.onnx", catalogue.own_folder() / MODEL)
        return graph.open(stages, self._threads)

    def _read(self, segment: Segment, habit: Habit, stop: Stop) -> _Read:
        key = (segment.ids, habit.style.tobytes(), habit.pace)
        if key not in self._cache:
            tokens = np.array([[0, *segment.ids, 0]], dtype=np.int64)
            raw, hidden, encoded = _run(self._sessions.text, {"tokens": tokens, "style": habit.style}, stop)
            self._cache[key] = _Read(raw[0].astype(np.float64) / habit.pace, hidden, encoded)
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]

    def _curves(self, read: _Read, frames: np.ndarray, habit: Habit, stop: Stop) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Aligned text [1, 512, F], F0 [1, 2F] in Hz and energy [1, 2F] of one segment."""
        feeds = {"frames": frames[None].astype(np.float32), "hidden": read.hidden, "encoded": read.encoded, "style": habit.style}
        aligned, f0, energy = _run(self._sessions.prosody, feeds, stop)
        return aligned, bent(f0, habit.semitones, habit.spread), energy

    def _paced(self, reading: _Reading, read: _Read, at: slice, frames: np.ndarray, stop: Stop) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As `_curves`, of a segment at its place in the line; pauses that an emotion makes long are silent."""
        aligned, f0, energy = self._curves(read, frames[at], reading.habit, stop)
        if reading.course is not None:
            f0, energy = hushed(f0, energy, reading.score.rests[at], reading.plain[at], frames[at])
        return aligned, f0, energy

    def _speak(self, plan: Plan, reading: _Reading, parts: list[Part], frames: np.ndarray, stop: Stop) -> tuple[np.ndarray, np.ndarray]:
        """Sound [600 F] and the F0 [2F] that is in it."""
        target = self._target(plan, reading, parts, frames, stop)
        said = [self._segment(plan, reading, segment, read, at, frames, target, stop)
                for segment, (read, at) in zip(reading.segments, reading.each(), strict=True)]  # fmt: skip
        samples, f0 = (np.concatenate(pieces) for pieces in zip(*said, strict=True))
        if reading.course is None:
            return samples, f0
        along = {name: np.repeat(values, SAMPLES // 2) for name, values in reading.course.along(frames, FRAME / 2).items()}
        louder = along["gain"] - along["gain"].mean()  # the line as a whole gets its loudness later
        accents, performance = along["accents"], plan.wish.performance
        if plan.heard:
            accents = accents + (1 - performance) * along["heard"] * prosody.widened(plan.heard, phonation.range_of(samples, self.rate))
        samples = phonation.coloured(samples, self.rate, along["tilt"], accents, louder)
        if target is not None:
            samples = phonation.followed(samples, self.rate, np.repeat(target.loudness, SAMPLES // 2), performance * along["heard"])
        return samples, f0

    def _target(self, plan: Plan, reading: _Reading, parts: list[Part], frames: np.ndarray, stop: Stop) -> follow.Target | None:
        """What the performance wants of every half frame; None without one."""
        if not (plan.heard and plan.heard.phrases and plan.wish.performance and reading.course is not None):
            return None
        energy = np.concatenate([self._paced(reading, read, at, frames, stop)[2][0] for read, at in reading.each()])
        ours, matched = prosody.phrases(energy, FRAME / 2), []
        if len(parts) > 1:
            ours = [(2 * begin + first, 2 * begin + last) for begin, end in windows(reading.score, parts, frames)
                    for first, last in [sounding(energy[2 * begin : 2 * end])]]  # fmt: skip
            matched = [part.partners for part in parts]
        edges = np.concatenate([[0], np.cumsum(frames)]) * FRAME - EARLY
        accents = [float(edges[at] + edges[at + 1]) / 2 for at in reading.score.accents]
        sounds = [(begin * FRAME / 2 + BEFORE_SOUND, end * FRAME / 2 - (OUTLASTS - BEFORE_SOUND)) for begin, end in ours]
        return follow.target(follow.partners(len(ours), plan.heard.phrases, matched), sounds, accents, len(energy), FRAME / 2)

    def _segment(self, plan: Plan, reading: _Reading, segment: Segment, read: _Read, at: slice, whole: np.ndarray, target: follow.Target | None, stop: Stop) -> tuple[np.ndarray, np.ndarray]:
        """The sound of one segment [600 F] and its F0 [2F]; what lies outside its speech is silent."""
        frames, since = whole[at], 2 * int(whole[: at.start].sum())
        aligned, f0, energy = self._paced(reading, read, at, whole, stop)
        f0 = bent(f0, plan.wish.pitch + self._transposition(plan, segment, f0, stop), plan.wish.pitch_range)
        first, last = decoded(energy[0])
        air = np.zeros(f0.shape[1])
        if reading.course is not None:
            course = reading.course.part(at)
            along = course.along(frames, FRAME / 2)
            wanted = None if target is None else target.f0[since : since + f0.shape[1]]
            f0 = prosody.melody(f0, along, energy[0], FRAME / 2, course.seed, VOICED, wanted, plan.wish.performance, plan.language in prosody.TONAL)
            energy = prosody.effort(energy, along)
            air = along["air"]
        feeds = {
            "aligned": aligned[:, :, first:last],
            "f0": f0[:, 2 * first : 2 * last],
            "energy": energy[:, 2 * first : 2 * last] + np.float32(plan.wish.energy),
            "style": self.styles.timbre(plan.voice.timbre, len(segment.ids)),
        }
        air = np.repeat(air[2 * first : 2 * last], SAMPLES // 2)
        # without F0 the model whispers, at the same times
        breath = self._decoded({**feeds, "f0": np.minimum(feeds["f0"], UNVOICED)}, stop) if air.any() else None
        tone = self._decoded(feeds, stop) if (air < 1).any() else None
        piece = phonation.shaped(phonation.breathed(tone, breath, air), self.rate, self.styles.colour(plan.voice.timbre))
        before, after = first, int(frames.sum()) - last
        return np.pad(faded(piece, round(FADE * self.rate)), (before * SAMPLES, after * SAMPLES)), f0[0]

    def _decoded(self, feeds: dict[str, np.ndarray], stop: Stop) -> np.ndarray:
        return _run(self._sessions.decoder, feeds, stop)[0].reshape(-1)

    def _transposition(self, plan: Plan, segment: Segment, f0: np.ndarray, stop: Stop) -> float:
        """Semitones from a borrowed prosody's pitch to the timbre's own, so that a voice keeps its height."""
        if plan.voice.prosody == plan.voice.timbre:
            return 0.0
        own = self.styles.habit(plan.voice.timbre, len(segment.ids))
        read = self._read(segment, own, stop)
        _aligned, natural, _energy = self._curves(read, np.maximum(1, np.round(read.durations)), own, stop)
        return 12 * math.log2(median(natural) / median(f0))


def _run(session: Any, feeds: dict[str, np.ndarray], stop: Stop) -> list[np.ndarray]:
    """One stage's outputs. A stop ends it within a layer. Raises Cancelled."""
    import onnxruntime

    if stop():
        raise Cancelled
    options = onnxruntime.RunOptions()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            if stop():
                options.terminate = True
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return session.run(None, feeds, options)
    except Exception as error:
        if options.terminate:
            raise Cancelled from error
        raise
    finally:
        over.set()
        watcher.join()
