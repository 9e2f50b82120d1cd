"""What in a line's text is a direction and not spoken: `[angrily] …`, `(softly) …`, 「（颤抖着）…」, and what it acts on. Pure."""
from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

LONGEST = 80
"""Characters of a direction; what is longer is somebody's aside and is spoken."""

ANYWHERE = {"[": "]", "【": "】"}
"""Brackets that always hold a direction: no one writes words that are spoken in them."""

AT_A_START = {"(": ")", "（": "）"}
"""Brackets that hold one only where a sentence begins; elsewhere they are the writer's own."""

LINE_BREAKS = frozenset("\n\r\u2028\u2029")

SENTENCE_ENDS = frozenset(".!?…。！？") | LINE_BREAKS
"""Behind these a parenthesis is a direction."""

QUOTES = frozenset("\"'“”‘’«»「」『』")
"""Quotes may stand between a sentence's end and its direction."""

PHRASE_ENDS = SENTENCE_ENDS | frozenset(",;:—，；：")
"""Marks at which a direction within the line ends. Not 、, which only divides a list."""

OPENING = frozenset("“‘«「『([（【")
"""Signs that no space follows."""

CLOSE_BEFORE = PHRASE_ENDS | frozenset("、)]）】」』”’»")
"""Signs that follow without a space."""

IDEOGRAPHS = "\u2e80"
"""From here on scripts are written without spaces."""


@dataclass(frozen=True)
class Direction:
    """How a part of the text is spoken."""

    index: int
    """Where it begins to hold, in the text without directions."""
    end: int
    """Where it ceases to hold, in the same text; from there the line's own mood returns."""
    words: str
    """What it says, without its brackets: `angrily, voice shaking`."""


@dataclass(frozen=True)
class Parted:
    """A text, parted into what is spoken and how."""

    text: str
    """What is spoken; no direction is left in it."""
    directions: tuple[Direction, ...]
    """In the order of the text; none is empty, and no two overlap."""
    places: tuple[int, ...]
    """For every index of the given text, and its end, where that went; from inside a direction to what follows it."""


def split(text: str) -> tuple[str, tuple[Direction, ...]]:
    """The text without its directions, and these."""
    spoken = parted(text)
    return spoken.text, spoken.directions


def parted(text: str) -> Parted:
    """The text without its directions, these, and where every index went: anchors hold indices into the text.

    A text without directions comes back as it is, spaces and all.
    """
    kept = [(sign, index) for index, sign in enumerate(text)]
    said: list[tuple[int, str]] = []
    # what stood on both sides of a direction may be one without it
    while found := _found("".join(sign for sign, _index in kept)):
        said += [(kept[end - 1][1], words) for _first, end, words in found]
        kept = _without(kept, found)
    whole = "".join(sign for sign, _index in kept)
    origins = [index for _sign, index in kept]
    places = tuple(bisect_left(origins, index) for index in range(len(text) + 1))
    return Parted(whole, _acting(whole, [(places[index], words) for index, words in sorted(said)]), places)


def named(name: str) -> tuple[str, str]:
    """A name before a line's colon, as screenplays have it, and the direction behind it: `ANNA (softly)`."""
    bare = name.rstrip()
    for opening, close in (ANYWHERE | AT_A_START).items():
        at = bare.rfind(opening)
        if at > 0 and bare[:at].strip() and _closed(bare, at, close) == len(bare):
            return bare[:at].strip(), " ".join(bare[at + 1 : -1].split())
    return name, ""


def _found(text: str) -> list[tuple[int, int, str]]:
    """(first index, index behind, words) of every direction that is not inside another."""
    found: list[tuple[int, int, str]] = []
    at, opens = 0, True
    while at < len(text):
        sign = text[at]
        close = ANYWHERE.get(sign) or (AT_A_START.get(sign) if opens else None)
        end = _closed(text, at, close) if close else 0
        if end:
            found.append((at, end, " ".join(text[at + 1 : end - 1].split())))
            at = end  # behind a direction it is as it was before it
        else:
            opens = sign in SENTENCE_ENDS or (opens and (sign.isspace() or sign in QUOTES))
            at += 1
    return found


def _closed(text: str, at: int, close: str) -> int:
    """The index behind the bracket that closes the one at `at`; 0 if none does so soon enough."""
    depth = 0
    for index in range(at, min(len(text), at + LONGEST + 2)):
        depth += (text[index] == text[at]) - (text[index] == close)
        if depth == 0:
            return index + 1
    return 0


def _without(signs: list[tuple[str, int]], found: list[tuple[int, int, str]]) -> list[tuple[str, int]]:
    """The signs outside the directions, without the spaces that these had for themselves."""
    kept: list[tuple[str, int]] = []
    at = 0
    for first, end, _words in found:
        kept += signs[at:first]
        at = end
        before = kept[-1][0] if kept else " "
        while at < len(signs) and (before.isspace() or before in OPENING) and signs[at][0].isspace() and signs[at][0] not in LINE_BREAKS:
            at += 1
        after = signs[at][0] if at < len(signs) else "\n"
        while kept and kept[-1][0].isspace() and kept[-1][0] not in LINE_BREAKS and after in CLOSE_BEFORE:
            kept.pop()
        if before.isalnum() and after.isalnum() and max(before, after) < IDEOGRAPHS:
            kept.append((" ", signs[end - 1][1]))  # two words that only the direction kept apart
    return kept + signs[at:]


def _acting(text: str, starts: list[tuple[int, str]]) -> tuple[Direction, ...]:
    """The directions with their ends; what says nothing, or has nothing to act on, vanishes.

    starts: (index, words) in order.
    """
    found: list[Direction] = []
    first = _word(text, 0)
    for index, words in starts:
        begin = _word(text, index)
        if not words or begin == len(text):
            continue
        if found and found[-1].index == begin:
            found[-1] = replace(found[-1], words=f"{found[-1].words}, {words}")
            continue
        end = len(text) if begin == first else _phrase_end(text, begin)
        if found:
            found[-1] = replace(found[-1], end=min(found[-1].end, begin))
        found.append(Direction(begin, end, words))
    return tuple(found)


def _word(text: str, index: int) -> int:
    """Where the first word at or after the index begins."""
    while index < len(text) and not text[index].isalnum():
        index += 1
    return index


def _phrase_end(text: str, index: int) -> int:
    """The next mark that ends a phrase, or the text's end. Marks inside numbers, as in 10:30, end nothing."""
    for at in range(index, len(text)):
        inside = text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()
        if text[at] in PHRASE_ENDS and not inside:
            return at
    return len(text)
