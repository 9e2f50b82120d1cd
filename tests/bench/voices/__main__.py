"""Runs the bench of enrolled voices on real recordings, prints what was measured beside what is promised, and writes it as JSON.

Exit code 0 when every promise is kept, 1 when one is broken, 2 when a part could not run.
"""
from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from engine.train import acted

from ..timing.__main__ import each, measured
from . import figures, measuring, table
from .people import people


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="bench voices", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench-voices.json"), help="where the figures go (default: %(default)s)")
    parser.add_argument("--lines", type=int, metavar="PEOPLE", help="only so many people, for a quick look")
    parser.add_argument("--gear", action="append", choices=("quick", "thorough"), help="only this way of enrolling")
    parser.add_argument("--without", action="append", default=[], choices=tuple(PARTS), help="a part to leave out; may be repeated")
    options = parser.parse_args(arguments)
    gears = tuple(options.gear or ("quick", "thorough"))
    parts = {name: partial(part, gears=gears) for name, part in PARTS.items() if name not in options.without}
    return measured(parts, options, table)


def _people(pool, folder: str, count: int | None, gears: tuple[str, ...]) -> dict:
    """Everybody enrolled in each gear, and what their voices say."""
    found = people(Path(folder))
    found = found if count is None else found[:: max(1, len(found) // count)][:count]
    rows = each(pool, partial(measuring.enrolled, folder=folder, gears=gears), found, "enrolling")
    wanted = ("stock", *gears)
    lines = [(language, line) for language, texts in measuring.LINES.items() for line in range(len(texts))]
    takes = each(pool, partial(measuring.said, folder=folder), [(row, gear, *line) for row in rows for gear in wanted for line in lines], "speaking")
    pages = [(gear, language, *_page(takes, gear, language, row["name"])) for gear in wanted for language in measuring.LINES for row in rows]
    holds = each(pool, partial(measuring.holds, folder=folder), [(row, gear, measuring.SLOTS[number % 2]) for number, row in enumerate(rows[::3]) for gear in gears], "fitting")
    return {
        "likeness": figures.likeness(rows, takes), "quality": figures.quality(takes, {row["name"] for row in rows if row["notes"]}), "words": figures.words(each(pool, partial(measuring.heard, folder=folder), pages, "hearing")),
        "times": figures.times(rows), "holds": {key: max(one[key] for one in holds) for key in ("samples", "onset_ms")},
        "notes": {row["name"]: row["notes"] for row in rows}, "mos": {take["name"]: round(take["mos"], 2) for take in takes},
    }  # fmt: skip


def _page(takes: list[dict], gear: str, language: str, person: str) -> tuple[list[str], list[str]]:
    mine = [take for take in takes if (take["gear"], take["language"], take["person"]) == (gear, language, person)]
    return [take["name"] for take in mine], [measuring.LINES[language][take["line"]] for take in mine]


def _leak(pool, folder: str, _count: int | None, gears: tuple[str, ...]) -> dict:
    """Five men who say words calmly and angrily."""
    rows = [clip for clip in acted.in_rows(acted.words(), 0) if clip.label in ("angry", "neutral")]
    chosen = [next(row for row in rows if (row.man, row.label) == pair and len(row.samples) > 2.2 * row.rate) for pair in sorted({(row.man, row.label) for row in rows})]
    return figures.leak(each(pool, partial(measuring.moods, folder=folder), [(one.man, one.label, one.samples, one.rate) for one in chosen], "moods"))


PARTS = {"people": _people, "leak": _leak}


if __name__ == "__main__":
    sys.exit(main())
