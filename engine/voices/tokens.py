"""How the chunks of a text become the model's tokens, what each of them may do to the timing, and when it sounds."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..phrases import Part, Unit
from ..problems import LineProblem
from ..retime import MODIFIERS, Tokens, phone_class, tokens
from ..script import Phone, Word
from .text import Chunk

FRAME = 0.025
"""Seconds of one duration frame."""

LEAD = 2
"""Frames added to the leading pad that the model foretells, 9 for a Spanish and 19 for a Chinese line. With fewer the
first word gets lost, with more a breath before it is heard as a word: over 31 lines of 9 voices in 5 languages the word
error was least at 2 (1.7 %, against 3.1 % at 0 and 4.8 to 7.1 % at any fixed lead from 12 to 18)."""

TAIL = (20, 12, 1)
"""Most frames of the last sound, the closing mark and the trailing pad. They are mostly silence, yet with a shorter
tail the model ends the last sound early: a Chinese final vowel was lost at 8, 4, 1."""

BREATH = 10
"""Least frames between two parts of a line: a quarter of a second, in which the sound surely dies away. How long the
silence is in the take is decided when the parts are laid down."""

SOUNDING = -3.0
"""Energy above which something is heard; silence lies near -9.5, speech up to 8.5."""

MARGIN = 8
"""Frames of silence that are decoded before the first and after the last sound, of the 15 to 40 that are there. What
lies outside is made silent instead: a fifth less work on short lines. Over 22 lines of 8 voices in 5 languages the word
error is none at 8 (2.6 % when all is decoded); at 6 and below first and last sounds begin to suffer."""

EARLY = 0.055
"""Seconds by which a sound comes before its token's frames. Sibilant tokens against the sound above 4.5 kHz, 66 readings
of 6 voices in English and Chinese at tempos 0.8 to 1.2: median 55 ms, SD 13 ms."""

MOST_TOKENS = 250
"""Tokens in one run of the model, about 14 s; it can take 510, but its memory grows with the length."""

BEFORE = "ˈˌ"
AFTER = "".join(sorted(MODIFIERS - set(BEFORE)))
"""Symbols that are no sound of their own: stress belongs to the sound after it, length and tone to the one before."""


@dataclass(frozen=True)
class Segment:
    """Tokens that go through the model in one run."""

    ids: tuple[int, ...]
    owners: tuple[int, ...]
    """For every token the index of its chunk, or -1 for a space."""


@dataclass(frozen=True)
class Score:
    """All tokens of a line, pads included, and which word each is of."""

    tokens: Tokens
    symbols: tuple[str, ...]
    """One a token; empty for spaces and pads."""
    words: np.ndarray
    """int64 [T]: number of the token's word, -1 for what belongs to none."""
    texts: tuple[str, ...]
    """The words as written."""
    rests: np.ndarray
    """bool [T]: whether the token is a mark between words, or the space after one."""

    @property
    def vowels(self) -> int:
        """How many vowels are spoken."""
        return sum(word >= 0 and symbol not in {"", " "} and phone_class(symbol) == "vowel" for symbol, word in zip(self.symbols, self.words, strict=True))

    @property
    def accents(self) -> list[int]:
        """The tokens of the stressed vowels."""
        found, stressed = [], False
        for at, symbol in enumerate(self.symbols):
            if symbol == "ˈ":
                stressed = True
            elif stressed and symbol not in MODIFIERS and phone_class(symbol) == "vowel":
                found.append(at)
                stressed = False
        return found

    def span(self, part: Part) -> slice:
        """The tokens of a part, from its first word's first to its last word's last."""
        found = np.flatnonzero((self.words >= part.first) & (self.words < part.last))
        return slice(int(found[0]), int(found[-1]) + 1)

    def first_phone(self, part: Part) -> str:
        """The symbol of the part's first sound."""
        return next((self.symbols[at] for at in range(self.span(part).start, self.span(part).stop) if self.symbols[at] not in {"", " ", *MODIFIERS}), "")

    def units(self, chunks: tuple[Chunk, ...], scale: float = 1.0) -> list[Unit]:
        """The words with their natural lengths. scale: seconds of sound for a second of frames."""
        found: list[Unit] = []
        starts = np.concatenate([[0.0], np.cumsum(self.tokens.natural)]) * FRAME * scale
        edges = [(starts[at[0]], starts[at[-1] + 1]) for at in (np.flatnonzero(self.words == n) for n in range(len(self.texts)))]
        ends = [*(begin for begin, _end in edges[1:]), edges[-1][1]]
        number = -1
        for chunk in chunks:
            if chunk.kind == "word":
                number += 1
                begin, end = edges[number]
                found.append(Unit(chunk.text, float(end - begin), float(ends[number] - end), False, chunk.start))
            elif found:
                last = found[-1]
                found[-1] = Unit(last.text, last.sound, last.pause, last.mark or chunk.phonemes not in "“”\"'", last.index)
        return found


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


def _segment(chunks: Any, vocabulary: Any) -> Segment:
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


def paused(chunks: tuple[Chunk, ...], parts: list[Part]) -> tuple[Chunk, ...]:
    """The chunks with a comma where a part ends and the text has no mark, so that the voice ends a phrase there."""
    ends = {part.last for part in parts[:-1]}
    found: list[Chunk] = []
    words = 0
    for chunk in chunks:
        if chunk.kind == "word" and words in ends and found[-1].kind == "word":
            before = found[-1]
            found[-1] = Chunk(before.text, before.phonemes, before.kind, before.start, before.end, False)
            found.append(Chunk("", ",", "pause", before.end, before.end, True))
        words += chunk.kind == "word"
        found.append(chunk)
    return tuple(found)


