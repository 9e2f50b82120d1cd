"""IndexTTS 2.5's own code, end to end, on random weights: what it says is noise, but as long, as alike and as well-behaved as speech would be."""
import os
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine.apart import setup
from engine.apart.caller import Caller, Gave
from engine.events import Done, Failed
from engine.phrases import GAP
from engine.problems import LineProblem
from engine.script import Anchor, Cast, Emotion, Feeling, Job, Line, Recording, Role, Voice, Wish
from engine.speak import Engine

from .conftest import ROOT, noise

HOP = 256


def test_it_says_who_it_is(caller):
    hello = caller.hello()
    assert hello.engine == "IndexTTS 2.5" and "indextts25-inference 0.2.0" in hello.version and "torch" in hello.version
    assert hello.rate == 22050 and hello.missing == () and len(hello.model) == 64
    assert {"exact_length", "emotion_vector", "emotion_clip"} <= set(hello.capabilities) and {"en-us", "zh", "ja", "es"} <= set(hello.languages)


def test_its_own_pace(say):
    answer, samples = say()
    assert answer.exact and answer.device == "cpu" and answer.memory > 3e8
    frames = len(samples) / HOP
    codes = round(frames / 3.44)
    assert frames == int(2 * codes * 1.72), "its own formula for a whole number of codes"
    assert answer.natural == pytest.approx(len(samples) / 22050)


@pytest.mark.parametrize("samples", [40 * HOP, 61 * HOP, 173 * HOP, 55125, 22050, 173 * HOP - 255])
def test_a_length_is_hit_to_the_sample(say, samples):
    answer, sound = say(samples=samples)
    assert len(sound) == samples and answer.exact
    if samples % HOP:
        assert np.abs(sound[-1]) <= 2, "where surplus is cut off, the end is faded"


def test_limits_are_those_of_its_own_pace(say):
    own, _ = say()
    slow, sound = say(samples=22050 * 20, longest=1.25)
    assert len(sound) / 22050 == pytest.approx(1.25 * slow.natural, abs=HOP / 22050) and slow.natural == pytest.approx(own.natural)
    fast, sound = say(samples=HOP, shortest=0.7)
    assert len(sound) / 22050 == pytest.approx(0.7 * fast.natural, abs=HOP / 22050)
    share, sound = say(ratio=0.8)
    assert len(sound) / 22050 == pytest.approx(0.8 * share.natural, abs=HOP / 22050)


def test_another_reading_is_chosen_when_the_first_is_far_from_the_length(say):
    free, _ = say()
    near, _ = say(samples=round(free.natural * 22050))
    assert near.natural == pytest.approx(free.natural)
    seconds = []
    far, _ = say(samples=round(free.natural * 22050 * 1.19), tell=lambda done, doing: seconds.append(done))
    assert far.natural == pytest.approx(free.natural, abs=0.03), "the natural length is the free reading's, whichever is chosen"


def test_the_same_seed_is_the_same_sound_and_another_another(say):
    first = say(samples=22050)[1]
    assert np.array_equal(say(samples=22050)[1], first)
    assert not np.array_equal(say(samples=22050, seed=1)[1], first)


def test_a_voice_that_is_new_to_it_changes_nothing(caller, say, tmp_path, python, weights, voice):
    first = say(samples=22050)[1]
    copy = shutil.copyfile(voice, tmp_path / "same.wav")
    assert np.array_equal(say(samples=22050, voice=str(copy))[1], first), "its conditioning draws numbers, the line's seed does not depend on them"


def test_emotions_arrive(say, tmp_path):
    plain = say(samples=22050)[1]
    happy = say(samples=22050, vector=(0.75, 0, 0, 0, 0, 0, 0, 0))[1]
    other = say(samples=22050, vector=(0, 0, 0.75, 0, 0, 0, 0, 0))[1]
    clip = str(noise(tmp_path / "clip.wav", 3))
    heard, half = (say(samples=22050, clip=clip, strength=strength)[1] for strength in (1.0, 0.5))
    assert not np.array_equal(happy, plain) and not np.array_equal(happy, other)
    assert not np.array_equal(heard, plain)
    assert not np.array_equal(half, heard) and not np.array_equal(half, plain)


def test_languages(say):
    english = say(samples=22050, text="No.")[1]
    spanish = say(samples=22050, text="No.", language="es")[1]
    chinese = say(samples=22050, text="不行。", language="zh")[1]
    assert not np.array_equal(english, spanish) and len(chinese) == 22050


def test_a_long_text_is_said_in_pieces_and_still_exact(say):
    text = "Nobody asked me where I was going, and so I went on. " * 8
    answer, sound = say(text=text, samples=22050 * 6)
    assert answer.exact and len(sound) == 22050 * 6


