"""The emotion space: its order, presets, mixes and limits, and the wishes that mean nothing in it."""
from dataclasses import astuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import wire
from engine.emotion import BIAS, CAP, EIGHT, NEUTRAL, SETTINGS, limited, mixed, over, preset, scaled, told
from engine.formats import feeling_text
from engine.plan import check_wish
from engine.problems import LineProblem
from engine.script import Emotion, Feeling, Wish

SHARE = st.floats(0, 1)
POINTS = st.builds(Emotion, *[SHARE] * 12, st.floats(-1, 1), st.floats(-1, 1))


def test_the_eight_are_those_of_indextts_in_its_order():
    assert EIGHT == ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
    assert tuple(Emotion.__dataclass_fields__) == EIGHT + SETTINGS


def test_its_numbers_are_those_of_indextts():
    assert [astuple(limited(scaled(preset(name), 0.5)))[place] for place, name in enumerate(EIGHT)] == [0.469, 0.438, 0.5, 0.5, 0.469, 0.469, 0.344, 0.281]
    assert sum(astuple(limited(Emotion(happy=1.0, angry=1.0, calm=1.0)))[:8]) == pytest.approx(0.8, abs=0.002)


@given(POINTS)
def test_what_is_played_keeps_its_limits(point):
    played = limited(point)
    assert sum(astuple(played)[:8]) <= CAP + 0.004
    assert (sum(astuple(point)[:8]) > 0) >= any(astuple(played)[:8]), "nothing is felt that was not wished"
    assert astuple(played)[8:] == pytest.approx(astuple(point)[8:], abs=0.0005), "the cap is on the eight alone"
    assert all(0 <= value <= 1 for value in astuple(played)[:12]) and all(-1 <= value <= 1 for value in astuple(played)[12:])


@given(POINTS, SHARE, SHARE)
def test_more_intensity_is_never_less_emotion(point, one, other):
    less, more = (limited(scaled(point, intensity)) for intensity in sorted((one, other)))
    assert all(abs(a) <= abs(b) + 0.002 for a, b in zip(astuple(less), astuple(more), strict=True))


def test_a_preset_is_its_axis_with_bias_and_cap():
    for name, bias in zip(EIGHT, BIAS, strict=True):
        assert limited(preset(name)) == Emotion(**{name: round(min(bias, CAP), 3)})
        assert limited(scaled(preset(name), 0.5)) == Emotion(**{name: round(0.5 * bias, 3)})


def test_the_papers_mix_of_three_tenths_five_tenths_and_two_tenths():
    parts = [(0.3, preset("angry")), (0.5, preset("sad")), (0.2, Emotion(afraid=1.0, tremble=0.5))]
    whole = mixed(parts)
    assert (whole.angry, whole.sad, whole.afraid, whole.tremble) == pytest.approx((0.3, 0.5, 0.2, 0.1))
    assert astuple(mixed([(10 * weight, point) for weight, point in parts])) == pytest.approx(astuple(whole))
    assert sum(astuple(limited(whole))[:8]) == pytest.approx(CAP, abs=0.002)


def test_nothing_mixed_is_neutral():
    assert mixed([]) == mixed([(0.0, preset("sad"))]) == scaled(preset("angry"), 0) == NEUTRAL
    assert limited(NEUTRAL) == NEUTRAL and told(NEUTRAL) == "neutral"


@example([(5e-324, Emotion(pauses=0.5))])
@example([(1e308, Emotion(sad=0.5)), (1e308, Emotion(sad=0.5))])
@given(st.lists(st.tuples(st.floats(0, allow_infinity=False), POINTS), max_size=6))
def test_a_mix_lies_among_its_sources(parts):
    whole = astuple(mixed(parts))
    heard = [astuple(point) for weight, point in parts if weight > 0] or [astuple(NEUTRAL)]
    assert all(min(values) - 1e-9 <= value <= max(values) + 1e-9 for value, values in zip(whole, zip(*heard, strict=True), strict=True))


@given(POINTS, SHARE)
def test_a_point_survives_the_wire_as_it_is_played(point, intensity):
    played = limited(scaled(point, intensity))
    text = wire.dumps(Wish(feelings=(Feeling(emotion=played),), intensity=intensity))
    assert wire.loads(text).feelings[0].emotion == played and "-0.0," not in text


def test_a_direction_replaces_the_eight_and_adds_its_manner():
    line, direction = Emotion(happy=0.8, pace=0.2), Emotion(whisper=0.7)
    assert over(line, direction) == Emotion(happy=0.8, pace=0.2, whisper=0.7)
    assert over(line, Emotion(sad=0.5)) == Emotion(sad=0.5, pace=0.2)


def test_a_mix_has_room_for_sixteen_sources():
    check_wish(Wish(feelings=(Feeling(preset="sad"),) * 16))


@pytest.mark.parametrize(
    "wish",
    [
        Wish(intensity=1.1), Wish(intensity=-0.1), Wish(intensity=float("nan")), Wish(feelings=(Feeling(),)), Wish(effect="underwater"),
        Wish(feelings=(Feeling(preset="bored"),)), Wish(feelings=(Feeling(preset="sad", words="sadly"),)),
        Wish(feelings=(Feeling(words="sadly", emotion=Emotion()),)), Wish(feelings=(Feeling(float("nan"), preset="sad"),)),
        Wish(feelings=(Feeling(emotion=Emotion(whisper=-0.1)),)), Wish(feelings=(Feeling(-1.0, preset="sad"),)), Wish(feelings=(Feeling(float("inf"), preset="sad"),)),
        Wish(feelings=(Feeling(emotion=Emotion(sad=1.2)),)), Wish(feelings=(Feeling(emotion=Emotion(pace=-1.2)),)),
        Wish(feelings=(Feeling(emotion=Emotion(sad=float("nan"))),)), Wish(feelings=(Feeling(preset="sad"),) * 17),
    ],
)  # fmt: skip
def test_wishes_that_mean_nothing(wish):
    with pytest.raises(LineProblem) as refused:
        check_wish(wish)
    assert refused.value.code == "bad_wish" and refused.value.message


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("angry", Feeling(preset="angry")),
        ("angry@0.3", Feeling(0.3, preset="angry")),
        ("angrily, voice shaking @ 0.5", Feeling(0.5, words="angrily, voice shaking")),
        ("0,0.6,0,0,0,0,0.2,0", Feeling(emotion=Emotion(angry=0.6, surprised=0.2))),
        ("angry=0.6, tremble=0.5, pace=-0.2@2", Feeling(2.0, emotion=Emotion(angry=0.6, tremble=0.5, pace=-0.2))),
        ("冷冷地说", Feeling(words="冷冷地说")),
    ],
)
def test_a_feeling_in_the_shell(text, feeling):
    assert feeling_text.read(text) == feeling


@pytest.mark.parametrize("text", ["", "@0.5", "1,2", "angry=much", "angry=0.5,loud=1"])
def test_no_feeling_in_the_shell(text):
    with pytest.raises(LineProblem):
        feeling_text.read(text)
