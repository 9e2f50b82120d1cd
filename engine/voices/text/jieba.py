"""Where Chinese words end, as jieba 0.42 tells it: by the counts of its dictionary, and by a hidden Markov model where that knows none.

After jieba (Copyright (c) 2013 Sun Junyi, MIT License), whose package brings 19 MB of what is not wanted here.
"""
from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from math import log
from pathlib import Path

MODEL = "jieba"

BLOCK = re.compile(r"([\u4E00-\u9FD5a-zA-Z0-9+#&._%-]+)")
"""What is cut; other characters stand for themselves."""

HAN, OTHER = re.compile(r"([\u4E00-\u9FD5]+)"), re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")

NEVER = -3.14e100
"""Logarithm of no likelihood at all."""

FIRST = {"B": -0.26268660809250016, "E": NEVER, "M": NEVER, "S": -1.4652633398537678}
"""Log likelihood that a character in this place of a word comes first: at its beginning, its end, amid it, a word by itself."""

NEXT = {
    "B": {"E": -0.510825623765990, "M": -0.916290731874155},
    "E": {"B": -0.5897149736854513, "S": -0.8085250474669937},
    "M": {"E": -0.33344856811948514, "M": -1.2603623820268226},
    "S": {"B": -0.7211965654669841, "S": -0.6658631448798212},
}
"""Log likelihood that one place follows another."""

BEFORE = {place: [before for before in NEXT if place in NEXT[before]] for place in FIRST}


class Cutter:
    """The dictionary, read; half a second, 100 MB."""

    def __init__(self, home: Path):
        """home: the model's folder. Raises OSError."""
        self._home = home
        self._counts: dict[str, int] = {}
        total = 0
        with (home / "dict.txt").open(encoding="utf-8") as lines:
            for line in lines:
                word, count = line.split(" ", 2)[:2]
                self._counts[word] = int(count)
                total += int(count)
                for end in range(1, len(word)):
                    self._counts.setdefault(word[:end], 0)  # no word, but one may begin so
        self._total = log(total)

    def cut(self, text: str) -> Iterator[str]:
        """The words; joined they are the text."""
        for number, block in enumerate(BLOCK.split(text)):
            yield from self._words(block) if number % 2 else block

    def _words(self, block: str) -> Iterator[str]:
        alone = ""
        for word in self._likeliest(block):
            if len(word) == 1:
                alone += word
                continue
            yield from self._unknown(alone)
            alone = ""
            yield word
        yield from self._unknown(alone)

    def _likeliest(self, block: str) -> Iterator[str]:
        """The row of words whose counts are the most likely together."""
        best = [(0.0, 0)] * (len(block) + 1)
        for start in range(len(block) - 1, -1, -1):
            ends, end = [], start + 1
            while end <= len(block) and (count := self._counts.get(block[start:end])) is not None:
                ends += [end] if count else []
                end += 1
            best[start] = max((log(self._counts.get(block[start:end]) or 1) - self._total + best[end][0], end) for end in ends or [start + 1])
        at = 0
        while at < len(block):
            yield block[at : best[at][1]]
            at = best[at][1]

    def _unknown(self, alone: str) -> Iterator[str]:
        """Characters that stood alone: some may be a word that the dictionary has not."""
        if len(alone) < 2 or self._counts.get(alone):
            yield from alone
            return
        for number, part in enumerate(HAN.split(alone)):
            yield from self._guessed(part) if number % 2 else filter(None, OTHER.split(part))

    def _guessed(self, han: str) -> Iterator[str]:
        likely = {place: FIRST[place] + self._emitted[place].get(han[0], NEVER) for place in FIRST}
        paths = {place: place for place in FIRST}
        for character in han[1:]:
            reached = {}
            for place in FIRST:
                emitted = self._emitted[place].get(character, NEVER)
                reached[place] = max((likely[before] + NEXT[before][place] + emitted, before) for before in BEFORE[place])
            paths = {place: paths[before] + place for place, (_, before) in reached.items()}
            likely = {place: found for place, (found, _) in reached.items()}
        _, last = max((likely[place], place) for place in "ES")
        begin = 0
        for at, place in enumerate(paths[last], 1):
            if place in "ES":
                yield han[begin:at]
                begin = at

    @cached_property
    def _emitted(self) -> dict[str, dict[str, float]]:
        """Place -> character -> log likelihood that it stands there."""
        # a table in Python's spelling, which is read and never run
        return ast.literal_eval((self._home / "prob_emit.py").read_text(encoding="ascii").partition("P=")[2].strip())
