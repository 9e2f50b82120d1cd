"""A recording as a source of emotion: what is measured of it is heard in the take, its phrases are followed, and bad ones are told."""
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import speak, wire
from engine.__main__ import main
from engine.emotion import limited, played, preset
from engine.events import Done, Failed
from engine.formats import feeling_text, yaml_script
from engine.hear.activity import stretches
from engine.hear.performance import Performance
from engine.hear.prosody import measured, performed
from engine.problems import LineProblem
from engine.script import Check, Contour, Emotion, Feeling, Heard, Job, Mood, Prosody, Recording, Stretch, Wish
from engine.speak import Engine
from engine.spoken import spoken

from .sound import heard, job, line
from .test_kokoro import take

ROOT = Path(__file__).resolve().parents[2]
SPEECH = ROOT / "demo" / "data" / "kennedy_inaugural_1961.flac"
CLIP = Recording("clip.wav")
LIVELY = Heard(Prosody(f0=200.0, level=3.0, spread=5.0, rate=5.0, pauses=0.2), None, (Contour(0, 1, (0.0, 1.0), (0.0, 0.0)),), Emotion(happy=0.6))


def said(text, *feelings, **wish):
    return spoken(text, Wish(feelings=feelings, **wish), lambda words: pytest.fail(words), lambda _feeling: Performance(LIVELY, warnings=("noisy",)))


# What a mix with a recording means


def test_a_recording_is_a_share_of_the_mix():
    found = said("One two.", Feeling(3.0, preset="sad"), Feeling(1.0, recording=CLIP), intensity=0.8)
    (mood,) = found.moods
    assert mood.heard == pytest.approx(0.2)
    assert mood.emotion == limited(Emotion(sad=0.6))
    assert played(mood, found.heard) == Emotion(sad=0.6, happy=0.12)
    assert found.warnings == ("noisy",)


def test_a_recording_of_no_weight_is_not_heard():
    assert said("One.", Feeling(0.0, recording=CLIP), Feeling(preset="sad")).heard is None


def test_phrases_are_carried_only_to_be_followed():
    assert said("One.", Feeling(recording=CLIP)).heard.phrases == ()
    assert said("One.", Feeling(recording=CLIP), performance=0.5).heard.phrases == LIVELY.phrases


def test_several_recordings_are_one_by_weight():
    low = replace(LIVELY, prosody=Prosody(f0=100.0, level=-1.0, spread=1.0, rate=3.0))
    both = {CLIP: LIVELY, Recording("low.wav"): low}
    wish = Wish(feelings=(Feeling(1.0, recording=CLIP), Feeling(3.0, recording=Recording("low.wav"))))
    found = spoken("One.", wish, None, lambda feeling: Performance(both[feeling.recording]))
    assert (found.heard.prosody.level, found.heard.prosody.spread) == (0.0, 2.0)
    assert found.moods == (Mood(0, Emotion(), 1.0),)


def test_intensity_zero_is_neutral():
    assert said("One.", Feeling(recording=CLIP), intensity=0.0).moods == ()


def test_a_point_beside_a_recording_is_kept_under_the_cap():
    whole = played(Mood(0, limited(preset("angry")), 1.0), LIVELY)
    assert sum(wire.plain(whole)[name] for name in ("happy", "angry")) == pytest.approx(0.8, abs=0.002)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("clip.mp4", Feeling(recording=Recording("clip.mp4"))),
        ("a b/clip.WAV[2-6.5]@0.5", Feeling(0.5, recording=Recording("a b/clip.WAV", 2.0, 4.5))),
        ("clip.flac[3-]", Feeling(recording=Recording("clip.flac", 3.0))),
        ("wavering", Feeling(words="wavering")),
    ],
)
def test_a_recording_as_it_is_written_in_a_shell(text, found):
    assert feeling_text.read(text) == found


def test_a_recording_as_it_is_written_in_a_script(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "text: Hello.\nspeaker_reference: af_heart\nemotion_control: {mode: mix, performance: 0.5, mix: [{emotion_reference: 'a.wav[1-2]', plain: b.wav}, {preset: sad, weight: 0.5}]}\n",
        encoding="utf-8",
    )
    (only,), _cast = yaml_script.read(tmp_path / "s.yaml")
    assert only.wish.feelings == (Feeling(recording=Recording(str(tmp_path / "a.wav"), 1.0, 1.0), plain=Recording(str(tmp_path / "b.wav"))), Feeling(0.5, preset="sad"))
    assert only.wish.performance == 0.5


