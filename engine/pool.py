"""Several workers behind the face of one host: whose lines are whose, longest first, and who goes on when one of them dies."""
from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from .events import Admitted, Done, Ended, Failed, Hello, Planned, Progress, Separated, Transcribed
from .host import Worker
from .problems import LineProblem
from .script import Job, Line, Newcomer
from .tracks import Separation, Transcription

FOOTPRINT = 1_200_000_000
"""Bytes of memory that one worker with the voice model, a reader of text and its libraries may come to."""

DEATHS = 2
"""Workers that a line may take with it before it is left alone."""


def affordable() -> int:
    """Workers that this computer has cores and memory for, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = _free_memory()
    return max(1, min(cores, int(memory // FOOTPRINT))) if memory else cores


def _free_memory() -> int:
    """Bytes that programs may still take; 0 where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            found = next(line for line in file if line.startswith("MemAvailable:"))
        return int(found.split()[1]) * 1024
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return 0


@dataclass
class _Share:
    """Lines that one worker was given."""

    run: _Run
    lines: dict[str, Line]
    """Those that it has not answered yet, by uid."""


@dataclass
class _Run:
    """What was asked for, and what of it is still open."""

    number: int
    job: Job
    waiting: deque[Line]
    """Lines that nobody has yet, the longest first."""
    total: float
    behind: float = 0.0
    """Weights of all lines, and of those that were answered."""
    open: int = 0
    """Shares that are out."""
    done: int = 0
    failed: int = 0
    deaths: dict[str, int] = field(default_factory=dict)
    cancelled: bool = False


class Pool:
    """Runs the lines of a job in several workers, each with one thread. Everything happens while it is polled; no call blocks.

    What is no job of lines, and a job that only plans, goes to one worker. Takes do not depend on how many workers there are.
    """

    def __init__(self, make: Callable[[], Worker], size: int):
        """make: gives a worker that is not started before it has to do something."""
        self._workers = [make() for _ in range(max(1, size))]
        self._busy: dict[int, _Share] = {}
        """Worker's place -> what it has."""
        self._sent: dict[tuple[int, int], _Share | int] = {}
        """(worker's place, its run's number) -> the share; for what was passed on as it came, our run's number."""
        self._runs: dict[int, _Run] = {}
        self._numbers = count(1)
        self._events: deque = deque()
        self._greeted = False

    @property
    def pids(self) -> list[int]:
        """Process numbers of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def submit(self, job: Job | Newcomer | Separation | Transcription) -> int:
        """Takes what is asked for and returns its run's number."""
        number = next(self._numbers)
        if isinstance(job, Job) and job.lines and job.speak:
            # Sorting is by what decides how long a line takes; equally long ones stay in order.
            lines = sorted(job.lines, key=_weight, reverse=True)
            self._runs[number] = _Run(number, job, deque(lines), sum(map(_weight, lines)))
            self._hand_out()
        else:
            self._sent[0, self._workers[0].submit(job)] = number
        return number

    def poll(self) -> list:
        """Events since the last poll; hands out what is waiting to whoever is free."""
        for place, worker in enumerate(self._workers):
            for event in worker.poll():
                self._hear(place, event)
        self._hand_out()
        found, self._events = list(self._events), deque()
        return found

    def cancel(self, run: int) -> None:
        """Ends a run soon; its open lines fail as `cancelled`."""
        for (place, number), sent in self._sent.items():
            if sent == run if isinstance(sent, int) else sent.run.number == run:
                self._workers[place].cancel(number)
        if run in self._runs:
            asked = self._runs[run]
            asked.cancelled = True
            self._give_up(asked, LineProblem("cancelled"))
            self._end(asked)

    def close(self, timeout: float = 10.0) -> None:
        """Ends all workers; what they have finished stays."""
        for worker in self._workers:
            worker.close(timeout)

    def _hand_out(self) -> None:
        """Gives every free worker its share of what waits."""
        for run in self._runs.values():
            for place, worker in enumerate(self._workers):
                if not run.waiting:
                    break
                if place not in self._busy:
                    share = _Share(run, {line.uid: line for line in self._portion(run)})
                    mine = tuple(share.lines.values())
                    around = tuple(line for line in (*run.job.lines, *run.job.around) if line.uid not in share.lines)
                    self._busy[place] = share
                    self._sent[place, worker.submit(replace(run.job, lines=mine, around=around))] = share
                    run.open += 1

    def _portion(self, run: _Run) -> list[Line]:
        """The next lines for one worker: first large shares, at last single short lines, so that all end at about one time
        (guided self-scheduling, Polychronopoulos and Kuck, IEEE Trans. Computers C-36, 1987). A line that has seen a worker die goes alone."""
        wanted = sum(map(_weight, run.waiting)) / (2 * len(self._workers))
        found = [run.waiting.popleft()]
        while run.waiting and not ({found[0].uid, run.waiting[0].uid} & run.deaths.keys()) and sum(map(_weight, found)) < wanted:
            found.append(run.waiting.popleft())
        return found

    def _hear(self, place: int, event: Any) -> None:
        if isinstance(event, Hello):
            if not self._greeted:
                self._events.append(event)
            self._greeted = True
            return
        key = place, event.run
        share = self._sent.get(key)
        if share is None:
            return
        if isinstance(share, int):
            self._events.append(replace(event, run=share))
            if isinstance(event, Ended):
                del self._sent[key]
            return
        run = share.run
        if isinstance(event, Ended):
            del self._sent[key], self._busy[place]
            run.open -= 1
            self._end(run)
        elif isinstance(event, Progress):
            self._events.append(replace(event, run=run.number, done=run.behind / run.total))
        else:
            self._answered(share, event)

    def _answered(self, share: _Share, event: Done | Failed | Planned | Admitted | Separated | Transcribed) -> None:
        run, line = share.run, share.lines.pop(event.uid, None)
        if line is None:
            return
        if isinstance(event, Failed) and event.code == "worker_died" and not run.cancelled:
            run.deaths[line.uid] = run.deaths.get(line.uid, 0) + 1
            if run.deaths[line.uid] < DEATHS:
                run.waiting.append(line)  # whoever is free takes it; most of them were only in bad company
                return
        run.behind += _weight(line)
        run.done += isinstance(event, Done)
        run.failed += isinstance(event, Failed)
        self._events.append(replace(event, run=run.number))

    def _give_up(self, run: _Run, problem: LineProblem) -> None:
        """Fails what nobody has yet."""
        while run.waiting:
            line = run.waiting.popleft()
            run.failed += 1
            self._events.append(Failed(run.number, line.uid, problem.code, problem.message, problem.remedy))

    def _end(self, run: _Run) -> None:
        if not run.waiting and not run.open and self._runs.pop(run.number, None) is not None:
            self._events.append(Ended(run.number, run.done, run.failed, run.cancelled))


