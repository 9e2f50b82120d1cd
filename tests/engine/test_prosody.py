"""What an emotion does to what the voice model foretells: ordered, bounded, only where it is felt, and nothing when neutral."""
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.emotion import EIGHT, SETTINGS, limited, preset, scaled
from engine.prosody import (
    BOUNDS,
    IN_TOKENS,
    LITERATURE,
    LOWEST_ENERGY,
    LOWEST_LEVEL,
    MANNERS,
    NAMES,
    Course,
    Manner,
    course,
    effort,
    gain,
    lengthening,
    manner,
    melody,
    paced,
)
from engine.retime import tokens
from engine.script import Emotion, Mood

STEP = 0.0125
POINTS = st.builds(Emotion, *[st.floats(0, 1)] * 12, st.floats(-1, 1), st.floats(-1, 1))


def moved(name, intensity, **more):
    return manner(limited(scaled(preset(name), intensity)), **more)


def constant(count, **values):
    return {name: np.full(count, values.get(name, 0.0)) for name in NAMES}


def test_neutral_does_nothing():
    assert manner(Emotion()) == Manner()
    assert course((), np.array([-1, 0, -1]), [0], 0, "en-us") is None
    assert course((Mood(0, Emotion()),), np.array([-1, 0, -1]), [0], 3, "en-us") is None
    assert lengthening((), 10) == 1 and gain((), 10) == 0


@pytest.mark.parametrize("name", EIGHT)
def test_intensities_are_ordered_on_every_axis(name):
    steps = [astuple(moved(name, intensity)) for intensity in (0.0, 0.2, 0.5, 0.8)]
    for axis, wanted in zip(zip(*steps, strict=True), astuple(MANNERS[name]), strict=True):
        away = [value * np.sign(wanted) for value in axis]
        assert away == sorted(away) and (len(set(away)) == 4) == bool(wanted)


@pytest.mark.parametrize("name", EIGHT)
def test_another_seed_reads_otherwise_but_means_the_same(name):
    readings = [astuple(moved(name, 0.8, seed=seed)) for seed in range(6)]
    assert len(set(readings)) == 6
    assert all(len({np.sign(value) for value in axis}) == 1 for axis in zip(*readings, strict=True))


@given(POINTS, st.integers(0, 99))
def test_bounds_hold_whatever_is_mixed(point, seed):
    found = manner(limited(point), seed)
    assert all(abs(value) <= most for value, most in zip(astuple(found), astuple(BOUNDS), strict=True))
    assert found.air >= 0 and found.tremor >= 0 and found.level >= LOWEST_LEVEL and found.energy >= LOWEST_ENERGY


def test_a_deep_voice_is_not_made_to_fall_apart(monkeypatch):
    monkeypatch.setitem(MANNERS, "sad", Manner(level=-30.0, energy=-30.0))
    found = manner(Emotion(sad=1.0))
    assert (found.level, found.energy) == (LOWEST_LEVEL, LOWEST_ENERGY) and -BOUNDS.level < LOWEST_LEVEL


def test_the_table_says_what_the_literature_says():
    assert set(LITERATURE) == set(EIGHT) and set(MANNERS) == {*EIGHT, *SETTINGS}
    for name in ("happy", "angry", "afraid", "surprised"):
        assert LITERATURE[name]["f0_level"] > 0
    for name in ("sad", "melancholic", "calm"):
        assert LITERATURE[name]["f0_level"] < 0 and LITERATURE[name]["rate"] < 1 < LITERATURE[name]["pauses"] and LITERATURE[name]["tilt"] < 0


def test_chinese_keeps_the_tone_of_its_last_syllable():
    plain, tonal = moved("surprised", 0.8), moved("surprised", 0.8, language="zh")
    assert plain.final > 2 and tonal.final == 0 and tonal.level == plain.level
    assert 0 < tonal.slope < plain.slope, "a whole line still rises, by less"
    assert moved("sad", 0.8).spread < moved("sad", 0.8, language="zh").spread < 0


def line():
    """Tokens of two words of three sounds with a comma between, pads around."""
    classes = ["fixed", "stop", "vowel", "sonorant", "pause", "pause", "fricative", "vowel", "stop", "fixed"]
    natural = np.array([14.0, 2, 6, 3, 5, 2, 4, 6, 2, 6])
    rests = np.array([name == "pause" for name in classes])
    return tokens(natural, classes, 0.0), rests, np.array([-1, 0, 0, 0, -1, -1, 1, 1, 1, -1])


