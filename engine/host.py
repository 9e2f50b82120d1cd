"""Where an engine runs: `Here` in a thread of this process, `Worker` in a process of its own; both say the same events."""
from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from . import pipes, wire
from .events import Admitted, Cancel, Done, Ended, Enrol, Failed, Separate, Separated, Submit, Transcribe, Transcribed
from .problems import LineProblem
from .process import Process
from .script import Job, Newcomer
from .speak import Engine
from .tracks import Separation, Transcription


class Here:
    """Runs jobs one after another in a thread. Events wait until they are polled; no call blocks."""

    def __init__(self, engine: Engine, heard: Callable | None = None):
        """heard: called in the engine's thread with every event, instead of keeping it for `poll`."""
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._heard = heard or self._events.put
        self._jobs: queue.SimpleQueue = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._runs = count(1)
        self._closing = False
        self._engine = engine
        self._thread = threading.Thread(target=self._serve, name="dubline-engine", daemon=True)
        self._thread.start()

    def submit(self, job: Job | Newcomer | Separation | Transcription, run: int | None = None) -> int:
        """Queues what is asked for and returns its run's number, which a caller may choose."""
        run = next(self._runs) if run is None else run
        self._jobs.put((run, job))
        return run

    def poll(self) -> list:
        """Events since the last poll."""
        return _drained(self._events)

    def cancel(self, run: int) -> None:
        """Ends a run soon; its open lines fail as `cancelled`."""
        self._cancelled.add(run)

    def close(self, timeout: float = 10.0) -> None:
        """Cancels everything and waits for the thread."""
        self._closing = True
        self._jobs.put(None)
        self._thread.join(timeout)

    def _serve(self) -> None:
        self._heard(self._engine.hello())
        for run, job in iter(self._jobs.get, None):

            def stop(run: int = run) -> bool:
                return self._closing or run in self._cancelled

            if isinstance(job, Newcomer):
                self._engine.enrol(run, job, self._heard, stop)
                continue
            if isinstance(job, (Separation, Transcription)):
                self._engine.hear(run, job, self._heard, stop)
                continue
            for event in self._engine.run(run, job, stop, self._heard):
                self._heard(event)


class Worker:
    """Runs jobs in `python -m engine serve`. A worker that dies fails its open lines; the next job starts a new one."""

    def __init__(self, models: Path, threads: int = 1, python: str = "", log: Path | None = None, path: Sequence[str] = (), more: Sequence[str] = ()):
        """python: the interpreter, this one by default; log: file for what the worker and its libraries print;
        path: folders where the worker finds libraries beyond its interpreter's own; more: further arguments of `serve`."""
        self._command = [python or sys.executable, "-s", "-u", "-m", f"{__package__.rpartition('.')[2]}", "serve"]
        self._command += ["--models", str(models), "--threads", str(threads), *more]
        self._root = Path(__file__).resolve().parent.parent
        self._path = tuple(path)
        self.log = Path(log) if log else Path(os.devnull)
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._runs = count(1)
        self._lock = threading.Lock()
        self._open: dict[int, _Run] = {}
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the running worker."""
        process = self._process
        return process.pid if process and process.alive else None

    def submit(self, job: Job | Newcomer | Separation | Transcription) -> int:
        """Sends what is asked for, starting a worker if none runs, and returns its run's number."""
        run = next(self._runs)
        with self._lock:
            if self._process is None or not self._process.alive:
                self._process = Process(self._command, self._root, self._environment(), self.log, self._heard, self._ended)
            self._open[run] = _Run(self._process, dict.fromkeys(_uids(job)))
            self._process.send(_REQUESTS[type(job)](run, job))
        return run

    def poll(self) -> list:
        """Events since the last poll."""
        return _drained(self._events)

    def cancel(self, run: int) -> None:
        """Ends a run soon; its open lines fail as `cancelled`."""
        process = self._process
        if process is not None:
            process.send(Cancel(run))

    def close(self, timeout: float = 10.0) -> None:
        """Ends the worker; what it has finished stays."""
        process, self._process = self._process, None
        if process is not None:
            process.close(timeout)

    def _environment(self) -> Mapping[str, str]:
        # Blender's Python heeds no PYTHON variable of the person's shell; some would keep the worker from starting
        own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        # a Python that the person chose may have an ONNX Runtime of its own; from 1.29 on it tells its makers how it is used
        return own | {"ORT_DISABLE_TELEMETRY": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(self._path)}

    def _heard(self, event: Any) -> None:
        with self._lock:
            number: Any = getattr(event, "run", None)
            run: Any = self._open.get(number)
            if run is None and number is not None:
                raise ValueError(f"an answer to the run {number}, which is not open")
            if isinstance(event, (Admitted, Done, Separated, Transcribed, Failed)):
                run.lines.pop(event.uid, None)
                run.done += not isinstance(event, Failed)
                run.failed += isinstance(event, Failed)
            elif isinstance(event, Ended):
                del self._open[event.run]
        self._events.put(event)

    def _ended(self, process: Process, reason: str) -> None:
        """The worker's pipe is closed: whatever is still open in it will never come."""
        # as Python ends where a part lacks that is wanted before a line is asked for
        _, lacks, part = reason.partition("ModuleNotFoundError: ")
        if lacks:
            problem = LineProblem("no_library", reason=part.rstrip("."))
        elif process.pid:
            problem = LineProblem("worker_died", reason=reason, log=self.log)
        else:
            problem = LineProblem("cannot_start", reason=reason, program=self._command[0])
        with self._lock:
            lost = {number: run for number, run in self._open.items() if run.process is process}
            for number, run in lost.items():
                del self._open[number]
                for uid in run.lines:
                    self._events.put(Failed(number, uid, problem.code, problem.message, problem.remedy))
                self._events.put(Ended(number, run.done, run.failed + len(run.lines)))


@dataclass
class _Run:
    """What a worker still owes."""

    process: Process
    lines: dict[str, None]
    done: int = 0
    failed: int = 0


_REQUESTS = {Job: Submit, Newcomer: Enrol, Separation: Separate, Transcription: Transcribe}


def _uids(job: Job | Newcomer | Separation | Transcription) -> list[str]:
    """What a run owes an answer for."""
    if isinstance(job, Newcomer):
        return [job.name]
    return [one.uid for one in (job.lines if isinstance(job, Job) else job.tracks)]


def _drained(events: queue.SimpleQueue) -> list:
    found = []
    while True:
        try:
            found.append(events.get_nowait())
        except queue.Empty:
            return found


def serve(engine: Engine) -> None:
    """The worker's side: requests from standard input, events to standard output, until the input ends."""
    pipe, requests = pipes.private()

    def write(event: Any) -> None:
        pipe.write(wire.dumps(event).encode() + b"\n")
        pipe.flush()

    here = Here(engine, write)
    for text in requests:
        request = wire.loads(text)
        if isinstance(request, Submit):
            here.submit(request.job, request.run)
        elif isinstance(request, Enrol):
            here.submit(request.newcomer, request.run)
        elif isinstance(request, Separate):
            here.submit(request.separation, request.run)
        elif isinstance(request, Transcribe):
            here.submit(request.transcription, request.run)
        elif isinstance(request, Cancel):
            here.cancel(request.run)
    here.close()
