"""The real voice in a mood: it keeps its slot and its words, changes what the mood says, and is itself when neutral."""
import numpy as np
import pytest

from engine.emotion import EIGHT
from engine.hear import words
from engine.script import Emotion, Feeling
from engine.speak import Engine

from .sound import heard
from .test_kokoro import pitch, take

pytestmark = pytest.mark.model

TEXT = "I came back, and nobody was there."


@pytest.fixture(scope="module")
def engine(models):
    return Engine(models)


def felt(engine, folder, name="", text=TEXT, intensity=0.8, seconds=0.0, **wish):
    feelings = (Feeling(preset=name),) if name else ()
    mode = "controlled" if seconds else "free"
    return take(engine, folder, text, seconds=seconds, mode=mode, feelings=feelings, intensity=intensity, **wish)


def voiced(samples, rate):
    """Share of loud 30 ms windows that repeat themselves at a voice's period, with their times in seconds."""
    size, found = round(0.03 * rate), []
    for start in range(0, len(samples) - size, size):
        window = samples[start : start + size] * np.hanning(size)
        if np.sqrt((window**2).mean()) < 0.02:
            continue
        lags = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:size]
        found.append((start / rate, lags[rate // 400 : rate // 70].max() > 0.45 * lags[0]))
    return found


def share(found):
    return float(np.mean([tone for _at, tone in found]))


def test_neutral_to_the_bit(engine, tmp_path):
    plain, nothing = felt(engine, tmp_path / "a"), felt(engine, tmp_path / "b", "angry", intensity=0.0)
    assert np.array_equal(heard(plain.path)[0], heard(nothing.path)[0])
    assert nothing.plan.moods == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", EIGHT)
def test_every_emotion_fills_its_slot_to_the_sample(engine, tmp_path, name):
    made = felt(engine, tmp_path, name, seconds=2.6, rate=44100)
    samples, rate = heard(made.path)
    assert (len(samples), rate) == (round(2.6 * 44100), 44100)
    assert made.overflow_ms == 0 and made.true_peak <= -1


def test_anger_and_sadness_go_apart(engine, tmp_path):
    plain, angry, sad = (felt(engine, tmp_path, name) for name in ("", "angry", "sad"))
    assert pitch(sad.path) < pitch(plain.path) < pitch(angry.path)
    assert angry.speech.natural < plain.speech.natural < sad.speech.natural
    assert sad.loudness < plain.loudness < angry.loudness


def test_a_whisper_has_no_tone_and_all_its_words(engine, models, tmp_path):
    wish = {"feelings": (Feeling(emotion=Emotion(whisper=1.0)),)}
    made = take(engine, tmp_path, TEXT, seconds=0.0, mode="free", **wish)
    samples, rate = heard(made.path)
    plain = felt(engine, tmp_path)
    assert share(voiced(samples * 2, rate)) < 0.35 < 0.6 < share(voiced(*heard(plain.path)))
    said = words.text(words.Recogniser(models).hear(samples.astype(np.float32), rate, "en"), "en")
    assert words.differences(TEXT, said, "en")[0] <= 0.15


def test_a_direction_acts_on_its_phrase(engine, tmp_path):
    made = take(engine, tmp_path, "He is still asleep. [whispering] Come with me, and bring the lamp along.", seconds=0.0, mode="free")
    assert made.plan.text == "He is still asleep. Come with me, and bring the lamp along."
    times = {word.text: word for word in made.speech.words}
    found = voiced(*heard(made.path))
    inside = [(at, tone) for at, tone in found if times["Come"].start < at < times["me"].end]
    before = [(at, tone) for at, tone in found if at < times["asleep"].start]
    after = [(at, tone) for at, tone in found if at > times["bring"].start]
    assert share(inside or [(0, False)]) < 0.4 < share(before) and share(after) > 0.4


def test_another_seed_is_another_reading(engine, tmp_path):
    readings = [felt(engine, tmp_path, "sad", seed=seed) for seed in (1, 2)]
    one, other = (heard(reading.path)[0] for reading in readings)
    assert len(one) != len(other) or not np.allclose(one, other, atol=1e-3)
    assert all(pitch(reading.path) < pitch(felt(engine, tmp_path, seed=seed).path) * 1.02 for seed, reading in zip((1, 2), readings, strict=True))


def test_an_emotion_is_louder_or_softer_than_the_level(engine, tmp_path):
    loud, quiet = (felt(engine, tmp_path, name, level=-25.0) for name in ("angry", "sad"))
    assert loud.loudness > -24 > -27 > quiet.loudness
