"""Whatever slot, rate and text: a take of exactly the slot's samples, or a clear word on that line; the others go on."""
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.events import Done, Failed, Planned
from engine.loudness import loudness, true_peak
from engine.problems import PROBLEMS
from engine.script import Anchor, Line, Recording, Wish
from engine.speak import Engine

from .sound import audible, job

RECORDING = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"
RATES = [(24, 1.0), (25, 1.0), (30, 1.001), (30, 1.0), (60, 1.0), (24, 1.001), (24, 1.0013), (12, 0.9871)]
GOOD = Line("good", "All is well.", start=1000.0, seconds=1.0)


@pytest.fixture(scope="module")
def folder():
    made = tempfile.mkdtemp(prefix="dubline-takes-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def events(folder, *lines, **settings):
    """The last word on every line."""
    found = Engine(Path("nowhere")).run(1, job(folder, *lines, **settings))
    return {event.uid: event for event in found if isinstance(event, (Done, Failed, Planned))}


@settings(max_examples=80)
@given(
    seconds=st.floats(0.04, 60.0),
    fps=st.sampled_from(RATES),
    rate=st.sampled_from([44100, 48000]),
    text=st.text(st.sampled_from("abc de,.!?-'“”… \n\t这是。，ж|"), max_size=120),
)
@example(seconds=0.04, fps=(25, 1.0), rate=48000, text="Longer than forty milliseconds could ever hold.")
@example(seconds=60.0, fps=(30, 1.001), rate=44100, text="Short.")
@example(seconds=2.0, fps=(24, 1.0), rate=48000, text="")
@example(seconds=2.0, fps=(24, 1.0), rate=48000, text="…, !? —")
@example(seconds=2.0, fps=(24, 1.0), rate=48000, text="word " * 2000)
def test_every_slot_to_the_sample(folder, seconds, fps, rate, text):
    quantum = fps[1] / fps[0]
    slot = max(1, round(seconds / quantum)) * quantum
    found = events(folder, Line("a", text, seconds=slot), GOOD, rate=rate, quantum=quantum)
    assert isinstance(found["good"], Done), "one line never stops another"
    if isinstance(found["a"], Failed):
        assert found["a"].code in PROBLEMS and found["a"].message and found["a"].remedy
        assert found["a"].code in ("empty_text", "nothing_to_say", "text_too_long")
        return
    take = found["a"].take
    samples, own = soundfile.read(take.path, always_2d=True)
    assert own == rate and len(samples) == take.samples
    if take.overflow_ms:
        assert len(samples) >= round(slot * rate)
        frames = len(samples) / rate / quantum
        assert abs(frames - round(frames)) * quantum * rate <= 1, "what runs over still ends on a whole frame"
    else:
        assert len(samples) == round(slot * rate)
    assert np.abs(samples[[0, -1]]).max() < 1e-3 and np.abs(np.diff(samples[:, 0], append=0)[-3:]).max() < 1e-3, "no click at an edge"
    assert true_peak(samples, rate) <= -0.95


@pytest.mark.parametrize("wished", [-30.0, -23.0, -16.0])
def test_loudness_as_wished(folder, wished):
    take = events(folder, Line("a", "one two three", seconds=2.0, wish=Wish(level=wished)))["a"].take
    samples, rate = soundfile.read(take.path, always_2d=True)
    first, last = audible(take.path)
    assert loudness(samples[first:last], rate) == pytest.approx(wished, abs=0.3)
    assert take.loudness == pytest.approx(wished, abs=0.3)


@pytest.mark.parametrize("ratio", [0.75, 0.875, 1.0, 1.125, 1.25])
def test_ratio_of_the_natural_length(folder, ratio):
    text = "some words that are spoken now"
    natural = events(folder, Line("a", text, wish=Wish("free")))["a"].take.speech
    take = events(folder, Line("a", text, wish=Wish(ratio=ratio)))["a"].take
    first, last = audible(take.path)
    assert (last - first) / 48000 == pytest.approx(ratio * (natural.end - natural.start), abs=0.03)


def test_a_ratio_in_a_slot_keeps_the_slots_samples(folder):
    take = events(folder, Line("a", "one two", seconds=3.0, wish=Wish(ratio=1.0)))["a"].take
    assert take.samples == 144000
    assert audible(take.path)[0] == pytest.approx(480, abs=120), "it begins with the slot"


def test_tokens_are_frames_of_25_ms(folder):
    take = events(folder, Line("a", "one two three", wish=Wish(tokens=40)))["a"].take
    first, last = audible(take.path)
    assert (last - first) / 48000 == pytest.approx(1.0, abs=0.03)


def test_words_begin_at_their_anchors(folder):
    take = events(folder, Line("a", "one two three four", seconds=4.0, anchors=(Anchor(4, 1.0), Anchor(14, 3.0))))["a"].take
    begins = {word.text: word.start for word in take.speech.words}
    assert begins["two"] == pytest.approx(1.0, abs=0.002) and begins["four"] == pytest.approx(3.0, abs=0.002)
    samples, rate = soundfile.read(take.path, always_2d=True)
    for at in (1.0, 3.0):
        assert np.abs(samples[round((at - 0.04) * rate) : round((at - 0.006) * rate)]).max() < 1e-3 < np.abs(samples[round((at + 0.02) * rate) :][:480]).max()


def test_a_long_line_ends_before_the_same_speakers_next(folder):
    lines = (
        Line("a", "this will not fit into so little time as it has", "X", seconds=0.5),
        Line("b", "the next", "X", start=0.6, seconds=1.0),
        Line("c", "another one's words", "Y", start=0.2, seconds=2.0),
    )
    found = events(folder, *lines)
    assert found["a"].code == "runs_into_next" and isinstance(found["b"], Done) and isinstance(found["c"], Done)


def test_planning_speaks_nothing(tmp_path):
    found = events(tmp_path / "takes", Line("a", "one two three", seconds=1.0), Line("b", "", seconds=1.0), speak=False)
    assert isinstance(found["a"], Planned) and found["b"].code == "empty_text"
    assert not (tmp_path / "takes").exists()


def test_a_lost_original_is_told_and_the_line_is_dubbed(folder, tmp_path):
    torn = tmp_path / "torn.wav"
    torn.write_bytes(b"RIFF\0\0")
    soundfile.write(tmp_path / "silence.wav", np.zeros(48000), 48000)
    for path in (torn, tmp_path / "gone.wav", tmp_path / "silence.wav"):
        found = events(folder, Line("a", "one two", seconds=1.0, original=Recording(str(path))))["a"]
        assert isinstance(found, Done), found
        assert any("does not follow" in warning for warning in found.take.warnings)


def test_phrases_follow_by_strength(folder):
    def onsets(sync):
        text = "So my dear fellow friends, ask not what your land can do for you, ask what you can do for it."
        wished = Line("a", text, seconds=11.0, wish=Wish(sync=sync), original=Recording(str(RECORDING)))
        return [phrase.start for phrase in events(folder, wished)["a"].take.speech.phrases]

    full, half, none = onsets(1.0), onsets(0.5), onsets(0.0)
    assert len(full) == len(half) > 3 and len(none) == 1
    assert full[0] == pytest.approx(0.33, abs=0.042) and full[-1] == pytest.approx(8.195, abs=0.042)
    assert half[-1] < full[-1] - 0.1
