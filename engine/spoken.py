"""What of a line is spoken and in which moods: its text without directions, tidied, and all its feelings mixed. Pure."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from .directions import parted
from .emotion import NEUTRAL, limited, mixed, over, preset, scaled
from .script import Emotion, Feeling, Mood, Wish

LONGEST_TEXT = 5000
"""Characters in one line: about six minutes of speech, far beyond any strip that is one line."""

UNSURE = 0.35
"""Certainty of what was understood under which the person is told to look at it."""


@dataclass(frozen=True)
class Spoken:
    """A line's text as it is said."""

    text: str
    places: tuple[int, ...] = ()
    """For every index of the given text, and its end, where that went."""
    moods: tuple[Mood, ...] = ()
    warnings: tuple[str, ...] = ()


def spoken(text: str, wish: Wish, read: Callable[[str], object]) -> Spoken:
    """read: words -> `described.Understood`, asked only where there are words. Raises LineProblem as it does."""
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
        if feeling.emotion is not None:
            return feeling.emotion
        return understood(feeling.words) if feeling.words else preset(feeling.preset)

    base = scaled(mixed([(feeling.weight, point(feeling)) for feeling in wish.feelings]), wish.intensity)
    moods = [Mood(0, limited(base))]
    for direction in said.directions:
        emotion = over(base, scaled(understood(direction.words), wish.intensity))
        moods += [Mood(places[direction.index], limited(emotion)), Mood(places[direction.end], limited(base))]
    return Spoken(tidy, tuple(places[index] for index in said.places), _joined(moods, len(tidy)), tuple(dict.fromkeys(warnings)))


def _joined(moods: list[Mood], end: int) -> tuple[Mood, ...]:
    """The moods without those that change nothing; of several at one place the last counts."""
    found: list[Mood] = []
    for mood in moods:
        if mood.index >= end:
            break
        while found and found[-1].index >= mood.index:
            found.pop()
        if mood.emotion != (found[-1].emotion if found else NEUTRAL):
            found.append(mood)
    return tuple(found)


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:39] + "…"


def cleaned(text: str) -> tuple[str, list[int]]:
    """The text in NFC with single spaces, and for every index of the given one (and its end) where that went."""
    # half a character is how Blender hands on broken UTF-8; it can be neither spoken nor written to a file
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)

    def clean(part):
        return " ".join(unicodedata.normalize("NFC", part).split())

    whole = clean(text)
    if whole == text:
        return whole, list(range(len(text) + 1))
    rest = [len(clean(text[index:])) for index in range(len(text) + 1)] if len(text) <= LONGEST_TEXT else [0] * (len(text) + 1)
    return whole, [len(whole) - length for length in rest]
