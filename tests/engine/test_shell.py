"""The shell's way in: what it prints, where it writes, and how it ends when the input is wrong."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from engine.__main__ import main
from engine.formats import yaml_script
from engine.problems import LineProblem
from engine.script import Emotion, Feeling

ROOT = Path(__file__).resolve().parents[2]
TONE = ["--family", "tone", "--voice", "sine"]


def test_say_writes_where_it_is_told(tmp_path):
    out = tmp_path / "new" / "line.wav"
    assert main(["say", "one two", *TONE, "--seconds", "1.5", "--out", str(out)]) == 0
    assert soundfile.info(out).frames == 72000
    assert sorted(path.name for path in out.parent.iterdir()) == ["line.wav", "takes"]


def test_no_seconds_are_no_slot(tmp_path, capsys):
    assert main(["say", "one two", *TONE, "--seconds", "0", "--out", str(tmp_path / "line.wav")]) == 1
    assert "The strip has no length" in capsys.readouterr().err


def test_json_on_a_console_without_the_characters(tmp_path):
    command = [sys.executable, "-m", "engine", "say", "你好", *TONE, "--json", "--out", str(tmp_path / "line.wav")]
    said = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, capture_output=True, check=True)
    done = next(event for event in map(json.loads, said.stdout.splitlines()) if event["is"] == "Done")
    assert done["take"]["plan"]["text"] == "你好"


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"\xef\xbb\xbf" + b'{"is":"Job","lines":[]}', 0, ""),
        (b"\xff\xff{", 2, "not JSON"),
        (b'{"is":"Line","uid":"a","text":"b"}', 2, "not a Job"),
    ],
)
def test_job_file(tmp_path, capsys, content, code, says):
    (tmp_path / "job.json").write_bytes(content)
    assert main(["run", str(tmp_path / "job.json")]) == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("wish: loud", "Entry 1 of script.yaml: wish: a table is wanted, not 'loud'"),
        ("wish: {colour: red}", "Entry 1 of script.yaml: wish: unknown colour"),
        ("duration_control: {target_duration: .nan}", "target_duration is not a number of seconds"),
        ("duration_control: {target_duration: .inf}", "target_duration is not a number of seconds"),
        ("emotion_control: {mode: text}", "the mode text wants the key description"),
        ("emotion_control: {mode: loudly}", "mode is one of preset, description"),
        ("emotion_control: {reference: angry}", "reference is the name of a sound or film"),
        ("emotion_control: {reference: 'angry.wav[5-2]'}", "ends before it begins"),
        ("emotion_control: {preset: sad, plain_reference: calm.wav}", "plain_reference goes with a reference"),
        ("emotion_control: {reference: angry.wav, performance: 2}", "performance go from 0 to 1"),
        ("emotion_control: {preset: sad, description: sadly}", "one of preset, description, vector and reference is wanted"),
        ("emotion_control: {vector: [0, 1]}", "has the 8 numbers"),
        ("emotion_control: {vector: {bored: 1}}", "unknown bored"),
        ("emotion_control: {preset: bored}", "There is no emotion 'bored'"),
        ("emotion_control: {preset: sad, intensity: much}", "intensity is not a number"),
        ("emotion_control: {mix: [{preset: sad, weight: .nan}]}", "mix, source 1: weight is not a number"),
        ("emotion_control: {mix: {preset: sad}}", "mix is a list of sources"),
        ("emotion_control: {mix: [{preset: sad}], preset: angry}", "mix is a list of sources, and then stands alone"),
        ("emotion_control: {mix: [{preset: sad, loud: 1}]}", "mix, source 1: unknown loud"),
        ("emotion_control: {mix: [{weight: 1}]}", "one of preset, description, vector and reference is wanted"),
        ("emotion_control: {mix: [{preset: sad, weight: -1}]}", "weight of a source is a number from 0 on"),
        ("emotion_control: {description: sadly, settings: {whisper: 1}}", "a description says them in words"),
        ("emotion_control: {preset: sad, settings: {loud: 1}}", "settings: unknown loud"),
        ("emotion_control: {settings: {pace: 2}}", "pace goes from -1 to 1"),
        ("emotion_control: {vector: 0.5}", "vector is a list of the eight, or a table"),
        ("emotion_control: {mode: vector, preset: sad}", "the mode vector wants the key vector"),
        ("emotion_control: sad", "emotion_control: a table is wanted"),
        ("emotion_control: {mode: audio, audio_reference: angry.wav}", "angry.wav' is missing"),
        ("mood: happy", "unknown mood"),
    ],
)
def test_script_with_a_wrong_entry(tmp_path, capsys, entry, says):
    script = tmp_path / "script.yaml"
    script.write_text(f"- text: Hello.\n  speaker_reference: af_heart\n  {entry}\n", encoding="utf-8")
    assert main(["dub", str(script), "--models", str(tmp_path)]) in (1, 2)
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(("option", "seconds"), [(["--ratio", "1.25"], 0.975), (["--tokens", "30"], 0.75)])
def test_say_at_a_wished_length(tmp_path, capsys, option, seconds):
    assert main(["say", "one two three", *TONE, *option, "--smoothness", "1", "--level", "-30", "--json", "--out", str(tmp_path / "line.wav")]) == 0
    take = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"Done"' in line)["take"]
    assert take["speech"]["end"] - take["speech"]["start"] == pytest.approx(seconds, abs=0.03)
    assert take["plan"]["wish"]["smoothness"] == 1 and take["loudness"] == pytest.approx(-30, abs=0.3)


def test_say_in_step_with_a_recording(tmp_path, capsys):
    recording = ROOT / "demo" / "data" / "kennedy_inaugural_1961.flac"
    out = str(tmp_path / "line.wav")
    text = "What your country can do for you, ask what you can do for your country."
    assert main(["say", text, *TONE, "--seconds", "6", "--original", f"{recording}@5", "--json", "--out", out]) == 0
    take = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"Done"' in line)["take"]
    assert [phrase["start"] for phrase in take["speech"]["phrases"]] == [pytest.approx(0.415, abs=0.042), pytest.approx(3.195, abs=0.042)]


def test_a_ratio_out_of_range_is_refused(tmp_path, capsys):
    assert main(["say", "one", *TONE, "--ratio", "2", "--out", str(tmp_path / "line.wav")]) == 1
    assert "0.75 to 1.25" in capsys.readouterr().err


def test_plan_tells_without_speaking(tmp_path, capsys):
    script = tmp_path / "script.yaml"
    script.write_text(
        "- {text: We kept every pause exactly where he left it., speaker_reference: af_heart, duration_control: {target_duration: 1.0}}\n"
        "- {text: '', uid: mute, speaker_reference: af_heart, start: 9}\n",
        encoding="utf-8",
    )
    assert main(["plan", str(script)]) == 1
    told = capsys.readouterr()
    assert "too fast" in told.out and "mute cannot be spoken" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["script.yaml"]
    script.write_text("- text: 3\n", encoding="utf-8")
    assert main(["plan", str(script)]) == 2 and "Entry 1" in capsys.readouterr().err


def test_plan_tells_what_was_understood_and_that_it_takes_longer(tmp_path, capsys):
    script = tmp_path / "script.yaml"
    wishes = ("start: 0", "emotion_control: {preset: sad}", "emotion_control: {preset: sad, intensity: 0.0}", "wish: {intensity: 0.5}, emotion_control: {preset: sad}")
    lines = [f"- {{text: I came back., speaker_reference: af_heart, {wish}}}\n" for wish in wishes]
    script.write_text("".join(lines) + "- {text: '[angrily] Get out. [blue car] Now.', speaker_reference: af_heart, start: 60}\n", encoding="utf-8")
    assert main(["plan", str(script)]) == 0
    plain, sad, nothing, half, angry = capsys.readouterr().out.splitlines()
    assert "[sad 0.80]" in sad and "[sad 0.50]" in half and "[angry 0." in angry and "'blue car'" in angry and "[" not in plain + nothing
    assert main(["plan", str(script), "--json"]) == 0
    found = [json.loads(line)["outlook"] for line in capsys.readouterr().out.splitlines() if '"Planned"' in line]
    assert found[0]["natural"] == found[2]["natural"] < found[3]["natural"] < found[1]["natural"]
    assert found[1]["moods"][0]["emotion"]["sad"] == 0.8 and found[0]["moods"] == []


@pytest.mark.parametrize(
    ("control", "feelings", "intensity"),
    [
        ("{preset: angry, intensity: 0.8}", (Feeling(preset="angry"),), 0.8),
        ("{mode: description, description: 'angrily, voice shaking'}", (Feeling(words="angrily, voice shaking"),), 1.0),
        ("{vector: [0, 0.6, 0, 0, 0, 0, 0.2, 0]}", (Feeling(emotion=Emotion(angry=0.6, surprised=0.2)),), 1.0),
        ("{vector: {sad: 0.5}, settings: {whisper: 1, pace: -0.3}}", (Feeling(emotion=Emotion(sad=0.5, whisper=1.0, pace=-0.3)),), 1.0),
        ("{settings: {tremble: 0.5}}", (Feeling(emotion=Emotion(tremble=0.5)),), 1.0),
        ("{preset: sad, settings: {breathy: 0.4}}", (Feeling(emotion=Emotion(sad=1.0, breathy=0.4)),), 1.0),
        (
            "{mix: [{preset: angry, weight: 0.3}, {description: 悲伤地, weight: 0.5}, {vector: {afraid: 1}, weight: 0.2}]}",
            (Feeling(0.3, preset="angry"), Feeling(0.5, words="悲伤地"), Feeling(0.2, emotion=Emotion(afraid=1.0))), 1.0,
        ),
        ("{}", (), 1.0),
    ],
)  # fmt: skip
def test_script_with_feelings(tmp_path, control, feelings, intensity):
    (tmp_path / "script.yaml").write_text(f"text: Hello.\nspeaker_reference: af_heart\nemotion_control: {control}\n", encoding="utf-8")
    ((line,), _cast) = yaml_script.read(tmp_path / "script.yaml")
    assert (line.wish.feelings, line.wish.intensity) == (feelings, intensity)


def test_the_feature_papers_example():
    ((line,), _cast) = yaml_script.read(ROOT / "demo" / "data" / "example.yaml")
    assert (line.text, line.wish.ratio, line.wish.feelings) == ("你怎么敢这样对我!", 1.1, (Feeling(words="angrily, voice shaking"),))


def test_feelings_are_told(capsys):
    assert main(["emotion", "angry@0.3", "sad@0.5", "afraid=1,tremble=0.5@0.2"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("sad 0.42, angry 0.22, afraid 0.17, tremble 0.10") and "####" in told
    assert main(["emotion", "angrily, voice shaking", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["angry"] > 0.5 and found["tremble"] > 0.5 and found["happy"] == 0
    assert main(["emotion", "angrily, voice shaking", "--intensity", "0.5", "--json"]) == 0
    half = json.loads(capsys.readouterr().out)
    assert half["tremble"] == pytest.approx(found["tremble"] / 2, abs=0.002)
    assert main(["emotion", "blue car"]) == 0
    told = capsys.readouterr()
    assert told.out == "neutral\n" and "Nothing about emotion is understood in 'blue car'" in told.err
    for given, says in (("1,2", "8 numbers"), ("sad=2", "sad goes from 0 to 1"), ("pace=-2", "pace goes from -1 to 1"), ("loud=1", "no part of an emotion")):
        assert main(["emotion", given]) == 2 and says in capsys.readouterr().err


def test_say_with_feelings(tmp_path, capsys):
    out = str(tmp_path / "line.wav")
    assert main(["say", "one two", *TONE, "--emotion", "sad@1", "--emotion", "whispering@1", "--intensity", "0.5", "--json", "--out", out]) == 0
    take = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"Done"' in line)["take"]
    (mood,) = take["plan"]["moods"]
    assert 0.2 < mood["emotion"]["sad"] < 0.3 and mood["emotion"]["whisper"] > 0.1
    assert main(["say", "[whispering] one (two)", *TONE, "--out", out]) == 0
    told = capsys.readouterr().err
    assert "[whisper 0." in told and "one (two)" in next(path for path in (tmp_path / "takes").glob("*.json") if '"one (two)"' in path.read_text()).read_text()
    assert main(["say", "one", *TONE, "--emotion", "sad", "--intensity", "2", "--out", out]) == 1
    assert "intensity goes from 0 to 1" in capsys.readouterr().err


def test_it_ends_quietly_when_nobody_reads_on():
    """`voices --json | head` closes the pipe long before all is said."""
    with subprocess.Popen([sys.executable, "-m", "engine", "voices", "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as said:
        said.stdout.close()
        assert said.stderr.read() == b"" and said.wait() == 1


def test_every_message_ends_as_a_sentence():
    assert str(LineProblem("no_model", reason="kokoro is not in /models")).startswith("The voice model is not on this computer: kokoro is not in /models. Fetch")
    assert LineProblem("bad_model", reason="it was cut.").message == "The voice model is damaged: it was cut."
