"""Lines spoken by other computers: the same takes come home, whoever of them dies."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.cluster import Cluster
from engine.events import Done, Ended, Failed
from engine.speak import Engine

from .sound import job, line
from .test_pool import KILL, scene, sounds

distributed = pytest.importorskip("distributed", reason="the cluster's library is only in the environment of its own tests")
ROOT = Path(__file__).resolve().parents[2]


class Farm:
    """A scheduler and workers in processes of their own, each with its own folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self.scheduler = self._start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", folder / "scheduler.json")
        self.address = self._wait(lambda: __import__("json").loads((folder / "scheduler.json").read_text())["address"])

    def worker(self, name: str) -> subprocess.Popen:
        home = self.folder / name
        home.mkdir()
        return self._start("distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-dashboard", "--local-directory", home, "--name", name, "--no-nanny", models=home / "models")

    def _start(self, module, *arguments, models=None) -> subprocess.Popen:
        surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))), **({"DUBLINE_MODELS": str(models)} if models else {})}
        log = open(self.folder / f"{len(self.processes)}.log", "wb")  # noqa: SIM115  the process's own from here on
        self.processes.append(subprocess.Popen([sys.executable, "-m", module, *map(str, arguments)], cwd=self.folder, env=surroundings, stdout=log, stderr=log))
        log.close()
        return self.processes[-1]

    def _wait(self, look, seconds=120):
        deadline = time.monotonic() + seconds
        while True:
            try:
                return look()
            except (OSError, ValueError):
                assert time.monotonic() < deadline and self.scheduler.poll() is None, [path.read_text() for path in self.folder.glob("*.log")]
                time.sleep(0.1)

    def close(self):
        for process in self.processes:
            process.send_signal(KILL)
            process.wait()


@pytest.fixture
def farm(tmp_path):
    (tmp_path / "farm").mkdir()
    made = Farm(tmp_path / "farm")
    yield made
    made.close()


def fates(events):
    return {event.uid: event for event in events if isinstance(event, (Done, Failed))}


def test_three_workers_of_which_one_is_killed_make_the_same_takes(tmp_path, farm):
    workers = [farm.worker(f"w{number}") for number in range(3)]
    lines = [*scene(30), line("bad", text="")]
    list(Engine(tmp_path / "nowhere").run(1, job(tmp_path / "alone", *lines)))
    cluster, events = Cluster(tmp_path / "nowhere", farm.address), []
    for event in cluster.run(1, job(tmp_path / "together", *lines)):
        events.append(event)
        if sum(isinstance(one, Done) for one in events) == 3:
            workers[1].send_signal(KILL)
    assert events[-1] == Ended(1, 30, 1) and [uid for uid, event in fates(events).items() if isinstance(event, Failed)] == ["bad"]
    assert all(event.fresh for event in fates(events).values() if isinstance(event, Done))
    assert sounds(tmp_path / "together") == sounds(tmp_path / "alone") and len(sounds(tmp_path / "alone")) == 30
    again = fates(cluster.run(2, job(tmp_path / "together", *lines)))
    assert not any(event.fresh for event in again.values() if isinstance(event, Done)), "what is there is spoken by nobody"


def test_cancel_ends_it_and_keeps_what_is_done(tmp_path, farm):
    farm.worker("w")
    lines = [line(f"{number}", text="word " * 200, seconds=90.0 + number) for number in range(12)]
    events, stopped = [], []
    for event in Cluster(tmp_path, farm.address).run(1, job(tmp_path / "takes", *lines), stopped.__len__):
        events.append(event)
        stopped += [1] * isinstance(event, Done)
    done, failed = ([event for event in events if isinstance(event, kind)] for kind in (Done, Failed))
    assert len(done) + len(failed) == 12 and done and {event.code for event in failed} == {"cancelled"} and events[-1].cancelled


def test_no_scheduler_is_told_on_every_line(tmp_path):
    events = list(Cluster(tmp_path, "tcp://127.0.0.1:1").run(1, job(tmp_path / "takes", *scene(2))))
    assert [event.code for event in fates(events).values()] == ["no_cluster", "no_cluster"] and events[-1] == Ended(1, 0, 2)


def test_a_worker_with_another_model_says_so(tmp_path, farm, monkeypatch):
    farm.worker("w")
    monkeypatch.setattr("engine.voices.tone.Family.fingerprint", lambda self, voice: "another")
    (event,) = fates(Cluster(tmp_path, farm.address).run(1, job(tmp_path / "takes", line()))).values()
    assert event.code == "bad_model" and "than the computer that asks" in event.message


def test_the_worker_of_blender_hands_on(tmp_path, farm):
    from engine.host import Worker

    from .test_pool import hear

    farm.worker("w")
    worker = Worker(tmp_path, log=tmp_path / "log", path=[*filter(None, sys.path)], more=("--dask", farm.address))
    try:
        assert hear(worker, worker.submit(job(tmp_path / "takes", *scene(3))))[-1].done == 3
        os.kill(worker.pid, signal.SIGTERM)
    finally:
        worker.close()
