"""What is broken: nothing in speech as it is, and what was done to it is found, where and as what."""
import re

import numpy as np
import pytest

from engine.hear.damage import damage
from engine.script import Emotion, Feeling, Phone, Speech, Word
from engine.speak import Engine

from .sound import heard
from .test_kokoro import take

RATE = 48000
SPEECH = Speech((Phone("a", 0.1, 1.1),), (Word("ah", 0.1, 1.1),), 1.0, 1.0, 0.1, 1.1)


def vowel():
    """A second of a low voice that fades in and out, without anything above 12 kHz, as 24 bits hold it."""
    count = round(1.2 * RATE)
    times = np.arange(count) / RATE
    phase = 2 * np.pi * np.cumsum(110 + 8 * np.sin(2 * np.pi * 2 * times)) / RATE
    sound = np.zeros(count)
    for number in range(1, 90):
        hertz = 110 * number
        shape = sum(1 / (1 + ((hertz - middle) / width) ** 2) for middle, width in ((700, 90), (1200, 110), (2600, 160)))
        sound += shape * np.cos(number * phase + number**2 / 40)
    fade = np.interp(times, (0.1, 0.2, 1.0, 1.1), (0, 1, 1, 0))
    sound = 0.6 * sound / np.abs(sound).max() * fade
    return np.round(sound * 2**23) / 2**23


def only(sentences, word, at=None):
    """The one sentence, which has the word in it and the time."""
    assert len(sentences) == 1, sentences
    assert word in sentences[0]
    if at is not None:
        assert float(re.search(r"at (\d+\.\d+) s", sentences[0])[1]) == pytest.approx(at, abs=0.002)
        assert "in “ah”" in sentences[0]


def test_nothing_is_wrong_with_a_vowel_or_with_silence():
    assert damage(vowel(), RATE, SPEECH) == ()
    assert damage(np.zeros(RATE), RATE, SPEECH) == ()
    assert damage(np.zeros(0), RATE, SPEECH) == ()


def test_tops_that_are_cut_off():
    only(damage(np.clip(vowel(), -0.3, 0.3), RATE, SPEECH), "Clipped in")
    assert "Clipped in" in damage(np.clip(vowel(), -1, 0.3), RATE, SPEECH)[0]


@pytest.mark.parametrize("size", (0.01, 0.1, 0.5))
def test_one_sample_off(size):
    sound = vowel()
    sound[30000] += size
    only(damage(sound, RATE, SPEECH), "Clicks or is badly joined in one place", 0.625)


@pytest.mark.parametrize("milliseconds", (3, 10, 30, 100))
def test_a_hole(milliseconds):
    sound = vowel()
    sound[24000 : 24000 + 48 * milliseconds] = 0
    only(damage(sound, RATE, SPEECH), f"drops out for {milliseconds} ms", 0.5)


def test_a_joint_out_of_phase():
    sound = vowel()
    only(damage(np.concatenate([sound[:20000], sound[20110:]]), RATE, SPEECH), "badly joined", 20000 / RATE)


def test_a_step_of_level():
    sound = vowel()
    sound[28000:] *= 0.2
    sentences = damage(sound, RATE, SPEECH)
    only(sentences, "The level jumps by", 28000 / RATE)
    assert float(re.search(r"by (-\d+) dB", sentences[0])[1]) == pytest.approx(-14, abs=2)


def test_a_sound_off_its_middle():
    only(damage(vowel() + 0.05, RATE, SPEECH), "off its middle line")


def test_no_numbers():
    sound = vowel()
    sound[5] = np.nan
    only(damage(sound, RATE, SPEECH), "no numbers")


def test_many_places_are_counted_and_some_named():
    sound = vowel()
    sound[15000:45000:5000] += 0.2
    (sentence,) = damage(sound, RATE, SPEECH)
    assert sentence.startswith("Clicks or is badly joined in 6 places: at 0.31") and sentence.count("at ") == 3 and sentence.endswith(" ….")


@pytest.mark.model
@pytest.mark.parametrize(
    ("voice", "text", "wish"),
    [
        ("af_heart", "I came back, and nobody was there.", {}),
        ("am_fenrir", "I came back, and nobody was there.", {"feelings": (Feeling(preset="angry"),)}),
        ("bm_george", "I came back, and nobody was there.", {"feelings": (Feeling(emotion=Emotion(whisper=1.0)),)}),
        ("bf_emma", "I came back, and nobody was there.", {"effect": "telephone"}),
        ("zf_xiaobei", "他缓缓地走过来。", {"feelings": (Feeling(emotion=Emotion(shout=1.0)),)}),
    ],
)
def test_real_takes_are_whole_and_a_hole_in_them_is_found(models, tmp_path, voice, text, wish):
    made = take(Engine(models), tmp_path, text, voice=voice, mode="free", language="", **wish)
    samples, rate = heard(made.path)
    assert damage(samples, rate, made.speech) == ()
    loudest = int(np.convolve(np.square(samples), np.ones(480), "same").argmax())
    samples[loudest - 240 : loudest + 240] = 0
    (sentence,) = damage(samples, rate, made.speech)
    assert "drops out for 10 ms" in sentence or "drops out for 11 ms" in sentence
