"""The worker of an engine apart: `python -m engine.apart NAME --folder F` in the person's Python. Requests in, events out, as `talk` has them.

Needs Python 3.10 and its standard library; the rest is what the engine brings. It ends when its requests end, or when nobody
has asked for anything for a while, and gives all memory back.
"""
from __future__ import annotations

import argparse
import hashlib
import os
import queue
import sys
import threading
import time
import traceback
import wave
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from .. import pipes, wire
from ..events import PROTOCOL, Cancel, Failed, Hello, Progress
from ..problems import LineProblem
from . import NAMES, binding
from .bindings import Binding, Stopped
from .talk import Alive, Say, Uttered

BEAT = 2.0
"""Seconds between two signs of life."""

IDLE = 300.0
"""Seconds without a request after which the worker ends, by default."""

STEP = 0.25
"""Seconds that lie between two tellings of progress, so that the pipe is not flooded."""

SAMPLED = 1 << 16
"""Bytes that are read at either end and in the middle of a weight file to know it again; to hash gigabytes at every start would take minutes."""


def serve(name: str, engine: Binding, folder: Path, pipe: BinaryIO, requests: Iterable[bytes], idle: float = IDLE) -> None:
    """Answers requests until they end, or until nobody has asked for so many seconds."""
    lock = threading.Lock()
    cancelled: set[int] = set()
    jobs: queue.SimpleQueue[Say] = queue.SimpleQueue()

    def tell(event: Any) -> None:
        with lock:
            pipe.write(wire.dumps(event).encode() + b"\n")
            pipe.flush()

    def beat() -> None:
        while True:
            time.sleep(BEAT)
            tell(Alive())

    def read() -> None:
        try:
            for text in requests:
                request = wire.loads(text)
                if isinstance(request, Cancel):
                    cancelled.add(request.run)
                elif isinstance(request, Say):
                    jobs.put(request)
        finally:
            # whoever asked is gone, or talks nonsense: nobody waits for what is under way, however long it would take
            os._exit(0)

    hello, problem = _hello(name, engine, folder)
    tell(hello)
    for work in (beat, read):
        threading.Thread(target=work, daemon=True).start()
    loaded = False
    while True:
        try:
            request = jobs.get(timeout=idle)
        except queue.Empty:
            return
        try:
            if problem is not None:
                raise problem
            if not loaded:
                tell(Progress(request.run, "", 0.0, f"loading {hello.engine}, which takes a while"))
                engine.load()
                loaded = True
            tell(_uttered(request, engine, binding(name).RATE, tell, cancelled))
        except Stopped:
            tell(_failed(request, LineProblem("cancelled")))
        except LineProblem as found:
            tell(_failed(request, found))
        except Exception as error:  # noqa: BLE001  the border of one request: what a library raises must not take the loaded engine along
            traceback.print_exc()
            if _out_of_memory(error):
                tell(_failed(request, LineProblem("engine_memory", engine=hello.engine, reason=str(error).split("\n")[0][:200] or type(error).__name__)))
                return  # a process gives all memory back only when it ends
            tell(_failed(request, LineProblem("engine_error", reason=f"{hello.engine}: {type(error).__name__}: {error}")))


def _uttered(request: Say, engine: Binding, rate: int, tell: Callable[[Any], None], cancelled: set[int]) -> Uttered:
    told = [0.0]

    def progress(done: float, doing: str) -> None:
        if time.monotonic() - told[0] >= STEP:
            told[0] = time.monotonic()
            tell(Progress(request.run, "", min(max(float(done), 0.0), 1.0), doing))

    started = time.monotonic()
    sound = engine.say(request.utterance, progress, lambda: request.run in cancelled)
    with wave.open(request.utterance.out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound.pcm)
    seconds = round(time.monotonic() - started, 3)
    return Uttered(request.run, len(sound.pcm) // 2, sound.natural, sound.exact, seconds, sound.device, sound.memory, sound.warnings)


def _failed(request: Say, problem: LineProblem) -> Failed:
    return Failed(request.run, "", problem.code, problem.message, problem.remedy)


def _hello(name: str, engine: Binding, folder: Path) -> tuple[Hello, LineProblem | None]:
    """Who we are, and why nothing can be said if so."""
    told = binding(name)
    missing = tuple(file for file in told.FILES if not (folder / file).is_file())
    version, model, problem = "", "", None
    try:
        version = engine.version()
    except LineProblem as found:
        problem = found
    if missing and problem is None:
        problem = LineProblem("engine_files", engine=told.TITLE, folder=str(folder), files=", ".join(missing))
    if not missing:
        model = _known_by(folder, told.FILES)
    return Hello(told.TITLE, version, PROTOCOL, tuple(told.LANGUAGES), told.CAPABILITIES, told.RATE, model, missing), problem


def _known_by(folder: Path, files: tuple[str, ...]) -> str:
    """A hash by which the weights are known again: of every file's name, size, beginning, middle and end."""
    found = hashlib.sha256()
    for name in files:
        size = (folder / name).stat().st_size
        found.update(f"{name} {size}\n".encode())
        with (folder / name).open("rb") as file:
            for place in sorted({0, max(0, size // 2 - SAMPLED // 2), max(0, size - SAMPLED)}):
                file.seek(place)
                found.update(file.read(SAMPLED))
    return found.hexdigest()


def _out_of_memory(error: Exception) -> bool:
    # torch has a class of its own for each kind of device
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()


def main(arguments: list[str] | None = None) -> int:
    """Serves one engine over standard input and output."""
    parser = argparse.ArgumentParser(prog="engine.apart", description="The worker of an engine apart.")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--folder", type=Path, required=True, help="of the engine's files")
    parser.add_argument("--device", default="", help="as the engine calls it; its own choice by default")
    parser.add_argument("--half", action="store_true", help="half precision where the engine can")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds without a request after which it ends (default: %(default)s)")
    options = parser.parse_args(arguments)
    pipe, requests = pipes.private()
    engine = binding(options.name).Binding(options.folder, options.device, options.half)
    # our own root must not stand before what is installed in the person's Python
    root = Path(__file__).resolve().parent.parent.parent
    sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != root]
    serve(options.name, engine, options.folder, pipe, requests, options.idle)
    return 0


if __name__ == "__main__":
    sys.exit(main())
