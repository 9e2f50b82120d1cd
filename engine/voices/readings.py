"""What another reading of a line does otherwise: which word of a phrase it stresses, and how the phrase goes on and ends.

A reading is a manner that changes from word to word, so it acts where an emotion's does, and on top of it. The stressed word is
longer, higher, louder and wider in its melody; what follows it in its phrase is lower, softer and narrower, but in a question
as high as before; what precedes it hardly changes. So English and Mandarin both mark a focus (Cooper, Eady and Mueller,
J. Acoust. Soc. Am. 77, 1985; Xu, J. Phonetics 27, 1999; Xu and Xu, J. Phonetics 33, 2005; of questions Liu and Xu, Phonetica 62,
2005). Sizes are ours: what is heard between any two readings and leaves the words.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np

from ..phrases import CLITICS, LEANING, words_of
from ..prosody import BOUNDS, LOWEST_ENERGY, LOWEST_LEVEL, NAMES, TONAL, Course, Manner
from ..retime import MODIFIERS, phone_class
from .text import Chunk
from .tokens import Score


def _manner(rate: float = 1.0, spread: float = 1.0, **changes: float) -> np.ndarray:
    """The values of a manner [len(NAMES)]; rate and spread are factors."""
    return np.array(astuple(Manner(rate=float(np.log(rate)), spread=float(np.log(spread)), **changes)))


BEFORE, STRESSED, AFTER, AFTER_ASKING = (
    _manner(level=-0.5, spread=0.85, rate=1.05),
    _manner(level=2.5, spread=1.15, rate=0.84, energy=0.5),
    _manner(level=-1.5, spread=0.7, rate=1.08, energy=-0.3),
    _manner(level=0.5, spread=0.75, rate=1.08, energy=-0.2),
)
"""What precedes the stressed syllable in its phrase, the syllable, and what follows it, in a statement and in a question."""

IN_TONES = (
    _manner(spread=0.95),
    _manner(level=0.5, spread=1.25, rate=0.8, energy=0.5),
    _manner(level=-1.0, spread=0.85, energy=-0.2),
    _manner(level=0.5, spread=0.9, energy=-0.2),
)
"""The same where F0 tells words apart: a stressed word's high and low tones go farther out, and no step of the level bends one."""

TURNS = (_manner(slope=1.5, final=-2.5), _manner(slope=-3.0, final=1.0), _manner(slope=2.0, final=1.5), _manner(slope=-1.5, final=-1.5))
"""How a phrase goes on and ends: it climbs and closes, sinks and stays open, is held up as if more came, sinks and closes."""

ASKING = (_manner(slope=2.0, final=1.5), _manner(slope=-1.5, final=1.0), _manner(slope=2.0, final=-1.0), _manner(slope=-1.0, final=2.5))
"""The same of a question, which stays one."""

TURNS_IN_TONES = (_manner(slope=3.0), _manner(slope=-1.5), _manner(slope=1.2, spread=1.2), _manner(slope=0.5, spread=0.85))
"""The same where F0 tells words apart, of a question too: no ending, and no steep fall, which bends the tones that rise."""

LIGHT = LEANING | words_of(
    "在 把 被 从 对 给 和 跟 与 向 以 为 是 有 就 也 都 又 还 很 我 你 他 她 它 您 这 那 "
    "谁 哪 哪里 哪儿 什么 为什么 怎么 怎样 怎么样 几 多少"
)
"""Words that are stressed only where there are no others: those that lean on their neighbours, and question words, which are stressed anyhow."""

ASKED = words_of("who whom whose what which when where why how")
"""Words that begin a question which falls."""

TONES = frozenset("→↗↓↘")
"""Signs of a tone, each behind its vowel; a syllable without one is light."""


@dataclass(frozen=True)
class _Phrase:
    """Words first to last - 1, up to a mark."""

    first: int
    last: int
    asks: bool
    """Whether it is a question to be answered with yes or no; one that asks what or where falls as a statement does."""


