"""What makes a recording unfit to be followed, on a real one with known faults added; and dialogue apart from background."""
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.hear.activity import stretches
from engine.hear.condition import music, several, warnings
from engine.hear.split import SILENCE, dialogue, needed, parts
from engine.script import Stretch

RECORDING = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"
RATE = 16000


@pytest.fixture(scope="module")
def speech():
    return soundfile.read(RECORDING, dtype="float32")[0]


def noise(count):
    return np.random.default_rng(1).standard_normal(count).astype(np.float32)


def chords(count):
    """Three notes of six partials each, another chord each second."""
    time, sound = np.arange(count) / RATE, np.zeros(count)
    root = np.array([220.0, 174.6, 261.6, 196.0])[time.astype(int) % 4]
    for step in (1, 1.26, 1.5):
        for partial in range(1, 7):
            sound += np.sin(2 * np.pi * np.cumsum(root * step * partial) / RATE) / partial
    return (sound / sound.std()).astype(np.float32)


def over(speech, background, decibels):
    """The speech with a background so many decibels under it."""
    power = np.mean(parts(speech, RATE, stretches(speech, RATE))[0] ** 2)
    return speech + background * np.float32(np.sqrt(power) * 10 ** (-decibels / 20))


def told(sound):
    return warnings(sound, RATE, stretches(sound, RATE))


def test_a_clean_recording_gives_none(speech):
    assert told(speech) == ()


def test_noise_is_told_with_its_figure(speech):
    (sentence,) = told(over(speech, noise(len(speech)), 10))
    assert sentence.startswith("The recording is noisy: the background is only ") and "choose a cleaner stretch" in sentence
    assert told(over(speech, noise(len(speech)), 25)) == ()


def test_music_is_told_from_noise(speech):
    (sentence,) = told(over(speech, chords(len(speech)), 10))
    assert sentence.startswith("Music or a hum sounds under the speech")
    assert music(speech, RATE, stretches(speech, RATE)) < 0.05


def test_too_short(speech):
    part = speech[round(3.1 * RATE) : round(3.9 * RATE)]
    assert told(part)[0].startswith("The recording has only 0.4 s of speech")


def test_nobody_speaks():
    assert told(np.zeros(RATE, np.float32)) == ("Nobody is heard to speak in the recording. Choose a stretch with speech.",)


def test_another_voice_in_turn(speech):
    """The same man, and after a second himself as a child: half an octave and a vocal tract shorter by as much."""
    soxr = pytest.importorskip("soxr")
    pytest.importorskip("parselmouth")
    child = soxr.resample(speech, RATE * 2, RATE)
    both = np.concatenate([speech[: 5 * RATE], np.zeros(RATE, np.float32), child])
    assert several(both, RATE, stretches(both, RATE))
    assert not several(speech, RATE, stretches(speech, RATE))


@pytest.mark.parametrize("decibels", [10, 15, 25])
def test_how_much_background(speech, decibels):
    clean = np.zeros_like(speech)
    for one in stretches(speech, RATE):
        part = slice(round(one.start * RATE), round(one.end * RATE))
        clean[part] = speech[part]
    found = needed(over(clean, noise(len(clean)), decibels), RATE, stretches(speech, RATE))
    assert abs(found.below - decibels) < 1.0 and found.much == (decibels < 20) and f"{found.below:.0f} dB" in found.reason


def test_without_speech_nothing_is_split():
    found = needed(np.zeros(RATE, np.float32), RATE, ())
    assert (found.below, found.much) == (SILENCE, False)


def test_speech_that_fills_the_recording_has_no_pause_to_tell_by(speech):
    part = speech[round(0.4 * RATE) : round(2.0 * RATE)]
    found = needed(part, RATE, (Stretch(0.0, 1.6),))
    assert not found.much and found.reason


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_dialogue_and_background_lie_on_their_samples(speech, rate):
    import soxr

    sound = over(speech, noise(len(speech)), 10)
    sound = soxr.resample(sound, RATE, rate) if rate != RATE else sound
    kept, rest = dialogue(sound, rate)
    assert len(kept) == len(rest) == len(sound) and np.allclose(kept + rest, sound, atol=1e-6)
    plain = soxr.resample(speech, RATE, rate)[: len(kept)] if rate != RATE else speech
    size = 2 * len(kept)
    product = np.fft.irfft(np.fft.rfft(kept, size) * np.conj(np.fft.rfft(plain, size)))
    assert int(product.argmax()) in (0, 1, size - 1)
    spoken = stretches(speech, RATE)
    before, after = (np.mean(parts(one, rate, spoken)[1] ** 2) for one in (sound, kept))
    assert 10 * np.log10(before / after) > 20


def test_nothing_at_all():
    assert [len(part) for part in dialogue(np.zeros(0, np.float32), 48000)] == [0, 0]