class InOrder:
    """A host whose answers come in the order of the job's lines, so that whoever places takes places them alike every time."""

    def __init__(self, host: Any) -> None:
        self._host = host
        self._open: dict[int, deque[str]] = {}
        """Run -> uids of the lines that were not told yet."""
        self._held: dict[tuple[int, str], Done | Failed | Planned] = {}

    @property
    def pids(self) -> list[int]:
        """Process numbers of the workers that run."""
        return self._host.pids if isinstance(self._host, Pool) else [pid for pid in (getattr(self._host, "pid", None),) if pid]

    def submit(self, job: Job | Newcomer | Separation | Transcription) -> int:
        """As the host does."""
        run = self._host.submit(job)
        if isinstance(job, Job):
            self._open[run] = deque(dict.fromkeys(line.uid for line in job.lines))
        return run

    def poll(self) -> list:
        """Events since the last poll, of lines only as far as all before them are answered."""
        found: list = []
        for event in self._host.poll():
            if isinstance(event, (Done, Failed, Planned)) and event.run in self._open:
                self._held[event.run, event.uid] = event
                self._release(event.run, found)
            else:
                if isinstance(event, Ended):  # what was never answered holds back nothing any more
                    found += [held for uid in self._open.pop(event.run, ()) if (held := self._held.pop((event.run, uid), None))]
                found.append(event)
        return found

    def cancel(self, run: int) -> None:
        """As the host does."""
        self._host.cancel(run)

    def close(self, timeout: float = 10.0) -> None:
        """As the host does."""
        self._host.close(timeout)

    def _release(self, run: int, found: list) -> None:
        waiting = self._open[run]
        while waiting and (run, waiting[0]) in self._held:
            found.append(self._held.pop((run, waiting.popleft())))


def _weight(line: Line) -> float:
    """What a line costs, in letters: speaking goes by the words, and each line costs something of its own."""
    return 20.0 + len(line.text)
