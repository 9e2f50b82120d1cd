"""A job becomes takes: alike here and in a worker, alike every time, and one bad line never stops the others."""
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from engine import takes, wire
from engine.events import Done, Ended, Failed, Hello, Progress
from engine.host import Here, Worker
from engine.script import Line, Wish
from engine.speak import Engine

from .disk import room_for
from .sound import audible, job, line


def run(folder, *lines, **settings):
    return list(Engine(Path("nowhere")).run(1, job(folder, *lines, **settings)))


def until_ended(host, run, seconds=300):
    events, deadline = [], time.monotonic() + seconds
    while not any(isinstance(event, Ended) and event.run == run for event in events):
        assert time.monotonic() < deadline, events
        events += host.poll()
        time.sleep(0.01)
    return events


def test_one_line(tmp_path):
    progress, done, ended = run(tmp_path)
    assert isinstance(progress, Progress) and progress.uid == "a"
    assert isinstance(done, Done) and done.fresh
    assert ended == Ended(1, 1, 0)
    info = soundfile.info(done.take.path)
    assert (info.frames, info.samplerate, info.channels) == (48000, 48000, 2) == (done.take.samples, 48000, 2)
    first, last = audible(done.take.path)
    assert first == pytest.approx(480, abs=120) and last == pytest.approx(48000 - 480, abs=480)


def test_same_plan_same_take(tmp_path):
    first = run(tmp_path)[1].take
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = run(tmp_path, replace(line(), uid="b", start=12.0))[1]
    assert not again.fresh and again.take == first, "neither uid nor place decides the sound"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    other = run(tmp_path, line(seed=1))[1]
    assert other.fresh and other.take.digest != first.digest
    elsewhere = run(tmp_path / "other")[1].take
    assert Path(elsewhere.path).read_bytes() == Path(first.path).read_bytes()


def test_sidecar_tells_all(tmp_path):
    take = run(tmp_path)[1].take
    document = json.loads(Path(take.path).with_suffix(".json").read_text())
    assert takes.read(Path(take.path).with_suffix(".json")) == take
    assert [word["text"] for word in document["take"]["speech"]["words"]] == ["one", "two", "three"]
    assert document["provenance"]["digital_source_type"].endswith("trainedAlgorithmicMedia")
    with soundfile.SoundFile(take.path) as wav:
        assert "made by a machine" in wav.comment and take.digest in wav.comment


DAMAGES = (lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:1000]), lambda path: path.write_text("[]"))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("suffix", [".wav", ".json"])
def test_damaged_take_is_made_anew(tmp_path, suffix, damage):
    take = run(tmp_path)[1].take
    whole = Path(take.path).read_bytes()
    damage(Path(take.path).with_suffix(suffix))
    again = run(tmp_path)[1]
    assert again.fresh and Path(again.take.path).read_bytes() == whole


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (line(text=""), "empty_text"),
        (line(text=" \n\t "), "empty_text"),
        (line(text="…!?"), "nothing_to_say"),
        (line(text="word " * 2000), "text_too_long"),
        (line(seconds=0.0), "no_slot"),
        (line(seconds=-1.0), "no_slot"),
        (line(seconds=1e6), "slot_too_long"),
        (line(seconds=float("nan")), "no_slot"),
        (line(seconds=float("inf")), "slot_too_long"),
        (line(pitch=float("nan")), "bad_wish"),
        (line(mode="quick"), "bad_wish"),
        (line(shortest=1.5), "bad_wish"),
        (line(seconds=0.2, overflow="refuse"), "does_not_fit"),
    ],
)
def test_bad_line_fails_alone(tmp_path, bad, code):
    events = run(tmp_path, line("before"), replace(bad, uid="bad"), line("after", text="four five"))
    fates = {event.uid: event for event in events if isinstance(event, (Done, Failed))}
    assert isinstance(fates["before"], Done) and isinstance(fates["after"], Done)
    assert fates["bad"].code == code and fates["bad"].message and fates["bad"].remedy
    assert events[-1] == Ended(1, 2, 1)