def read(course: Course | None, score: Score, chunks: tuple[Chunk, ...], seed: int, language: str, performance: float) -> Course | None:
    """The course of a line in another reading; that of the first, seed 0, stays what it is.

    course: of the line's emotion; chunks: which the score is of; performance: as far as a recording's melody and accents are
    followed, readings differ in durations alone.
    """
    if not seed:
        return course
    added = np.zeros((len(score.words), len(NAMES)))
    for number, phrase in enumerate(_phrases(chunks)):
        # by another step in every phrase, so that a line of many does not stress the first word of them all
        _accent(added, score, phrase, seed - 1 + number, language in TONAL)
    course = course or Course(np.zeros((1, len(NAMES))), np.zeros(len(added), np.int64), 0)
    heard = np.zeros(len(course.manners)) if course.heard is None else course.heard
    followed = heard[course.which]
    added *= np.where(np.array(NAMES) == "rate", 1.0, (1 - performance * followed)[:, None])
    most = np.array(astuple(BOUNDS))
    manners = np.clip(course.manners[course.which] + added, -most, most)
    for name, lowest in (("level", LOWEST_LEVEL), ("energy", LOWEST_ENERGY)):
        manners[:, NAMES.index(name)] = np.maximum(manners[:, NAMES.index(name)], lowest)
    table, which = np.unique(np.column_stack([manners, followed]), axis=0, return_inverse=True)
    return Course(table[:, :-1], which.reshape(-1), course.seed, table[:, -1])


def _phrases(chunks: tuple[Chunk, ...]) -> Iterator[_Phrase]:
    """What lies between the marks."""
    first, words = 0, list[str]()
    for chunk in chunks:
        if chunk.kind == "word":
            words.append(chunk.text.lower())
        elif len(words) > first and chunk.phonemes not in "“”\"'()":
            yield _Phrase(first, len(words), "?" in chunk.phonemes and words[first] not in ASKED)
            first = len(words)
    if len(words) > first:
        yield _Phrase(first, len(words), False)


def _accent(added: np.ndarray, score: Score, phrase: _Phrase, count: int, tonal: bool) -> None:
    """Writes the phrase's part of the reading of that count into the tokens [T, len(NAMES)]."""
    words = range(phrase.first, phrase.last)
    full = [word for word in words if _full(score, word, tonal)] or list(words)
    # every word with every turn, and one reading shares neither with the next
    word, turn = full[count % len(full)], count // len(full) + count % len(full)
    first, last = _nucleus(score, word, tonal)
    begin, end = np.flatnonzero((score.words >= phrase.first) & (score.words < phrase.last))[[0, -1]]
    before, stressed, after, asking = IN_TONES if tonal else (BEFORE, STRESSED, AFTER, AFTER_ASKING)
    added[begin : end + 1] = before
    added[last : end + 1] = asking if phrase.asks else after
    added[first:last] = stressed
    turns = TURNS_IN_TONES if tonal else ASKING if phrase.asks else TURNS
    added[begin : end + 1] += turns[turn % len(turns)]


def _full(score: Score, word: int, tonal: bool) -> bool:
    """Whether a word is one to be stressed."""
    text = score.texts[word].lower().strip("'’\"“”")
    symbols = {score.symbols[at] for at in np.flatnonzero(score.words == word)}
    return text not in LIGHT and (text[:1] not in CLITICS if tonal else bool(symbols & set("ˈˌ")))


def _nucleus(score: Score, word: int, tonal: bool) -> tuple[int, int]:
    """The tokens that are stressed when the word is: its stressed syllable, or those with a tone, or all of it."""
    tokens = np.flatnonzero(score.words == word)
    first, last = int(tokens[0]), int(tokens[-1]) + 1
    if tonal:
        toned = [at for at in range(first, last) if score.symbols[at] in TONES]
        return first, toned[-1] + 1 if toned else last
    mark = next((at for sign in "ˈˌ" for at in range(first, last) if score.symbols[at] == sign), None)
    if mark is None:
        return first, last
    vowel = next((at for at in range(mark, last) if score.symbols[at] not in MODIFIERS and phone_class(score.symbols[at]) == "vowel"), last - 1)
    return max(first, mark - 1), min(last, vowel + 3)
