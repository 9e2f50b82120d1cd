"""Everything that is measured on one line: its ends, its words, its phones and its quality, at every length and by every rival."""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from engine.fit import EDGE
from engine.script import Take

from . import instruments
from .making import RATIOS, at_ratio, sound
from .rivals import RIVALS
from .script import Said

FAR = (0.75, 1.25)
"""Ratios at which the sounds of each phone class are looked at."""

OTHER_FLOORS = (-35.0, -45.0)
"""Decibels; told beside, since what is heard depends on where one stops hearing."""


def line(said: Said, folder: str) -> dict:
    """One line's figures. Leaves every clip in `folder` for the recogniser, see `clip`."""
    ours, row = {}, {"line": said.number, "text": said.text, "voice": said.voice, "language": said.language, "ratios": {}}
    whole = at_ratio(said, 1.0, folder)
    row["natural"] = whole.speech.natural
    for ratio in RATIOS:
        take = at_ratio(said, ratio, folder)
        mono, rate = sound(take)
        variants = {"ours": mono}
        if ratio != 1:
            first, its_rate = sound(whole)
            variants |= {name: stretch(first, its_rate, ratio) for name, stretch in RIVALS.items()}
        clips = {name: instruments.listened(samples, rate) for name, samples in variants.items()}
        for name, samples in clips.items():
            np.save(clip(folder, said.number, name, ratio), samples)
        figures = ends(take, mono, rate) | {"words": [[word.text, word.start] for word in take.speech.words]}
        figures |= {"mos": dict(zip(clips, instruments.natural(list(clips.values())), strict=True))}
        if said.language == "en":
            heard = ours[ratio] = instruments.aligned(said.text, clips["ours"])
            figures |= word_errors(take, heard)
            if ratio in FAR:
                kinds = {"ours": heard, "wsola": instruments.aligned(said.text, clips["wsola"])}
                figures["aligned"] = kinds
        row["ratios"][str(ratio)] = figures
    for ratio in FAR if said.language == "en" else ():
        figures = row["ratios"][str(ratio)]
        figures["phones"] = {kind: stretches(ours[1.0], heard) for kind, heard in figures.pop("aligned").items()}
    return row


def clip(folder: str, number: int, variant: str, ratio: float) -> Path:
    """Where a line's samples at instruments.RATE lie."""
    return Path(folder) / f"{number:03}-{variant}-{ratio}.npy"


def ends(take: Take, mono: np.ndarray, rate: int) -> dict:
    """The file's length and what sounds in it, against the plan. Milliseconds and samples."""
    plan, first, last = take.plan, take.speech.phrases[0], take.speech.phrases[-1]
    wanted = round(plan.seconds * rate) if plan.seconds else math.ceil((last.planned_end + EDGE) * rate - 1e-6)
    begin, end = instruments.sounding(mono, rate)
    length = last.planned_end - first.planned_start
    return {
        "samples_error": len(mono) - wanted,
        "audible_error_ms": round((end - begin - length) * 1000, 1),
        "onset_error_ms": round((begin - first.planned_start) * 1000, 1),
        "end_error_ms": round((end - last.planned_end) * 1000, 1),
        "other_floors_ms": [round((np.subtract(*instruments.sounding(mono, rate, floor)[::-1]) - length) * 1000, 1) for floor in OTHER_FLOORS],
        "overflow_ms": take.overflow_ms,
        "underrun_ms": take.underrun_ms,
        "warnings": list(take.warnings),
    }


def word_errors(take: Take, heard: list[instruments.Heard]) -> dict:
    """Milliseconds by which the sidecar's words begin and end after the aligner's; empty where the two tell other words."""
    found = [word for word in heard if word.word]
    told = take.speech.words
    if [instruments.words(word.text) for word in told] != [[word.word] for word in found]:
        return {"word_starts_ms": [], "word_ends_ms": []}
    pairs = list(zip(told, found, strict=True))
    return {
        "word_starts_ms": [round((one.start - other.start) * 1000, 1) for one, other in pairs],
        "word_ends_ms": [round((one.end - other.end) * 1000, 1) for one, other in pairs],
    }


def stretches(natural: list[instruments.Heard], heard: list[instruments.Heard]) -> dict[str, list[float]]:
    """Seconds of every phone class in the natural reading and in this one; words read with other phones are left out."""
    sums = {name: [0.0, 0.0] for name in instruments.CLASSES}
    for one, other in zip(_spoken(natural), _spoken(heard), strict=False):
        if [phone for phone, _seconds in one.phones] != [phone for phone, _seconds in other.phones]:
            continue
        for (phone, before), (_phone, after) in zip(one.phones, other.phones, strict=True):
            sums[instruments.CLASS[phone]][0] += before
            sums[instruments.CLASS[phone]][1] += after
    for place, reading in enumerate((natural, heard)):
        # the silences at the ends are the aligner's own padding
        inner = [word for word in reading[_edge(reading) : len(reading) - _edge(reading[::-1])] if not word.word]
        sums["pause"][place] += sum(word.end - word.start for word in inner)
    return sums


def _spoken(reading):
    return [word for word in reading if word.word]


def _edge(reading) -> int:
    return next((i for i, word in enumerate(reading) if word.word), len(reading))
