"""Readings of one line are heard apart: another word is stressed and the phrase ends otherwise; length, words and tones stay."""
from itertools import combinations

import numpy as np
import parselmouth
import pytest
import soundfile

from engine.hear import words
from engine.prosody import NAMES, Course
from engine.script import Cast, Job, Line, Voice, Wish
from engine.speak import Engine
from engine.voices.readings import IN_TONES, STRESSED, read
from engine.voices.text import pronounce, vocabulary
from engine.voices.tokens import score, segmented

LINES = (
    ("We shall meet at the bridge when the sun goes down.", "am_michael"),
    ("Did you really leave the door open last night?", "bf_emma"),
    ("Get out of my house right now!", "am_michael/bf_emma"),
    ("外面太冷了,快把门关上!", "zf_xiaobei"),
)


def scored(text, language="en-us"):
    chunks = pronounce(text, language).chunks
    segments = segmented(chunks, vocabulary())
    return score(segments, [np.full(len(segment.ids) + 2, 4.0) for segment in segments], chunks, 0.25), chunks


def reading(text, seed, language="en-us", course=None, performance=0.0):
    told, chunks = scored(text, language)
    return told, read(course, told, chunks, seed, language, performance)


def stressed(text, seed, language="en-us"):
    """The words that are said with more effort."""
    told, found = reading(text, seed, language)
    return [told.texts[word] for word in dict.fromkeys(told.words[found.at("energy") > 0].tolist())]


def test_the_first_reading_does_nothing():
    assert reading("Come in, and close the door.", 0)[1] is None
    mood = Course(np.ones((1, len(NAMES))), np.zeros(40, np.int64), 5)
    assert reading("Come in.", 0, course=mood)[1] is mood


def test_each_reading_stresses_another_word_and_never_a_light_one():
    text = "The man in the garden has lost his keys."
    words = [stressed(text, seed) for seed in range(1, 9)]
    assert words == [["man"], ["garden"], ["lost"], ["keys"]] * 2
    assert [stressed("我在车站等你。", seed, "zh") for seed in (1, 2)] != [["在"], ["在"]]


def test_the_stressed_syllable_is_meant():
    told, found = reading("They remembered.", 1)
    assert "".join(np.array(told.symbols)[found.at("energy") > 0]) == "mˈɛmb"


def test_every_phrase_has_a_stress_of_its_own():
    assert [len(stressed("Come in at once, the rain is coming, and close the door.", seed)) for seed in (1, 2, 3)] == [3, 3, 3]


@pytest.mark.parametrize("text", ["No!", "Close the door.", "Who took the keys?", "The man in the garden has lost his keys."])
def test_readings_of_one_text_are_all_different(text):
    found = [reading(text, seed)[1] for seed in range(1, 5 if text == "No!" else 9)]
    assert len({one.manners[one.which].tobytes() for one in found}) == len(found)


def test_a_question_stays_high_behind_its_stress_and_a_statement_sinks():
    ends = {}
    for sign in ".?":
        told, found = reading(f"Mary gave the keys away{sign}", 1)
        ends[sign] = float(found.at("level")[told.words == len(told.texts) - 1].mean())
    assert ends["."] < -1 < 0 < ends["?"]


def test_a_question_for_a_thing_falls():
    told, found = reading("Where did Mary put the keys?", 1)
    assert found.at("level")[told.words == len(told.texts) - 1].mean() < -1


def test_a_syllable_without_tone_is_not_stressed():
    told, found = reading("孩子回来了。", 1, "zh")
    inside = np.flatnonzero(told.words == told.texts.index("孩子"))
    assert found.at("energy")[inside[0]] > 0 > found.at("energy")[inside[-1]]


def test_tones_keep_their_ends_and_go_farther_out():
    _told, found = reading("我们明天早上在车站见面。", 1, "zh")
    assert not found.at("final").any() and found.at("spread").max() == IN_TONES[1][NAMES.index("spread")] > STRESSED[NAMES.index("spread")]


def test_a_performances_melody_is_left_to_it():
    told, _chunks = scored("Come in at once.")
    mood = Course(np.zeros((1, len(NAMES))), np.zeros(len(told.words), np.int64), 5, np.ones(1))
    followed = reading("Come in at once.", 1, course=mood, performance=1.0)[1]
    assert not any(followed.at(name).any() for name in NAMES if name != "rate") and followed.at("rate").any()
    half, alone = (reading("Come in at once.", 1, course=mood, performance=share)[1].at("level") for share in (0.5, 0.0))
    assert half == pytest.approx(alone / 2)


# In the sound


@pytest.fixture(scope="module")
def made(models, tmp_path_factory):
    """Three readings of every line in a slot that is not of whole frames."""
    engine, folder = Engine(models), str(tmp_path_factory.mktemp("takes"))
    takes = {}
    for text, voice in LINES:
        timbre, _, prosody = voice.partition("/")
        for seed in range(3):
            only = Line("line", text, "", "", 0.0, 2.5033, Wish(seed=seed))
            takes[text, seed] = engine.make(only, Job((only,), Cast(default=Voice(timbre, prosody)), folder, 44100))[0]
    return takes


def melody(take):
    """Semitones at 200 places from first to last sound, NaN where it has no pitch."""
    samples, rate = soundfile.read(take.path)
    inside = samples[round(take.speech.start * rate) : round(take.speech.end * rate), 0]
    pitch = parselmouth.Sound(inside, rate).to_pitch_ac(0.005, 60.0, pitch_ceiling=600.0)
    hertz = pitch.selected_array["frequency"]
    semitones = np.where(hertz > 0, 12 * np.log2(np.maximum(hertz, 1.0)), np.nan)
    semitones[np.abs(semitones - np.nanmedian(semitones)) > 14] = np.nan
    at = np.clip(np.searchsorted(pitch.xs(), np.linspace(0, len(inside) / rate, 200)), 0, len(semitones) - 1)
    return semitones[at] - np.nanmedian(semitones)


@pytest.mark.model
@pytest.mark.parametrize("text", [text for text, _voice in LINES])
def test_any_two_readings_have_another_melody(made, text):
    melodies = [melody(made[text, seed]) for seed in range(3)]
    for one, other in combinations(melodies, 2):
        away = one - other
        assert np.sqrt(np.nanmean(away**2)) > 1.0, "a semitone apart wherever both have a pitch, level aside"


@pytest.mark.model
@pytest.mark.parametrize("text", [text for text, _voice in LINES])
def test_every_reading_fills_its_slot_to_the_sample(made, text):
    for seed in range(3):
        assert made[text, seed].samples == soundfile.info(made[text, seed].path).frames == round(2.5033 * 44100)
    assert len({made[text, seed].digest for seed in range(3)}) == 3


@pytest.mark.model
@pytest.mark.slow
def test_other_readings_are_understood_as_the_first(made, models):
    recogniser, wrong = words.Recogniser(models), []
    for seed in range(3):
        said = [(text, made[text, seed], *soundfile.read(made[text, seed].path, dtype="float32")) for text, _voice in LINES]
        wrong.append(np.mean([words.differences(text, words.text(recogniser.hear(samples, rate, take.plan.language), take.plan.language), take.plan.language)[0] for text, take, samples, rate in said]))
    assert np.mean(wrong[1:]) <= wrong[0] + 0.02, wrong
