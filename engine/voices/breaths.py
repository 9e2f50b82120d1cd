"""A line that an engine apart says breath by breath: which words each piece has and how long it may be, and how the pieces become the take."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import follow, foretell
from ..apart.talk import Uttered
from ..fit import EDGE, FADE, audible, faded, room
from ..phrases import GAP, TOKEN, Unit, parts
from ..script import Phrase, Plan, Speech, Stretch

QUOTES = "\u201c\u201d\"'"
"""Marks after a word that are no pause."""


@dataclass(frozen=True)
class Piece:
    """What is said in one breath."""

    text: str
    first: int
    last: int
    """Where it stands in the plan's text."""
    start: float
    """Where it goes, in seconds from the take's first sample."""
    seconds: float = 0.0
    """Length that is wished; 0: `ratio`, or natural."""
    ratio: float = 0.0
    """Length as a share of the natural one."""
    follows: Stretch | None = None
    """Its partner in the performance that it follows."""


def whole(plan: Plan) -> Piece:
    """The line in one piece."""
    wish, space = plan.wish, room(plan)
    return Piece(plan.text, 0, len(plan.text), EDGE, wish.tokens * TOKEN if wish.tokens else space or 0.0, wish.ratio)


def phrased(plan: Plan, words: list[Unit]) -> list[Piece]:
    """The line in the pieces that an original, anchors or a performance ask for, each at its time and as long as its partner."""
    found = parts(words, plan) if words else []
    if not found or len(found) == 1 and room(plan) is None:
        return [whole(plan)]
    edges = [0, *(words[part.first].index for part in found[1:]), len(plan.text)]
    return [
        Piece(_ended(plan.text[first:last].strip()) if len(found) > 1 else plan.text, first, last, part.start, part.seconds or 0.0, follows=theirs)
        for part, first, last, theirs in zip(found, edges[:-1], edges[1:], follow.places(plan, found), strict=True)
    ]


def _ended(text: str) -> str:
    """With a comma where it would end without a mark, as nobody breathes without letting it be heard."""
    return f"{text}," if text[-1:].isalnum() else text


def units(chunks: Iterable[Any], voice: str, slower: float = 1.0) -> list[Unit]:
    """The words with the lengths that are foretold of them. slower: factor on those."""
    chunks = list(chunks)
    seconds = iter(foretell.timed(chunks, voice))
    found: list[Unit] = []
    for chunk in chunks:
        if chunk.kind == "word":
            sound, pause = next(seconds)
            found.append(Unit(chunk.text, sound * slower, pause * slower, False, chunk.start))
        elif found:
            last = found[-1]
            found[-1] = Unit(last.text, last.sound, last.pause, last.mark or chunk.phonemes not in QUOTES, last.index)
    return found


def joined(plan: Plan, pieces: Sequence[Piece], answers: Sequence[Uttered], sounds: Sequence[np.ndarray], rate: int) -> tuple[Speech, np.ndarray]:
    """The take's mono samples from its first on, each piece to the sample as it came, and where its speech lies."""
    take, at = np.zeros(0, np.float32), 0
    told: list[Phrase] = []
    for piece, answer, sound in zip(pieces, answers, sounds, strict=True):
        # one that could not be so short moves the next one back
        begin = max(round(piece.start * rate), at + round(GAP * rate) if told else 0)
        at = begin + len(sound)
        take = np.concatenate([take, np.zeros(begin - len(take), np.float32), faded(sound, round(FADE * rate))])
        first, last = audible(sound, rate)
        start, end = begin / rate + first, begin / rate + max(last, first + 1 / rate)
        # what was asked for and is there is no shortcoming, be its end ever so soft
        missing = piece.seconds * rate - len(sound) if answer.exact else 0.0
        planned = piece.start + piece.seconds if missing > 1 else end
        ratio = len(sound) / rate / answer.natural if answer.natural > 0 else 1.0
        told.append(Phrase(plan.text[piece.first : piece.last].strip(), start, end, piece.start, planned, ratio, piece.follows))
    natural = sum(answer.natural for answer in answers)
    ratio = sum(map(len, sounds)) / rate / natural if natural > 0 else 1.0
    return Speech((), (), natural, ratio, told[0].start, told[-1].end, tuple(told)), take
