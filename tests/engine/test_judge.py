"""What the judges say of a take, what they cannot say, and how it is kept beside it."""
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import judge, takes
from engine.judge import Judge, suffered, verdict
from engine.problems import LineProblem
from engine.script import Check, Emotion, Feeling, Measure
from engine.speak import Engine

from .disk import room_for
from .sound import job, line
from .test_kokoro import take

TEXT = "I came back to the house, but the door was open, and nobody answered."


@pytest.fixture
def made(tmp_path):
    """A take of the weightless voice."""
    engine = Engine(tmp_path / "no-models")
    return engine.make(line(), job(tmp_path / "takes", line()))[0]


# What is said


def test_the_verdict_is_plain_sentences():
    check = Check(
        "full",
        (Measure("level", 2.6, 2.14), Measure("spread", 1.5, 1.38), Measure("rate", 0.84, 0.86), Measure("pauses", 0.03, 0.02)),
        0.42, 0.912, 0.07, ("Clicks or is badly joined in one place: at 1.200 s.",), ("Nobody could be asked.",),
    )  # fmt: skip
    assert verdict(check) == (
        "Clicks or is badly joined in one place: at 1.200 s.",
        "Pitch rose by 2.1 of the 2.6 semitones wanted.",
        "Melody is 1.38 times as wide; 1.50 was wanted.",
        "Pace is 0.86 times the usual one; 0.84 was wanted.",
        "Pauses take +2% of the time; +3% was wanted.",
        "The classifier hears +0.42 of agitation; the voice's own manner is 0, acted anger 1.",
        "The speaker stayed (0.91).",
        "7% of the words were heard otherwise.",
        "Nobody could be asked.",
    )


def test_what_was_hardly_wanted_is_not_told():
    assert verdict(Check("light", (Measure("level", 0.2, -0.1), Measure("spread", 1.05, 0.9), Measure("rate", 1.0, 1.01), Measure("pauses", 0.0, 0.01)))) == ()


@pytest.mark.parametrize(
    ("wanted", "came", "sentence"),
    [
        (-1.8, -1.7, "Pitch fell by 1.7 of the 1.8 semitones wanted."),
        (2.6, -0.4, "Pitch did not rise: it moved by -0.4 semitones, +2.6 were wanted."),
        (-1.8, 0.0, "Pitch did not fall: it moved by +0.0 semitones, -1.8 were wanted."),
    ],
)
def test_the_direction_is_told(wanted, came, sentence):
    assert verdict(Check("light", (Measure("level", wanted, came),))) == (sentence,)


def test_all_words_and_another_speaker():
    assert verdict(Check("full", speaker=0.6, word_error=0.0)) == ("The speaker sounds like somebody else (0.60).", "Every word was heard.")


def test_what_suffered():
    assert suffered(Check("full")) == suffered(Check("full", speaker=judge.STAYED, word_error=judge.LOST)) == ""
    assert suffered(Check("light", damage=("Clipped.",))) == ""
    assert "0.60" in suffered(Check("full", speaker=0.6))
    assert "70%" in suffered(Check("full", speaker=0.9, word_error=0.7))
    own = Check("full", word_error=0.3)
    assert suffered(Check("full", word_error=0.45), own) == ""
    assert "30%" in suffered(Check("full", word_error=0.6), own)
    assert suffered(Check("full", word_error=0.55), Check("light")) == ""


# What cannot be asked


def test_a_take_in_the_voices_own_manner_lacks_nothing_when_judged_lightly(made, tmp_path):
    check = Judge(tmp_path / "no-models").judged(made, "light")
    assert (check.mode, check.measures, check.speaker, check.word_error, check.missing) == ("light", (), None, None, ())
    assert 0 < check.compute_seconds < 5


def test_judges_that_are_not_here_are_told(made, tmp_path):
    check = Judge(tmp_path / "no-models").judged(made, "full", made)
    assert check.speaker is None and check.word_error is None
    assert any("campplus" in reason for reason in check.missing) and any("whisper-base" in reason for reason in check.missing)


def test_a_lost_sound_is_told(made, tmp_path):
    Path(made.path).write_bytes(b"no sound")
    check = Judge(tmp_path).judged(made, "full")
    assert len(check.missing) == 1 and check.damage == () and check.word_error is None
    Path(made.path).unlink()
    assert len(Judge(tmp_path).judged(made, "light").missing) == 1


def test_no_other_mode(made, tmp_path):
    with pytest.raises(ValueError, match="off"):
        Judge(tmp_path).judged(made, "off")