# What goes wrong with one


def test_a_bad_recording_fails_its_line_and_the_job_goes_on(tmp_path):
    rng = np.random.default_rng(1)
    soundfile.write(tmp_path / "noise.wav", 0.001 * rng.standard_normal(32000), 16000)
    (tmp_path / "broken.wav").write_bytes(b"RIFF....WAVE")
    names = ("missing.wav", "noise.wav", "broken.wav")
    lines = [line(name, feelings=(Feeling(recording=Recording(str(tmp_path / name))),)) for name in names]
    events = {event.uid: event for event in Engine(tmp_path).run(1, job(tmp_path, *lines, line("good"))) if isinstance(event, (Done, Failed))}
    assert {name: event.code for name, event in events.items() if isinstance(event, Failed)} == {"missing.wav": "missing_media", "noise.wav": "no_manner", "broken.wav": "cannot_hear"}
    assert isinstance(events["good"], Done)


def test_a_long_recording_is_cut_and_says_so(tmp_path):
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    soundfile.write(tmp_path / "long.flac", np.tile(samples, 2), rate)
    found = Engine(tmp_path).attend(Feeling(recording=Recording(str(tmp_path / "long.flac"))))
    assert max(stretch.end for stretch in found.stretches) <= 15
    assert "Only the first 15 s of the recording are heard as one manner." in found.warnings


def test_the_same_person_tells_a_raised_voice(tmp_path):
    engine = Engine(tmp_path)
    alone = engine.attend(Feeling(recording=Recording(str(SPEECH)))).heard
    same = engine.attend(Feeling(recording=Recording(str(SPEECH)), plain=Recording(str(SPEECH)))).heard
    assert alone.prosody.level > 3, "a man at 230 Hz is raised, as it seems"
    assert abs(same.prosody.level) < 0.3 and same.usual is not None


# What is heard of it in the take


@pytest.fixture(scope="module")
def engine(models):
    return Engine(models)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("takes")


TEXT = "Nobody told me that you would come, or why."


def own(made):
    samples, rate = heard(made.path)
    return measured(samples, rate)


def flat(tmp_path, factor):
    """The speech with its melody `factor` times as wide, as a file; by Praat."""
    from parselmouth import Sound
    from parselmouth.praat import call

    sound = Sound(str(SPEECH)).extract_part(0.0, 4.0)
    manipulation = call(sound, "To Manipulation", 0.01, 75, 500)
    tier = call(manipulation, "Extract pitch tier")
    call(tier, "Formula", f"180 * (self / 180) ^ {factor}")
    call([tier, manipulation], "Replace pitch tier")
    path = tmp_path / f"melody-{factor}.wav"
    call(manipulation, "Get resynthesis (overlap-add)").save(str(path), "WAV")
    return Recording(str(path))


@pytest.mark.model
def test_a_wider_melody_is_carried_over(engine, folder, tmp_path):
    spreads = [own(take(engine, folder, TEXT, feelings=(Feeling(recording=flat(tmp_path, factor)),))).spread for factor in (0.3, 1.6)]
    assert spreads[1] > 1.5 * spreads[0]


@pytest.mark.model
def test_a_performance_is_followed_by_another_voice_in_other_words(engine, folder):
    source = take(engine, folder, "Where have you been, all this time?", voice="am_puck", feelings=(Feeling(preset="surprised"),))
    samples, rate = heard(source.path)
    theirs = performed(samples, rate, stretches(samples, rate))
    alike = []
    for performance in (0.0, 1.0):
        made = take(engine, folder, "Nobody has seen her since yesterday.", feelings=(Feeling(recording=Recording(source.path)),), performance=performance)
        audio, its_rate = heard(made.path)
        ours = performed(audio, its_rate, (Stretch(made.speech.start, made.speech.end),))
        grid = np.linspace(0, 1, 60)
        whole = [np.interp(grid, np.linspace(0, 1, len(values)), values) for values in ([v for one in theirs for v in one.f0], ours[0].f0)]
        alike.append(float(np.corrcoef(whole)[0, 1]))
    assert alike[1] > 0.6 and alike[1] > alike[0]


