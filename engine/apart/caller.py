"""Our end of the pipe to an engine apart: starts it when it is asked, waits for its answer, and ends it when it is stuck."""
from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ..events import PROTOCOL, Cancel, Failed, Hello, Progress
from ..problems import LineProblem
from ..process import Process
from .talk import Alive, Say, Utterance, Uttered

ROOT = Path(__file__).resolve().parent.parent.parent

LOOK = 0.05
"""Seconds between two questions whether to stop."""

KEPT = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "SYSTEMROOT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "PROGRAMDATA", "PATHEXT", "COMSPEC", "WINDIR",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONUSERBASE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")  # fmt: skip
"""Variables of ours that the engine's Python gets, beside those of graphics cards; Blender's own would lead it astray."""

CARDS = ("CUDA", "NVIDIA", "HIP", "ROCR", "HSA", "ZE_", "ONEAPI", "SYCL", "PYTORCH", "TORCH")
"""Beginnings of the names of variables that choose and set up graphics cards."""


class Gave(Exception):
    """The caller's `stop` said so."""


@dataclass(frozen=True)
class Patience:
    """Seconds after which an engine is given up."""

    start: float = 120.0
    """Without its first word; a Python on a network drive takes its time."""
    silent: float = 90.0
    """Without any sign of life."""
    loading: float = 900.0
    """The same before its first line is said: what writes IndexTTS's numbers out compiles its rules once, for two minutes on a busy computer, and
    lets nothing else run meanwhile."""
    stalled: float = 1800.0
    """Without progress, for as long as the first loading of gigabytes may take on a slow disk."""
    cancel: float = 15.0
    """Between our wish to stop and its answer."""


class Told(LineProblem):
    """What went wrong in the engine, in its own words."""

    def __init__(self, event: Failed):
        self.code, self.message, self.remedy = event.code, event.message, event.remedy
        Exception.__init__(self, f"{event.message} {event.remedy}")


class _Rested(Exception):
    """The engine had ended by itself, as it does when nobody asks."""


@dataclass(frozen=True)
class _Over:
    """The program ended."""

    reason: str


class Caller:
    """One engine apart. Used by one thread at a time."""

    def __init__(self, title: str, command: Sequence[str], log: Path, threads: int = 1, patience: Patience = Patience()):
        self._title, self._command, self._log, self._threads, self._patience = title, list(command), Path(log), threads, patience
        self._process: Process | None = None
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._hello: Hello | None = None
        self._runs = count(1)
        self._loaded, self._heard = False, 0.0

    @property
    def loaded(self) -> bool:
        """Whether the engine has said something and still runs."""
        return self._loaded and self._running

    @property
    def pid(self) -> int | None:
        """Process number of the running engine."""
        process = self._process
        return process.pid if process is not None and process.alive else None

    @property
    def _running(self) -> bool:
        return self._process is not None and self._process.alive

    def hello(self, stop: Callable[[], bool] = lambda: False) -> Hello:
        """Who it is; starts it if it does not run. Raises LineProblem and Gave."""
        if self._hello is not None and self._running:
            return self._hello
        self.close()
        self._events, self._hello, self._loaded = queue.SimpleQueue(), None, False
        events = self._events
        self._process = Process(self._command, ROOT, self._environment(), self._log, events.put, lambda _process, reason: events.put(_Over(reason)))
        self._heard = began = time.monotonic()
        while self._hello is None:
            event = self._next(began, self._patience.start)
            if stop():
                self.close(0.0)
                raise Gave
            if isinstance(event, _Over):
                self._process = None
                raise LineProblem("engine_python", engine=self._title, reason=f"it ended before its first word, {event.reason}; its log is {self._log}")
            if isinstance(event, Hello):
                self._hello = event
        if self._hello.protocol != PROTOCOL:
            theirs = self._hello.protocol
            self.close()
            raise LineProblem("engine_version", engine=self._title, theirs=theirs, ours=PROTOCOL)
        return self._hello

    def say(self, utterance: Utterance, stop: Callable[[], bool], tell: Callable[[float, str], None] = lambda done, doing: None) -> Uttered:
        """Its answer. tell: share of the utterance that is done, and what is done. Raises LineProblem and Gave."""
        self.hello(stop)
        try:
            return self._said(utterance, stop, tell)
        except _Rested:
            # nobody had asked it for long, and it ended just now
            self.hello(stop)
            return self._said(utterance, stop, tell)

    def _said(self, utterance: Utterance, stop: Callable[[], bool], tell: Callable[[float, str], None]) -> Uttered:
        run, moved, given_up = next(self._runs), time.monotonic(), 0.0
        process = self._process
        if process is None:
            raise _Rested
        process.send(Say(run, utterance))
        began = False
        while True:
            if stop() and not given_up:
                given_up = time.monotonic()
                process.send(Cancel(run))
            if given_up and time.monotonic() - given_up > self._patience.cancel:
                self.close(0.0)
                raise Gave
            event = self._next(moved, self._patience.stalled)
            if isinstance(event, _Over):
                self._process = None
                if given_up:
                    raise Gave
                if not began and event.reason == "exit code 0":
                    raise _Rested
                raise LineProblem("engine_died", engine=self._title, reason=_why(event.reason), log=self._log)
            if getattr(event, "run", None) != run:
                continue
            began, moved = True, time.monotonic()
            if isinstance(event, Progress):
                tell(event.done, event.message)
            elif isinstance(event, Uttered):
                self._loaded = True
                return event
            elif isinstance(event, Failed) and event.code == "cancelled":
                raise Gave
            elif isinstance(event, Failed):
                if event.code == "engine_memory":
                    self.close()  # it ends by itself then, and must not be asked meanwhile
                raise Told(event)

    def close(self, timeout: float = 5.0) -> None:
        """Ends the engine and gives its memory back."""
        process, self._process = self._process, None
        if process is not None:
            process.close(timeout)

    def _next(self, since: float, most: float) -> Any:
        """The next event; None when it is time to look at the clock. Raises LineProblem `engine_stuck` and ends the engine then.

        since, most: the second from which on something must have come, and how many of them that may take.
        """
        try:
            event = self._events.get(timeout=LOOK)
        except queue.Empty:
            event = None
        now = time.monotonic()
        if event is not None:
            self._heard = now
            return None if isinstance(event, Alive) else event
        limits = [(since, most)] if self._hello is None else [(since, most), (self._heard, self._patience.silent if self._loaded else self._patience.loading)]
        for began, limit in limits:
            if now - began > limit:
                self.close(0.0)
                raise LineProblem("engine_stuck", engine=self._title, seconds=now - began, log=self._log)
        return None

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name.upper() in KEPT or name.upper().startswith(CARDS)}
        # a library that finds nothing on this computer must fail and not download, and none tells anybody how it is used
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "ORT_DISABLE_TELEMETRY": "1"}
        return own | offline | {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1", "OMP_NUM_THREADS": str(self._threads)}


def _why(reason: str) -> str:
    killed = reason in ("exit code -9", "exit code 137")
    return f"{reason}: the system ended it, as it does when memory runs out" if killed else reason