def test_damage_is_found_without_any_model(made, tmp_path):
    samples, rate = soundfile.read(made.path, always_2d=True)
    samples[len(samples) // 2 : len(samples) // 2 + 480] = 0
    soundfile.write(made.path, samples, rate, subtype="PCM_24")
    assert "drops out" in Judge(tmp_path).judged(made, "light").damage[0]


# How it is kept


def test_a_check_lies_beside_its_take_and_comes_back_with_it(made):
    check = Check("light", (Measure("level", 1.0, 0.9),), damage=("Clipped.",), compute_seconds=0.1)
    before = Path(made.path).read_bytes(), Path(made.path).with_suffix(".json").read_bytes()
    assert takes.look_up(Path(made.path).parent, made.plan) == made
    assert takes.keep_check(made, check) == replace(made, check=check) == takes.look_up(Path(made.path).parent, made.plan)
    assert Path(made.path).with_suffix(".check.json").is_file()
    assert before == (Path(made.path).read_bytes(), Path(made.path).with_suffix(".json").read_bytes()), "a take never changes"


def test_a_weaker_check_replaces_no_full_one(made):
    light, full = Check("light"), Check("full", word_error=0.0)
    assert takes.keep_check(made, light).check == light
    assert takes.keep_check(made, full).check == full
    assert takes.keep_check(made, light).check == full
    again = replace(full, word_error=0.1)
    assert takes.keep_check(made, again).check == again
    assert takes.read(Path(made.path).with_suffix(".json")).check == again


@pytest.mark.parametrize("content", ("", "{", "[]", '{"dubline_check": 0, "check": {"mode": "full"}}', '{"dubline_check": 1, "check": {"mode": "off"}}', '{"dubline_check": 1, "check": {"what": 1}}'))
def test_a_check_that_is_damaged_or_of_other_judges_is_none(made, content):
    Path(made.path).with_suffix(".check.json").write_text(content)
    assert takes.look_up(Path(made.path).parent, made.plan) == made


def test_a_full_disk_is_told_and_keeps_the_check_that_was_there(made):
    takes.keep_check(made, Check("light"))
    with room_for(10), pytest.raises(LineProblem) as problem:
        takes.keep_check(made, Check("full"))
    assert problem.value.code == "cannot_write"
    assert takes.read(Path(made.path).with_suffix(".json")).check == Check("light")
    assert not list(Path(made.path).parent.glob(".*"))


# The real voice


@pytest.fixture(scope="module")
def engine(models):
    return Engine(models)


@pytest.fixture(scope="module")
def spoken(engine, tmp_path_factory):
    """A line in the voice's own manner, in anger, and whispered."""
    folder = tmp_path_factory.mktemp("takes")
    feelings = {"plain": (), "angry": (Feeling(preset="angry"),), "whisper": (Feeling(emotion=Emotion(whisper=1.0)),)}
    return {name: take(engine, folder, TEXT, mode="free", feelings=one) for name, one in feelings.items()}


@pytest.fixture(scope="module")
def judges(models):
    return Judge(models)


@pytest.mark.model
def test_anger_arrives_the_speaker_stays_and_every_word_is_heard(judges, spoken):
    check = judges.judged(spoken["angry"], "full", spoken["plain"])
    axes = {measure.axis: measure for measure in check.measures}
    assert set(axes) == {"level", "spread", "rate", "pauses"}
    assert axes["level"].wanted > 1.5 and axes["level"].delivered == pytest.approx(axes["level"].wanted, abs=1.2)
    assert axes["spread"].delivered > 1.1 and axes["rate"].delivered == pytest.approx(axes["rate"].wanted, abs=0.06)
    assert check.speaker > judge.STAYED and check.word_error < 0.1 and check.damage == () and check.missing == ()
    assert suffered(check) == ""
    assert any(sentence.startswith("Pitch rose by") for sentence in verdict(check))
    assert check.agitated > 0


@pytest.mark.model
def test_light_needs_no_model(tmp_path, spoken):
    check = Judge(tmp_path).judged(spoken["angry"], "light")
    assert {measure.axis for measure in check.measures} == {"level", "spread"} and check.missing == ()
    assert (check.agitated, check.speaker, check.word_error) == (None, None, None)


@pytest.mark.model
def test_without_a_neutral_take_the_comparing_judges_are_missing(judges, spoken):
    check = judges.judged(spoken["angry"], "full")
    assert check.speaker is None and check.word_error is not None
    assert any("to compare with" in reason for reason in check.missing)


@pytest.mark.model
def test_a_whisper_names_no_speaker(judges, spoken):
    check = judges.judged(spoken["whisper"], "full", spoken["plain"])
    assert check.speaker is None and any("whisper" in reason for reason in check.missing)


@pytest.mark.model
def test_another_speaker_and_other_words_are_told(judges, engine, spoken, tmp_path):
    other = take(engine, tmp_path, "They are waiting for us at the station, so take your coat.", voice="bm_george", mode="free")
    wrong = replace(spoken["angry"], path=other.path)
    check = judges.judged(wrong, "full", spoken["plain"])
    assert check.speaker < judge.STAYED and check.word_error > judge.LOST
    assert suffered(check)


@pytest.mark.model
def test_the_same_take_is_judged_alike_and_costs_are_told(judges, spoken):
    first, again = (judges.judged(spoken["angry"], "light", spoken["plain"]) for _ in range(2))
    assert replace(first, compute_seconds=0.0) == replace(again, compute_seconds=0.0)
    assert first.compute_seconds < 4
    assert json.loads(json.dumps(first.compute_seconds)) == first.compute_seconds and np.isfinite(first.compute_seconds)
