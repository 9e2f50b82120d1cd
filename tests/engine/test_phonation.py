"""How a voice is produced, heard in the sound: brighter or darker, louder and softer, breath and tone; nothing moves."""
import numpy as np
import pytest

from engine.phonation import breathed, coloured, swing

RATE = 24000


def speech():
    """A second of harmonics of 150 Hz with a syllable's ups and downs, silence around it."""
    time = np.arange(RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 150 * k * time) / k for k in range(1, 40)) * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time))
    return np.pad(0.1 * tone, RATE // 5).astype(np.float32)


def flat(samples, value):
    return np.full(len(samples), float(value))


def balance(samples):
    """dB above 1 kHz against below."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    edge = round(1000 * len(samples) / RATE)
    return 10 * np.log10(power[edge:].sum() / power[:edge].sum())


@pytest.mark.parametrize("tilt", [-4.0, 4.0])
def test_tilt_is_heard_and_nothing_moves(tilt):
    sound = speech()
    found = coloured(sound, RATE, flat(sound, tilt), flat(sound, 0), flat(sound, 0))
    assert len(found) == len(sound)
    assert balance(found) - balance(sound) == pytest.approx(tilt, abs=abs(tilt) / 2) and np.sign(balance(found) - balance(sound)) == np.sign(tilt)
    cross = np.correlate(found[4000:9000], sound[4000:9000], "full")
    assert abs(int(np.argmax(cross)) - 4999) <= 1


def test_nothing_asked_is_nothing_done():
    sound = speech()
    assert coloured(sound, RATE, flat(sound, 0), flat(sound, 0), flat(sound, 0)) is sound
    assert breathed(sound, None, flat(sound, 0)) is sound


def test_silence_stays_silent():
    silence = np.zeros(RATE, np.float32)
    assert not coloured(silence, RATE, flat(silence, 5), flat(silence, 0.5), flat(silence, 6)).any()


def test_accents_set_loud_and_soft_apart():
    sound = speech()
    for accents in (np.log(1.5), np.log(0.7)):
        moved = swing(sound, RATE, flat(sound, accents))
        loud, soft = moved[RATE // 5 + RATE // 16], moved[RATE // 5 + 3 * RATE // 16]
        assert np.sign(loud - soft) == np.sign(accents)


def test_gain_is_in_decibels():
    sound = speech()
    louder = coloured(sound, RATE, flat(sound, 0), flat(sound, 0), flat(sound, 6.0206))
    assert louder == pytest.approx(2 * sound, rel=1e-4)


def test_breath_takes_the_tones_place_by_its_share():
    tone, air = speech(), np.random.default_rng(1).normal(0, 0.1, len(speech())).astype(np.float32)
    assert not (breathed(tone, air, flat(tone, 1.0)) == tone).any()
    power = [float(np.mean((breathed(tone, air, flat(tone, share)) - (1 - share) * tone) ** 2)) for share in (0.0, 0.3, 0.7, 1.0)]
    assert power == sorted(power) and power[0] == 0
