"""A program that is talked to over its pipes, a message a line; whoever talks to it never waits for it."""
from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from . import wire

FATES = {
    -4: "the processor lacks instructions that the speech libraries use",
    -7: "a file that it read went away or is damaged",
    -9: "the system ended it, perhaps for want of memory",
    -11: "a library crashed",
    -6: "a library gave up",
    0xC000001D: "the processor lacks instructions that the speech libraries use",
    0xC0000005: "a library crashed",
    0xC0000017: "there was not enough memory",
    0xC0000135: "a library of the system is missing",
    0xC0000142: "a library of the system could not be loaded",
    0xC0000409: "a library gave up",
}
"""What an exit code tells: a signal's number below zero, or what Windows says."""


def fate(code: int) -> str:
    """Why a program ended, for a person."""
    known = FATES.get(code if code < 0 else code & 0xFFFFFFFF)
    return f"{known}, exit code {code}" if known else f"exit code {code}"


class Process:
    """Started, written to and read from in threads."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, heard: Callable[[Any], object], ended: Callable[[Process, str], object]
    ) -> None:
        """log: file for what the program and its libraries print; heard: called with every message; ended: with this and the reason, once,
        when no more will come. One that could not be started has no `pid` then."""
        self.alive = True
        self.pid: int | None = None
        self._outbox: queue.SimpleQueue = queue.SimpleQueue()
        self._popen: Any = None
        self._thread = threading.Thread(
            target=self._run, args=(command, folder, environment, log, heard, ended), name="dubline-worker", daemon=True
        )
        self._thread.start()

    def send(self, message: Any) -> None:
        """One that `wire` knows; it is on its way at once."""
        self._outbox.put(message)

    def close(self, timeout: float) -> None:
        """Ends its requests, and the program itself if it does not end within so many seconds."""
        self.alive = False
        self._outbox.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive() and self._popen is not None:
            self._popen.kill()
            self._thread.join(timeout)

    def _run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, heard: Callable[[Any], object], ended: Callable[[Process, str], object]
    ) -> None:
        try:
            with _appended(log) as errors:
                before = errors.tell()
                self._popen = subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            self.alive = False
            ended(self, f"{error.strerror or error}: {error.filename or command[0]}")
            return
        self.pid = self._popen.pid
        threading.Thread(target=self._write, name="dubline-worker-in", daemon=True).start()
        reason = ""
        for text in self._popen.stdout:
            try:
                heard(wire.loads(text))
            except ValueError as error:
                reason = f"it said something that is no message: {error}"
                self._popen.kill()
                break
        self.alive = False
        self._outbox.put(None)
        code = self._popen.wait()
        ended(self, reason or "; ".join(filter(None, (fate(code), _last(log, before)))))

    def _write(self) -> None:
        # a broken pipe is seen, and reported, by whoever reads its other end
        with contextlib.suppress(OSError), self._popen.stdin as pipe:
            for message in iter(self._outbox.get, None):
                pipe.write(wire.dumps(message).encode() + b"\n")
                pipe.flush()


def _last(log: Path, since: int) -> str:
    """The last line that was printed, such as the name of a library that is missing."""
    try:
        with open(log, "rb") as printed:
            printed.seek(max(since, printed.seek(0, os.SEEK_END) - 4096))
            lines = printed.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:200] if lines else ""


def _appended(log: Path) -> IO[bytes]:
    """The log, or nothing where it cannot be written: what it would tell is worth less than the work."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return open(log, "ab")
    except OSError:
        return open(os.devnull, "wb")
