"""The one running host, and what its run has said so far. `tick` turns events into strips; bpy is touched nowhere else.

A window calls `tick` from a timer, batch drains it. What is kept here dies with Blender and is never saved.
"""
from __future__ import annotations

import importlib.util
import sys
import threading
import time
import traceback
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy

from ..engine import host, models
from ..engine.events import Done, Ended, Failed, Hello, Planned, Progress
from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Outlook, Take
from ..engine.speak import Engine
from . import place, prefs, read, stale, verdict

BUDGET = 0.008
"""Seconds of one tick: half a picture at 60 Hz, so that the window stays smooth."""


TAKE = 0.003
"""Seconds that placing one take may need: no other is begun in a tick that has not so much left."""


@dataclass
class Report:
    """What a run knows of one line, for the panel and for batch."""

    uid: str
    label: str
    """The strip's name."""
    status: str = "waiting"
    """waiting, speaking, done, planned or failed"""
    message: str = ""
    code: str = ""
    """Of `engine.problems`, when it failed."""
    line: Line | None = None
    take: Take | None = None
    outlook: Outlook | None = None
    strip: str = ""
    fresh: bool = True
    warnings: list[str] = field(default_factory=list)


@dataclass
class Run:
    """One press of a button."""

    scene: str
    slots: dict[str, read.Slot]
    reports: dict[str, Report]
    number: int | None = None
    """The host's; None when there was nothing to submit."""
    progress: float = 0.0
    ended: bool = False
    cancelled: bool = False
    warnings: list[str] = field(default_factory=list)
    known: dict[str, dict] = field(default_factory=dict)
    """What the texts on strips mean, for `place.Board`."""
    speaks: bool = True
    """False: it only tells how the lines will fit."""
    places: bool = True
    """False: it speaks for an ear, and no strip plays it."""
    further: list[Job] = field(default_factory=list)
    """Other readings of the same lines that are still to be made; lines remember them, none is placed."""
    reading: int = 1
    """Which of them is being made."""
    worst_tick: float = 0.0
    """Seconds of the longest tick."""

    def count(self, status: str) -> int:
        return sum(report.status == status for report in self.reports.values())

    @property
    def told(self) -> list[tuple[str, str, list[str]]]:
        """(status, text, labels of the lines) of all there is to tell; lines with the same to tell stand together."""
        found: dict[tuple[str, str], list[str]] = {}
        for report in self.reports.values():
            texts = [report.message] if report.status in ("speaking", "failed") else []
            texts += report.warnings
            if report.status == "planned":  # a verdict and its advice belong together
                calm = report.outlook.verdict == "comfortable" and not report.warnings
                texts = [] if calm else [" ".join([f"{report.message}.", *report.warnings])]
            for text in texts:
                found.setdefault((report.status, text), []).append(report.label)
        return [(status, text, labels) for (status, text), labels in found.items()]

    @property
    def summary(self) -> str:
        """One sentence for the status bar."""
        done, failed = self.count("done"), self.count("failed")
        if not self.places:
            return "The audition failed" if failed else "The audition is made"
        if not self.speaks:
            verdicts = Counter(report.outlook.verdict for report in self.reports.values() if report.outlook)
            told = ", ".join(f"{verdicts[name]} {name}" for name in verdict.TAGS if verdicts[name])
            return f"Checked {self.count('planned')} of {len(self.reports)} lines: {told or 'none can be spoken'}"
        readings = f", {self.reading} readings of each" if self.reading > 1 else ""
        return f"Dubbed {done} of {len(self.reports)} lines{readings}" + (f", {failed} failed" if failed else "")


@dataclass
class Watched:
    """What the last look at a scene found, for the panel."""

    scene: str = ""
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Uid of a line -> what changed of it since its take, in plain words; () where nothing did. Lines without a take are missing."""
    missing: tuple[str, ...] = ()
    """Names of text strips with words and without a take."""

    @property
    def stale(self) -> list[str]:
        """Uids of the lines that changed."""
        return [uid for uid, reasons in self.changed.items() if reasons]


class Fetch:
    """A voice model on its way to this computer, in a thread of its own."""

    def __init__(self, folder: Path, given: Path | None = None):
        """folder: where models are kept; given: a folder of this computer to take it from, the catalogue's sources by default."""
        self.share = 0.0
        self.message = "Fetching the voice model"
        self.problem = "The fetching ended by an error of its own; Blender's console shows it"
        self.ended = False
        self._stop = False
        self._thread = threading.Thread(target=self._work, args=(folder, given), name="dubline-fetch", daemon=True)
        self._thread.start()

    def stop(self):
        """Soon; what was downloaded is used by the next try."""
        self._stop = True

    def _work(self, folder, given):
        try:
            for name, model in models.catalogue().items():
                if model.optional:
                    continue
                self.message = f"Fetching {model.title}"
                if given is None:
                    models.fetch(name, folder, self._progress, lambda: self._stop)
                else:
                    models.import_from(name, given, folder, self._progress, lambda: self._stop)
            self.share, self.problem, self.message = 1.0, "", "The voice model is here"
        except models.Stopped:
            self.problem, self.message = "", "Stopped; the next try goes on from here"
        except LineProblem as problem:
            self.problem = str(problem)
        finally:
            self.message = self.problem or self.message
            self.ended = True

    def _progress(self, done: int, total: int):
        self.share = done / max(1, total)


