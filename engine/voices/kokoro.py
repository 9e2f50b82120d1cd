"""Kokoro-82M taken apart: text -> durations -> pitch and energy -> sound, with our own hand on each cut."""
from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .. import models as catalogue
from ..fit import EDGE, FADE, audible, faded, room
from ..problems import LineProblem
from ..retime import PAUSE_ELASTICITY, Timing, retime
from ..script import Phone, Plan, Speech, Voice, Word
from . import Cancelled, graph
from .text import LANGUAGES, Chunk, pronounce, vocabulary

MODEL = "kokoro-v1.0"
FRAME = 0.025
"""Seconds of one duration frame."""

SAMPLES = 600
"""Samples of one duration frame at 24 kHz."""

LEAD = 2
"""Frames added to the leading pad that the model foretells, 9 for a Spanish and 19 for a Chinese line. With fewer the
first word gets lost, with more a breath before it is heard as a word: over 31 lines of 9 voices in 5 languages the word
error was least at 2 (1.7 %, against 3.1 % at 0 and 4.8 to 7.1 % at any fixed lead from 12 to 18)."""

TAIL = (20, 12, 1)
"""Most frames of the last sound, the closing mark and the trailing pad. They are mostly silence, yet with a shorter
tail the model ends the last sound early: a Chinese final vowel was lost at 8, 4, 1."""

SOUNDING = -3.0
"""Energy above which something is heard; silence lies near -9.5, speech up to 8.5."""

MARGIN = 8
"""Frames of silence that are decoded before the first and after the last sound, of the 15 to 40 that are there. What
lies outside is made silent instead: a fifth less work on short lines. Over 22 lines of 8 voices in 5 languages the word
error is none at 8 (2.6 % when all is decoded); at 6 and below first and last sounds begin to suffer."""

OUTLASTS = 0.109
"""Seconds by which the energy curve is longer than the sound: over 54 readings, English and Chinese, at tempos 0.8 and
1.2, it begins 41 ms before it (SD 26) and ends 68 ms after it (SD 32)."""

EARLY = 0.055
"""Seconds by which a sound comes before its token's frames. Sibilant tokens against the sound above 4.5 kHz, 66 readings
of 6 voices in English and Chinese at tempos 0.8 to 1.2: median 55 ms, SD 13 ms."""

CORRECTIONS = 6
"""Most rounds of correcting durations against the energy curve; two or three do as a rule."""

MOST_TOKENS = 250
"""Tokens in one run of the model, about 14 s; it can take 510, but its memory grows with the length."""

VOICED = 10.0
"""Hz; the decoder treats everything below as unvoiced, so only values above may be edited."""

BEFORE, AFTER = "ˈˌ", "ːʰʲ\u0303↓→↗↘"
"""Symbols that are no sound of their own: stress belongs to the sound after it, length and tone to the one before."""

CACHED = 32
"""Texts whose first stage is kept: a line redone with another pitch or length starts behind it."""


@dataclass(frozen=True)
class Segment:
    """Tokens that go through the model in one run."""

    ids: tuple[int, ...]
    owners: tuple[int, ...]
    """For every token the index of its chunk, or -1 for a space."""


@dataclass(frozen=True)
class _Read:
    """What the text stage says of a segment."""

    durations: np.ndarray
    """float [T + 2] frames, pads included."""
    hidden: np.ndarray
    encoded: np.ndarray


