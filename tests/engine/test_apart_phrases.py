"""An engine apart says the phrases of an original, or those between anchors, one by one: each in its own slot to the sample, and softly."""
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.apart import setup
from engine.events import Done, Failed
from engine.phrases import GAP
from engine.script import Anchor, Cast, Emotion, Job, Line, Mood, Plan, Recording, Role, Voice, Wish
from engine.speak import Engine
from engine.voices.apart import Family

KENNEDY = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"


@pytest.fixture
def home(tmp_path):
    """A folder of models on a computer where the tones are set up."""
    setup.write(tmp_path, "tones", setup.Setup(python=sys.executable, idle=30.0))
    return tmp_path


@pytest.fixture
def say(home):
    """A function that gives a line's take."""
    engine = Engine(home)

    def go(line):
        job = Job((line,), Cast((Role("ANNA", Voice("af_heart", family="tones")),)), str(home / "takes"))
        event = next(event for event in engine.run(1, job) if isinstance(event, (Done, Failed)))
        assert isinstance(event, Done), event
        return event.take

    yield go
    engine.family("tones").close()


def sounding(path):
    """Seconds in which a take sounds, as stretches of its tone."""
    samples, rate = soundfile.read(path)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 1e-4)
    edges = np.flatnonzero(np.diff(loud) > 0.03 * rate)
    return [(loud[first] / rate, loud[last] / rate) for first, last in zip([0, *(edges + 1)], [*edges, len(loud) - 1], strict=True)]


def test_phrases_of_the_original_are_followed(say):
    """Four phrases of a known recording, whose words the engine says one by one."""
    words = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
    spoken = Line("a", words, "ANNA", seconds=11.0, original=Recording(str(KENNEDY), 0.0, 11.0), wish=Wish(shortest=0.3, longest=3.0, jump=0.0))
    take = say(spoken)
    heard = [(stretch.start, stretch.end) for stretch in take.plan.stretches]
    phrases = take.speech.phrases
    assert len(phrases) > 1 and " ".join(phrase.text for phrase in phrases) == words
    assert take.samples == 11 * 48000 and not any("one breath" in warning for warning in take.warnings)
    for phrase, (start, end) in zip(phrases, sounding(take.path), strict=True):
        assert start == pytest.approx(phrase.planned_start, abs=0.006) and end == pytest.approx(phrase.planned_end, abs=0.006)
        assert min(abs(start - begin) for begin, _end in heard) < 0.012, "it begins with a partner"
        assert min(abs(end - finish) for _begin, finish in heard) < 0.012, "and ends with one"
    assert say(replace(spoken, wish=replace(spoken.wish, sync=0.0))).speech.phrases[0].text == words


def test_phrases_begin_and_end_softly(say):
    take = say(Line("a", "One two, three four.", "ANNA", seconds=2.0, anchors=(Anchor(9, 1.2),), wish=Wish(shortest=0.3, longest=3.0)))
    assert len(take.speech.phrases) == 2 and take.samples == 2 * 48000
    steps = np.abs(np.diff(soundfile.read(take.path)[0][:, 0]))
    assert steps.max() < 1.2 * steps[9600:24000].max(), "no step is greater than the tone's own"
    assert sounding(take.path)[1][0] == pytest.approx(1.2, abs=0.006)


def test_a_phrase_that_cannot_be_so_short_moves_the_next_one(say):
    anchored = Line("a", "One two three four five six seven, eight.", "ANNA", seconds=4.0, anchors=(Anchor(34, 1.0),), wish=Wish(jump=0.0))
    first, second = say(anchored).speech.phrases
    assert first.ratio == pytest.approx(0.7, abs=0.01) and second.start >= first.end + GAP - 0.001 and second.start > 1.0


def test_an_emotion_that_changes_between_phrases_is_played_phrase_by_phrase(home):
    text, moods = "One two three. Four five six.", (Mood(0, Emotion()), Mood(15, Emotion(happy=0.8)))
    plan = Plan(text, "en-us", Voice("af_heart", "af_heart", "tones"), 3.0, Wish(shortest=0.3, longest=3.0), 48000, 1, 0.0, "", "", moods=moods)
    family = Family(home, name="tones")
    try:
        apart = family.say(replace(plan, anchors=(Anchor(15, 1.6),)), lambda: False)
        together = family.say(plan, lambda: False)
    finally:
        family.close()
    assert not any("mean" in warning for warning in apart[2]) and any("mean" in warning for warning in together[2])
    low, high = (crossings(apart[1][round(start * family.rate) : round((start + 0.5) * family.rate)]) for start in (0.2, 1.9))
    assert low == 110 and high > 1.5 * low


def crossings(samples):
    return int(((samples[:-1] < 0) & (samples[1:] >= 0)).sum())
