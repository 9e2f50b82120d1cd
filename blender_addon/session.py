"""The one running host, and what its run has said so far. `tick` turns events into strips; bpy is touched nowhere else.

A window calls `tick` from a timer, batch drains it. What is kept here dies with Blender and is never saved.
"""
from __future__ import annotations

import importlib.util
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ..engine import host
from ..engine.events import Done, Ended, Failed, Hello, Planned, Progress
from ..engine.pool import InOrder, Pool
from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Wish
from ..engine.speak import Engine
from . import hearing, originals, place, prefs, props, read, stale, verdict
from .errands import Errand
from .looks import Look
from .runs import Report, Run, Watched

BUDGET = 0.008
"""Seconds of one tick: half a picture at 60 Hz, so that the window stays smooth."""

IDLE = 300.0
"""Seconds after which an engine that nobody uses is ended."""

TAKE = 0.003
"""Seconds that placing one take may need: no other is begun in a tick that has not so much left."""


class Session:
    """Owns the host, the run that it makes or made last, and those that wait for it."""

    def __init__(self):
        self.run: Run | None = None
        self.waiting: deque[Run] = deque()
        self.looks: deque[Look] = deque()
        """Readings on their way, whose runs are still to be started; the first goes on."""
        self.serve: tuple[str, ...] = ()
        """Further arguments of the engine's process: who dubs in a batch may leave the speaking to others."""
        self.orderly = False
        """Whether takes are placed in the order of their lines, whichever is made first: then the same film becomes the same film."""
        self.alone = False
        """Whether nobody else touches the film between two ticks, as in a batch: what was found of its strips holds until the run ends."""
        self.used = 0.0
        """On the clock `monotonic`, when the engine was last of use."""
        self.fetch: Errand | None = None
        """Models on their way, as `model_ops` asks for them."""
        self.enrolment = None
        """A person's voice that is being made, as `people_ops` does it."""
        self.audition = None
        """A take that is heard by itself, as `takes_ops` does it."""
        self.hearing: hearing.Hearing | None = None
        """Backgrounds or words of originals on their way, as `original_ops` asks for them."""
        self.errand: Errand | None = None
        """An installation, a download or a trial, as `engine_ops` does them."""
        self.hello: Hello | None = None
        self.memory = stale.Memory()
        self.watched: dict[str, Watched] = {}
        """By the scene's name."""
        self.uids: set[str] = set()
        """Of lines and originals that were seen: others may be copies out of another scene."""
        self.touched, self.looked, self.glance = True, 0.0, ()
        """Whether Blender told of a change since the scenes were looked at, when that was, and what else could be seen then: see `watch`."""
        self._host = None
        self._made_for: tuple = ()
        self._events: deque = deque()
        self._board: place.Board | None = None

    @property
    def busy(self) -> bool:
        """Whether a run is being made, waits, or is being read."""
        return self._running or bool(self.waiting or self.looks)

    @property
    def newest(self) -> Run | None:
        """The run that was started last, be it under way, ended or waiting."""
        return self.waiting[-1] if self.waiting else self.run

    @property
    def _running(self) -> bool:
        return self.run is not None and not self.run.ended

    @property
    def fetching(self) -> bool:
        return self.fetch is not None and not self.fetch.ended

    @property
    def enrolling(self) -> bool:
        return self.enrolment is not None and not self.enrolment.ended

    @property
    def listening(self) -> bool:
        return self.hearing is not None and not self.hearing.ended

    def look(self, scene, wanted: dict) -> Look:
        """Begins to read what `read.read_on` shall; `read_on` goes on with it."""
        self.looks.append(Look(scene, wanted))
        return self.looks[-1]

    def read_on(self, look: Look, budget: float = BUDGET) -> read.Reading | None:
        """Reads on for so many seconds, unless another came before; what was read, once it is whole."""
        try:
            return look.tick(budget) if self.looks and self.looks[0] is look else None
        finally:
            if look.ended and look in self.looks:
                self.looks.remove(look)

    def start(self, context, scene, reading: read.Reading, warnings=(), further=(), places: bool = True) -> Run:
        """Submits the reading's job, or lets it wait while another run is made; lines that are no lines are reported at once.

        further: jobs with other readings of its lines; places: whether strips will play the takes.
        """
        lines = {line.uid: line for line in reading.job.lines}
        reports = {
            uid: Report(uid, reading.labels[uid], line=lines.get(uid), warnings=list(reading.warnings.get(uid, ())))
            for uid in sorted(reading.slots, key=lambda uid: reading.slots[uid].first)
        }
        run = Run(scene.name, dict(reading.slots), reports, reading.job if lines else None, warnings=list(warnings), speaks=reading.job.speak, further=list(further), places=places)
        for uid, problem in reading.problems.items():
            reports[uid].fail(problem.code, str(problem))
        for uid, why in reading.left.items():
            reports[uid].status, reports[uid].message = "locked", why
        if self._running or self.waiting:
            self.waiting.append(run)
        else:
            self._begin(context, run)
        return run

    def _begin(self, context, run: Run):
        self.run, self.used = run, time.monotonic()
        self._events.clear()
        if run.job is None:
            self._end()
        else:
            run.number = self._ready(context).submit(run.job)

    def tick(self, budget: float = BUDGET) -> bool:
        """Takes what the host has said and does as much of it as the time allows. True while there is more to come."""
        if not self._running:
            if not self.waiting:
                return False
            # in a tick of its own, so that whoever waited for the last run has made its step to undo
            self._begin(bpy.context, self.waiting.popleft())
            return True
        started = time.perf_counter()
        self._forget_strips()
        try:
            self._events.extend(self._host.poll())
            while self._events and self._running:
                self._take_in(self._events.popleft())
                if time.perf_counter() - started > budget - TAKE:
                    break  # the rest waits for the next tick
            if self._running and self.run.hearing is not None:
                self._hear()
        except Exception as error:  # noqa: BLE001  the border of a tick: its error must not stop Blender's timer
            traceback.print_exc()
            self._host.cancel(self.run.number)
            self._abandon(LineProblem("engine_error", reason=f"{type(error).__name__}: {error}"))
        self._forget_strips()
        self.run.worst_tick = max(self.run.worst_tick, time.perf_counter() - started)
        self.used = time.monotonic()
        return self.busy

    def _forget_strips(self):
        """Whatever happens between two ticks, the strips are looked at again, unless nothing can happen."""
        if not (self.alone and self._running):
            self._board = None

    def cancel(self):
        """Asks the host to end the run, whose `Ended` comes through `tick`; those that wait end at once."""
        self._forget_waiting()
        if self._running:
            self.run.cancelled = True
            self._host.cancel(self.run.number)
            if self.run.hearing is not None:
                self.run.hearing.cancel()

    def drop(self):
        """Ends the runs without waiting: their film is gone."""
        self._forget_waiting()
        if self._running:
            self._host.cancel(self.run.number)
            self._abandon(LineProblem("cancelled"))

    def _forget_waiting(self):
        while self.looks:
            self.looks.pop().close()
        problem = LineProblem("cancelled")
        for run in self.waiting:
            for report in run.reports.values():
                if report.status == "waiting":
                    report.fail(problem.code, str(problem))
            run.ended = run.cancelled = True
        self.waiting.clear()

    def warm(self, context, scene):
        """Starts the engine and lets it load the voice that it will probably be asked for, before anybody waits for it."""
        self.used = time.monotonic()
        if self._host is None and prefs.of(context).warm:
            cast = props.cast(scene)
            speaker = cast.roles[0].name if cast.roles else ""
            self._ready(context).submit(Job((), cast, around=(Line("warm", "ah", speaker, wish=Wish(mode="free")),)))

    def rest(self):
        """Ends an engine that nobody has used for long, and gives its memory back."""
        if self._host is not None and not self.busy and time.monotonic() - self.used > IDLE:
            self._retire()

    def _retire(self):
        # a process may take its time to end, and nobody shall wait for it
        threading.Thread(target=self._host.close, name="dubline-retire", daemon=True).start()
        self._host, self._made_for = None, ()

    def close(self):
        """Ends everything; a later `start` begins anew."""
        self.drop()
        for other in (self.fetch, self.enrolment, self.hearing, self.errand):
            if other is not None:
                other.drop()
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
        made_for = (wanted.host, wanted.python, threads, wanted.workers, self.serve, self.orderly, str(folder))
        if self._host is None or made_for != self._made_for:
            if self._host is not None:
                self._retire()
            self._host = new_host(context, self.serve)
            if self.orderly:
                self._host = InOrder(self._host)
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
            if event.cancelled or not (self._another() or self._backgrounds()):
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

    def _backgrounds(self) -> bool:
        """Begins to make the backgrounds that the run's originals lack; whether any is."""
        scene, self._board = bpy.data.scenes.get(self.run.scene), None
        if scene is None or not (self.run.speaks and self.run.places):
            return False
        uids = dict.fromkeys(slot.original for uid, slot in self.run.slots.items() if slot.original and self.run.reports[uid].status == "done")
        takes, _warning = prefs.takes(bpy.context)
        self.run.hearing, told = hearing.separation(scene, originals.lacking(scene, uids), takes, lambda: new_host(bpy.context))
        self.run.warnings += told
        return self.run.hearing is not None

    def _hear(self):
        """Goes on with the backgrounds, and lays them when all are made."""
        if self.run.hearing.tick():
            self.run.progress = self.run.hearing.share
            return
        self.run.warnings += hearing.laid(bpy.data.scenes.get(self.run.scene), self.run.hearing, False, BUDGET)[1]
        if not self.run.hearing.heard:
            self.run.warnings += self.run.hearing.told()
            self._end()

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
        report.fail(problem.code, told)

    def _abandon(self, problem: LineProblem):
        for uid, report in self.run.reports.items():
            if report.status in ("waiting", "speaking"):
                self._failed(uid, problem, str(problem))
        self._end()

    def _end(self):
        if self.run.hearing is not None:
            self.run.hearing.drop()
        self.run.ended, self.run.progress = True, 1.0
        self._events.clear()


def new_host(context, serve: Sequence[str] = ()):
    """One that the preferences ask for; whoever has it closes it. serve: further arguments of its process."""
    wanted, folder = prefs.of(context), prefs.models(context)
    if wanted.host == "HERE":
        return host.Here(Engine(folder, wanted.threads))
    log = prefs.own_folder("logs") / "worker.log"

    def worker() -> host.Worker:
        return host.Worker(folder, wanted.threads, wanted.python or sys.executable, log, library_folders(), serve)

    return Pool(worker, wanted.workers) if wanted.workers > 1 else worker()


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
    session.memory, session.touched = stale.Memory(), True
    session.watched.clear()
    session.uids.clear()
    if session.hearing is not None:
        session.hearing.drop()


def register():
    bpy.app.handlers.load_pre.append(_film_changes)


def unregister():
    bpy.app.handlers.load_pre.remove(_film_changes)
    session.close()
    session.run = session.fetch = session.enrolment = session.hearing = None
