"""A program that is talked to over its pipes, a message a line; whoever talks to it never waits for it."""
from __future__ import annotations

import contextlib
import queue
import subprocess
import threading

from . import wire


class Process:
    """Started, written to and read from in threads."""

    def __init__(self, command, folder, environment, log, heard, ended):
        """log: file for what the program and its libraries print; heard: called with every message; ended: with this and the reason, once,
        when no more will come."""
        self.alive = True
        self.pid = None
        self._outbox: queue.SimpleQueue = queue.SimpleQueue()
        self._popen = None
        self._thread = threading.Thread(
            target=self._run, args=(command, folder, environment, log, heard, ended), name="dubline-worker", daemon=True
        )
        self._thread.start()

    def send(self, message):
        """One that `wire` knows; it is on its way at once."""
        self._outbox.put(message)

    def close(self, timeout: float):
        """Ends its requests, and the program itself if it does not end within so many seconds."""
        self.alive = False
        self._outbox.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive() and self._popen is not None:
            self._popen.kill()
            self._thread.join(timeout)

    def _run(self, command, folder, environment, log, heard, ended):
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with open(log, "ab") as errors:
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
            ended(self, f"it could not be started: {error}")
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
        ended(self, reason or f"exit code {code}")

    def _write(self):
        # a broken pipe is seen, and reported, by whoever reads its other end
        with contextlib.suppress(OSError), self._popen.stdin as pipe:
            for message in iter(self._outbox.get, None):
                pipe.write(wire.dumps(message).encode() + b"\n")
                pipe.flush()
