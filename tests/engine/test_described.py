"""Descriptions in English and Chinese are understood: the issue's examples, the phrases held apart, denials, degrees, junk."""
from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import described
from engine.described import Reader, cleaned, pieces
from engine.problems import LineProblem
from engine.script import Emotion
from engine.train.described import encoded, entries, fit, held_apart, write
from engine.train.described_tests import degrees, right


@pytest.fixture(scope="module")
def reader():
    return Reader()


@pytest.mark.parametrize(
    "words, least",
    [
        ("angrily, voice shaking", Emotion(angry=0.6, tremble=0.4)),
        ("sadly whispering", Emotion(sad=0.6, whisper=0.6)),
        ("颤抖着哭诉", Emotion(sad=0.6, tremble=0.5)),
        ("兴奋地喊道", Emotion(happy=0.6, shout=0.5)),
    ],
)
def test_the_examples_are_understood(reader, words, least):
    found = reader.read(words)
    assert all(have >= want for have, want in zip(astuple(found.emotion), astuple(least), strict=True) if want), found.told
    assert found.certainty >= 0.6


@pytest.mark.parametrize("words", ["coldly", "冷冷地说"])
def test_cold_is_mild_and_slow(reader, words):
    found = reader.read(words).emotion
    assert 0.15 <= found.angry + found.disgusted <= 0.8 and found.happy == found.calm == 0 and found.pace < 0


@pytest.mark.parametrize("language, least", [("en", 0.85), ("zh", 0.80)])
def test_the_first_emotion_of_phrases_held_apart(reader, language, least):
    assert right(language, reader=reader) >= least


def test_denials_and_degrees_of_phrases_held_apart(reader):
    asked = degrees("degrees")
    met = [row.met(reader.read(row.phrase)) for row in asked]
    assert sum(met) / len(met) >= 0.9, [row.phrase for row, fine in zip(asked, met, strict=True) if not fine]


@pytest.mark.parametrize("kind, least", [("settings", 0.85), ("manner", 0.4)])
def test_manner_of_voice_of_phrases_held_apart(reader, kind, least):
    asked = degrees(kind)
    met = [row.met(reader.read(row.phrase)) for row in asked]
    assert sum(met) / len(met) >= least, [row.phrase for row, fine in zip(asked, met, strict=True) if not fine]


def test_nothing_was_trained_on_what_it_is_judged_by():
    held = {cleaned(phrase) for phrase in held_apart()}
    assert not held & {cleaned(phrase) for entry in entries() for phrase in entry.phrases}


@pytest.mark.parametrize("words", ["", "   ", "…", "\n", "\ud800", "🙂", "[]", "123", "blue car", "2020年"])
def test_what_says_nothing_is_neutral_and_uncertain(reader, words):
    found = reader.read(words)
    assert found.emotion == Emotion() and found.told == "neutral" and found.certainty < 0.3


@pytest.mark.parametrize("words", ["neutral", "in an ordinary voice", "用正常的语气", "without emotion"])
def test_neutral_is_understood(reader, words):
    found = reader.read(words)
    assert found.emotion == Emotion() and found.certainty >= 0.4


@pytest.mark.parametrize("words", ["angry " * 2000, "怒" * 10000, "a" * 10000, "not " * 3000, "," * 10000, "不" * 10000, "slightly, " * 1500])
def test_long_texts_are_read_in_time(reader, words):
    reader.read(words)


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_a_point_of_the_space(words):
    found = SHARED.read(words)
    values = astuple(found.emotion)
    assert all(0 <= value <= 1 for value in values[:12]) and all(-1 <= value <= 1 for value in values[12:])
    assert 0 <= found.certainty <= 1 and found.told
    assert found == SHARED.read(words)


SHARED = Reader()


def test_two_readers_agree(reader):
    assert reader.read("slightly sad, but smiling") == Reader().read("slightly sad, but smiling")


def test_degrees_grade(reader):
    strengths = [reader.read(f"{word} angry").emotion.angry for word in ("slightly", "a bit", "", "very", "extremely")]
    assert strengths == sorted(strengths) and strengths[0] < 0.4 and strengths[-1] >= 0.95


def test_pieces_of_a_description():
    (first, second) = pieces("Not angry, but slightly SAD")
    assert (first.words, first.left, second.words, second.degree) == ("angry", 0.0, "sad", 0.4)


def test_a_manner_beside_a_feeling_brings_no_other(reader):
    assert reader.read("voice shaking").emotion.tremble > 0.5
    assert reader.read("angrily, voice shaking").emotion.afraid == reader.read("愤怒地，声音发抖").emotion.afraid == 0
    assert reader.read("I would not say that he is angry").emotion == Emotion()


def test_without_the_encoder_it_is_told(tmp_path):
    with pytest.raises(LineProblem, match="models fetch universal-sentence-encoder") as found:
        Reader(tmp_path).read("angry")
    assert found.value.code == "no_reader"
    assert Reader(tmp_path).read("").emotion == Emotion()


def test_the_head_is_small_and_holds_no_objects():
    assert described.HEAD.stat().st_size < 1_000_000
    assert described.Head().landmarks.shape[1] == 512


def test_a_head_is_trained_the_same_twice(reader, tmp_path):
    some = entries()[::12]
    vectors = encoded(reader.encoder, some)
    for name in ("once.npz", "twice.npz"):
        write(fit(some, vectors), tmp_path / name)
    assert (tmp_path / "once.npz").read_bytes() == (tmp_path / "twice.npz").read_bytes()
    likely, strength, heard = described.Head(tmp_path / "once.npz")(reader.encoder(["angrily"]), ["angrily"])
    assert likely.shape == (1, 10) and strength.shape == (1,) and heard.shape == (1, 6)
    assert described.Head.AXES[likely.argmax()] == "angry"