def test_unknown_voices(tmp_path):
    from engine.script import Cast, Voice

    for cast, code in ((Cast(), "no_voice"), (Cast(default=Voice("nobody", family="tone")), "unknown_voice"), (Cast(default=Voice("x", family="y")), "unknown_voice")):
        assert run(tmp_path, cast=cast)[1].code == code


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert run(tmp_path / "file")[1].code == "cannot_write"


@pytest.mark.parametrize("space", [0, 20_000, 289_000])
def test_full_disk_leaves_nothing(tmp_path, space):
    with room_for(space):
        failed = run(tmp_path, line(seconds=1.1))[1]
    assert failed.code == "cannot_write" and "File too large" in failed.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sound", [{"rate": 0}, {"rate": 10**9}, {"channels": 0}, {"quantum": -1.0}, {"quantum": float("nan")}])
def test_impossible_sound_is_refused(tmp_path, sound):
    failed = run(tmp_path, **sound)[1]
    assert failed.code == "bad_wish" and "192000 Hz" in failed.message


def test_take_is_as_readable_as_any_new_file(tmp_path):
    other = tmp_path / "other"
    other.touch()
    assert Path(run(tmp_path)[1].take.path).stat().st_mode == other.stat().st_mode


def test_lost_sidecar_of_a_take_that_windows_is_playing(tmp_path, monkeypatch):
    take = run(tmp_path)[1].take
    Path(take.path).with_suffix(".json").unlink()
    replace_file = os.replace

    def refuse_sounds(draft, path):
        if Path(path).suffix == ".wav":
            raise PermissionError(13, "Access is denied")
        replace_file(draft, path)

    monkeypatch.setattr(os, "replace", refuse_sounds)
    assert run(tmp_path)[1].take.digest == take.digest
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".wav"]
    assert run(tmp_path / "elsewhere")[1].code == "cannot_write"


def test_overflow_is_placed_whole(tmp_path):
    take = run(tmp_path, line(seconds=0.5), quantum=1 / 24)[1].take
    assert take.overflow_ms > 0 and 0.6 < take.speech.ratio < 0.7, "pauses gave more than sounds"
    assert take.samples % 2000 == 0 and take.samples / 48000 >= take.speech.end


def test_underrun_is_told(tmp_path):
    take = run(tmp_path, line(seconds=5.0))[1].take
    assert take.samples == 240000
    assert take.underrun_ms == pytest.approx((5.0 - take.speech.end) * 1000, abs=30)


def test_characters_wish_serves_lines_without_one(tmp_path):
    from engine.script import Cast, Role, Voice

    cast = Cast((Role("Anna", Voice("high", family="tone"), wish=Wish(pitch=3.0)),))
    spoken = run(tmp_path, Line("a", "one", "ANNA", seconds=1.0), Line("b", "one", "anna", seconds=1.0, wish=Wish(seed=2)), cast=cast)
    assert [event.take.plan.wish for event in spoken if isinstance(event, Done)] == [Wish(pitch=3.0), Wish(pitch=3.0, seed=2)]


GOLDEN = (
    line("a"),
    line("b", text=""),
    line("c", text="four five six", seconds=3.0),
    line("d", seconds=0.3),
    line("broken text", text="four \ud800 five"),
    line("no number", seconds=float("nan")),
)


def test_here_and_worker_say_the_same(tmp_path):
    hosts = {"here": Here(Engine(tmp_path)), "worker": Worker(tmp_path, log=tmp_path / "worker.log")}
    told = {}
    for name, host in hosts.items():
        try:
            events = until_ended(host, host.submit(job(tmp_path / name, *GOLDEN)))
        finally:
            host.close()
        assert isinstance(events[0], Hello)
        told[name] = [wire.dumps(event).replace(str(tmp_path / name), "") for event in events]
    timeless = {name: [_without_cost(text) for text in texts] for name, texts in told.items()}
    assert timeless["here"] == timeless["worker"]
    files = {name: {path.name: path.read_bytes() for path in (tmp_path / name).glob("*.wav")} for name in hosts}
    assert files["here"] == files["worker"] and len(files["here"]) == 4