class Family:
    """The 54 stock voices and every pair of one's timbre with another's prosody."""

    name = "kokoro"
    rate = 24000

    def __init__(self, models: Path, threads: int = 1):
        self._models = Path(models)
        self._threads = threads
        self._cache: OrderedDict = OrderedDict()

    def voices(self) -> dict[str, str]:
        by_letter = {language.prefix: code for code, language in LANGUAGES.items()}
        names = sorted(Path(file.name).stem for file in catalogue.catalogue()[MODEL].files if file.name.startswith("voices/"))
        return {name: by_letter[name[0]] for name in names}

    def fingerprint(self, voice: Voice) -> str:
        wanted = {"kokoro-v1.0.int8.onnx", *(f"voices/{name}.bin" for name in (voice.timbre, voice.prosody or voice.timbre))}
        catalogue.find(MODEL, self._models)
        hashes = sorted(file.sha256 for file in catalogue.catalogue()[MODEL].files if file.name in wanted)
        return hashlib.sha256("".join([*hashes, str(graph.RECIPE)]).encode()).hexdigest()

    def say(self, plan: Plan, stop) -> tuple[Speech, np.ndarray, tuple[str, ...]]:
        spoken = pronounce(plan.text, plan.language)
        segments = segmented(spoken.chunks, vocabulary())
        style = self._prosody(plan, segments)
        reads = [self._read(segment, style, stop) for segment in segments]
        natural, elasticity = durations(segments, reads, spoken.chunks)
        timing, length = self._timed(plan, segments, reads, natural, elasticity, style, stop)
        space = room(plan)
        while True:
            samples = self._speak(plan, segments, reads, timing.frames, style, stop)
            first, last = audible(samples, self.rate)
            excess = 0.0 if space is None else (last - first) - (space + EDGE)
            if excess <= 0 or timing.tempo <= plan.wish.shortest:
                break
            # the sound rings on longer than its energy said: give it that much less
            target = int(timing.frames.sum()) - math.ceil(excess / FRAME)
            timing = retime(natural, elasticity, target, plan.wish.shortest, plan.wish.longest)
        phones, words = times(segments, timing.frames, spoken.chunks, first, last)
        return Speech(phones, words, length, (last - first) / length, first, last), samples, spoken.warnings

    def _timed(self, plan: Plan, segments, reads, natural, elasticity, style, stop) -> tuple[Timing, float]:
        """Durations that fill the room, and the natural length of the sound in seconds.

        The energy curve shows where the sound will begin and end for a hundredth of the cost of hearing it, so the
        durations are corrected against it until the sound itself, not the sum of frames, has the wished length.
        """

        def length(frames):
            return self._length(segments, reads, frames, style, stop)

        free = retime(natural, elasticity, None, 1.0, 1.0)
        own = length(free.frames)
        space = room(plan)
        if space is None:
            return free, own
        target = int(free.frames.sum()) + math.floor((space - own) / FRAME)
        for _ in range(CORRECTIONS):
            timing = retime(natural, elasticity, target, plan.wish.shortest, plan.wish.longest)
            missing = math.floor((space - length(timing.frames)) / FRAME + 0.25)
            if missing == 0 or timing.tempo in (plan.wish.shortest, plan.wish.longest):
                break
            target += missing
        return timing, own

    def _length(self, segments, reads, frames, style, stop) -> float:
        """Seconds from first to last sound, as the energy curve foretells them."""
        energy = [self._curves(read, frames[at], style, stop)[2][0] for read, at in zip(reads, spans(segments), strict=True)]
        first, last = sounding(np.concatenate(energy))
        return max(FRAME, (last - first) * FRAME / 2 - OUTLASTS)

    @property
    def loaded(self) -> bool:
        return "_sessions" in vars(self)

    @cached_property
    def _sessions(self):
        folder = catalogue.find(MODEL, self._models)
        stages = graph.prepare(folder / "kokoro-v1.0.int8.onnx", folder / "stages")
        return graph.open(stages, self._threads)

    def _pack(self, voice: str) -> np.ndarray:
        """The voice's styles [510, 256], a row for every count of tokens: 128 of timbre, 128 of prosody."""
        path = catalogue.find(MODEL, self._models) / "voices" / f"{voice}.bin"
        return np.fromfile(path, dtype="<f4").reshape(510, 256)

    def _prosody(self, plan: Plan, segments) -> np.ndarray:
        """Prosody style [1, 128]; the seed chooses among the rows, since each row is a habit of its own."""
        row = min(max(len(segment.ids) for segment in segments), 509)
        if plan.wish.seed:
            row = int(np.random.default_rng(plan.wish.seed).integers(20, 200))
        return self._pack(plan.voice.prosody)[max(row, 10)][None, 128:]

    def _timbre(self, plan: Plan, segment: Segment) -> np.ndarray:
        """Timbre style [1, 128]; the rows of very short texts are odd, so they are not used."""
        return self._pack(plan.voice.timbre)[min(max(len(segment.ids), 20), 509)][None, :128]

    def _read(self, segment: Segment, style: np.ndarray, stop) -> _Read:
        key = (segment.ids, style.tobytes())
        if key not in self._cache:
            tokens = np.array([[0, *segment.ids, 0]], dtype=np.int64)
            raw, hidden, encoded = _run(self._sessions.text, {"tokens": tokens, "style": style}, stop)
            self._cache[key] = _Read(raw[0].astype(np.float64), hidden, encoded)
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]

    def _curves(self, read: _Read, frames: np.ndarray, style: np.ndarray, stop):
        """Aligned text [1, 512, F], F0 [1, 2F] in Hz and energy [1, 2F] of one segment."""
        feeds = {"frames": frames[None].astype(np.float32), "hidden": read.hidden, "encoded": read.encoded, "style": style}
        return _run(self._sessions.prosody, feeds, stop)

    def _speak(self, plan: Plan, segments, reads, frames: np.ndarray, style, stop) -> np.ndarray:
        sound = []
        for segment, read, at in zip(segments, reads, spans(segments), strict=True):
            aligned, f0, energy = self._curves(read, frames[at], style, stop)
            f0 = bent(f0, plan.wish.pitch + self._transposition(plan, segment, f0, stop), plan.wish.pitch_range)
            first, last = decoded(energy[0])
            feeds = {
                "aligned": aligned[:, :, first:last],
                "f0": f0[:, 2 * first : 2 * last],
                "energy": energy[:, 2 * first : 2 * last] + np.float32(plan.wish.energy),
                "style": self._timbre(plan, segment),
            }
            piece = _run(self._sessions.decoder, feeds, stop)[0].reshape(-1)
            before, after = first, int(frames[at].sum()) - last
            sound.append(np.pad(faded(piece, round(FADE * self.rate)), (before * SAMPLES, after * SAMPLES)))
        return np.concatenate(sound)

    def _transposition(self, plan: Plan, segment: Segment, f0: np.ndarray, stop) -> float:
        """Semitones from a borrowed prosody's pitch to the timbre's own, so that a voice keeps its height."""
        if plan.voice.prosody == plan.voice.timbre:
            return 0.0
        own = self._pack(plan.voice.timbre)[min(max(len(segment.ids), 10), 509)][None, 128:]
        read = self._read(segment, own, stop)
        _aligned, natural, _energy = self._curves(read, np.maximum(1, np.round(read.durations)), own, stop)
        return 12 * math.log2(median(natural) / median(f0))


