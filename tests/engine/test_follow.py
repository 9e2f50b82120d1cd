"""How a line follows a performance: which phrases go together, how accents are paired, and what a melody becomes."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.follow import bent, paired, partners, peaks, target, toned
from engine.script import Contour

STEP = 0.0125


def phrase(start, end, *values):
    return Contour(start, end, tuple(map(float, values)), tuple(0.0 for _value in values))


A, B, C = phrase(0, 1, 0, 4, 0), phrase(1.5, 2, 1, 1), phrase(3, 4, -2, 0, -2)


def test_as_many_phrases_go_one_to_one():
    assert partners(3, (A, B, C)) == [A, B, C]


def test_fewer_phrases_of_ours_take_several_of_theirs():
    (one,) = partners(1, (A, B, C))
    assert (one.start, one.end, one.f0) == (0, 4, (*A.f0, *B.f0, *C.f0))


def test_more_phrases_of_ours_repeat_theirs():
    assert partners(4, (A, B)) == [A, A, B, B]


def test_what_was_matched_in_time_stays_together():
    first, second = partners(2, (A, B, C), [(0, 1), (1, 3)])
    assert first == A and second.f0 == (*B.f0, *C.f0)


def test_a_match_with_another_recording_is_no_match():
    assert partners(2, (A, B), [(0, 2), (2, 5)]) == [A, B]


@given(st.lists(st.floats(0, 1), max_size=6), st.lists(st.floats(0, 1), max_size=6), st.floats(0.01, 0.4))
def test_accents_are_paired_in_order_and_near(ours, theirs, reach):
    pairs = paired(sorted(ours), sorted(theirs), reach)
    assert all(abs(one - other) <= reach + 1e-9 for one, other in pairs)
    assert [one for one, _other in pairs] == sorted(one for one, _other in pairs)
    assert [other for _one, other in pairs] == sorted(other for _one, other in pairs)


def test_an_accent_comes_on_our_stressed_vowel():
    bump = phrase(0, 1, *(6 * np.exp(-((np.linspace(0, 1, 51) - 0.4) ** 2) / 0.005)))
    assert peaks(bump) == pytest.approx([0.4], abs=0.03)
    found = target([bump], [(0.0, 1.0)], [0.46], 81, STEP).f0
    assert np.nanargmax(found) * STEP == pytest.approx(0.46, abs=0.02)


def test_a_far_accent_stays_where_it_is():
    place = np.linspace(0, 1, 11)
    assert bent(place, [0.8], [0.3], 1.0) == pytest.approx(place)


def test_outside_our_phrases_nothing_is_wanted():
    found = target([A], [(0.25, 0.5)], [], 81, STEP)
    assert np.isnan(found.f0[:19]).all() and np.isnan(found.f0[42:]).all() and np.isfinite(found.f0[21:40]).all()


def test_tones_stay_and_the_slow_course_is_followed():
    time = np.arange(160) * STEP
    tones, slope = 2 * np.sin(2 * np.pi * 4 * time), 3 * time
    found = toned(tones, slope, STEP)
    inner = slice(30, 130)
    assert np.corrcoef((found - slope)[inner], tones[inner])[0, 1] > 0.95
    assert np.polyfit(time[inner], (found - tones)[inner], 1)[0] == pytest.approx(3, abs=0.3)
