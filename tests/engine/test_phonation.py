"""How a voice is produced, heard in the sound: brighter or darker, louder and softer, breath and tone; nothing moves."""
import numpy as np
import pytest

from engine.phonation import MOST, breathed, coloured, swing, tilted

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


@pytest.mark.parametrize("frequency", [400, 2500])
def test_tilt_goes_over_within_the_sound_where_it_is_wished(frequency):
    sound = (0.1 * np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)).astype(np.float32)
    found = tilted(sound, RATE, np.repeat([0.0, 6.0], RATE // 2))
    levels = [20 * np.log10(found[span].std() / sound[span].std()) for span in (slice(2000, 10000), slice(14000, 22000))]
    assert levels[0] == pytest.approx(0, abs=0.1) and np.sign(levels[1]) == np.sign(frequency - 1000) and abs(levels[1]) > 3
    halfway = 20 * np.log10(found[12000 - 480 : 12000 + 480].std() / sound[12000 - 480 : 12000 + 480].std())
    assert halfway == pytest.approx(levels[1] / 2, abs=1.2), "the change is where it was wished"


def test_accents_never_tear_a_word_apart():
    assert np.abs(swing(speech(), RATE, flat(speech(), np.log(8)))).max() <= MOST


def test_breath_takes_the_tones_place_by_its_share():
    tone, air = speech(), np.random.default_rng(1).normal(0, 0.1, len(speech())).astype(np.float32)
    nothing, shares = np.zeros_like(tone), (0.0, 0.2, 0.5, 0.85, 1.0)
    breath = [float(breathed(nothing, air, flat(tone, share)).std()) for share in shares]
    voice = [float(breathed(tone, nothing, flat(tone, share)).std() / tone.std()) for share in shares]
    assert breath == sorted(set(breath)) and breath[0] == 0
    assert voice == pytest.approx([1.0, 0.8, 0.5, 0.045, 0.0], abs=1e-3)
    assert breathed(tone, air, flat(tone, 0.3)) == pytest.approx(breathed(tone, nothing, flat(tone, 0.3)) + breathed(nothing, air, flat(tone, 0.3)), abs=1e-6)


def test_a_whisper_as_words_wish_it_has_no_tone_left():
    share = 0.85
    tone = speech()
    air = np.random.default_rng(1).normal(0, 1, len(tone)).astype(np.float32) * tone.std() * 10 ** (-13 / 20)
    nothing = np.zeros_like(tone)
    left, breath = breathed(tone, nothing, flat(tone, share)), breathed(nothing, air, flat(tone, share))
    assert 20 * np.log10(breath.std() / left.std()) > 10, "breath as soft as the softest voice has it covers the tone"
