"""The real voice in a mood: it keeps its slot and its words, changes what the mood says, and is itself when neutral."""
from pathlib import Path

import numpy as np
import pytest

from engine.emotion import EIGHT
from engine.formats import yaml_script
from engine.hear import words
from engine.script import Emotion, Feeling, Job
from engine.speak import Engine

from .sound import audible, heard
from .test_kokoro import pitch, take

pytestmark = pytest.mark.model

ROOT = Path(__file__).resolve().parents[2]
TEXT = "I came back, and nobody was there."
WHISPERED = (Feeling(emotion=Emotion(whisper=1.0)),)


@pytest.fixture(scope="module")
def engine(models):
    return Engine(models)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Takes that several tests listen to are spoken once."""
    return tmp_path_factory.mktemp("takes")


def felt(engine, folder, name="", text=TEXT, intensity=0.8, seconds=0.0, **wish):
    feelings = wish.pop("feelings", (Feeling(preset=name),) if name else ())
    mode = "controlled" if seconds else "free"
    return take(engine, folder, text, seconds=seconds, mode=mode, feelings=feelings, intensity=intensity, **wish)


def toned(samples, rate, lowest=130, highest=260):
    """Share of the 50 ms windows, but the soft ones, that repeat themselves after one period of a voice of so many Hz."""
    size = round(0.05 * rate)
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 4]
    power = np.square(windows).sum(axis=1)
    windows = windows[power > power.max() / 16]
    alike = []
    for lag in range(rate // highest, rate // lowest, 2):
        one, other = windows[:, :-lag], windows[:, lag:]
        alike.append((one * other).sum(axis=1) / np.sqrt(np.square(one).sum(axis=1) * np.square(other).sum(axis=1)))
    return float((np.max(alike, axis=0) > 0.6).mean())


def between(made, first, last):
    """The samples from the beginning of one word to the end of another, and their rate."""
    samples, rate = heard(made.path)
    times = {word.text: word for word in made.speech.words}
    return samples[round(times[first].start * rate) : round(times[last].end * rate)], rate


@pytest.mark.parametrize("voice", ["bm_george", "am_michael"])
def test_a_long_pause_is_silent_and_the_next_word_begins_in_its_time(engine, folder, voice):
    text = "Every morning he counted the boats, twice or more."
    made = felt(engine, folder, feelings=(Feeling(emotion=Emotion(pauses=1.0)), Feeling(preset="sad")), intensity=1.0, text=text, voice=voice)
    samples, rate = heard(made.path)
    words_ = {word.text.strip(",."): word for word in made.speech.words}
    begin, end = words_["boats"].end, words_["twice"].start
    assert end - begin > 0.3
    level = np.sqrt((samples[round(made.speech.start * rate) : round(made.speech.end * rate)] ** 2).mean())
    pause = samples[round((begin + 0.12) * rate) : round((end - 0.06) * rate)]
    assert np.abs(pause).max() < level * 10 ** (-30 / 20)
    word = samples[round((end - 0.03) * rate) : round((end + 0.15) * rate)]
    assert np.abs(word).max() > level / 2


def brightness(made):
    """dB above 1 kHz against below."""
    samples, rate = heard(made.path)
    power = np.abs(np.fft.rfft(samples)) ** 2
    edge, top = (round(hertz * len(samples) / rate) for hertz in (1000, 5000))
    return 10 * np.log10(power[edge:top].sum() / power[:edge].sum())


def seconds(made):
    first, last = audible(made.path)
    return (last - first) / 48000


def test_neutral_to_the_bit(engine, folder):
    plain, nothing = felt(engine, folder), felt(engine, folder, "angry", intensity=0.0)
    assert np.array_equal(heard(plain.path)[0], heard(nothing.path)[0])
    assert nothing.plan.moods == () and nothing.speech == plain.speech


@pytest.mark.slow
@pytest.mark.parametrize("name", EIGHT)
def test_every_emotion_fills_its_slot_to_the_sample(engine, folder, name):
    made = felt(engine, folder, name, seconds=1.7533333, rate=44100)
    samples, rate = heard(made.path)
    assert (len(samples), rate) == (round(1.7533333 * 44100), 44100)
    assert made.overflow_ms == 0 and made.true_peak <= -1
    first, last = audible(made.path)
    assert first / rate < 0.05 and 1.7533333 - last / rate < 0.15, "speech begins and ends with its slot in every mood"


def test_anger_and_sadness_go_apart(engine, folder):
    plain, angry, sad = (felt(engine, folder, name) for name in ("", "angry", "sad"))
    assert pitch(sad.path) < 0.96 * pitch(plain.path) and pitch(plain.path) < 0.96 * pitch(angry.path)
    assert seconds(angry) < 0.95 * seconds(plain) and seconds(plain) < 0.95 * seconds(sad)
    assert brightness(sad) + 1 < brightness(plain) < brightness(angry) - 1
    assert sad.loudness + 2 < plain.loudness < angry.loudness - 1


def test_a_whisper_has_no_tone_and_all_its_words(engine, models, folder):
    plain, made = felt(engine, folder, voice="bf_emma"), felt(engine, folder, voice="bf_emma", feelings=WHISPERED, intensity=1.0)
    samples, rate = heard(made.path)
    assert toned(samples, rate) < 0.15 < 0.7 < toned(*heard(plain.path))
    said = words.text(words.Recogniser(models).hear(samples.astype(np.float32), rate, "en"), "en")
    assert words.differences(TEXT, said, "en")[0] <= 0.15
    own = [(word.start, word.end) for word in plain.speech.words]
    assert [word.text for word in made.speech.words] == TEXT.replace(",", "").rstrip(".").split()
    assert np.array([(word.start, word.end) for word in made.speech.words]) == pytest.approx(np.array(own), abs=0.15)


def test_a_direction_acts_on_its_phrase(engine, folder):
    made = felt(engine, folder, text="You are late again. [whispering] Come along with me, and bring your lamp along now.", voice="bf_emma", intensity=1.0)
    assert made.plan.text == "You are late again. Come along with me, and bring your lamp along now."
    assert toned(*between(made, "Come", "me")) < 0.25
    assert toned(*between(made, "You", "again")) > 0.6 < toned(*between(made, "bring", "now"))
    soft, loud = (np.sqrt(np.mean(between(made, *ends)[0] ** 2)) for ends in (("Come", "me"), ("bring", "now")))
    assert 0.05 < soft / loud < 0.6, "softer, and still there"


@pytest.mark.slow
def test_another_seed_is_another_reading_of_the_same_mood(engine, folder):
    one, other = (felt(engine, folder, "sad", seed=seed) for seed in (1, 2))
    assert not np.array_equal(heard(one.path)[0], heard(other.path)[0])
    plain = felt(engine, folder, seed=1)
    assert pitch(one.path) < 0.96 * pitch(plain.path) and seconds(plain) < 0.95 * seconds(one)


@pytest.mark.slow
def test_an_emotion_is_louder_or_softer_than_the_level(engine, folder):
    loud, quiet = (felt(engine, folder, name, level=-25.0) for name in ("angry", "sad"))
    assert loud.loudness > -24 > -27 > quiet.loudness


def test_the_feature_papers_example_is_spoken(engine, folder):
    lines, cast = yaml_script.read(ROOT / "demo" / "data" / "example.yaml")
    made, _fresh = engine.make(lines[0], Job(lines, cast, str(folder)))
    (mood,) = made.plan.moods
    assert mood.index == 0 and mood.emotion.angry > 0.4 and mood.emotion.tremble > 0.5
    assert made.speech.ratio == pytest.approx(1.1, abs=0.03) and seconds(made) == pytest.approx(made.speech.end - made.speech.start, abs=0.03)
    assert "".join(word.text for word in made.speech.words) == "你怎么敢这样对我"
