"""Lines spoken by many computers: a Dask scheduler shares plans out by the digests of their takes, and the takes come home.

Who plans needs this package, the models and `distributed`; so does every computer that speaks, started as docs/batch.md says.
"""
from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from . import models, takes, whole, wire
from .events import Done, Ended, Failed, Progress
from .neighbours import Space
from .problems import LineProblem
from .script import Job, Line, Plan
from .speak import Engine
from .voices import MODELS

PAUSE = 0.05
"""Seconds between two looks at what is done."""

DEATHS = 3
"""Computers that a line may take with it before it is left alone."""


class Cluster(Engine):
    """An engine that plans here and lets others speak. Equal plans are spoken once; what is on disk already, not at all."""

    def __init__(self, folder: Path, address: str, threads: int = 1, fetch: bool = False):
        """address: of the scheduler, as `tcp://computer:8786`; fetch: whether the others may fetch models that they lack."""
        super().__init__(folder, threads)
        self._address, self._fetch = address, fetch
        self._client: Any = None

    def run(self, run: int, job: Job, stop: Callable[[], bool] = lambda: False, tell: Callable = lambda event: None) -> Iterator:
        """Events of the whole job, the lines in the order in which they are done."""
        if not (job.speak and job.lines):
            yield from super().run(run, job, stop, tell)
            return
        spaces = self.spaces(job)
        here, away = self._sorted(job, spaces)
        done = failed = 0

        def told(event: Any) -> Any:
            nonlocal done, failed
            done, failed = done + isinstance(event, Done), failed + isinstance(event, Failed)
            return event

        for line in here:
            yield told(self._line(run, line, job, stop, spaces))
        try:
            pending = self._sent(away, job)
        except LineProblem as refused:
            pending = {}
            for lines in away.values():
                for line in lines:
                    yield told(Failed(run, line.uid, *_told(refused)))
        while pending:
            ready = [digest for digest, future in pending.items() if future.done()]
            if stop():
                self._client.cancel(list(pending.values()))
                ready = list(pending)
            for digest in ready:
                problem = self._home(pending.pop(digest), digest, Path(job.takes), stop())
                for line in away[digest]:
                    yield Progress(run, line.uid, (done + failed) / len(job.lines), "coming home")
                    event = Failed(run, line.uid, *problem) if problem else self._line(run, line, job, lambda: False, spaces)
                    yield told(replace(event, fresh=True) if isinstance(event, Done) else event)
            if not ready:
                time.sleep(PAUSE)
        yield Ended(run, done, failed, stop())

    def _sorted(self, job: Job, spaces: dict[str, Space]) -> tuple[list[Line], dict[str, list[Line]]]:
        """Lines that need nobody else, since they cannot be spoken or are there; and the others by the digests of their takes, longest first."""
        here: list[Line] = []
        away: dict[str, list[Line]] = {}
        self._plans: dict[str, tuple[Plan, tuple[str, ...]]] = {}
        for line in job.lines:
            try:
                wanted, beside = self.planned(line, job, spaces)
            except LineProblem:
                here.append(line)
                continue
            if takes.look_up(Path(job.takes), wanted) is not None:
                here.append(line)
            else:
                digest = takes.digest(wanted)
                self._plans[digest] = wanted, beside
                away.setdefault(digest, []).append(line)
        return here, dict(sorted(away.items(), key=lambda item: -len(self._plans[item[0]][0].text)))

    def _sent(self, away: dict, job: Job) -> dict:
        """Digest -> what will come of it. Raises LineProblem `no_cluster`."""
        if not away:
            return {}
        try:
            self._client = self._client or import_module("distributed").Client(self._address, timeout=10, set_as_default=False)
            self._client.scheduler_info()
            sent = {}
            for rank, digest in enumerate(away):
                wanted, beside = self._plans[digest]
                sent[digest] = self._client.submit(speak, wire.dumps(wanted), beside, self._fetch, key=f"dubline-{digest}", pure=True, retries=DEATHS, priority=-rank)
            return sent
        except (ImportError, OSError, TimeoutError, ValueError) as error:
            raise LineProblem("no_cluster", address=self._address, reason=str(error)) from error

    def _home(self, future: Any, digest: str, folder: Path, cancelled: bool) -> tuple[str, str, str] | None:
        """Keeps the take that was made elsewhere, or tells why there is none: code, sentence and remedy."""
        if cancelled and future.status != "finished":
            return _told(LineProblem("cancelled"))
        # a take that was made and then lost with its computer is made once more, and waited for
        answers = [] if future.status == "error" else self._client.gather([future], errors="skip")
        if not answers:
            reason = future.exception() if future.status == "error" else future.status
            return _told(LineProblem("cancelled" if cancelled else "no_cluster", address=self._address, reason=str(reason)))
        answer = answers[0]
        if "problem" in answer:
            return answer["problem"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for suffix in (".wav", ".json"):  # the sidecar last: it says that the take is whole
                whole.write(folder / f"{digest}{suffix}", answer[suffix])
        except OSError as error:
            return _told(LineProblem("cannot_write", folder=str(folder), reason=str(error)))
        return None


def _told(problem: LineProblem) -> tuple[str, str, str]:
    return problem.code, problem.message, problem.remedy


def speak(text: str, beside: tuple[str, ...], fetch: bool) -> dict:
    """On the computer that speaks: the files of a plan's take by their endings, or `problem` with code, sentence and remedy."""
    wanted = wire.loads(text)
    engine = _engine(models.folder(), 1)
    try:
        for name in MODELS.get(wanted.voice.family, ()) if fetch else ():
            models.fetch(name)
        if engine.family(wanted.voice.family).fingerprint(wanted.voice) != wanted.model:
            raise LineProblem("bad_model", reason=f"{platform.node()} has other files of the voice {wanted.voice.timbre} than the computer that asks")
        with tempfile.TemporaryDirectory(prefix="dubline-") as folder:
            take = engine.speak(wanted, Path(folder), lambda: False, beside)
            return {suffix: Path(take.path).with_suffix(suffix).read_bytes() for suffix in (".wav", ".json")}
    except LineProblem as problem:
        return {"problem": _told(problem)}


@cache
def _engine(folder: Path, threads: int) -> Engine:
    """One for every process that speaks, so that a model is loaded once."""
    return Engine(folder, threads)