def score(segments: list[Segment], durations: list[np.ndarray], chunks: tuple[Chunk, ...], smoothness: float) -> Score:
    """What the model's raw durations [T + 2] of every segment are, told token by token."""
    numbers: dict = {}
    classes, symbols, words, natural, rests = [], [], [], [], []
    for index, chunk in enumerate(chunks):
        if chunk.kind == "word":
            numbers[index] = len(numbers)
    for segment, raw in zip(segments, durations, strict=True):
        frames = raw.copy()
        frames[0] += LEAD
        mine = ["fixed"]
        seen: dict[int, int] = {}
        symbols.append("")
        for owner in segment.owners:
            symbol = chunks[owner].phonemes[seen.get(owner, 0)] if owner >= 0 else " "
            seen[owner] = seen.get(owner, 0) + 1
            word = owner in numbers
            mine.append(phone_class(symbol) if word and symbol != " " else "pause")
            symbols.append(symbol if word else "")
        symbols.append("")
        mine.append("fixed")
        if segment is segments[-1]:
            frames[-3:] = np.minimum(frames[-3:], TAIL)
            # the last sound too stays as it is when it is the mark's neighbour: it is mostly silence
            mine[-2:] = ["fixed"] * 2
        natural.append(frames)
        classes += mine
        words += [-1, *(numbers.get(owner, -1) for owner in segment.owners), -1]
        marks = [owner >= 0 and owner not in numbers for owner in segment.owners]
        rests += [False, *(mark or owner < 0 and before for mark, owner, before in zip(marks, segment.owners, [False, *marks], strict=False)), False]
    texts = tuple(chunks[index].text for index in numbers)
    inner = np.array(rests) & (np.array(classes) == "pause")
    return Score(tokens(np.concatenate(natural), classes, smoothness), tuple(symbols), np.array(words), texts, inner)


def spans(segments: list[Segment]) -> list[slice]:
    """Where each segment's tokens, pads included, lie in the frames of all."""
    edges = np.cumsum([0, *(len(segment.ids) + 2 for segment in segments)])
    return [slice(start, end) for start, end in zip(edges, edges[1:], strict=False)]


def breathing(score: Score, parts: list[Part]) -> np.ndarray:
    """Natural whole frames of all tokens, with room to breathe between the parts."""
    frames = np.maximum(1, np.floor(score.tokens.natural + 0.5)).astype(np.int64)
    for before, after in zip(parts, parts[1:], strict=False):
        gap = slice(score.span(before).stop, score.span(after).start)
        missing = BREATH - int(frames[gap].sum())
        if missing > 0:
            frames[gap.start] += missing
    return frames


def windows(score: Score, parts: list[Part], frames: np.ndarray) -> list[tuple[int, int]]:
    """For every part the frames from the middle of the pause before it to the middle of the one after it."""
    edges = np.concatenate([[0], np.cumsum(frames)])
    cuts = [0]
    for before, after in zip(parts, parts[1:], strict=False):
        # sounds come early, so the silence lies early in the pause's frames too
        middle = (edges[score.span(before).stop] + edges[score.span(after).start]) / 2 - EARLY / FRAME
        cuts.append(max(cuts[-1] + 1, int(round(middle))))
    cuts.append(int(edges[-1]))
    return list(zip(cuts, cuts[1:], strict=False))


def sounding(energy: np.ndarray) -> tuple[int, int]:
    """First value of an energy curve that is heard, and the one after the last; the whole curve when none is."""
    heard = np.flatnonzero(energy > SOUNDING)
    return (int(heard[0]), int(heard[-1]) + 1) if heard.size else (0, len(energy))


def decoded(energy: np.ndarray) -> tuple[int, int]:
    """The frames of an energy curve [2F] that are worth decoding: those that sound, and MARGIN on either side."""
    first, last = sounding(energy)
    return max(0, first // 2 - MARGIN), min(len(energy) // 2, last // 2 + 1 + MARGIN)


def times(score: Score, parts: list[Part], frames: np.ndarray, moved: Any) -> tuple[tuple[Phone, ...], tuple[Word, ...]]:
    """When every phone and every word sounds in the take.

    moved: (part's number, seconds in the model's sound) -> seconds in the take, within the part's audible speech.
    """
    edges = np.concatenate([[0], np.cumsum(frames)]) * FRAME - EARLY
    phones: list[Phone] = []
    words: list[Word] = []
    for number, part in enumerate(parts):
        stress, since = "", None
        span = score.span(part)
        for at in range(span.start, span.stop):
            word, symbol = int(score.words[at]), score.symbols[at]
            if word < 0:
                continue
            start, end = moved(number, float(edges[at])), moved(number, float(edges[at + 1]))
            if len(words) <= word:
                words.append(Word(score.texts[word], start, end))
            words[word] = Word(words[word].text, words[word].start, end)
            if symbol in BEFORE:
                stress, since = symbol, start
            elif symbol in AFTER and phones:
                phones[-1] = Phone(phones[-1].symbol + symbol, phones[-1].start, end)
            elif symbol != " ":
                phones.append(Phone(stress + symbol, start if since is None else since, end))
                stress, since = "", None
    return tuple(phones), tuple(words)
