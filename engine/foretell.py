"""How long a line will be at the voice's own pace, told from its phones alone: no network runs, so a film takes seconds.

The table is fitted on the voice model's own durations by `train/durations.py`.
"""
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .retime import MODIFIERS, phone_class

TABLE = Path(__file__).with_name("voices") / "kokoro_durations.json"
"""Frames of every symbol by its place, a factor for each voice, and what a whole line adds.

On lines that it was not fitted on it is 7 % off (median of 467 readings by all 54 voices in eight languages; see
`error`): enough to tell a hurried line from a calm one. Speaking itself goes by the model's own durations."""

def features(words: Sequence[str], pauses: Sequence[str]) -> list[tuple[str, ...]]:
    """What is known of every token of a line, from the first word's first to the last word's last; pauses are one each.

    words: phonemes of every word; pauses: the marks after each word, empty where none stands, "." behind the last.
    """
    found: list[tuple[str, ...]] = []
    for number, (word, pause) in enumerate(zip(words, pauses, strict=True)):
        vowels = [i for i, symbol in enumerate(word) if symbol not in MODIFIERS and phone_class(symbol) == "vowel"]
        rime = vowels[-1] if vowels else 0
        for place, symbol in enumerate(word):
            kind = "sign" if symbol in MODIFIERS else phone_class(symbol)
            marks = [symbol]
            if pause and place >= rime:
                marks.append(f"final {kind}")
                if number == len(words) - 1:
                    marks.append(f"last {kind}")
            if place == 0:
                marks.append(f"first {kind}")
            if place and word[place - 1] in "ˈˌ":
                marks.append(f"stressed {kind}")
            if len(words) <= 3:
                marks.append(f"short {kind}")
            if len(word) <= 2:
                marks.append(f"little {kind}")
            following = word[place + 1 : place + 2] or pause[:1] or " "
            marks.append(f"{symbol}{following}" if following in MODIFIERS or not following.isalpha() else f"{kind} before {phone_class(following)}")
            found.append(tuple(marks))
        if number < len(words) - 1:
            found.append((pause[-1:] or " ", "pause") if pause else (" ",))
    return found


@cache
def table() -> dict:
    """The fitted numbers."""
    return json.loads(TABLE.read_text(encoding="utf-8"))


def seconds(chunks: Iterable[Any], voice: str) -> float:
    """Natural length from first to last sound. chunks: of `voices.text.pronounce`; voice: whose prosody it is."""
    numbers = table()
    known = numbers["frames"]
    frames = sum(known.get(name, 0.0) for names in features(*split(chunks)) for name in names)
    factor = numbers["voices"].get(voice, 1.0)
    return max(0.1, frames * factor * numbers["frame"] + numbers["ends"].get(ending(split(chunks)[0]), 0.0))


def timed(chunks: Iterable[Any], voice: str) -> list[tuple[float, float]]:
    """Seconds of every word and of what follows it up to the next one, which together are about `seconds`."""
    chunks = list(chunks)
    words, pauses = split(chunks)
    numbers = table()
    known, factor = numbers["frames"], numbers["voices"].get(voice, 1.0) * numbers["frame"]
    found, at = [], 0
    tokens = [sum(known.get(name, 0.0) for name in names) * factor for names in features(words, pauses)]
    for word in words:
        sound, pause = tokens[at : at + len(word)], tokens[at + len(word) : at + len(word) + 1]
        found.append((max(0.05, sum(sound)), max(0.0, sum(pause))))
        at += len(word) + 1
    return found


def ending(words: Sequence[str]) -> str:
    """What the line ends on, since a last sound rings on or breaks off: its class, and whether it is all of the line."""
    last = [symbol for symbol in words[-1] if symbol not in MODIFIERS][-1:]
    return f"{phone_class(last[0]) if last else 'vowel'}{' alone' * (len(words) == 1)}"


def split(chunks: Iterable[Any]) -> tuple[list[str], list[str]]:
    """Phonemes of the words, and the marks after each."""
    words: list[str] = []
    pauses: list[str] = []
    for chunk in chunks:
        if chunk.kind == "word":
            words.append(chunk.phonemes)
            pauses.append("")
        elif words:
            pauses[-1] += chunk.phonemes
    pauses[-1] = pauses[-1] or "."
    return words, pauses