def segmented(chunks: tuple[Chunk, ...], vocabulary: dict[str, int]) -> list[Segment]:
    """Chunks as runs of at most MOST_TOKENS tokens, divided at the last pause that leaves room, else between words.

    Every run ends in a mark, since without one the model swallows the last sound. Raises LineProblem `word_too_long`.
    """
    runs: list[list[int]] = [[]]
    size = 0
    for index, chunk in enumerate(chunks):
        length = len(chunk.phonemes) + chunk.space
        if length > MOST_TOKENS:
            raise LineProblem("word_too_long", word=chunk.text[:40], count=length, most=MOST_TOKENS)
        if size + length >= MOST_TOKENS and runs[-1]:
            run = runs[-1]
            cut = next((i + 1 for i in range(len(run) - 1, len(run) // 2, -1) if chunks[run[i]].kind == "pause"), len(run))
            runs[-1], rest = run[:cut], run[cut:]
            runs.append(rest)
            size = sum(len(chunks[i].phonemes) + chunks[i].space for i in rest)
        runs[-1].append(index)
        size += length
    return [_segment([(i, chunks[i]) for i in run], vocabulary) for run in runs if run]


def _segment(chunks, vocabulary) -> Segment:
    ids, owners = [], []
    for index, chunk in chunks:
        ids += [vocabulary[symbol] for symbol in chunk.phonemes]
        owners += [index] * len(chunk.phonemes)
        if chunk.space:
            ids.append(vocabulary[" "])
            owners.append(-1)
    while owners and owners[-1] == -1:
        ids.pop()
        owners.pop()
    if chunks[-1][1].kind != "pause":
        ids.append(vocabulary["."])
        owners.append(-1)
    return Segment(tuple(ids), tuple(owners))


def durations(segments, reads, chunks) -> tuple[np.ndarray, np.ndarray]:
    """Natural frames and elasticity of all tokens, pads included; what stays as it is has elasticity 0."""
    natural, elasticity = [], []
    for segment, read in zip(segments, reads, strict=True):
        frames = read.durations.copy()
        gives = np.array([0.0, *(1.0 if o >= 0 and chunks[o].kind == "word" else PAUSE_ELASTICITY for o in segment.owners), 0.0])
        frames[0] += LEAD
        if segment is segments[-1]:
            frames[-3:] = np.minimum(frames[-3:], TAIL)
            gives[-3:] = 0.0
        natural.append(np.maximum(1.0, frames))
        elasticity.append(gives)
    return np.concatenate(natural), np.concatenate(elasticity)


def spans(segments) -> list[slice]:
    """Where each segment's tokens, pads included, lie in the frames of all."""
    edges = np.cumsum([0, *(len(segment.ids) + 2 for segment in segments)])
    return [slice(start, end) for start, end in zip(edges, edges[1:], strict=False)]


def sounding(energy: np.ndarray) -> tuple[int, int]:
    """First value of an energy curve that is heard, and the one after the last; the whole curve when none is."""
    heard = np.flatnonzero(energy > SOUNDING)
    return (int(heard[0]), int(heard[-1]) + 1) if heard.size else (0, len(energy))


def decoded(energy: np.ndarray) -> tuple[int, int]:
    """The frames of an energy curve [2F] that are worth decoding: those that sound, and MARGIN on either side."""
    first, last = sounding(energy)
    return max(0, first // 2 - MARGIN), min(len(energy) // 2, last // 2 + 1 + MARGIN)


def times(segments, frames: np.ndarray, chunks, first: float, last: float) -> tuple[tuple[Phone, ...], tuple[Word, ...]]:
    """When every phone and every word sounds, in seconds from the first sample and within the audible speech."""
    edges = np.concatenate([[0], np.cumsum(frames)]) * FRAME - EARLY
    phones: list[Phone] = []
    words: dict[int, Word] = {}
    at = 0
    for segment in segments:
        at += 1
        seen: dict[int, int] = {}
        stress, since = "", None
        for owner in segment.owners:
            start, end = (min(max(float(edge), first), last) for edge in edges[at : at + 2])
            at += 1
            if owner < 0 or chunks[owner].kind != "word":
                continue
            symbol = chunks[owner].phonemes[seen.get(owner, 0)]
            seen[owner] = seen.get(owner, 0) + 1
            words[owner] = Word(chunks[owner].text, words[owner].start if owner in words else start, end)
            if symbol in BEFORE:
                stress, since = symbol, start
            elif symbol in AFTER and phones:
                phones[-1] = Phone(phones[-1].symbol + symbol, phones[-1].start, end)
            elif symbol != " ":
                phones.append(Phone(stress + symbol, start if since is None else since, end))
                stress, since = "", None
        at += 1
    return tuple(phones), tuple(words.values())


def median(f0: np.ndarray) -> float:
    """Median of the voiced F0 in Hz; 100 when nothing is voiced, so that two such curves are alike."""
    voiced = f0[f0 > VOICED]
    return float(np.median(voiced)) if voiced.size else 100.0


def bent(f0: np.ndarray, semitones: float, spread: float) -> np.ndarray:
    """F0 moved by semitones and spread about its median in the log domain; unvoiced values are left alone."""
    if semitones == 0 and spread == 1:
        return f0
    voiced = f0 > VOICED
    middle = median(f0)
    curve = middle * (np.maximum(f0, VOICED) / middle) ** spread * 2 ** (semitones / 12)
    return np.where(voiced, np.clip(curve, VOICED * 2, 800.0), f0).astype(np.float32)


def _run(session, feeds, stop):
    """One stage's outputs. A stop ends it within a layer. Raises Cancelled."""
    import onnxruntime

    if stop():
        raise Cancelled
    options = onnxruntime.RunOptions()
    over = threading.Event()

    def watch():
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
