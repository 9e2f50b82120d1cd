"""Runs the bench of emotion, prints what was measured beside what is promised, and writes it as JSON.

Exit code 0 when every promise is kept, 1 when one is broken, 2 when a part could not run.
"""
from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np

from engine.emotion import EIGHT

from ..timing.__main__ import each, measured
from ..timing.instruments import RATE
from . import acted, figures, hearing, known, measuring, speaker, table
from .script import INTENSITY, LINES, SETTINGS, STEP_LINES, STEP_VOICES, VOICES, Said, clips, strangers


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="bench emotion", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench-emotion.json"), help="where the figures go (default: %(default)s)")
    parser.add_argument("--lines", type=int, help="only so many lines and voices of each sex, for a quick look; `acted` wants 2, since a neutral line is judged by others")
    parser.add_argument("--without", action="append", default=[], choices=tuple(PARTS), help="a part to leave out; may be repeated")
    options = parser.parse_args(arguments)
    return measured({name: part for name, part in PARTS.items() if name not in options.without}, options, table)


def _clips(pool, folder: str, count: int | None) -> dict:
    """Every axis, the order of intensities, and quality. Leaves all clips for the other parts."""
    rows = each(pool, partial(measuring.clip, folder=folder), clips(count), "speaking")
    each(pool, partial(measuring.clip, folder=folder), strangers(count), "strangers")
    return {"axes": figures.axes(rows), "steps": figures.steps(rows), "quality": figures.quality(rows), "rows": rows}


def _instruments(pool, folder: str, count: int | None) -> dict:
    """Whether the axes read what was done to a sound, and how finely."""
    voices = [voice for group in VOICES.values() for voice in group[:count][:STEP_VOICES]]
    said = [Said(voice, line, "neutral") for voice in voices for line in range(len(LINES))[:count][:STEP_LINES]]
    return known.told(each(pool, partial(known.readback, folder=folder), said, "reading back"))


def _words(pool, folder: str, count: int | None) -> dict:
    """What a recogniser understands."""
    said = [one for one in clips(count) if one.intensity == INTENSITY]
    pages: dict = {}
    for one in said:
        pages.setdefault((one.voice, one.mood), []).append(one)
    return figures.words(each(pool, partial(hearing.heard, folder=folder), list(pages.values()), "hearing"))


def _voice(_pool, folder: str, count: int | None) -> dict:
    """Whether the speaker stays."""
    said = [one for one in clips(count) if one.intensity == INTENSITY and one.mood not in SETTINGS]
    ears = {(one.voice, one.line, one.mood): speaker.embedding(measuring.ear(one, folder)) for one in said}
    others = {one.voice: speaker.embedding(measuring.ear(one, folder)) for one in strangers(count)}
    return figures.voice(ears, others)


def _slots(pool, folder: str, count: int | None) -> dict:
    """Whether a slot is filled to the sample in every mood."""
    said = [Said(voice, number % len(LINES), mood) for number, mood in enumerate((*EIGHT, *SETTINGS)) for voice in figures.voices()[:: 2 if count is None else 8]]
    lengths = [measuring.SLOTS[number % len(measuring.SLOTS)] for number in range(len(said))]
    rows = each(pool, partial(measuring.slot, folder=folder), list(zip(said, lengths, strict=True)), "fitting")
    return {"samples_worst": max(abs(row["samples_error"]) for row in rows), "takes": len(rows), "rows": rows}


def _acted(_pool, folder: str, count: int | None) -> dict:
    """What a judge taught on real actors takes our moods for, also those that it knows nothing of."""
    judge = acted.trained()
    said = [one for one in clips(count) if one.intensity == INTENSITY and one.mood not in SETTINGS]
    heard = {one: acted.features(measuring.ear(one, folder), RATE) for one in said}
    plain = {voice: np.array([values for one, values in heard.items() if (one.voice, one.mood) == (voice, "neutral")]) for voice in {one.voice for one in said}}
    told = [(one.mood, judge.told(values, plain[one.voice]), judge.anger(values, plain[one.voice])) for one, values in heard.items()]
    return {"carries": judge.carries, **figures.taken(told, judge.labels)}


PARTS = {"clips": _clips, "instruments": _instruments, "words": _words, "voice": _voice, "slots": _slots, "acted": _acted}
"""In this order: the first leaves the clips that the others listen to."""


if __name__ == "__main__":
    sys.exit(main())
