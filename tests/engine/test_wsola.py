"""A sound gets its length to the sample and keeps its pitch, its level and its silence."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.wsola import stretched

RATE = 24000


@settings(max_examples=40, deadline=None)
@given(length=st.integers(0, 30000), factor=st.floats(0.5, 1.6))
def test_to_the_sample(length, factor):
    samples = np.sin(np.arange(length) / 20).astype(np.float32)
    count = round(length * factor)
    assert len(stretched(samples, count, RATE)) == count


@pytest.mark.parametrize("factor", [0.94, 0.97, 1.01, 1.03, 1.06])
@pytest.mark.parametrize("pitch", [90, 150, 310])
def test_keeps_pitch_and_level(factor, pitch):
    time = np.arange(RATE) / RATE
    samples = (0.3 * np.sin(2 * np.pi * pitch * time) + 0.2 * np.sin(4 * np.pi * pitch * time)).astype(np.float32)
    result = stretched(samples, round(RATE * factor), RATE)
    inner = result[1200:-1200]
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner)), 8 * RATE))
    assert np.argmax(spectrum) / 8 == pytest.approx(pitch, abs=2.0)
    assert np.sqrt(np.mean(inner**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.03)
    assert np.abs(np.diff(inner)).max() < 1.2 * np.abs(np.diff(samples)).max(), "a click"


def test_silence_stays_silent_and_equal_length_untouched():
    assert not stretched(np.zeros(5000, np.float32), 5100, RATE).any()
    samples = np.random.default_rng(1).normal(size=5000).astype(np.float32)
    assert np.array_equal(stretched(samples, 5000, RATE), samples)
