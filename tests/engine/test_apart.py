"""An engine apart: lines become takes through a Python of its own, and whatever befalls that one fails one line and never the job."""
import hashlib
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from engine.__main__ import main
from engine.apart import binding, setup
from engine.apart.caller import Caller, Patience
from engine.events import Done, Ended, Failed, Planned, Progress
from engine.problems import LineProblem
from engine.script import Cast, Emotion, Feeling, Job, Line, Role, Voice, Wish
from engine.speak import Engine
from engine.takes import read
from engine.voices.apart import Family
from engine.voices.library import Library

from .enrolled import ANNA

HERE = Path(__file__).resolve().parent
ROGUE = HERE / "rogue.py"


@pytest.fixture
def home(tmp_path):
    """A folder of models on a computer where the tones are set up."""
    setup.write(tmp_path, "tones", setup.Setup(python=sys.executable, idle=30.0))
    return tmp_path


def line(uid="a", text="One two three.", seconds=1.0, **wish):
    return Line(uid, text, "ANNA", seconds=seconds, wish=Wish(**wish))


def job(folder, *lines, family="tones", **settings):
    return Job(lines or (line(),), Cast((Role("ANNA", Voice("af_heart", family=family)),)), str(folder), **settings)


@pytest.fixture
def run(home):
    engines = []

    def go(*lines, stop=lambda: False, **settings):
        engines.append(Engine(home))
        return list(engines[-1].run(1, job(home / "takes", *lines, **settings), stop))

    yield go
    for engine in engines:
        for family in engine._families.values():
            if isinstance(family, Family):
                family.close()


def fates(events):
    return {event.uid: event for event in events if isinstance(event, (Done, Failed, Planned))}


def test_line_is_as_long_as_its_slot(run):
    done = fates(run(line(seconds=1.05)))["a"]
    assert isinstance(done, Done), done
    take = done.take
    info = soundfile.info(take.path)
    assert info.frames == 50400 == take.samples and info.samplerate == 48000
    assert take.plan.voice.family == "tones" and take.overflow_ms == take.underrun_ms == 0
    first, last = take.speech.start, take.speech.end
    assert first == pytest.approx(0.01, abs=0.003) and last == pytest.approx(1.04, abs=0.01)


def test_limits_hold_as_for_our_own_voice(run):
    found = fates(run(line("long", seconds=9.0, jump=0.0), line("short", seconds=0.2), line("never", seconds=0.2, overflow="refuse")))
    long, short = found["long"].take, found["short"].take
    natural = long.speech.natural
    assert long.speech.ratio == pytest.approx(1.25, abs=0.01) and long.underrun_ms == pytest.approx(1000 * (8.98 - 1.25 * natural), abs=15)
    assert short.speech.ratio == pytest.approx(0.7, abs=0.01) and short.overflow_ms > 0
    assert found["never"].code == "does_not_fit"


@pytest.mark.parametrize(("wish", "share"), [({"mode": "free"}, 1.0), ({"ratio": 0.8}, 0.8), ({"tokens": 32}, None)])
def test_other_lengths(run, wish, share):
    take = fates(run(line(seconds=0.0 if "mode" in wish else 1.0, **wish)))["a"].take
    assert take.speech.end - take.speech.start == pytest.approx(share * take.speech.natural if share else 0.8, abs=0.011)


def test_same_plan_is_the_same_take_and_another_seed_another(run):
    first = fates(run())["a"].take
    again = fates(run())["a"]
    assert not again.fresh and again.take == first
    assert fates(run(line(seed=1)))["a"].take.digest != first.digest


def test_takes_of_both_engines_lie_side_by_side(run, home):
    theirs = fates(run())["a"].take
    ours = fates(run(replace(line(), engine="tone"), family="tones"))["a"]
    assert ours.code == "unknown_voice", "the line's own engine speaks it"
    assert Path(theirs.path).exists()


def test_an_emotion_reaches_the_engine(run):
    plain, happy = (fates(run(line(**wish)))["a"].take for wish in ({}, {"feelings": (Feeling(preset="happy"),)}))
    assert pitch(happy.path) == pytest.approx(pitch(plain.path) * 2**0.8, rel=0.02), "the vector sums to the cap of 0.8"


