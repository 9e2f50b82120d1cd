"""A job becomes events: line by line, plan -> look up or say -> fit -> take; a failed line never stops the others."""
from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from . import __version__, takes
from .events import PROTOCOL, Done, Ended, Failed, Hello, Progress
from .fit import fit
from .plan import plan, role_of
from .problems import LineProblem
from .script import Job, Line, Take
from .voices import Cancelled, Family, load
from .voices.text import LANGUAGES

CAPABILITIES = ("exact_length", "phone_times", "word_times", "pitch", "split_timbre")


class Engine:
    """Voice families over one model folder; keeps what it has loaded, so the first line of a family is the slow one."""

    def __init__(self, models: Path, threads: int = 1):
        self.models = Path(models)
        self.threads = threads
        self._families: dict[str, Family] = {}

    def hello(self) -> Hello:
        """Who we are."""
        return Hello("dubline", __version__, PROTOCOL, tuple(LANGUAGES), CAPABILITIES)

    def family(self, name: str) -> Family:
        """The family, loaded once. Raises LineProblem."""
        if name not in self._families:
            self._families[name] = load(name, self.models, self.threads)
        return self._families[name]

    def run(self, run: int, job: Job, stop: Callable[[], bool] = lambda: False) -> Iterator:
        """Events of the whole job: for every line one Done or one Failed, at the end one Ended."""
        weights = [1.0 + (line.seconds if math.isfinite(line.seconds) else 0.0) for line in job.lines]
        total = sum(weights)
        behind = 0.0
        done = failed = 0
        for line, weight in zip(job.lines, weights, strict=True):
            yield Progress(run, line.uid, behind / total, self._doing(line, job))
            event = self._line(run, line, job, stop)
            behind += weight
            done += isinstance(event, Done)
            failed += isinstance(event, Failed)
            yield event
        yield Ended(run, done, failed, stop())

    def _doing(self, line: Line, job: Job) -> str:
        """What the person waits for next."""
        try:
            loaded = self.family(role_of(line, job.cast).voice.family).loaded
        except LineProblem:
            return "reading"
        return "speaking" if loaded else "loading the voice, the first time for some seconds"

    def _line(self, run: int, line: Line, job: Job, stop) -> Done | Failed:
        try:
            if stop():
                raise Cancelled
            take, fresh = self.make(line, job, stop)
        except Cancelled:
            problem = LineProblem("cancelled")
        except LineProblem as found:
            problem = found
        except Exception as error:  # noqa: BLE001  the border of one line: its error must not take the others along
            traceback.print_exc()
            problem = LineProblem("engine_error", reason=f"{type(error).__name__}: {error}")
        else:
            return Done(run, line.uid, take, fresh)
        return Failed(run, line.uid, problem.code, problem.message, problem.remedy)

    def make(self, line: Line, job: Job, stop: Callable[[], bool] = lambda: False) -> tuple[Take, bool]:
        """The line's take, and whether it had to be made. Raises LineProblem and Cancelled."""
        role = role_of(line, job.cast)
        family = self.family(role.voice.family)
        wanted = plan(line, job, role, family.voices(), family.fingerprint(role.voice))
        folder = Path(job.takes)
        found = takes.look_up(folder, wanted)
        if found is not None:
            return found, False
        started = time.process_time()
        speech, samples, warnings = family.say(wanted, stop)
        fitted = fit(speech, samples, family.rate, wanted)
        return takes.store(folder, wanted, fitted, time.process_time() - started, warnings), True
