"""Directions are found where writers put them, are never spoken, and act on the line or on their phrase."""
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.directions import LONGEST, Direction, named, parted, split

SIGNS = st.text(alphabet="ab9 .,?[](){}【】（）。，\n\"'好", max_size=60)


def heard(text):
    """(what is spoken, [(what it acts on, words)])."""
    spoken, directions = split(text)
    return spoken, [(spoken[d.index : d.end], d.words) for d in directions]


@pytest.mark.parametrize(
    "text, spoken, acts",
    [
        ("[angrily] Get out, now!", "Get out, now!", [("Get out, now!", "angrily")]),
        ("(softly) Good night, dear.", "Good night, dear.", [("Good night, dear.", "softly")]),
        ("（颤抖着）我好怕，别走。", "我好怕，别走。", [("我好怕，别走。", "颤抖着")]),
        ("【冷冷地】你来了。", "你来了。", [("你来了。", "冷冷地")]),
        ("Come in. (whispering) They are here, upstairs.", "Come in. They are here, upstairs.", [("They are here", "whispering")]),
        ("Well, [laughing] that was close, my friend.", "Well, that was close, my friend.", [("that was close", "laughing")]),
        ("Well [laughing], that was close.", "Well, that was close.", [("that was close", "laughing")]),
        ("[angrily] You lied. [sobbing] I trusted you. Go.", "You lied. I trusted you. Go.", [("You lied. ", "angrily"), ("I trusted you", "sobbing")]),
        ("你好。（小声）快走、快走，他来了。", "你好。快走、快走，他来了。", [("快走、快走", "小声")]),
        ("First line\n(shouting) second line", "First line\nsecond line", [("second line", "shouting")]),
        ("“(softly) Hush,” she said.", "“Hush,” she said.", [("Hush,” she said.", "softly")]),
        ("[sad] [slowly] Gone.", "Gone.", [("Gone.", "sad, slowly")]),
        ("At last [fast] 10:30 came, and noon.", "At last 10:30 came, and noon.", [("10:30 came", "fast")]),
        ("Stop[beat]there.", "Stop there.", [("there", "beat")]),
        ("[] Hello [ ] you.", "Hello you.", []),
        ("Wait. [sighs]", "Wait.", []),
        ("[sighs]", "", []),
        ("[a [b] c] Yes.", "Yes.", [("Yes.", "a [b] c")]),
    ],
)
def test_directions_and_what_they_act_on(text, spoken, acts):
    assert heard(text) == (spoken, acts)


@pytest.mark.parametrize(
    "text",
    ["I saw him (the tall one) yesterday.", "An [unfinished thought", "closed] only", "Yes :) of course", f"[{'a long aside ' * 8}] yes", "他（我哥哥）走了。", "", "two  spaces \n stay"],
)
def test_what_is_no_direction_stays(text):
    assert split(text) == (text, ())


def test_a_direction_may_have_eighty_characters():
    assert heard(f"[{'a' * LONGEST}] Go.")[0] == "Go."
    assert heard(f"[{'a' * (LONGEST + 1)}] Go.")[1] == []


def test_the_opening_direction_holds_to_the_end():
    assert split("[calm] One. Two, three.")[1] == (Direction(0, 16, "calm"),)


@pytest.mark.parametrize(
    "name, parts",
    [("ANNA (softly)", ("ANNA", "softly")), ("安娜（小声）", ("安娜", "小声")), ("Anna [angry, fast] ", ("Anna", "angry, fast")), ("ANNA", ("ANNA", "")), ("(softly)", ("(softly)", "")), ("A (b) c", ("A (b) c", "")), ("", ("", ""))],
)
def test_a_name_and_its_direction(name, parts):
    assert named(name) == parts


@given(SIGNS | st.text(max_size=120))
def test_any_text(text):
    spoken = parted(text)
    assert split(spoken.text) == (spoken.text, ()), "a direction was left"
    assert len(spoken.places) == len(text) + 1 and spoken.places[-1] == len(spoken.text)
    assert all(a <= b for a, b in zip(spoken.places, spoken.places[1:], strict=False))
    at = 0
    for direction in spoken.directions:
        assert at <= direction.index < direction.end <= len(spoken.text)
        assert direction.words.strip() and spoken.text[direction.index].isalnum()
        at = direction.end


@given(st.text(alphabet=st.characters(exclude_characters="[]【】()（）")))
def test_a_text_without_brackets_is_unchanged(text):
    assert parted(text) == parted(text) and split(text) == (text, ())
    assert parted(text).places == tuple(range(len(text) + 1))


@given(SIGNS)
def test_every_sign_that_is_spoken_is_where_its_index_went(text):
    spoken = parted(text)
    # a place is the first spoken sign at or after the index, so every sign but the spaces that were put in has one
    for place, sign in enumerate(spoken.text):
        assert any(text[index] == sign for index in range(len(text)) if spoken.places[index] == place) or sign == " "


def test_the_longest_text_takes_no_time():
    start = time.perf_counter()
    for text in ("[" * 10000, "(" * 10000, "[a]" * 3000, "[x" * 40 + "]" * 40 + "." * 9000, ("[" + "a" * 40) * 120 + "]" * 120):
        parted(text)
    assert time.perf_counter() - start < 5
