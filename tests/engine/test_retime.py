"""Durations hit their sum, pauses give before sounds do, consonants hardly, and limits hold."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.retime import CLASSES, phone_class, retime, smoothed, tokens, whole

CLASS = st.sampled_from(sorted(CLASSES))
LINES = st.lists(st.tuples(st.floats(1, 40), CLASS), min_size=1, max_size=60)


def line(*pairs, smoothness=0.0):
    return tokens(np.array([float(frames) for frames, _name in pairs]), [name for _frames, name in pairs], smoothness)


@given(pairs=LINES, ratio=st.floats(0.3, 3.0), smoothness=st.floats(0, 1))
def test_the_sum_is_exact_or_a_limit_says_why(pairs, ratio, smoothness):
    given_line = line(*pairs, smoothness=smoothness)
    target = max(1, round(given_line.natural.sum() * ratio))
    timing = retime(given_line, target, 0.7, 1.25)
    assert timing.frames.min() >= 1
    if timing.bound:
        near = (0.72, 1.23)
        squeezed = (timing.frames <= given_line.least + 1).all() or (timing.frames >= given_line.most - 1).all()
        assert squeezed or not near[0] < ratio < near[1]
    elif target >= len(pairs):
        assert timing.frames.sum() == target


@given(pairs=LINES, ratio=st.floats(0.3, 3.0))
def test_no_sound_passes_its_class(pairs, ratio):
    given_line = line(*pairs)
    frames = retime(given_line, round(given_line.natural.sum() * ratio), 0.3, 3.0).frames
    # whole frames: a frame more or less than the limit is rounding
    assert (frames > given_line.least - 1).all() and (frames < given_line.most + 1).all()


@pytest.mark.parametrize("ratio", [0.75, 1.25])
def test_pauses_give_first_then_vowels_and_consonants_hardly(ratio):
    names = ("pause", "vowel", "sonorant", "fricative", "stop")
    given_line = line(*((40, name) for name in names))
    frames = retime(given_line, round(200 * ratio), 0.5, 2.0).frames
    changes = np.abs(np.log(frames / 40))
    assert (np.diff(changes) <= 0).all() and changes[0] > 2 * changes[1] > 4 * changes[4]


def test_faster_and_slower_are_no_mirror_images():
    given_line = line((40, "pause"), (80, "vowel"), (40, "stop"))
    quick, slow = (retime(given_line, target, 0.5, 2.0).frames / given_line.natural for target in (128, 200))
    assert slow[2] - 1 < 1 - quick[2], "a stop that is held becomes another sound; one that is short is only quick"


def test_the_last_vowel_stays_the_longest():
    given_line = line((6, "vowel"), (3, "stop"), (12, "vowel"))
    for target in (16, 26):
        frames = retime(given_line, target, 0.5, 2.0).frames
        assert frames[2] / frames[0] == pytest.approx(2.0, abs=0.35)


def test_smooth_means_alike():
    own, sounds = np.array([1.0, 0.35, 1.0, 0.45, 2.0, 1.0]), np.array([True, True, True, True, False, True])
    spreads = [np.ptp(smoothed(own, sounds, s)[sounds]) for s in (0.0, 0.3, 0.7, 1.0)]
    assert spreads == sorted(spreads, reverse=True) and spreads[0] == pytest.approx(0.65) and spreads[-1] < 1e-9
    assert smoothed(own, sounds, 0.5)[4] == 2.0, "a pause is no neighbour"
    weight = 0.5 / 0.5 / 4
    wanted = np.linalg.solve(np.eye(5) + weight * (np.diag([1, 2, 2, 2, 1]) - np.eye(5, k=1) - np.eye(5, k=-1)), own[sounds])
    assert smoothed(own, sounds, 0.5)[sounds] == pytest.approx(wanted)


def test_fixed_tokens_stay():
    assert retime(line((10, "fixed"), (20, "vowel"), (7, "fixed")), 30, 0.3, 2.0).frames.tolist() == [10, 13, 7]


def test_limits_hold():
    given_line = line(*[(10, "vowel")] * 10)
    assert retime(given_line, 30, 0.7, 1.4).frames.sum() == 70
    assert retime(given_line, 300, 0.7, 1.4).frames.sum() == 140
    assert retime(given_line, None, 0.7, 1.4).frames.sum() == 100


@given(durations=st.lists(st.floats(1, 40), min_size=1, max_size=60).map(np.array), extra=st.integers(-30, 200))
def test_whole_frames_keep_the_sum(durations, extra):
    total = max(len(durations), int(durations.sum()) + extra)
    frames = whole(durations, total)
    assert frames.sum() == total and frames.min() >= 1


def test_classes_of_the_vocabulary():
    spoken = {"æ": "vowel", "ɪ": "vowel", "A": "vowel", "n": "sonorant", "ɹ": "sonorant", "w": "sonorant", "s": "fricative", "ð": "fricative", "t": "stop", "ʧ": "stop", "ʨ": "stop", "ː": "vowel"}
    assert {symbol: phone_class(symbol) for symbol in spoken} == spoken
