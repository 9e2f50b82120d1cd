"""Voice and face together: certain sources count more, agreement makes certain, disagreement uncertain."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.emotion import EIGHT
from engine.hear.combined import STEP, agreement, combined, overall
from engine.script import Emotion, Sense

HAPPY, SAD = Emotion(happy=1.0), Emotion(sad=1.0)


def voice(start, end, emotion=HAPPY, certainty=0.5, arousal=0.0, valence=0.0):
    return Sense(start, end, emotion, arousal, valence, certainty, "voice")


def face(start, end, emotion=HAPPY, certainty=0.5, arousal=0.0, valence=0.0):
    return Sense(start, end, emotion, arousal, valence, certainty, "face")


def test_nothing_gives_nothing():
    assert combined((), ()) == () and overall(()) is None


def test_one_source_alone_stays_what_it_is():
    assert combined((voice(0, 0.5, HAPPY, 0.4, 0.3, 0.6),), ()) == (voice(0, 0.5, HAPPY, 0.4, 0.3, 0.6),)
    assert [(one.start, one.end, one.source) for one in combined((), (face(1.0, 2.0),))] == [(1.0, 1.5, "face"), (1.5, 2.0, "face")]


def test_two_that_agree_are_more_certain_than_either():
    (both,) = combined((voice(0, 0.5, HAPPY, 0.5),), (face(0, 0.5, HAPPY, 0.6),))
    assert both.source == "both" and both.emotion == HAPPY and both.certainty == pytest.approx(1 - 0.5 * 0.4)


def test_two_that_disagree_leave_little_certainty():
    (both,) = combined((voice(0, 0.5, SAD, 0.2),), (face(0, 0.5, HAPPY, 0.6),))
    assert both.certainty == pytest.approx(0.4)
    assert (both.emotion.happy, both.emotion.sad) == (0.75, 0.25)


def test_the_voice_tells_arousal_and_the_face_valence():
    (both,) = combined((voice(0, 0.5, arousal=0.9, valence=-0.3),), (face(0, 0.5, arousal=0.3, valence=0.6),))
    assert both.arousal == pytest.approx(0.7) and both.valence == pytest.approx(0.3)


def test_each_half_second_has_what_covers_it():
    found = combined((voice(0.2, 2.2, SAD, 0.4), voice(0.7, 2.7, HAPPY, 0.4)), (face(1.0, 1.5, SAD, 0.4),))
    assert [(one.start, one.end) for one in found] == [(0.2, 0.5), (0.5, 1.0), (1.0, 1.5), (1.5, 2.0), (2.0, 2.5), (2.5, 2.7)]
    assert [one.source for one in found] == ["voice", "voice", "both", "voice", "voice", "voice"]
    assert found[0].emotion == SAD and found[-1].emotion == HAPPY
    assert found[1].emotion.sad == pytest.approx(0.5 / 0.8, abs=1e-3)
    assert found[2].emotion.sad == pytest.approx(0.75)


def test_overall_weighs_by_time_and_certainty():
    whole = overall((voice(0, 1, SAD, 0.2), voice(1, 4, HAPPY, 0.4)))
    assert (whole.start, whole.end, whole.source) == (0, 4, "voice")
    assert whole.emotion.sad == pytest.approx(0.2 / 1.4, abs=1e-3) and whole.certainty == pytest.approx(0.35)
    assert overall((voice(0, 1), face(1, 2))).source == "both"


def test_no_certainty_at_all_is_no_error():
    (both,) = combined((voice(0, 0.5, SAD, 0.0),), (face(0, 0.5, HAPPY, 0.0),))
    assert both.certainty == 0 and both.emotion.happy == both.emotion.sad == 0.5


def test_what_two_points_share():
    assert agreement(HAPPY, HAPPY) == 1 and agreement(HAPPY, SAD) == 0 and agreement(Emotion(), Emotion()) == 1
    assert agreement(Emotion(happy=0.5), Emotion()) == 0.5


points = st.builds(lambda values: Emotion(**dict(zip(EIGHT, values, strict=True))), st.lists(st.floats(0, 1), min_size=8, max_size=8))
senses = st.lists(
    st.builds(lambda start, length, *rest: (start, start + length, *rest), st.floats(0, 5), st.floats(0.01, 3), points, st.floats(0, 1), st.floats(-1, 1), st.floats(-1, 1)),
    max_size=5,
)


@given(senses, senses)
def test_everything_stays_in_its_range(heard, seen):
    found = combined(tuple(voice(*one) for one in heard), tuple(face(*one) for one in seen))
    for one, following in zip(found, found[1:], strict=False):
        assert one.end <= following.start + 1e-9 and one.end - one.start <= STEP + 1e-9
    for one in (*found, *filter(None, [overall(found)])):
        assert 0 <= one.certainty <= 1 and -1 <= one.arousal <= 1 and -1 <= one.valence <= 1
        assert all(0 <= getattr(one.emotion, name) <= 1 for name in EIGHT)
    if not seen:
        assert all(one.source == "voice" for one in found)
