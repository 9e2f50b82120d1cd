"""Lines side by side: nobody talks into another, silence is borrowed only where it is, and no pace jumps."""
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.neighbours import BESIDE, GUARD, HURRIED, Standing, arranged, verdict
from engine.script import Wish


def standing(uid="a", start=10.0, seconds=2.0, natural=2.0, speaker="X", **wish):
    return Standing(uid, speaker, start, seconds, natural, Wish(**wish))


@st.composite
def films(draw):
    """Lines in no order, some over each other, some very close."""
    count = draw(st.integers(1, 12))
    at, lines = 0.0, []
    for number in range(count):
        at += draw(st.floats(-0.5, 3.0))
        seconds = draw(st.one_of(st.just(0.0), st.floats(0.04, 4.0)))
        lines.append(
            standing(
                f"u{number}", max(0.0, at), seconds, draw(st.floats(0.1, 6.0)), draw(st.sampled_from(["X", "Y", ""])),
                borrow=draw(st.sampled_from([0.0, 0.3, 2.0])), mode=draw(st.sampled_from(["controlled", "controlled", "free"])),
            )  # fmt: skip
        )
        at += seconds
    return lines


@given(films(), st.sampled_from([0.0, 1 / 24, 1.001 / 30]))
def test_borrowing_takes_only_silence(lines, quantum):
    spaces = arranged(lines, quantum)
    assert set(spaces) == {line.uid for line in lines}
    taken = {line.uid: (line.start - spaces[line.uid].early, line.end + spaces[line.uid].late) for line in lines}
    for line in lines:
        space = spaces[line.uid]
        assert 0 <= space.early <= line.wish.borrow + 1e-9 and 0 <= space.late <= line.wish.borrow + 1e-9
        assert line.start - space.early >= -1e-9, "nothing sounds before the film"
        if quantum:
            for seconds in (space.early, space.late):
                assert abs(seconds / quantum - round(seconds / quantum)) < 1e-6
        for other in lines:
            if other is line or not (other.seconds or other.open_end):
                continue  # a line without a slot fails and sounds nowhere
            begin, end = taken[other.uid]
            end = max(end, other.start + other.natural) if other.open_end else end
            if space.late and other.start >= line.end:
                assert begin - (line.end + space.late) >= GUARD - 1e-6
            if space.early and end <= line.start:
                assert line.start - space.early - end >= GUARD - 1e-6


@given(films(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(lines, chance: random.Random):
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert arranged(lines) == arranged(shuffled)


@given(films())
def test_the_same_speaker_waits_for_the_next_line(lines):
    for uid, space in arranged(lines).items():
        line = next(line for line in lines if line.uid == uid)
        later = [o.start - line.start for o in lines if o.speaker == line.speaker and o.speaker and o.start > line.start and o.seconds > 0]
        assert space.most == (min(later) if later else 0.0)


def test_a_hurried_line_borrows_after_it_first():
    spaces = arranged([standing(seconds=1.6, natural=2.0, borrow=1.0)])
    assert spaces["a"].late == pytest.approx(2.0 * HURRIED + 0.02 - 1.6) and spaces["a"].early == 0


def test_a_calm_line_borrows_nothing():
    assert (arranged([standing(borrow=1.0)])["a"].early, arranged([standing(borrow=1.0)])["a"].late) == (0, 0)


def test_without_the_wish_it_is_only_advised():
    space = arranged([standing(seconds=1.0)])["a"]
    assert (space.early, space.late) == (0, 0)
    assert space.outlook.verdict == "too fast"
    assert any("Borrowing" in advice for advice in space.outlook.advice) and any("shorter" in advice for advice in space.outlook.advice)


def test_no_line_is_idle_beside_a_hurried_one():
    hurried = standing("a", 10.0, 1.6, 2.0)
    idle = standing("b", 12.0, 4.0, 2.0)
    spaces = arranged([hurried, idle])
    assert spaces["b"].longest == pytest.approx(1.58 / 2.0 * Wish.jump)
    assert spaces["b"].outlook.jump <= Wish.jump + 1e-3
    free = arranged([hurried, replace(idle, wish=Wish(jump=0.0))])
    assert free["b"].longest == Wish.longest
    stranger = arranged([hurried, replace(idle, speaker="Y")])
    assert stranger["b"].longest == Wish.longest
    later = arranged([hurried, replace(idle, start=10.0 + 1.6 + BESIDE + 0.1)])
    assert later["b"].longest == Wish.longest


def test_overlapping_lines_of_one_speaker_are_told():
    spaces = arranged([standing("a", 10.0, 3.0), standing("b", 12.0, 2.0)])
    assert spaces["a"].most == 2.0 and "1000 ms" in spaces["a"].warnings[0]
    assert spaces["b"].most == 0.0 and not spaces["b"].warnings


@pytest.mark.parametrize(
    "ratio, said", [(0.5, "too fast"), (0.69, "too fast"), (0.75, "fast"), (0.95, "comfortable"), (1.15, "comfortable"), (1.2, "slow"), (1.4, "too slow")]
)
def test_verdicts(ratio, said):
    assert verdict(ratio, Wish()) == said