def pitch(path):
    samples, rate = soundfile.read(path)
    mono = samples[rate // 4 : rate // 2, 0]
    return ((mono[:-1] < 0) & (mono[1:] >= 0)).sum() / 0.25


def test_plan_says_that_its_estimate_is_rough(run):
    seen = fates(run(speak=False))["a"]
    assert isinstance(seen, Planned) and any("estimate" in advice for advice in seen.outlook.advice)


def test_a_language_that_only_the_engine_reads(home):
    family = Engine(home).family("indextts")
    assert family.foretell("どこへ行くの。", "ja", Voice("af_heart")) > 0.5


def test_what_an_engine_has_not_is_said(run):
    take = fates(run(line(pitch=2.0, feelings=(Feeling(emotion=Emotion(whisper=0.5)),))))["a"].take
    told = " ".join(take.warnings)
    assert "pitch" in told and "whisper" in told


def test_unknown_language_fails_its_line_alone(run):
    found = fates(run(replace(line("it"), language="it"), line("en")))
    assert found["it"].code == "engine_language" and "en-us" in found["it"].message
    assert isinstance(found["en"], Done)


def test_not_set_up(run, home):
    (home / "engines" / "tones.json").unlink()
    assert fates(run())["a"].code == "engine_not_set_up"


def test_licence_comes_before_anything_is_started(run, home):
    setup.write(home, "indextts", setup.Setup(python=str(home / "nowhere")))
    failed = fates(run(family="indextts"))["a"]
    assert failed.code == "engine_licence" and "bilibili" in failed.message


@pytest.mark.parametrize(("python", "says"), [("/nowhere/python", "/nowhere/python"), (shutil.which("false") or "false", "exit code 1")])
def test_wrong_python(run, home, python, says):
    setup.write(home, "tones", setup.Setup(python=python))
    failed = fates(run())["a"]
    assert failed.code == "engine_python" and says in failed.message and failed.remedy


def test_what_the_engine_lacks_is_told(run, home):
    told = setup.binding("indextts")
    setup.write(home, "indextts", setup.Setup(python=sys.executable, accepted=told.LICENCE))
    failed = fates(run(family="indextts"))["a"]
    assert failed.code == "engine_python" and "indextts25-inference" in failed.message


class Rogues:
    """A family whose worker misbehaves."""

    def __init__(self, home, log):
        self.home, self.log = home, log
        self.callers = []

    def __call__(self, misdeed="none", **patience):
        engine = Engine(self.home)
        family = engine.family("tones")
        command = [sys.executable, str(ROGUE), misdeed, "tones", "--folder", str(self.home), "--idle", str(patience.pop("idle", 30.0))]
        family._caller = Caller("Tones", command, self.log, patience=Patience(**patience))
        family._made_for = setup.read(self.home, "tones")
        self.callers.append(family._caller)
        return engine, family._caller


@pytest.fixture
def rogue(home):
    made = Rogues(home, home / "rogue.log")
    yield made
    for caller in made.callers:
        caller.close(0.0)


def dubbed(engine, home, *lines, stop=lambda: False):
    return list(engine.run(1, job(home / "takes", *lines), stop))


@pytest.mark.parametrize("misdeed", ["die before hello", "garbage", "unknown message", "other protocol"])
def test_no_first_word(rogue, home, misdeed):
    engine, _caller = rogue(misdeed)
    events = dubbed(engine, home)
    failed = fates(events)["a"]
    assert failed.code == ("engine_version" if misdeed == "other protocol" else "engine_python"), failed
    assert failed.message and failed.remedy and events[-1] == Ended(1, 0, 1)


@pytest.mark.parametrize("misdeed", ["die while loading", "die after speaking"])
def test_killed_while_it_makes_a_line(rogue, home, misdeed):
    engine, _caller = rogue(misdeed)
    failed = fates(dubbed(engine, home))["a"]
    assert failed.code == "engine_died" and "-9" in failed.message and "memory" in failed.message
    assert list((home / "takes").glob("*")) == []


def test_the_lines_after_a_death_are_made(rogue, home):
    engine, _caller = rogue()
    found = fates(dubbed(engine, home, line("before"), line("bad", text="Now die."), line("after", text="Four five.")))
    assert isinstance(found["before"], Done) and isinstance(found["after"], Done)
    assert found["bad"].code == "engine_died"


def test_what_a_library_prints_harms_nobody(rogue, home):
    engine, _caller = rogue("print")
    assert isinstance(fates(dubbed(engine, home))["a"], Done)
    assert "what a library prints" in (home / "rogue.log").read_text(errors="replace")


def test_a_slow_start_is_waited_for_and_too_slow_a_one_is_not(rogue, home):
    engine, _caller = rogue("slow")
    assert isinstance(fates(dubbed(engine, home))["a"], Done)
    engine, _caller = rogue("slow", start=0.5)
    assert fates(dubbed(engine, home, line(seed=1)))["a"].code == "engine_stuck"


def test_no_sign_of_life(rogue, home):
    engine, caller = rogue("freeze", loading=5.0)
    assert fates(dubbed(engine, home))["a"].code == "engine_stuck"
    assert caller.pid is None


def test_loading_may_hold_everything_up(rogue, home):
    engine, _caller = rogue("hold up", silent=3.0)
    assert isinstance(fates(dubbed(engine, home))["a"], Done)


def test_life_without_progress(rogue, home):
    engine, _caller = rogue("never done", stalled=4.0)
    assert fates(dubbed(engine, home))["a"].code == "engine_stuck"


def test_out_of_memory_and_other_errors_fail_their_lines_alone(rogue, home):
    engine, _caller = rogue()
    lines = [line("one"), line("huge", text="memory"), line("two", text="Four."), line("odd", text="broken"), line("three", text="Five.")]
    found = fates(dubbed(engine, home, *lines))
    assert found["huge"].code == "engine_memory" and "9 GiB" in found["huge"].message
    assert found["odd"].code == "engine_error" and "shapes" in found["odd"].message
    assert all(isinstance(found[uid], Done) for uid in ("one", "two", "three"))


@pytest.mark.parametrize("misdeed", ["never done", "heeds nobody"])
def test_cancel(rogue, home, misdeed):
    engine, caller = rogue(misdeed, cancel=1.0)
    began = []

    def stop():
        began.append(time.monotonic())
        return began[-1] - began[0] > 3

    events = dubbed(engine, home, line("a"), line("b"), stop=stop)
    assert {event.code for event in fates(events).values()} == {"cancelled"} and events[-1].cancelled
    assert (caller.pid is None) == (misdeed == "heeds nobody"), "one that heeds us stays loaded"


def test_it_ends_when_nobody_asks_and_starts_again(rogue, home):
    engine, caller = rogue(idle=1.0)
    assert isinstance(fates(dubbed(engine, home, line("a")))["a"], Done)
    deadline = time.monotonic() + 60
    while caller.pid is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert isinstance(fates(dubbed(engine, home, line("b", text="Four.")))["b"], Done)


def test_it_ends_with_whoever_started_it(rogue, home):
    _engine, caller = rogue("heeds nobody")
    caller.hello()
    pid = caller.pid
    caller._process.send(None)  # the end of our requests, as when we die
    deadline = time.monotonic() + 60
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z" if Path("/proc").exists() else True


def test_progress_within_a_line_is_heard(home):
    engine, told = Engine(home), []
    text = "One two three four five six seven. " * 60
    try:
        events = list(engine.run(1, job(home / "takes", line(text=text, mode="free")), tell=told.append))
    finally:
        engine.family("tones").close()
    assert isinstance(fates(events)["a"], Done)
    assert told and all(isinstance(event, Progress) and event.uid == "a" and 0 <= event.done <= 1 for event in told)


def test_an_enrolled_voice_gives_the_recording_that_was_kept_and_nothing_else(home, monkeypatch):
    recording = b"fLaC as it was kept"
    library = Library(home)
    library.keep(replace(ANNA, name="anna", recording=hashlib.sha256(recording).hexdigest()), recording)
    library.keep(replace(ANNA, name="bertha"))
    monkeypatch.setattr(binding("tones"), "IMITATES", True)
    family = Family(home, name="tones")
    asked = []
    monkeypatch.setattr(Caller, "say", lambda _self, utterance, *_rest: asked.append(utterance) or (_ for _ in ()).throw(LineProblem("cancelled")))
    engine = Engine(home)
    engine._families["tones"] = family
    cast = Cast((Role("ANNA", Voice("anna", family="tones")), Role("BERTHA", Voice("bertha", family="tones"))))
    lines = (line("kept"), replace(line("not kept"), speaker="BERTHA"))
    found = fates(engine.run(1, Job(lines, cast, str(home / "takes"))))
    family.close()
    assert found["not kept"].code == "no_source" and "bertha" in found["not kept"].message
    assert [Path(one.voice).read_bytes() for one in asked] == [recording]
    assert family.people(Voice("anna")) == library.find("anna").marks


def test_the_shell_says_and_dubs_with_it(home, tmp_path):
    out, script = tmp_path / "out.wav", tmp_path / "script.yaml"
    assert main(["say", "One two three.", "--family", "tones", "--seconds", "1", "--out", str(out), "--models", str(home)]) == 0
    assert soundfile.info(out).frames == 48000
    script.write_text("- {text: One two three., speaker_reference: af_heart, engine: tones, duration_control: {target_duration: 1.0}}\n")
    assert main(["dub", str(script), "--models", str(home)]) == 0
    made = [read(path) for path in (tmp_path / "takes").glob("*.json")]
    assert made and all(take.plan.voice.family == "tones" and take.samples == 48000 for take in made)