def test_progress_and_cancel(caller, say):
    told = []
    say(samples=22050, tell=lambda done, doing: told.append((done, doing)))
    assert told and all(0 <= done <= 1 for done, _ in told) and told == sorted(told, key=lambda one: one[0])
    pid = caller.pid
    began = []

    def stop():
        return bool(began)

    with pytest.raises(Gave):
        say(text="Nobody asked me. " * 40, samples=22050 * 30, tell=lambda done, doing: began.append(doing), stop=stop)
    assert caller.pid == pid, "the engine stays loaded"
    assert say(samples=22050)[0].exact


def test_nothing_to_say(say):
    with pytest.raises(LineProblem) as found:
        say(text="…!?")
    assert found.value.code == "nothing_to_say"
    assert say()[0].exact


@pytest.mark.parametrize("lacking", ["s2mel.pth", "hf_cache/bigvgan/bigvgan_generator.pt"])
def test_files_that_are_missing_are_named(python, weights, tmp_path, lacking, voice):
    partial = tmp_path / "weights"
    shutil.copytree(weights, partial, copy_function=os.symlink)
    (partial / lacking).unlink()
    caller = Caller("IndexTTS 2.5", [python, "-m", "engine.apart", "indextts", "--folder", str(partial)], tmp_path / "log")
    try:
        assert caller.hello().missing == (lacking,)
    finally:
        caller.close()


def test_lines_become_takes(python, weights, models, tmp_path, caller):
    told = setup.binding("indextts")
    home = tmp_path / "models"
    home.mkdir()
    (home / "kokoro-v1.0").symlink_to(models / "kokoro-v1.0", target_is_directory=True)
    setup.write(home, "indextts", setup.Setup(python=python, folder=str(weights), accepted=told.LICENCE))
    engine = Engine(home)
    family = engine.family("indextts")
    family._caller, family._made_for = caller, setup.read(home, "indextts")
    clip = ROOT / "demo" / "data" / "kennedy_inaugural_1961.flac"
    wide = {"shortest": 0.3, "longest": 3.0, "jump": 0.0}
    lines = (
        Line("plain", "Nobody asked me.", "ANNA", seconds=1.0, wish=Wish(**wide)),
        Line("happy", "Nobody asked me.", "ANNA", seconds=1.0, wish=Wish(feelings=(Feeling(emotion=Emotion(happy=1.0)),), **wide)),
        Line("clip", "Nobody asked me.", "ANNA", seconds=1.0, wish=Wish(feelings=(Feeling(recording=Recording(str(clip), 1.0, 3.0)),), **wide)),
        Line("long", "Nobody asked me.", "ANNA", seconds=0.0, wish=Wish(mode="free", **wide)),
        Line("phrases", "Nobody asked me, and I went.", "ANNA", seconds=2.0, anchors=(Anchor(17, 1.1),), wish=Wish(**wide)),
        Line("italian", "Nessuno.", "ANNA", "it", seconds=1.0),
    )
    job = Job(lines, Cast((Role("ANNA", Voice("af_heart", family="indextts")),)), str(tmp_path / "takes"))
    found = {event.uid: event for event in engine.run(1, job) if isinstance(event, (Done, Failed))}
    assert found["italian"].code == "engine_language"
    for uid in ("plain", "happy", "clip"):
        assert isinstance(found[uid], Done), found[uid]
        assert found[uid].take.samples >= 48000
    assert found["plain"].take.samples == 48000 and found["plain"].take.plan.voice.family == "indextts"
    assert isinstance(found["long"], Done)
    first, second = found["phrases"].take.speech.phrases
    assert [one.text for one in (first, second)] == ["Nobody asked me,", "and I went."] and second.planned_start == 1.1
    sound = soundfile.read(found["phrases"].take.path)[0][:, 0]
    assert len(sound) == 96000 and np.abs(sound[round((1.102 - GAP) * 48000) : round(1.098 * 48000)]).max() < 1e-4, "each in its own slot, silence between"
    assert np.abs(sound[round(1.102 * 48000) : round(1.12 * 48000)]).max() > 1e-3 and first.planned_end <= 1.1 - GAP + 0.001
    speech = found["phrases"].take.speech
    assert speech.aligned and [word.text for word in speech.words] == ["Nobody", "asked", "me", "and", "I", "went"]
    times = [time for word in speech.words for time in (word.start, word.end)]
    assert times == sorted(times) and times[5] <= 1.1 <= times[6] + 0.02
    again = next(event for event in engine.run(2, replace(job, lines=lines[:1])) if isinstance(event, Done))
    assert not again.fresh


def test_nothing_of_it_is_in_our_process():
    assert not {"torch", "indextts25", "transformers"} & set(sys.modules)