def test_pace_and_pauses_move_by_themselves():
    told, rests, words = line()
    for rate, pauses in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)):
        mood = (Mood(0, Emotion(pace=rate, pauses=pauses)),)
        found = paced(told, rests, course(mood, words, [0, 4], 0, "en-us")).natural
        inner = told.sounds & ~np.append(rests[1:], False)  # what stands before a pause goes with it
        sounds = found[inner].sum() / told.natural[inner].sum()
        silence = found[rests].sum() / told.natural[rests].sum()
        assert np.sign(1 - sounds) == np.sign(rate) and np.sign(silence - 1) == np.sign(pauses)
        assert (found >= np.floor(told.least)).all() and (found[[0, -1]] == told.natural[[0, -1]]).all()


def long_line():
    """Ten phrases of four words, and which of its tokens are pauses."""
    classes = ["fixed", *(["stop", "vowel", "sonorant", "fricative", "vowel", "sonorant"] * 4 + ["pause", "pause"]) * 10, "fixed"]
    natural = np.array([14.0, *([3.0, 7.0, 4.0, 5.0, 8.0, 4.0] * 4 + [6.0, 4.0]) * 10, 6.0])
    return tokens(natural, classes, 0.0), np.array([name == "pause" for name in classes])


def told_by(told, **values):
    """The tokens, paced throughout by these values of a manner."""
    rests = long_line()[1]
    return paced(told, rests, Course(np.array([astuple(Manner(**values))]), np.zeros(len(rests), np.int64), 0)).natural


@pytest.mark.parametrize("factor", [0.78, 0.9, 1.12, 1.3])
def test_sounds_follow_the_pace_by_its_factor(factor):
    told, rests = long_line()
    found = told_by(told, rate=float(np.log(factor)))
    last = np.append(rests[1:] & ~rests[:-1], False)
    inside = told.sounds & ~last
    assert found[inside].sum() / told.natural[inside].sum() == pytest.approx(1 / factor, rel=0.04)
    assert found[rests].sum() == told.natural[rests].sum(), "pauses have a factor of their own"
    assert found[last].sum() / told.natural[last].sum() == pytest.approx(1, rel=0.05), "what dies away into a pause goes with that"
    by_class = [found[1:-1][place::26].mean() / told.natural[1:-1][place] for place in (0, 1)]
    assert abs(by_class[1] - 1) > abs(by_class[0] - 1), "vowels give more than stops"


@pytest.mark.parametrize("factor", [0.6, 1.35, 1.9])
def test_pauses_as_they_are_heard_follow_their_factor(factor):
    told, rests = long_line()
    found = told_by(told, pauses=float(np.log(factor)))
    heard = told.natural[rests].sum() / IN_TOKENS
    assert (heard + found[rests].sum() - told.natural[rests].sum()) / heard == pytest.approx(factor, rel=0.05)
    last = np.append(rests[1:] & ~rests[:-1], False)
    assert np.sign(found[last].sum() - told.natural[last].sum()) == np.sign(factor - 1)


def test_a_pause_is_never_lost():
    told, rests = long_line()
    found = told_by(told, pauses=-9.0)
    assert (found[rests] >= 1).all() and found[rests].sum() / told.natural[rests].sum() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("rate", [-3.0, 3.0])
def test_no_sound_passes_the_limits_of_its_class(rate):
    told, _rests = long_line()
    found = told_by(told, rate=rate)
    assert (found >= np.floor(told.least)).all() and (found[told.sounds] <= np.ceil(told.most[told.sounds])).all()
    assert (found == np.round(found))[1:-1].all(), "whole frames, so that rounding takes nothing off the change"


def test_a_mood_acts_where_it_is_felt():
    told, rests, words = line()
    felt = course((Mood(4, Emotion(pace=-1.0)),), words, [0, 4], 0, "en-us")
    found = paced(told, rests, felt).natural
    assert (found[:6] == told.natural[:6]).all() and found[6:9].sum() > told.natural[6:9].sum()
    along = felt.along(np.full(10, 4), STEP)
    assert along["rate"][0] == 0 and along["rate"][-1] < -0.2 and (np.diff(along["rate"]) <= 1e-12).all()
    assert np.diff(along["rate"]).min() > along["rate"].min() / 4, "it goes over and does not jump"


