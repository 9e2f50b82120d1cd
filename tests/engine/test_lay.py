"""Parts are brought to their exact length and place; a breath before them does not count as speech."""
import numpy as np
import pytest

from engine.fit import audible
from engine.lay import breathless, laid, within
from engine.phrases import GAP, Part

RATE = 24000


def buzz(seconds, level=0.5):
    """A voice-like sound: harmonics of 120 Hz."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (level / 3 * sum(np.sin(2 * np.pi * 120 * k * time + k) for k in range(1, 6))).astype(np.float32)


def line(*pieces):
    """Sounds of these seconds at these starts, in ten seconds of silence."""
    samples = np.zeros(10 * RATE, np.float32)
    for at, seconds in pieces:
        samples[round(at * RATE) :][: round(seconds * RATE)] = buzz(seconds)
    return samples, [(at, at + seconds) for at, seconds in pieces]


def test_parts_lie_where_they_are_planned():
    samples, heard = line((0.5, 1.0), (2.0, 1.5))
    wanted = [Part(0, 1, 0.30, 1.05), Part(1, 2, 4.0, 1.45)]
    take, places = laid(samples, RATE, wanted, heard)
    first, second = take[: 2 * RATE], take[2 * RATE :]
    for sound, after, part in ((first, 0.0, wanted[0]), (second, 2.0, wanted[1])):
        begin, end = audible(sound, RATE)
        assert after + begin == pytest.approx(part.start, abs=0.004) and after + end == pytest.approx(part.start + part.seconds, abs=0.006)
    assert [(place.start, place.end) for place in places] == [pytest.approx((part.start, part.start + part.seconds)) for part in wanted]


def test_a_late_part_moves_the_next():
    samples, heard = line((0.5, 2.0), (4.0, 1.0))
    _take, places = laid(samples, RATE, [Part(0, 1, 0.1, None), Part(1, 2, 1.5, None)], heard)
    assert places[1].start == pytest.approx(places[0].end + GAP)


@pytest.mark.parametrize("share", [0.95, 0.98, 1.02, 1.05])
def test_small_stretches_keep_the_pitch(share):
    samples, heard = line((0.5, 1.0))
    take, _places = laid(samples, RATE, [Part(0, 1, 0.2, share)], heard)
    spectrum = np.abs(np.fft.rfft(take * np.hanning(len(take)), 1 << 17))
    peak = np.argmax(spectrum[: round(200 / RATE * (1 << 17))]) * RATE / (1 << 17)
    assert peak == pytest.approx(120, abs=2.5)


def test_only_small_stretches_are_allowed():
    assert within(1.0, 1.05) and within(1.0, 0.95) and not within(1.0, 1.1) and within(0.2, 0.224)


def test_a_breath_is_taken_away():
    chance = np.random.default_rng(2)
    samples, _heard = line((1.0, 1.0))
    breath = 0.004 * chance.standard_normal(len(samples)).astype(np.float32)
    breath[: round(0.85 * RATE)] = breath[round(2.4 * RATE) :] = 0
    clean = breathless(samples + breath, RATE, "a")
    begin, end = audible(clean, RATE)
    assert begin == pytest.approx(1.0, abs=0.016) and end == pytest.approx(2.0, abs=0.05)
    assert np.abs(clean[: round(0.97 * RATE)]).max() == 0 and np.abs(clean[round(2.07 * RATE) :]).max() == 0
    inside = slice(round(1.02 * RATE), round(1.98 * RATE))
    assert np.array_equal(clean[inside], (samples + breath)[inside]), "the speech itself is not touched"


def test_a_weak_fricative_is_no_breath():
    chance = np.random.default_rng(2)
    samples, _heard = line((1.0, 1.0))
    samples[round(0.9 * RATE) : RATE] = 0.006 * chance.standard_normal(round(0.1 * RATE))
    assert audible(breathless(samples, RATE, "f"), RATE)[0] == pytest.approx(0.9, abs=0.02)