@pytest.mark.model
def test_a_followed_line_keeps_its_slot_to_the_sample(engine, folder):
    made = take(engine, folder, TEXT, seconds=3.1371, mode="controlled", feelings=(Feeling(recording=Recording(str(SPEECH))),), performance=1.0)
    assert made.samples == round(3.1371 * made.plan.rate)
    assert made.speech.neutral.f0 > 0 and made.speech.wanted.level == pytest.approx(made.plan.heard.prosody.level, abs=1.0)


@pytest.mark.model
def test_the_same_recording_is_the_same_take(engine, folder, models):
    wish = {"feelings": (Feeling(recording=Recording(str(SPEECH))),), "performance": 0.5}
    one, other = take(engine, folder, TEXT, **wish), take(Engine(models), folder, TEXT, **wish)
    assert one.digest == other.digest


# What the judges say, and what comes of it


def test_a_check_goes_with_the_take(tmp_path):
    done = [event for event in Engine(tmp_path).run(1, job(tmp_path, check="light")) if isinstance(event, Done)]
    assert done[0].take.check.mode == "light"
    again = [event for event in Engine(tmp_path).run(2, job(tmp_path)) if isinstance(event, Done)]
    assert again[0].take.check == done[0].take.check, "what was said is kept beside the take"


def test_a_check_that_is_none_is_refused(tmp_path):
    (failed,) = [event for event in Engine(tmp_path).run(1, job(tmp_path, check="deep")) if isinstance(event, Failed)]
    assert failed.code == "bad_wish"


def test_a_line_that_suffers_is_said_less_strongly_twice_at_most(tmp_path, monkeypatch):
    monkeypatch.setattr(speak, "suffered", lambda check, own=None: "The speaker was lost.")
    wished = line(feelings=(Feeling(preset="angry"),))
    (done,) = [event for event in Engine(tmp_path).run(1, Job((wished,), job(tmp_path).cast, str(tmp_path), check="light", back_off=True)) if isinstance(event, Done)]
    assert done.take.plan.moods[0].emotion.angry == pytest.approx(limited(Emotion(angry=0.65**2)).angry, abs=0.005)
    assert done.take.check.lowered == "The intensity was lowered to 0.42: The speaker was lost."


def test_without_back_off_it_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(speak, "suffered", lambda check, own=None: "The speaker was lost.")
    (done,) = [event for event in Engine(tmp_path).run(1, job(tmp_path, line(feelings=(Feeling(preset="angry"),)), check="light")) if isinstance(event, Done)]
    assert done.take.check.lowered == "" and done.take.check.mode == "light"


# The shell


@pytest.mark.model
def test_the_whole_loop_from_the_shell(tmp_path, capsys):
    out, picture = tmp_path / "line.wav", tmp_path / "pair.svg"
    given = ["transfer", f"{SPEECH}[0-3.3]", "--text", "Nobody came.", "--voice", "bf_emma", "--out", str(out), "--picture", str(picture), "--json"]
    assert main(given) == 0
    shown = capsys.readouterr()
    take_told = json.loads(shown.out.splitlines()[-1])["take"]
    assert soundfile.info(out).frames == take_told["samples"]
    assert take_told["plan"]["heard"]["phrases"] and take_told["check"]["mode"] == "light"
    assert "Pitch rose by" in shown.err
    assert picture.read_text(encoding="utf-8").count("<line") > 50


def test_what_is_heard_is_told_as_json(tmp_path, capsys):
    assert main(["emotion", "analyse", str(SPEECH), "--json", "--picture", str(tmp_path / "a.svg")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["heard"]["prosody"]["pauses"] == pytest.approx(0.32, abs=0.05)
    assert len(told["stretches"]) == len(told["heard"]["phrases"]) == 5
    assert told["senses"] and told["whole"]["source"] == "voice"
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_clip_that_is_none_is_an_error(capsys):
    assert main(["transfer", "angrily", "--text", "Hello."]) == 2
    assert "no name of a sound or film" in capsys.readouterr().err


def test_problems_name_the_clip(tmp_path):
    with pytest.raises(LineProblem, match="missing"):
        Engine(tmp_path).attend(Feeling(recording=Recording("nowhere.wav")))


def test_a_check_survives_the_wire():
    check = Check("full", speaker=0.9, damage=("click",), lowered="why")
    assert wire.loads(wire.dumps(check)) == check
