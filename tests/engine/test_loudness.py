"""Loudness and true peak against values that ITU and EBU publish, and against another implementation."""
import numpy as np
import pyloudnorm
import pytest

from engine.loudness import loudness, true_peak


def sine(hertz, decibels, seconds=5.0, rate=48000, phase=0.0):
    return 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate + phase)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_a_full_sine_in_one_channel(rate):
    """BS.1770-5, annex 1: 997 Hz at 0 dBFS in one channel measures -3.01 LUFS."""
    assert loudness(sine(997, 0.0, rate=rate), rate) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("decibels", [-23.0, -33.0])
def test_stereo_sines(decibels):
    """EBU Tech 3341, cases 1 and 2: 1 kHz in both channels measures its own level."""
    stereo = np.stack([sine(1000, decibels, 20.0)] * 2, axis=1)
    assert loudness(stereo, 48000) == pytest.approx(decibels, abs=0.1)


def test_quiet_stretches_are_gated():
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36 dBFS measure -23 LUFS."""
    parts = [sine(1000, level, seconds) for level, seconds in ((-36, 10), (-23, 60), (-36, 10))]
    assert loudness(np.stack([np.concatenate(parts)] * 2, axis=1), 48000) == pytest.approx(-23.0, abs=0.1)


def test_between_the_samples():
    """EBU Tech 3341, case 16: a quarter of the rate at 45 degrees and 0.5 amplitude has its peaks between the samples."""
    sound = 0.5 * np.sin(np.pi / 2 * np.arange(48000) + np.pi / 4)
    assert np.abs(sound).max() == pytest.approx(0.5 * np.sqrt(0.5))
    assert true_peak(sound, 48000) == pytest.approx(-6.0, abs=0.4)


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_like_another_meter(rate):
    chance = np.random.default_rng(7)
    noise = chance.standard_normal((5 * rate, 2)) * np.repeat(10 ** (chance.uniform(-3, -1, (10, 1))), rate // 2, axis=0)
    assert loudness(noise, rate) == pytest.approx(pyloudnorm.Meter(rate).integrated_loudness(noise), abs=0.1)


def test_short_and_silent():
    assert loudness(np.zeros(48000), 48000) is None and loudness(np.zeros(0), 48000) is None
    assert loudness(sine(997, -20, 0.05), 48000) == pytest.approx(-23.0, abs=0.5), "shorter than a block is one block"
    assert true_peak(np.zeros(100), 48000) == -np.inf