def test_what_is_foretold_follows_the_moods_by_their_share_of_the_text():
    slow, loud = Emotion(pace=-1.0), Emotion(shout=1.0)
    whole, half = (lengthening((Mood(index, slow),), 100) for index in (0, 50))
    assert whole == pytest.approx(1 + 0.9 * 0.3, abs=0.01) and half == pytest.approx((1 + whole) / 2)
    assert lengthening((Mood(0, Emotion(pauses=1.0)),), 100) == pytest.approx(1 + 0.1 * 1.5)
    assert lengthening((Mood(0, Emotion(pace=1.0)),), 100) < 1
    assert gain((Mood(0, loud),), 100) == MANNERS["shout"].gain
    assert gain((Mood(20, loud), Mood(50, Emotion())), 100) == pytest.approx(0.3 * MANNERS["shout"].gain)


def curve():
    """F0 of two phrases in Hz with silence between, and its energy."""
    energy = np.concatenate([np.full(20, -9.5), np.full(60, 4.0), np.full(30, -9.5), np.full(60, 3.0), np.full(20, -9.5)])
    hertz = np.where(energy > 0, 150 * 2 ** (np.sin(np.arange(190) / 6) / 4), 5.0)
    return hertz[None].astype(np.float32), energy


def test_melody_moves_level_and_spread_of_what_is_voiced():
    f0, energy = curve()
    voiced = f0[0] > 10
    for level, spread in ((3.0, 0.0), (-2.0, np.log(0.5)), (0.0, np.log(1.5))):
        found = melody(f0, constant(190, level=level, spread=spread), energy, STEP, 1, 10.0)
        assert (found[0][~voiced] == f0[0][~voiced]).all()
        before, after = (12 * np.log2(curve[0][voiced]) for curve in (f0, found))
        assert np.median(after) - np.median(before) == pytest.approx(level, abs=0.05)
        assert after.std() / before.std() == pytest.approx(np.exp(spread), rel=0.02)


@example(12.0, 2.0, 9.0, 9.0, 0.3)
@example(-12.0, 2.0, -9.0, -9.0, 0.3)
@given(st.floats(-12, 12), st.floats(-2, 2), st.floats(-9, 9), st.floats(-9, 9), st.floats(0, 0.3))
def test_pitch_stays_one_that_the_voice_model_can_sing(level, spread, slope, final, tremor):
    f0, energy = curve()
    found = melody(f0, constant(190, level=level, spread=spread, slope=slope, final=final, tremor=tremor), energy, STEP, 1, 10.0)[0]
    voiced = f0[0] > 10
    assert ((found > 10) == voiced).all() and (found[voiced] <= 800).all() and (found[~voiced] == f0[0][~voiced]).all()


def test_a_phrase_that_rises_rises_as_a_whole_and_each_by_itself():
    f0, energy = curve()
    moved = 12 * np.log2(melody(f0, constant(190, slope=2.0), energy, STEP, 1, 10.0) / f0)[0]
    for begin, last in ((20, 79), (110, 169)):
        assert (moved[begin], moved[last]) == pytest.approx((-1, 1), abs=0.01)
    assert moved[f0[0] < 10] == pytest.approx(0)


def test_a_rising_end_and_a_tremor():
    f0, energy = curve()
    risen = melody(f0, constant(190, final=4.0), energy, STEP, 1, 10.0)
    assert 12 * np.log2(risen[0, 79] / f0[0, 79]) == pytest.approx(4, abs=0.01) and risen[0, 40] == pytest.approx(f0[0, 40])
    shaken = np.log2(melody(f0, constant(190, tremor=0.1), energy, STEP, 1, 10.0) / f0)[0, 20:80]
    assert 0.05 < np.abs(shaken).max() < 0.16
    turns = np.count_nonzero(np.diff(np.sign(shaken))) / 2 / (60 * STEP)
    assert 4 < turns < 8


def test_effort_leaves_silence_silent():
    _f0, energy = curve()
    found = effort(energy[None], constant(190, energy=1.5, accents=0.3))[0]
    assert (found[energy < -3] == energy[energy < -3].astype(np.float32)).all() and (found[energy > 0] > energy[energy > 0]).all()


def test_accents_set_strong_and_weak_apart():
    energy = np.concatenate([np.full(20, -9.5), 3 + np.sin(np.arange(120) / 6), np.full(20, -9.5)])
    sounds = energy > 0
    for factor in (0.75, 1.5):
        found = effort(energy[None], constant(160, accents=np.log(factor)))[0]
        assert found[sounds].std() / energy[sounds].std() == pytest.approx(factor, rel=0.01)
        assert found[sounds].mean() == pytest.approx(energy[sounds].mean(), abs=0.01)
        assert found[~sounds] == pytest.approx(energy[~sounds])
