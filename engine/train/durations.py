"""Fits the table of `engine.foretell` on the voice model's own durations: `python -m engine.train.durations MODELS`.

Only the text and prosody stages of the model run: two minutes on one core. A ridge regression of the tokens' frames on
the features of `foretell`, in turn with a factor for every voice. The error that the table tells is that of lines which
were held out, a quarter at a time; the table itself is fitted on all.
"""
from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..foretell import TABLE, ending, features, split
from ..script import Plan, Voice, Wish
from ..voices.kokoro import Family
from ..voices.text import pronounce
from ..voices.tokens import FRAME

RIDGE = 4.0
READINGS = {"en": 5, "zh": 5}
"""Voices that speak each line of a language; three elsewhere."""


@dataclass(frozen=True)
class Reading:
    """One line by one voice."""

    line: int
    voice: str
    tokens: list[tuple[str, ...]]
    """Features of each token."""
    frames: list[float]
    """The model's natural frames of each."""
    seconds: float
    """Natural length from first to last sound."""
    ending: str
    """What the line ends on."""


def main(models: Path):
    rows = list(readings(Family(models)))
    errors = []
    for quarter in range(4):
        table = fit([row for row in rows if row.line % 4 != quarter])
        errors += [abs(foretold(table, row) / row.seconds - 1) for row in rows if row.line % 4 == quarter]
    error = {"median": round(float(np.median(errors)), 4), "nine in ten": round(float(np.quantile(errors, 0.9)), 4), "readings": len(errors)}
    table = {"what": "Frames of each feature of engine/foretell.py; made by engine/train/durations.py.", "error": error, **fit(rows)}
    TABLE.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(error)


def readings(family: Family):
    """Every line by some voices of its language."""
    by_language: dict[str, list[str]] = {}
    for voice, language in family.voices().items():
        by_language.setdefault(language[:2], []).append(voice)
    text = Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8")
    lines = [line.split(" ", 1) for line in text.splitlines() if line[0] != "#"]
    for number, (language, said) in enumerate(lines):
        voices, turns = by_language[language[:2]], READINGS.get(language, 3)
        for turn in range(turns):
            yield reading(family, number, said, voices[(number * turns + turn) % len(voices)])


def reading(family: Family, number: int, text: str, voice: str) -> Reading:
    language = family.voices()[voice]
    plan = Plan(text, language, Voice(voice, voice), 0.0, Wish(mode="free"), 48000, 2, 0.0, "", "")
    chunks = pronounce(text, language).chunks
    read = family._reading(plan, chunks, lambda: False)
    span = read.score.span(read.whole)
    words, natural = read.score.words[span], read.score.tokens.natural[span]
    frames: list[float] = []
    for i, (word, length) in enumerate(zip(words, natural, strict=True)):
        # the marks and spaces between two words are one pause
        if word < 0 and words[i - 1] < 0:
            frames[-1] += float(length)
        else:
            frames.append(float(length))
    tokens = features(*split(chunks))
    if len(tokens) != len(frames):
        raise ValueError(f"{text!r}: {len(tokens)} features for {len(frames)} tokens")
    return Reading(number, voice, tokens, frames, family.natural(plan, chunks), ending(split(chunks)[0]))


def fit(rows: list[Reading]) -> dict:
    """The table: frames of every feature, a factor for every voice, seconds that a line's last sound adds."""
    names = sorted({name for row in rows for token in row.tokens for name in token})
    place = {name: i for i, name in enumerate(names)}
    voices = dict.fromkeys((row.voice for row in rows), 1.0)
    ends = dict.fromkeys({row.ending for row in rows}, 0.0)
    gram, right = RIDGE * np.eye(len(names)), np.zeros((len(names), len(voices)))
    numbers = {voice: i for i, voice in enumerate(voices)}
    for row in rows:
        for token, frames in zip(row.tokens, row.frames, strict=True):
            at = [place[name] for name in token]
            gram[np.ix_(at, at)] += 1
            right[at, numbers[row.voice]] += frames
    solved = np.linalg.inv(gram)
    for _ in range(6):
        weights = np.array([1 / voices[voice] for voice in voices])
        frames = dict(zip(names, solved @ (right @ weights), strict=True))
        said = {id(row): sum(frames[name] for token in row.tokens for name in token) * FRAME for row in rows}
        for voice in voices:
            mine = [row for row in rows if row.voice == voice]
            # a voice that was heard but a few times is drawn towards the mean by some seconds of speech
            voices[voice] = (sum(row.seconds - ends[row.ending] for row in mine) + 4) / (sum(said[id(row)] for row in mine) + 4)
        for ending_ in ends:
            rest = [row.seconds - said[id(row)] * voices[row.voice] for row in rows if row.ending == ending_]
            ends[ending_] = float(np.sum(rest) / (len(rest) + 3))
    return {
        "frame": FRAME,
        "frames": {name: round(float(value), 3) for name, value in frames.items()},
        "voices": {name: round(float(value), 4) for name, value in sorted(voices.items())},
        "ends": {name: round(value, 4) for name, value in sorted(ends.items())},
    }


def foretold(table: dict, row: Reading) -> float:
    frames = sum(table["frames"].get(name, 0.0) for token in row.tokens for name in token)
    return table["ends"].get(row.ending, 0.0) + frames * table["voices"].get(row.voice, 1.0) * FRAME


if __name__ == "__main__":
    main(Path(sys.argv[1]))
