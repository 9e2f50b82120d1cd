"""Builds the sample film, presses the add-on's button, renders, listens, and reports: `python -m demo --out out/demo`.

Exit codes: 0 every line is dubbed and every promise is kept, 1 not so (each is named), 2 nothing could be made.
"""
from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

PACKAGE = "dubline_demo"
KEPT, BROKEN, NOT_MADE = 0, 1, 2


def main() -> int:
    """Runs the whole demo and returns its exit code."""
    options = _parser().parse_args()
    try:
        from .produce import produce
    except ImportError as error:
        say(f"The demo wants Blender's Python module and the packages of requirements/: {error}. `python build.py demo` brings them.")
        return NOT_MADE
    started = time.time()
    report = produce(options.out.resolve(), options.voices, options.scale, PACKAGE)
    if report is None:
        return NOT_MADE
    for line in report["lines"]:
        say(_verdict(line))
    film = report["film"]
    say(f"{film['dubbed']} of {film['lines']} lines dubbed in {time.time() - started:.0f} s: {options.out / 'report.html'}")
    for promise in report["promises"]:
        if not promise["kept"]:
            say(f"broken: {promise['what']} ({promise['seen']})")
    return KEPT if all(promise["kept"] for promise in report["promises"]) else BROKEN


def say(text: str):
    """One line for the person at the shell."""
    print(text, file=sys.stderr, flush=True)


def _verdict(line: dict) -> str:
    name = f"  {line['speaker']:5}"
    if line["problem"]:
        return f"{name} {line['text']}: {line['problem']}"
    heard = "" if line["word_error"] is None else f", word error {line['word_error']:.0%}"
    return f"{name} {line['seconds']:.3f} s, {line['error_samples']:+d} samples, length x{line['ratio']:.2f}{heard}: {line['text']}"


def _parser():
    parser = argparse.ArgumentParser(prog="demo", description="Dubs the sample film and reports what came of it.")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder of the results")
    parser.add_argument("--voices", choices=("kokoro", "tone"), default="kokoro", help="tone: beeps, which need no model")
    parser.add_argument("--scale", type=float, default=0.75, help="size of the picture; 1 is 1280 x 720")
    return parser


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Blender's module up to 4.5 may crash or hang when the interpreter takes it down
