"""What is heard of the feeling in a voice, how agitated it sounds, and what is said where nothing can be heard."""
import numpy as np
import pytest
import soundfile

from engine.emotion import EIGHT
from engine.hear.agitation import agitated
from engine.hear.feeling import STEP, WINDOW, Ear, windows
from engine.problems import LineProblem
from engine.script import Feeling, Stretch
from engine.speak import Engine

from .test_kokoro import take

RATE = 16000
EVERYWHERE = (Stretch(0.0, 2.0),)

VOICES = ("af_heart", "bm_george", "zf_xiaoxiao")
"""No training heard them."""

LINES = {"zf_xiaoxiao": "我在旧钢琴后面找到的。"}


@pytest.fixture(scope="module")
def ear():
    return Ear()


@pytest.fixture(scope="module")
def humming():
    """Two seconds of a tone with overtones that glides."""
    time = np.arange(2 * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(150 + 40 * np.sin(2 * np.pi * time)) / RATE
    return (0.1 * sum(np.sin(order * phase) / order for order in range(1, 20)) * (1 + np.sin(9 * time))).astype(np.float32)


@pytest.fixture(scope="module")
def said(models, tmp_path_factory):
    """(voice, mood, intensity) -> mono samples and rate, spoken when first asked for."""
    engine, folder, there = Engine(models), tmp_path_factory.mktemp("takes"), {}

    def say(voice, mood="neutral", intensity=1.0, text=None):
        if (voice, mood, intensity, text) not in there:
            feelings = () if mood == "neutral" else (Feeling(preset=mood),)
            line = text or LINES.get(voice, "I found it behind the old piano.")
            path = take(engine, folder, line, voice, mode="free", feelings=feelings, intensity=intensity).path
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            there[voice, mood, intensity, text] = np.ascontiguousarray(samples[:, 0]), rate
        return there[voice, mood, intensity, text]

    return say


# Where and when


def test_windows_lie_inside_speech_and_leave_nothing_out():
    found = windows((Stretch(1.0, 2.2), Stretch(2.5, 5.3), Stretch(9.0, 9.2), Stretch(12.0, 12.8)))
    assert [found[0].start, found[-2].end] == [1.0, 5.3]
    assert all(later.start - one.start <= STEP + 1e-6 for one, later in zip(found[:-2], found[1:-1], strict=True))
    assert all(one.end - one.start == pytest.approx(WINDOW) for one in found[:-1])
    assert found[-1] == Stretch(12.0, 12.8)


def test_too_little_speech_is_no_window():
    assert windows((Stretch(0.0, 0.2),)) == [] and windows(()) == []


@pytest.mark.parametrize("sound", ["silence", "noise", "nothing"])
def test_where_nobody_speaks_nothing_is_felt(ear, sound):
    mono = {"silence": np.zeros(RATE * 2), "noise": 0.1 * np.random.default_rng(1).standard_normal(RATE * 2), "nothing": np.zeros(0)}[sound].astype(np.float32)
    assert ear.hear(mono, RATE) == ()
    for asked in (ear.whole, ear.embedding):
        with pytest.raises(LineProblem, match="nobody is heard to speak") as told:
            asked(mono, RATE)
        assert told.value.code == "cannot_hear"


def test_a_missing_network_is_told(tmp_path, humming):
    with pytest.raises(LineProblem, match="gone.onnx is missing") as told:
        Ear(tmp_path / "gone.onnx").hear(humming, RATE, EVERYWHERE)
    assert told.value.code == "cannot_hear"


# What


def test_the_same_sound_gives_the_same_answer(ear, humming):
    assert ear.hear(humming, RATE, EVERYWHERE) == Ear().hear(humming.copy(), RATE, EVERYWHERE)


def test_every_number_keeps_to_its_range(ear, humming):
    (sense,) = ear.hear(humming, RATE, EVERYWHERE)
    assert all(0 <= getattr(sense.emotion, name) <= 1 for name in EIGHT)
    assert -1 <= sense.arousal <= 1 and -1 <= sense.valence <= 1 and 0 < sense.certainty <= 1
    assert sense.source == "voice" and sense.emotion.whisper == 0


def test_level_is_not_heeded(ear, humming):
    loud, soft = ear.embedding(humming, RATE, EVERYWHERE), ear.embedding(0.05 * humming, RATE, EVERYWHERE)
    assert np.abs(loud - soft).max() < 0.02 * np.abs(loud).max()


def test_what_is_known_of_the_speaker_counts(ear, humming):
    plain = ear.embedding(humming, RATE, EVERYWHERE)
    assert ear.whole(humming, RATE, EVERYWHERE, plain) != ear.whole(humming, RATE, EVERYWHERE)


def test_another_rate_is_the_same_sound(ear, humming):
    import soxr

    one, other = ear.embedding(humming, RATE, EVERYWHERE), ear.embedding(soxr.resample(humming, RATE, 48000), 48000, EVERYWHERE)
    assert np.linalg.norm(one - other) < 0.25 * np.linalg.norm(one)


@pytest.mark.model
@pytest.mark.parametrize("voice", VOICES)
def test_excited_moods_are_heard_as_more_aroused_than_quiet_ones(ear, said, voice):
    arousal = {mood: ear.whole(*said(voice, mood)).arousal for mood in ("neutral", "happy", "angry", "sad", "melancholic")}
    assert min(arousal["happy"], arousal["angry"]) > arousal["neutral"] > max(arousal["sad"], arousal["melancholic"])


@pytest.mark.model
def test_half_as_angry_is_heard_as_less_so(ear, said):
    arousal = [np.mean([ear.whole(*said(voice, "angry", intensity)).arousal for voice in VOICES]) for intensity in (0.4, 1.0)]
    assert np.mean([ear.whole(*said(voice)).arousal for voice in VOICES]) < arousal[0] < arousal[1]


@pytest.mark.model
def test_the_mood_that_was_played_is_among_the_first_heard(ear, said):
    """One of nine is right by chance in 11 %, among the first three in 33 %; here the first three are asked for."""
    hits = []
    for voice in VOICES:
        for mood in ("angry", "sad", "surprised", "melancholic"):
            emotion = ear.whole(*said(voice, mood), plain=ear.embedding(*said(voice))).emotion
            first = sorted(EIGHT, key=lambda name: -getattr(emotion, name))[:3]
            hits.append(mood in first)
    assert np.mean(hits) >= 0.6


@pytest.mark.model
def test_a_mood_that_changes_is_followed_over_time(ear, said):
    loud, rate = said("af_heart", "angry", 1.0, "You said that we would be alone.")
    quiet, _rate = said("af_heart", "sad", 1.0, "You said that we would be alone.")
    senses = ear.hear(np.concatenate([loud, np.zeros(rate, np.float32), quiet]), rate)
    assert len(senses) >= 2 and senses[0].arousal > senses[-1].arousal
    assert all(later.start >= one.start for one, later in zip(senses[:-1], senses[1:], strict=True))


# Agitation


@pytest.mark.model
@pytest.mark.parametrize("voice", VOICES)
def test_anger_is_agitated_and_sadness_is_not(said, voice):
    plain, rate = said(voice)
    score = {mood: agitated(*said(voice, mood), [plain]) for mood in ("angry", "sad")}
    assert score["angry"] > 0.2 and score["sad"] < 0


def test_agitation_wants_a_neutral_clip_and_a_voice(humming):
    with pytest.raises(LineProblem, match="no neutral clip"):
        agitated(humming, RATE, [])
    for mute in (np.zeros(RATE), np.zeros(0), 0.1 * np.random.default_rng(1).standard_normal(RATE)):
        with pytest.raises(LineProblem, match="hardly any voice"):
            agitated(mute.astype(np.float32), RATE, [humming])


def test_as_agitated_as_itself_is_none_and_level_is_not_heeded(humming):
    assert agitated(humming, RATE, [humming]) == pytest.approx(0, abs=1e-6)
    assert agitated(0.1 * humming, RATE, [humming]) == pytest.approx(0, abs=0.02)
