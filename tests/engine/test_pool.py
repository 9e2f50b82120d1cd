"""Several workers make the takes that one makes, whoever of them dies."""
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.events import Done, Ended, Failed, Hello, Progress
from engine.host import Here, Worker
from engine.pool import InOrder, Pool, affordable
from engine.script import Line, Wish
from engine.speak import Engine

from .sound import job, line

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture
def pool(tmp_path):
    made = Pool(lambda: Worker(tmp_path, log=tmp_path / "worker.log"), 2)
    yield made
    made.close()


def hear(host, run, until=Ended, seconds=300):
    events, deadline = [], time.monotonic() + seconds
    while not any(isinstance(event, until) and event.run == run for event in events):
        assert time.monotonic() < deadline, events
        events += host.poll()
        time.sleep(0.005)
    return events


def scene(count):
    """Lines of two people one after another, some hurried enough to borrow from their neighbours."""
    return [
        Line(f"{number}", "one two three four five"[: 3 + 5 * (number % 5)] + f" {number}", f"P{number % 2}", start=number * 1.3, seconds=1.0, wish=Wish(borrow=0.3))
        for number in range(count)
    ]


def sounds(folder):
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.wav")}


def test_the_same_takes_as_one(tmp_path, pool):
    here = Here(Engine(tmp_path))
    try:
        one = hear(here, here.submit(job(tmp_path / "one", *scene(40))))
    finally:
        here.close()
    both = hear(pool, pool.submit(job(tmp_path / "both", *scene(40))))
    assert len(pool.pids) == 2 and isinstance(both[0], Hello) and sum(isinstance(event, Hello) for event in both) == 1
    digests = [{event.uid: event.take.digest for event in events if isinstance(event, Done)} for events in (one, both)]
    assert digests[0] == digests[1] and len(digests[0]) == 40
    assert sounds(tmp_path / "one") == sounds(tmp_path / "both")
    shares = [event.done for event in both if isinstance(event, Progress)]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] < 1
    assert both[-1].done == 40


def test_a_bad_line_fails_alone(tmp_path, pool):
    events = hear(pool, pool.submit(job(tmp_path / "takes", *scene(6), line("bad", text=""))))
    assert [event.uid for event in events if isinstance(event, Failed)] == ["bad"]
    assert events[-1] == Ended(events[-1].run, 6, 1)


def test_a_killed_worker_loses_no_line(tmp_path, pool):
    lines = [replace(one, text="word " * 40, seconds=20.0, start=25.0 * number) for number, one in enumerate(scene(16))]
    lines = [replace(one, text=f"{one.text}{number}") for number, one in enumerate(lines)]
    run = pool.submit(job(tmp_path / "takes", *lines))
    events = hear(pool, run, until=Done)
    os.kill(pool.pids[0], KILL)
    events += hear(pool, run)
    assert events[-1] == Ended(run, 16, 0)
    assert sorted(event.uid for event in events if isinstance(event, Done)) == sorted(one.uid for one in lines)


@pytest.mark.parametrize("text", ["six", "much longer than any of the others, and so among the first that are given away"])
def test_what_always_kills_is_given_up_and_the_rest_is_made(tmp_path, text):
    class Fragile(Worker):
        """Dies of one line, as of a library that crashes."""

        def submit(self, wanted):
            number = super().submit(wanted)
            if any(one.uid == "deadly" for one in wanted.lines):
                while self.pid is None:
                    time.sleep(0.005)
                os.kill(self.pid, KILL)
            return number

    pool = Pool(lambda: Fragile(tmp_path, log=tmp_path / "worker.log"), 2)
    try:
        events = hear(pool, pool.submit(job(tmp_path / "takes", *scene(12), line("deadly", text=text))))
    finally:
        pool.close()
    failed = [event for event in events if isinstance(event, Failed)]
    assert [(event.uid, event.code) for event in failed] == [("deadly", "worker_died")] and events[-1].done == 12


def test_cancel_keeps_what_is_done_and_fails_the_rest(tmp_path, pool):
    lines = [line(f"{number}", text="word " * 200, seconds=90.0 + number) for number in range(40)]
    run = pool.submit(job(tmp_path / "takes", *lines))
    events = hear(pool, run, until=Done)
    pool.cancel(run)
    events += hear(pool, run)
    done, failed = ([event for event in events if isinstance(event, kind)] for kind in (Done, Failed))
    assert len(done) + len(failed) == 40 and {event.code for event in failed} == {"cancelled"}
    assert events[-1] == Ended(run, len(done), len(failed), True)
    assert hear(pool, pool.submit(job(tmp_path / "takes", lines[0])))[-1].done == 1


def test_in_order_of_the_lines_whatever_is_done_first(tmp_path, pool):
    lines = [*scene(20), line("bad", text=""), *(replace(one, uid=f"later {one.uid}", start=one.start + 50) for one in scene(20))]
    events = hear(pool := InOrder(pool), pool.submit(job(tmp_path / "takes", *lines)))
    assert [event.uid for event in events if isinstance(event, (Done, Failed))] == [one.uid for one in lines] and len(pool.pids) == 2
    assert isinstance(events[-1], Ended) and events[-1].done == 40


def test_what_only_plans_is_passed_on(tmp_path, pool):
    run = pool.submit(replace(job(tmp_path / "takes", *scene(3)), speak=False))
    assert hear(pool, run)[-1] == Ended(run, 3, 0) and len(pool.pids) == 1


def test_this_computer_affords_a_worker():
    assert 1 <= affordable() <= os.cpu_count()
