"""What of learning a voice needs no torch: that it is missed, what is said, and when a voice is no better."""
import sys

import numpy as np
import pytest

from engine.phonation import BANDS, shaped
from engine.problems import LineProblem
from engine.voices import refine, trial
from engine.voices.backward import need_torch
from engine.voices.enrol import Found
from engine.voices.mirror import Goal
from engine.voices.space import Space
from engine.voices.text import LANGUAGES, pronounce, vocabulary
from engine.voices.tokens import segmented

from .enrolled import near

CLEAN = trial.Result(0.6, 0.1, (), 0.5, -20.0, 12.0)


def test_without_torch_it_is_said_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(LineProblem) as caught:
        need_torch()
    assert caught.value.code == "no_torch" and "pip install torch" in caught.value.remedy
    voice = Found((0.0,) * 128, "am_michael", 110.0)
    with pytest.raises(LineProblem) as caught:
        refine.thorough(voice, np.zeros(48000, np.float32), 16000, "en-us", tmp_path, lambda done, what: None, lambda: False, tmp_path)
    assert caught.value.code == "no_torch"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_phrases_to_learn_and_to_tell(language):
    said = refine.phrases(language)
    assert len(said) >= refine.LEARNED + 2 and len(set(said)) == len(said)
    if language == "ja":  # its reader is not part of this version
        with pytest.raises(LineProblem):
            pronounce(said[0], language)
        return
    pieces = [segmented(pronounce(text, language).chunks, vocabulary()) for text in said]
    assert all(len(segments) == 1 and 10 <= len(segments[0].ids) <= 60 for segments in pieces)


@pytest.mark.parametrize(
    "changed", [{"broken": ("Clipped in one place.",)}, {"peak": 1.2}, {"level": -35.0}, {"error": 0.3}, {"harmonicity": 10.0}], ids=lambda changed: next(iter(changed))
)
def test_a_voice_that_costs_cleanness_or_words_is_worse(changed):
    assert trial.Result(**{**vars(CLEAN), "likeness": 0.9, **changed}).worse(CLEAN)


def test_a_voice_that_only_sounds_different_is_not_worse():
    assert not trial.Result(0.9, 0.15, (), 0.7, -19.0, 11.0).worse(CLEAN)
    assert not trial.Result(0.9, None, (), 0.7, -19.0, 11.0).worse(CLEAN)


def test_a_colour_is_what_the_long_term_spectra_differ_by():
    noise = np.random.default_rng(1).standard_normal(5 * 24000).astype(np.float32) * 0.05
    tint = tuple(6.0 * np.sin(np.arange(len(BANDS)) / 3))
    found = refine._colour(shaped(noise, 24000, tint), 24000, [noise])
    wanted = refine.STRENGTH * (np.array(tint) - np.mean(tint))
    assert np.abs(np.array(found) - wanted).max() < 1.0


def test_where_a_recording_holds_nothing_no_colour_is_told():
    found = trial.spectrum(np.random.default_rng(1).standard_normal(16000), 16000)
    assert np.isnan(found[-1]) and np.isfinite(found[5:15]).all()


@pytest.mark.model
def test_a_trial_speaks_as_high_and_as_fast_as_the_voice(models):
    one = near(models)
    texts = ("We walked to the harbour in the rain.",)
    heard = trial.Trial(texts, "en-us", models, np.ones(192, np.float32), lambda: False)
    (plain, _samples), (other, _louder) = (heard.said(Found(one.timbre, one.habit, 190.0, **changed))[0] for changed in ({}, {"semitones": 6.0, "pace": 0.8}))
    assert abs(plain.natural / other.natural - 1) > 0.1, "a pace of four fifths is heard"


class Flat:
    """A mirror in which likeness is told by how far along the first axis a timbre lies, and which becomes as rough as it goes."""

    def __init__(self, along, rough=0.0):
        """rough: dB of harmonicity lost at the end of the way."""
        self.along, self.rough = along, rough

    def told(self, phrase, timbre):
        found = self.along(timbre[0])
        return np.array([found, np.sqrt(1 - found**2)])

    def sound(self, phrase, timbre):
        time = np.arange(24000) / 24000
        noise = np.random.default_rng(phrase).standard_normal(len(time))
        return (0.2 * np.sin(2 * np.pi * 150 * time) + 0.2 * 10 ** ((self.rough * timbre[0] - 15) / 20) * noise).astype(np.float32)


@pytest.mark.parametrize(("along", "share"), [(lambda x: 0.3 + 0.4 * x, 1.0), (lambda x: 0.3 + 0.4 * np.sqrt(x), 0.75), (lambda x: 0.3 + 0.4 * min(1, 2 * x), 0.5)])
def test_the_way_ends_where_most_of_the_gain_is_made(along, share):
    assert ended(Flat(along)) == pytest.approx(share)


@pytest.mark.parametrize(("rough", "share"), [(1.0, 1.0), (2.2, 0.75), (3.0, 0.5), (6.0, 0.25), (9.0, 0.0)])
def test_the_way_ends_before_the_voice_becomes_rough(rough, share):
    assert ended(Flat(lambda x: 0.3 + 0.4 * x, rough)) == pytest.approx(share)


def ended(mirror):
    """The share of the way from 0 to 1 that is settled on."""
    voice, axes = Found((0.0,) * 128, "am_michael", 110.0), Space((), np.zeros((0, 128)), np.zeros(128), np.eye(2, 128))
    goal = Goal(np.array([1.0, 0.0]), np.zeros((2, 80)))
    course = refine.Course(np.zeros(2), np.zeros(2), np.zeros(2), np.zeros((5, 2)), np.zeros((10, 2)), np.array([1.0, 0.0]), mirror.along(1.0), mirror.along(0.0))
    return refine.settled(course, voice, mirror, goal, axes, refine.LEARNED + 2)[0]