def _without_cost(text):
    event = wire.loads(text)
    return replace(event, take=replace(event.take, compute_seconds=0.0)) if isinstance(event, Done) else event


def test_killed_worker_is_reported_and_replaced(tmp_path):
    worker = Worker(tmp_path, log=tmp_path / "worker.log")
    try:
        many = [line(f"{index}", text="word " * 900, seconds=400.0 + index) for index in range(40)]
        number = worker.submit(job(tmp_path / "takes", *many))
        events = []
        while not any(isinstance(event, Done) for event in events):
            events += worker.poll()
            time.sleep(0.005)
        os.kill(worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        events += until_ended(worker, number)
        done = [event for event in events if isinstance(event, Done)]
        failed = [event for event in events if isinstance(event, Failed)]
        assert len(done) + len(failed) == 40 and failed
        assert {event.code for event in failed} == {"worker_died"} and "worker.log" in failed[0].message
        assert events[-1] == Ended(number, len(done), len(failed))
        assert all(Path(event.take.path).exists() for event in done), "no finished take is lost"
        assert not list((tmp_path / "takes").glob("*.json")) or all(takes.read(path) for path in (tmp_path / "takes").glob("*.json"))
        following = until_ended(worker, worker.submit(job(tmp_path / "takes", many[0])))
        assert following[-1].done == 1
        assert not [event for event in following if isinstance(event, Done)][0].fresh
    finally:
        worker.close()


@pytest.mark.parametrize(("name", "value"), [("PYTHONSAFEPATH", "1"), ("PYTHONHOME", "nowhere")])
def test_worker_starts_whatever_the_shell_tells_python(tmp_path, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    worker = Worker(tmp_path, log=tmp_path / "worker.log")
    try:
        assert until_ended(worker, worker.submit(job(tmp_path)))[-1].done == 1
    finally:
        worker.close()


def test_ctrl_c_in_the_terminal_leaves_the_worker_to_its_caller(tmp_path):
    worker = Worker(tmp_path, log=tmp_path / "worker.log")
    try:
        number = worker.submit(job(tmp_path, *(line(f"{index}", text="word " * 900, seconds=400.0 + index) for index in range(4))))
        events = []
        while not any(isinstance(event, Progress) for event in events):
            events += worker.poll()
            time.sleep(0.005)
        os.kill(worker.pid, signal.SIGINT)
        assert until_ended(worker, number)[-1] == Ended(number, 4, 0)
    finally:
        worker.close()


def test_worker_that_cannot_start(tmp_path):
    worker = Worker(tmp_path, python=str(tmp_path / "no-python"), log=tmp_path / "worker.log")
    number = worker.submit(job(tmp_path))
    events = until_ended(worker, number)
    assert [type(event) for event in events] == [Failed, Ended]
    assert "could not be started" in events[0].message
    worker.close()


@pytest.mark.parametrize("where", ["here", "worker"])
def test_cancel_keeps_what_is_done(tmp_path, where):
    host = Here(Engine(tmp_path)) if where == "here" else Worker(tmp_path, log=tmp_path / "worker.log")
    try:
        many = [line(f"{index}", text="word " * 900, seconds=400.0 + index) for index in range(40)]
        number = host.submit(job(tmp_path, *many))
        events = []
        while not any(isinstance(event, Done) for event in events):
            events += host.poll()
            time.sleep(0.005)
        host.cancel(number)
        events += until_ended(host, number)
        done = [event for event in events if isinstance(event, Done)]
        failed = [event for event in events if isinstance(event, Failed)]
        assert len(done) + len(failed) == 40 and {event.code for event in failed} == {"cancelled"}
        assert events[-1].cancelled and all(Path(event.take.path).exists() for event in done)
    finally:
        host.close()
