"""What is heard: the words of a recording, and how far they are from the words that were to be said."""
import os
from pathlib import Path

import pytest
import soundfile

from engine.hear import words
from engine.problems import LineProblem

DEMO = Path(__file__).parents[2] / "demo" / "data"
KENNEDY = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."


@pytest.mark.parametrize(
    ("said", "heard", "language", "error"),
    [
        ("Ask not, what your country can do!", "ask not what your country can do", "en-us", 0.0),
        ("The colour isn't right.", "the color is not right", "en-gb", 0.0),
        ("It took twenty-five days.", "It took 25 days.", "en-us", 0.0),
        ("one small step", "one step", "en-us", 1 / 3),
        ("one small step", "one very small stop", "en-us", 2 / 3),
        ("yes", "", "en-us", 1.0),
        ("你怎么敢这样对我!", "你怎么敢这样对我", "zh", 0.0),
        ("你怎么敢这样对我!", "你怎麼敢這樣對我", "zh", 0.0),
        ("他缓缓地走过来。", "他缓缓的走过来", "zh", 1 / 7),
        ("我有25个苹果", "我有二十五个苹果", "zh", 0.0),
        ("¿Qué hora es?", "que hora es", "es", 1 / 3),
    ],
)
def test_word_error_counts_what_was_said_otherwise(said, heard, language, error):
    assert words.differences(said, heard, language)[0] == pytest.approx(error)


def test_words_out_of_silence_are_an_error():
    assert words.differences("...", "thank you", "en-us")[0] == 1
    assert words.differences("...", "", "en-us") == (0.0, ())


def test_differences_spell_out_both_sides():
    _, parts = words.differences("one small step", "one very small stop", "en-us")
    assert [(part.kind, part.said, part.heard) for part in parts] == [
        ("equal", "one", "one"), ("insert", "", "very"), ("equal", "small", "small"), ("substitute", "step", "stop"),
    ]  # fmt: skip


def test_a_missing_model_is_said_and_harms_nothing(tmp_path):
    with pytest.raises(LineProblem) as problem:
        words.Recogniser(tmp_path)
    assert problem.value.code == "cannot_hear"
    assert "whisper-base" in str(problem.value)


@pytest.mark.model
def test_a_real_recording_is_understood():
    samples, rate = soundfile.read(DEMO / "kennedy_inaugural_1961.flac", dtype="float32")
    recogniser = words.Recogniser(Path(os.environ["DUBLINE_MODELS"]))
    heard = recogniser.hear(samples, rate, "en-us")
    assert words.differences(KENNEDY, words.text(heard, "en-us"), "en-us")[0] <= 0.05
    fellow = next(word for word in heard if word.text == "fellow")
    assert 1.0 <= fellow.start < fellow.end <= 1.8  # where it is in the waveform
    assert heard == recogniser.hear(samples, rate, "en-us")
