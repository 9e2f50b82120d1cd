"""Runs every bench, prints one table of what was measured against what is promised, and writes it as JSON.

Exit code 0 when every promise is kept, 1 when one is broken, 2 when a bench could not run.
"""
from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
import time
import traceback
from pathlib import Path

from . import __path__

PROMISES = (
    ("engine", "threads_1.total_ratio", ">=", 1.3, "CPU seconds of the peer / ours, all lines, 1 thread"),
    ("engine", "threads_2.total_ratio", ">=", 1.3, "CPU seconds of the peer / ours, all lines, 2 threads"),
    ("engine", "threads_1.worst_ratio", ">=", 1.0, "the same on the worst line, 1 thread"),
    ("engine", "threads_2.worst_ratio", ">=", 1.0, "the same on the worst line, 2 threads"),
    ("engine", "redo.worst_ms", "<", 50, "redo of an unchanged line from disk, ms"),
    ("addon", "ticks.worst_ms", "<=", 16, "longest tick of Blender's main thread while 100 lines are made, ms"),
    ("addon", "placing.takes_per_second", None, None, "takes placed a second, 500 takes"),
    ("panels", "reading.worst_ms", "<=", 16, "longest tick of the main thread while 200 lines are read at a press, ms"),
    ("panels", "look.median_ms", "<=", 20, "a look at which of 1,000 lines changed, ms"),
    ("panels", "draw.line_ms", "<=", 2, "a drawing of the panels with 1,000 dubbed strips, ms"),
    ("panels", "draw.everything_ms", "<=", 2, "the same with everything selected, ms"),
)
"""Bench, figure, how it compares with what, and what it means; without a target it is only told."""

COMPARISONS = {">=": float.__ge__, ">": float.__gt__, "<=": float.__le__, "<": float.__lt__}


def main(arguments=None) -> int:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    benches = {name: importlib.import_module(f"{__package__}.{name}") for name in names if name != "__main__"}
    benches = {name: module for name, module in benches.items() if hasattr(module, "run")}
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"out of {', '.join(benches)}; all of them by default")
    parser.add_argument("--out", type=Path, default=Path("out/bench.json"), help="where the figures go (default: %(default)s)")
    options = parser.parse_args(arguments)
    if unknown := set(options.benches) - set(benches):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")

    figures, broken = {}, []
    for name in options.benches or benches:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        began = time.perf_counter()
        try:
            figures[name] = benches[name].run()
        except Exception:  # noqa: BLE001  the border of one bench: the others still tell their figures
            traceback.print_exc()
            broken.append(name)
        print(f"measured {name} in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    promises = [judged(figures[bench], *rest) for bench, *rest in PROMISES if bench in figures]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine(), "promises": promises, "figures": figures, "could_not_run": broken}
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    show(figures, promises, broken)
    print(f"\n{options.out}")
    return 2 if broken else int(any(promise["held"] is False for promise in promises))


def judged(figures: dict, path: str | tuple[str, ...], comparison: str | None, target: float | None, what: str) -> dict:
    """One promise with its figure; `held` is None where nothing was promised."""
    measured = figures
    for key in path if isinstance(path, tuple) else path.split("."):
        measured = measured[key]
    held = None if comparison is None else COMPARISONS[comparison](float(measured), float(target))
    return {"what": what, "measured": measured, "target": f"{comparison} {target}" if comparison else None, "held": held}


def machine() -> dict:
    """What the figures were measured on."""
    return {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def show(figures: dict, promises: list[dict], broken: list[str]) -> None:
    """The tables a person reads."""
    for threads in (1, 2) if "engine" in figures else ():
        part = figures["engine"][f"threads_{threads}"]
        print(f"\n{threads} thread{'s' * (threads > 1)}: CPU seconds a line")
        print(f"{'sound':>8} {'ours':>8} {'peer':>8} {'peer, same threads':>19} {'better / ours':>14}")
        for line in part["lines"]:
            print(f"{line['seconds']:7.1f}s {line['ours_cpu']:8.2f} {line['peer_cpu']:8.2f} {line['peer_threads_cpu']:19.2f} {line['ratio']:14.2f}")
        for title, key in (("CPU / second", "cpu_per_second"), ("wall / second", "real_time_factor"), ("peak MB", "peak_mb")):
            print(f"{title:>14}: " + ", ".join(f"{kind} {value}" for kind, value in part[key].items()))
        print(f"{'cold start':>14}: " + ", ".join(f"{kind} {value['wall']} s ({value['cpu']} s CPU)" for kind, value in part["cold_start"].items()))
    tell(promises, broken)


def tell(promises: list[dict], broken: list[str]) -> None:
    """The promises as a table: measured, promised, and whether it is kept."""
    print(f"\n{'measured':>10} {'promised':>10}  held")
    for promise in promises:
        held = {True: "yes", False: "NO", None: ""}[promise["held"]]
        print(f"{promise['measured']:>10} {promise['target'] or '':>10}  {held:4} {promise['what']}")
    for name in broken:
        print(f"{'':>10} {'':>10}  NO   {name} could not run; see above")


if __name__ == "__main__":
    sys.exit(main())
