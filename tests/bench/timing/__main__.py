"""Runs the bench of timing, prints what was measured beside what is promised, and writes it as JSON.

Exit code 0 when every promise is kept, 1 when one is broken, 2 when a part could not run.
"""
from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..__main__ import machine
from . import figures, hearing, making, measuring, planning, smoothness, sync, table
from .rivals import RIVALS
from .script import lines

WORKERS = 2

HARDEST = 0.75
"""Ratio at which the rivals are heard by the recogniser too."""


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="bench timing", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"out of {', '.join(PARTS)}; by default {', '.join(USUAL)}")
    parser.add_argument("--out", type=Path, default=Path("out/bench-timing.json"), help="where the figures go (default: %(default)s)")
    parser.add_argument("--lines", type=int, help="only so many lines of each language, for a quick look")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return measured({name: PARTS[name] for name in options.parts or USUAL}, options, table)


def measured(parts: dict, options, table) -> int:
    """Runs the parts, prints the bench's `table`, writes the figures as JSON and returns the exit code."""
    report, broken = {}, []
    with tempfile.TemporaryDirectory(prefix="dubline-bench-") as folder, workers() as pool:
        for name, part in parts.items():
            began = time.perf_counter()
            try:
                report[name] = part(pool, folder, options.lines)
            except Exception:  # noqa: BLE001  the border of one part: the others still tell their figures
                traceback.print_exc()
                broken.append(name)
            print(f"measured {name} in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    spent = os.times()
    cpu = round(spent.user + spent.system + spent.children_user + spent.children_system)
    promises = table.judged(report)
    table.show(report, promises, broken)
    whole = {"machine": machine(), "cpu_seconds": cpu, "promises": promises, "figures": report, "could_not_run": broken}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(whole, indent=1, ensure_ascii=False, default=np.generic.item) + "\n", encoding="utf-8")
    print(f"\n{options.out}, measured in {cpu} CPU seconds")
    return 2 if broken else int(any(promise["held"] is False for promise in promises))


def workers() -> ProcessPoolExecutor:
    """Processes that take turns at the work, each on one core."""
    # started anew, not forked: the networks' threads do not survive a fork
    return ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn"), initializer=making.alone)


def each(pool, work, items, what: str) -> list:
    """The work's results in the items' order."""
    return list(tqdm(pool.map(work, items), total=len(items), desc=what, file=sys.stderr))


def _lines(pool, folder: str, count: int | None) -> dict:
    """Ends, words, phones, quality and understanding of every line."""
    rows = each(pool, partial(measuring.line, folder=folder), lines(count, count), "speaking")
    asked = [("ours", ratio) for ratio in making.RATIOS] + [(rival, HARDEST) for rival in RIVALS]
    pages = [(page, *variant) for page in hearing.pages(rows) for variant in asked]
    heard = each(pool, partial(hearing.heard, folder=folder), pages, "hearing")
    return figures.of(rows, heard)


def _sync(pool, folder: str, count: int | None) -> dict:
    """Phrases against an original's."""
    return sync.figures(each(pool, partial(sync.scene, folder=folder), sync.scenes(count), "following"))


def _smoothness(pool, folder: str, count: int | None) -> dict:
    """Quality by `duration_smoothness`."""
    return smoothness.figures(each(pool, partial(smoothness.line, folder=folder), smoothness.lines(count), "smoothing"))


def _planning(_pool, _folder: str, _count: int | None) -> dict:
    """CPU seconds of planning."""
    return planning.apart()


PARTS = {"planning": _planning, "lines": _lines, "sync": _sync, "smoothness": _smoothness}

USUAL = ("planning", "lines", "sync")
"""About 50 minutes of one core; what `smoothness` tells is no promise."""


if __name__ == "__main__":
    sys.exit(main())
