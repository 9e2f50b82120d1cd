"""Words are divided among the original's phrases in order, begin with their partners, and never run into each other."""
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fit import EDGE, room
from engine.phrases import GAP, Unit, length, parts
from engine.script import Anchor, Contour, Emotion, Heard, Plan, Prosody, Stretch, Voice, Wish

KENNEDY = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


def units_of(text, letter=0.07, pause=0.2):
    found, at = [], 0
    for word in text.split():
        mark = not word[-1].isalnum()
        found.append(Unit(word.strip(",.?!"), letter * len(word.strip(",.?!")), pause if mark else 0.02, mark, at))
        at += len(word) + 1
    return found


def plan(seconds, stretches=(), anchors=(), **wish):
    spans = tuple(Stretch(*span) for span in stretches)
    return Plan("x", "en-us", Voice("sine", "sine", "tone"), seconds, Wish(**wish), 48000, 2, 0.0, "", "", stretches=spans, anchors=tuple(anchors))


def said(units, found):
    return [" ".join(unit.text for unit in units[part.first : part.last]) for part in found]


def test_one_part_fills_the_slot():
    (part,) = parts(units_of("Not tonight."), plan(2.0))
    assert (part.first, part.last, part.start, part.seconds) == (0, 2, EDGE, pytest.approx(1.98))


def test_free_ratio_and_tokens_follow_the_words():
    units = units_of("We are not ready, not at all.")
    assert parts(units, plan(0.0, mode="free"))[0].seconds is None
    assert parts(units, plan(9.0, ratio=0.8))[0].seconds == pytest.approx(0.8 * length(units))
    assert parts(units, plan(9.0, tokens=60))[0].seconds == pytest.approx(1.5)


def test_four_phrases_find_their_partners():
    units = units_of(KENNEDY)
    heard = ((0.3, 2.1), (3.3, 4.3), (5.4, 7.6), (8.1, 10.5))
    found = parts(units, plan(11.0, heard))
    assert said(units, found) == ["And so my fellow Americans", "ask not", "what your country can do for you", "ask what you can do for your country"]
    assert [part.start for part in found] == [begin for begin, _end in heard]
    assert [part.start + part.seconds for part in found] == pytest.approx([end for _begin, end in heard])


def test_fewer_words_than_phrases_and_the_other_way_round():
    word = units_of("No.")
    (part,) = parts(word, plan(3.0, ((0.2, 0.7), (1.5, 1.9), (2.1, 2.8))))
    assert part.start == 0.2
    units = units_of("First, second, third, fourth, and fifth.")
    (whole,) = parts(units, plan(4.0, ((0.5, 3.5),)))
    assert (whole.first, whole.last, whole.start) == (0, len(units), 0.5)


def test_strength_moves_the_phrases_half_way():
    units, heard = units_of(KENNEDY), ((0.3, 2.1), (3.3, 4.3), (5.4, 7.6), (8.1, 10.5))
    full, half, slight = (parts(units, plan(11.0, heard, sync=strength)) for strength in (1.0, 0.5, 0.001))
    for a, b, c in zip(full, half, slight, strict=True):
        assert b.start == pytest.approx((a.start + c.start) / 2, abs=0.01)
    assert len(parts(units, plan(11.0, heard, sync=0.0))) == 1


def test_an_anchor_holds_its_word():
    units = units_of(KENNEDY)
    at = KENNEDY.index("what your")
    for heard in ((), ((0.3, 2.1), (3.3, 4.3), (5.4, 7.6), (8.1, 10.5))):
        found = parts(units, plan(11.0, heard, [Anchor(at, 6.0)]))
        held = next(part for part in found if units[part.first].index == at)
        assert held.start == 6.0


def test_chinese_particles_stay_with_their_word():
    units = [Unit(word, 0.3, 0.0, False, i) for i, word in enumerate(("他", "缓缓", "地", "走过来"))]
    found = parts(units, plan(3.0, ((0.1, 1.0), (1.6, 2.6))))
    assert said(units, found) in (["他 缓缓 地", "走过来"], ["他", "缓缓 地 走过来"])


@pytest.mark.parametrize(("wish", "share"), [({"mode": "free"}, None), ({"ratio": 0.8}, 0.8), ({"ratio": 0.8, "performance": 0.5}, 0.8)])
def test_more_words_than_a_performance_has_breath_for_are_said_in_one(wish, share):
    units = units_of("and on " * 70)
    phrases = tuple(Contour(start, start + 1.0, (0.0, 0.0), (0.0, 0.0)) for start in (0.0, 1.5))
    heard = Heard(Prosody(), None, phrases, Emotion())
    (part,) = parts(units, replace(plan(0.0, **{"performance": 1.0, **wish}), heard=heard))
    assert (part.first, part.last, part.start) == (0, len(units), EDGE)
    assert part.seconds == (share and pytest.approx(share * length(units)))


SPANS = st.lists(st.tuples(st.floats(0.05, 1.5), st.floats(0.06, 2.5)), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(st.tuples(st.floats(0.03, 1.2), st.booleans()), min_size=1, max_size=25),
    gaps=SPANS,
    seconds=st.floats(0.04, 60.0),
    sync=st.floats(0, 1),
    anchors=st.lists(st.tuples(st.integers(0, 30), st.floats(0, 70)), max_size=4),
)
def test_every_word_once_in_order_and_in_time(words, gaps, seconds, sync, anchors):
    units = [Unit(f"w{i}", sound, 0.2 * mark, mark, i) for i, (sound, mark) in enumerate(words)]
    at, heard = 0.0, []
    for silence, sound in gaps:
        heard.append((at + silence, at + silence + sound))
        at += silence + sound
    wanted = plan(seconds, heard, [Anchor(index, time) for index, time in anchors], sync=sync)
    found = parts(units, wanted)
    assert found[0].first == 0 and found[-1].last == len(units)
    for before, after in zip(found, found[1:], strict=False):
        assert before.last == after.first
        assert after.start > before.start
    for part in found:
        assert part.first < part.last and part.seconds > 0
        assert part.start >= 0
    if len(found) == 1 and not heard:
        assert found[0].seconds == pytest.approx(room(wanted), abs=1e-6) or found[0].start > EDGE
    for before, after in zip(found, found[1:], strict=False):
        assert before.start + before.seconds <= max(after.start - GAP, before.start + 0.02) + 1e-6
