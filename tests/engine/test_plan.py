"""What a plan holds and what it refuses; anchors stay with their words when the text is tidied."""
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.neighbours import Space
from engine.plan import check_wish, cleaned, plan
from engine.problems import LineProblem
from engine.prosody import MANNERS
from engine.script import Anchor, Cast, Emotion, Job, Line, Mood, Role, Stretch, Voice, Wish
from engine.spoken import Spoken

VOICES = {"sine": "en-us", "low": "en-us"}
ROLE = Role("ANNA", Voice("sine", family="tone"))


def planned(line, role=ROLE, space=None, **heard):
    return plan(line, Job((line,), Cast((role,))), role, VOICES, "hash", space=space, **heard)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(ratio=0.74), Wish(ratio=1.26), Wish(ratio=-1.0), Wish(tokens=-1), Wish(tokens=24001), Wish(ratio=1.0, tokens=40),
        Wish("free", ratio=1.0), Wish("free", tokens=40), Wish(smoothness=1.1), Wish(smoothness=-0.1), Wish(sync=2.0), Wish(borrow=-0.1),
        Wish(borrow=2.1), Wish(jump=0.5), Wish(level=-50.0), Wish(level=0.0), Wish(shortest=1.1), Wish(longest=0.9), Wish("fast"),
        Wish(ratio=float("nan")), Wish(smoothness=float("nan")), Wish(level=float("nan")), Wish(borrow=float("nan")), Wish(jump=float("nan")),
    ],
)  # fmt: skip
def test_wishes_that_mean_nothing(wish):
    with pytest.raises(LineProblem) as refused:
        check_wish(wish)
    assert refused.value.code == "bad_wish"


@pytest.mark.parametrize("wish", [Wish(ratio=0.75), Wish(ratio=1.25), Wish(tokens=1), Wish("free"), Wish(smoothness=0.0), Wish(smoothness=1.0), Wish(jump=0.0)])
def test_wishes_at_their_limits(wish):
    check_wish(wish)


@given(st.text(st.sampled_from("ab é\u0301\t\n  。这|"), max_size=30))
def test_every_place_of_a_text_is_known_after_tidying(text):
    tidy, places = cleaned(text)
    assert len(places) == len(text) + 1 and places == sorted(places) and places[-1] == len(tidy)
    for index in (i for i, sign in enumerate(text) if not unicodedata.combining(sign)):
        rest = cleaned(text[index:])[0]
        assert tidy[places[index] :] == rest or not rest or tidy.endswith(rest)


def test_anchors_keep_their_words():
    text = "  one   two\n three "
    made = planned(Line("a", text, seconds=3.0, anchors=(Anchor(text.index("two"), 1.0), Anchor(text.index("three"), 2.0))))
    assert made.text == "one two three"
    assert [(made.text[anchor.index :].split()[0], anchor.at) for anchor in made.anchors] == [("two", 1.0), ("three", 2.0)]


def test_borrowed_time_moves_everything_that_has_a_time():
    line = Line("a", "one two", seconds=2.0, anchors=(Anchor(4, 1.0),))
    made = planned(line, space=Space(1.1, 0.25, 0.5, most=2.5), stretches=(Stretch(0.5, 1.5),))
    assert (made.seconds, made.early, made.late, made.most) == (2.75, 0.25, 0.5, 2.75)
    assert made.anchors[0].at == 1.25 and made.stretches == (Stretch(0.75, 1.75),) and made.wish.longest == 1.1


@pytest.mark.parametrize("wish", [Wish("free"), Wish(ratio=1.0), Wish(tokens=40), Wish(sync=0.0)])
def test_the_original_decides_nothing_where_it_is_not_followed(wish):
    line = Line("a", "one two", seconds=2.0, wish=wish)
    assert planned(line, stretches=(Stretch(0.5, 1.5),)).stretches == ()


def test_loudness_of_the_original_or_the_level():
    line = Line("a", "one", seconds=1.0)
    assert planned(line).loudness == Wish.level and planned(line, loudness=-27.34).loudness == -27.3
    own = Line("a", "one", seconds=1.0, wish=Wish(match=False, level=-16.0))
    assert planned(own, loudness=-27.34).loudness == -16.0
    assert planned(line, loudness=-90.0).loudness == -40.0, "a fault of the measurement makes no silence"


def test_an_emotion_is_louder_or_softer_than_the_level_but_not_than_the_original():
    line = Line("a", "one", seconds=1.0)
    said = Spoken("one", (0, 1, 2, 3), (Mood(0, Emotion(shout=0.5)),))
    assert planned(line, said=said).loudness == Wish.level + MANNERS["shout"].gain / 2
    assert planned(line, said=said, loudness=-27.0).loudness == -27.0
    assert planned(line, said=said).moods == said.moods
