"""Runs the bench of performances carried over, prints what was measured beside what is promised, and writes it as JSON.

Exit code 0 when every promise is kept, 1 when one is broken, 2 when a part could not run.
"""
from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine import wire
from engine.emotion import told

from ..timing.__main__ import each, measured
from . import faces, figures, measuring, table
from .sources import LINES, VOICES, written


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="bench transfer", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench-transfer.json"), help="where the figures go (default: %(default)s)")
    parser.add_argument("--lines", type=int, help="only so many sources, for a quick look")
    parser.add_argument("--without", action="append", default=[], choices=tuple(PARTS), help="a part to leave out; may be repeated")
    options = parser.parse_args(arguments)
    return measured({name: part for name, part in PARTS.items() if name not in options.without}, options, table)


def _sources(folder: str, count: int | None) -> list:
    found = written(Path(folder) / "sources")
    return found if count is None else found[:: max(1, len(found) // count)][:count]


def _pairs(pool, folder: str, count: int | None) -> dict:
    """Every axis, the melodies and quality. Leaves all takes for the other parts."""
    sources = _sources(folder, count)
    plain = each(pool, partial(measuring.plain, folder=folder), [(voice, line) for voice in VOICES for line in range(len(LINES))], "plain")
    own = {(row["voice"], row["line"]): row["prosody"] for row in plain}
    rows = {name: each(pool, partial(measuring.pair, folder=folder), figures.pairs(sources, how), name) for name, how in KINDS.items()}
    return {
        **{name: figures.axes(some, own) for name, some in rows.items()},
        "phrases": {name: figures.phrases(some) for name, some in rows.items()},
        "quality": figures.quality([row for some in rows.values() for row in some], plain),
        "rows": wire.plain([{**row, "heard": wire.plain(row["heard"]), "usual": wire.plain(row["usual"]), "prosody": wire.plain(row["prosody"])} for some in rows.values() for row in some]),
    }  # fmt: skip


def _told(pool, folder: str, count: int | None) -> dict:
    """What is recognised of the sources by themselves."""
    rows = each(pool, measuring.attended, _sources(folder, count), "attending")
    return {"rows": [{**row, "told": told(row["told"])} for row in rows]}


def _voice(_pool, folder: str, count: int | None) -> dict:
    """Whether the speaker stays."""
    sources = _sources(folder, count)
    pairs = [pair for how in KINDS.values() for pair in figures.pairs(sources, how)]
    names = [*(pair.name for pair in pairs), *(f"plain-{voice}-{line}" for voice in VOICES for line in range(len(LINES)))]
    return figures.voice(measuring.speakers(names, [(source.name, source.path) for source in sources], folder), pairs)


def _words(pool, folder: str, count: int | None) -> dict:
    """What a recogniser understands; the neutral lines are heard in the same order as often."""
    pages = []
    for name, how in KINDS.items():
        some = figures.pairs(_sources(folder, count), how)
        for voice in VOICES:
            mine = [pair for pair in some if pair.voice == voice]
            for first in range(0, len(mine), PAGE):
                page = mine[first : first + PAGE]
                pages.append((voice, name, [(pair.name, pair.line) for pair in page]))
                if how == 0:
                    pages.append((voice, "plain", [(f"plain-{voice}-{pair.line}", pair.line) for pair in page]))
    return figures.words(each(pool, partial(measuring.heard, folder=folder), pages, "hearing"))


def _slots(pool, folder: str, count: int | None) -> dict:
    """Whether a slot is filled to the sample, followed or not."""
    some = [pair for how in (0.0, 0.5, 1.0) for pair in figures.pairs(_sources(folder, count), how)][:: 8 if count is None else 2]
    asked = [replace(pair, slot=measuring.SECONDS[number % len(measuring.SECONDS)]) for number, pair in enumerate(some)]
    rows = each(pool, partial(measuring.pair, folder=folder), asked, "fitting")
    return {"samples_worst": max(abs(row["samples_error"]) for row in rows), "takes": len(rows)}


def _faces(_pool, _folder: str, _count: int | None) -> dict:
    """Whether the right expression is read from a face over time."""
    return faces.measured(lambda *_told: None)


KINDS = {"measures": 0.0, "performed": 1.0}
"""What is compared: only the measures are carried over, or the phrases are followed as well."""

PAGE = 6
"""Takes that the recogniser hears in one go: about half a minute less."""

PARTS = {"pairs": _pairs, "sources": _told, "voice": _voice, "words": _words, "slots": _slots, "faces": _faces}
"""In this order: the first leaves the takes that the others listen to."""


if __name__ == "__main__":
    sys.exit(main())