class Session:
    """Owns the host and at most one run at a time."""

    def __init__(self):
        self.run: Run | None = None
        self.fetch: Fetch | None = None
        self.enrolment = None
        """A person's voice that is being made, as `people_ops` does it."""
        self.audition = None
        """A take that is heard by itself, as `takes_ops` does it."""
        self.hello: Hello | None = None
        self.memory = stale.Memory()
        self.watched = Watched()
        self.uids: set[str] = set()
        """Of lines and originals that were seen: others may be copies out of another scene."""
        self.touched = True
        """Whether anything may have changed since the scene was looked at."""
        self._host = None
        self._made_for: tuple = ()
        self._events: deque = deque()
        self._board: place.Board | None = None

    @property
    def busy(self) -> bool:
        return self.run is not None and not self.run.ended

    @property
    def fetching(self) -> bool:
        return self.fetch is not None and not self.fetch.ended

    @property
    def enrolling(self) -> bool:
        return self.enrolment is not None and not self.enrolment.ended

    def start(self, context, scene, reading: read.Reading, warnings=(), further=(), places: bool = True) -> Run:
        """Submits the reading's job; lines that are no lines are reported at once. further: jobs with other readings of its lines;
        places: whether strips will play the takes."""
        lines = {line.uid: line for line in reading.job.lines}
        reports = {
            uid: Report(uid, reading.labels[uid], line=lines.get(uid), warnings=list(reading.warnings.get(uid, ())))
            for uid in sorted(reading.slots, key=lambda uid: reading.slots[uid].first)
        }
        self.run = Run(scene.name, dict(reading.slots), reports, warnings=list(warnings), speaks=reading.job.speak, further=list(further), places=places)
        self._events.clear()
        for uid, problem in reading.problems.items():
            self._failed(uid, problem, str(problem))
        if lines:
            self.run.number = self._ready(context).submit(reading.job)
        else:
            self._end()
        return self.run

    def tick(self, budget: float = BUDGET) -> bool:
        """Takes what the host has said and does as much of it as the time allows. True while the run goes on."""
        if not self.busy:
            return False
        started = time.perf_counter()
        self._board = None  # whatever happened since the last tick, the strips are looked at again
        try:
            self._events.extend(self._host.poll())
            while self._events and self.busy:
                self._take_in(self._events.popleft())
                if time.perf_counter() - started > budget - TAKE:
                    break  # the rest waits for the next tick
        except Exception as error:  # noqa: BLE001  the border of a tick: its error must not stop Blender's timer
            traceback.print_exc()
            self._host.cancel(self.run.number)
            self._abandon(LineProblem("engine_error", reason=f"{type(error).__name__}: {error}"))
        self._board = None
        self.run.worst_tick = max(self.run.worst_tick, time.perf_counter() - started)
        return self.busy

    def cancel(self):
        """Asks the host to end the run; its `Ended` comes through `tick`."""
        if self.busy:
            self.run.cancelled = True
            self._host.cancel(self.run.number)

    def drop(self):
        """Ends the run without waiting: its film is gone."""
        if self.busy:
            self._host.cancel(self.run.number)
            self._abandon(LineProblem("cancelled"))

    def close(self):
        """Ends everything; a later `start` begins anew."""
        self.drop()
        if self.fetch is not None:
            self.fetch.stop()
        if self.enrolment is not None:
            self.enrolment.drop()
        if self.audition is not None:
            self.audition.stop()
            self.audition = None
        if self._host is not None:
            self._host.close()
        self._host, self._made_for = None, ()

    def _ready(self, context):
        """The host that the preferences ask for, started anew when they changed."""
        wanted = prefs.of(context)
        folder, threads = prefs.models(context), wanted.threads
        made_for = (wanted.host, wanted.python, threads, str(folder))
        if self._host is None or made_for != self._made_for:
            if self._host is not None:
                self._host.close()
            self._host = new_host(context)
            self._made_for = made_for
        return self._host

    def _take_in(self, event):
        if isinstance(event, Hello):
            self.hello = event
        elif getattr(event, "run", None) != self.run.number:
            return  # of a run that was dropped
        elif isinstance(event, Progress):
            report = self.run.reports[event.uid]
            report.status, report.message = "speaking", event.message
            self.run.progress = (self.run.reading - 1 + event.done) / (self.run.reading + len(self.run.further))
        elif isinstance(event, Failed):
            self._failed(event.uid, event, f"{event.message} {event.remedy}")
        elif isinstance(event, Done):
            self._done(event)
        elif isinstance(event, Planned):
            report = self.run.reports[event.uid]
            report.status, report.outlook, report.message = "planned", event.outlook, verdict.told(event.outlook)
            report.warnings += event.outlook.advice
        elif isinstance(event, Ended):
            if not self.run.speaks:
                outlooks = {uid: report.outlook for uid, report in self.run.reports.items() if report.outlook}
                verdict.tint_all(bpy.data.scenes.get(self.run.scene), outlooks)
            self.run.cancelled = event.cancelled
            if event.cancelled or not self._another():
                self._end()

    def _another(self) -> bool:
        """Submits the next reading of the lines that have a first one; whether there is any."""
        if not self.run.further:
            return False
        job = self.run.further.pop(0)
        job = replace(job, lines=tuple(line for line in job.lines if self.run.reports[line.uid].status == "done"))
        if not job.lines:
            return False
        self.run.reading += 1
        self.run.number = self._host.submit(job)
        return True

    def _done(self, event: Done):
        report = self.run.reports[event.uid]
        if not self.run.places:
            report.take, report.fresh, report.status, report.message = event.take, event.fresh, "done", ""
            return
        slot = self.run.slots[event.uid]
        if self._board is None:
            self._board = place.Board(slot.scene, self.run.known)
        try:
            if self.run.reading > 1:
                self._board.remember(slot, event.take)
                report.status, report.message = "done", ""
                return
            report.take, report.fresh = event.take, event.fresh
            placed = self._board.place(slot, event.take)
        except LineProblem as problem:
            self._failed(event.uid, problem, str(problem))
            return
        report.status, report.message, report.strip = "done", "", placed.strip
        report.warnings += placed.warnings

    def _failed(self, uid: str, problem: LineProblem | Failed, told: str):
        report = self.run.reports[uid]
        if self.run.reading > 1:  # its first reading is there
            report.status, report.message = "done", ""
            report.warnings += [f"Another reading was not made: {told}"] if problem.code != "cancelled" else []
            return
        report.status, report.code, report.message = "failed", problem.code, told

    def _abandon(self, problem: LineProblem):
        for uid, report in self.run.reports.items():
            if report.status in ("waiting", "speaking"):
                self._failed(uid, problem, str(problem))
        self._end()

    def _end(self):
        self.run.ended, self.run.progress = True, 1.0
        self._events.clear()


def new_host(context):
    """One that the preferences ask for; whoever has it closes it."""
    wanted, folder = prefs.of(context), prefs.models(context)
    if wanted.host == "HERE":
        return host.Here(Engine(folder, wanted.threads))
    log = prefs.own_folder("logs") / "worker.log"
    return host.Worker(folder, wanted.threads, wanted.python or sys.executable, log, library_folders())


def library_folders() -> tuple[str, ...]:
    """Where Blender unpacked our wheels: the worker's Python does not look there by itself."""
    names = ("numpy", "onnxruntime", "soundfile", "soxr")
    specs = [spec for spec in map(importlib.util.find_spec, names) if spec is not None and spec.origin]
    # a package lies in a folder of its own, a module does not
    homes = [Path(spec.origin).parents[1 if spec.submodule_search_locations else 0] for spec in specs]
    return tuple(dict.fromkeys(map(str, homes)))


session = Session()
"""The one session of this Blender."""


@bpy.app.handlers.persistent
def _film_changes(*_args):
    session.drop()


def register():
    bpy.app.handlers.load_pre.append(_film_changes)


def unregister():
    bpy.app.handlers.load_pre.remove(_film_changes)
    session.close()
    session.run = session.fetch = session.enrolment = None
