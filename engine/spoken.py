"""What of a line is spoken and in which moods: its text without directions, tidied, and all its feelings mixed. Pure."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from .directions import parted
from .emotion import EIGHT, NEUTRAL, limited, mixed, over, preset, scaled
from .script import Emotion, Feeling, Heard, Mood, Prosody, Wish

LONGEST_TEXT = 5000
"""Characters in one line: about six minutes of speech, far beyond any strip that is one line."""

UNSURE = 0.35
"""Certainty of what was understood under which the person is told to look at it."""


@dataclass(frozen=True)
class Spoken:
    """A line's text as it is said."""

    text: str
    places: Sequence[int] = ()
    """For every index of the given text, and its end, where that went."""
    moods: tuple[Mood, ...] = ()
    heard: Heard | None = None
    """What the moods play of recordings."""
    warnings: tuple[str, ...] = ()


def spoken(text: str, wish: Wish, read: Callable[[str], Any], listen: Any = None) -> Spoken:
    """read: words -> `described.Understood`; listen: a feeling with a recording -> `hear.manner.Manner`. Each is asked only
    where there is something for it. Raises LineProblem as they do."""
    said = parted(text)
    tidy, places = cleaned(said.text)
    warnings: list[str] = []

    def understood(words: str) -> Emotion:
        found = read(words)
        if found.emotion == NEUTRAL and found.certainty < UNSURE:
            warnings.append(f"Nothing about emotion is understood in {_short(words)!r}: it changes nothing, and is not spoken.")
        elif found.certainty < UNSURE:
            warnings.append(f"{_short(words)!r} was taken for {found.told}, without certainty: look at it.")
        return found.emotion

    def point(feeling: Feeling) -> Emotion:
        if feeling.recording is not None:
            return NEUTRAL  # its share of the mix is played as what was heard, not as a point
        if feeling.emotion is not None:
            return feeling.emotion
        return understood(feeling.words) if feeling.words else preset(feeling.preset)

    recorded = [feeling for feeling in wish.feelings if feeling.recording is not None and feeling.weight > 0]
    parts = []
    for feeling in recorded:
        found = listen(feeling)
        warnings += found.warnings
        parts.append((feeling.weight, found.heard))
    most = max((feeling.weight for feeling in wish.feelings), default=0.0) or 1.0
    total = sum(feeling.weight / most for feeling in wish.feelings)
    share = round(wish.intensity * sum(feeling.weight / most for feeling in recorded) / total, 4) if recorded else 0.0
    heard = together(parts, wish.performance > 0) if share else None

    base = scaled(mixed([(feeling.weight, point(feeling)) for feeling in wish.feelings]), wish.intensity)
    moods = [Mood(0, limited(base), share)]
    for direction in said.directions:
        asked = scaled(understood(direction.words), wish.intensity)
        own = Mood(places[direction.index], limited(over(base, asked)), 0.0 if any(getattr(asked, name) for name in EIGHT) else share)
        moods += [own, Mood(places[direction.end], limited(base), share)]
    return Spoken(tidy, tuple(places[index] for index in said.places), _joined(moods, len(tidy)), heard, tuple(dict.fromkeys(warnings)))


def together(parts: list[tuple[float, Heard]], performing: bool) -> Heard:
    """Several recordings as one: means by weight, and the phrases of the heaviest, if it performs."""
    if len(parts) == 1:
        heard = parts[0][1]
        return heard if performing else replace(heard, phrases=())
    total = sum(weight for weight, _heard in parts)

    def mean(prosodies: list[Prosody]) -> Prosody:
        rows = zip(*(astuple(one) for one in prosodies), strict=True)
        return Prosody(*(round(sum(weight / total * value for (weight, _heard), value in zip(parts, row, strict=True)), 3) for row in rows))

    _most, main = max(parts, key=lambda part: part[0])
    known: list[Any] = [heard.usual for _weight, heard in parts]
    return Heard(
        mean([heard.prosody for _weight, heard in parts]),
        None if None in known else mean(known),
        main.phrases if performing else (),
        mixed([(weight, heard.emotion) for weight, heard in parts]),
    )


def _joined(moods: list[Mood], end: int) -> tuple[Mood, ...]:
    """The moods without those that change nothing; of several at one place the last counts."""
    found: list[Mood] = []
    for mood in moods:
        if mood.index >= end:
            break
        while found and found[-1].index >= mood.index:
            found.pop()
        last = found[-1] if found else Mood(0, NEUTRAL)
        if (mood.emotion, mood.heard) != (last.emotion, last.heard):
            found.append(mood)
    return tuple(found)


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:39] + "…"


def cleaned(text: str) -> tuple[str, list[int]]:
    """The text in NFC with single spaces, and for every index of the given one (and its end) where that went."""
    # half a character is how Blender hands on broken UTF-8; it can be neither spoken nor written to a file
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)

    def clean(part: str) -> str:
        return " ".join(unicodedata.normalize("NFC", part).split())

    whole = clean(text)
    if whole == text:
        return whole, list(range(len(text) + 1))
    rest = [len(clean(text[index:])) for index in range(len(text) + 1)] if len(text) <= LONGEST_TEXT else [0] * (len(text) + 1)
    return whole, [len(whole) - length for length in rest]
