"""The shell's way in: what it prints, where it writes, and how it ends when the input is wrong."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from engine.__main__ import main

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
        ("emotion_control: {mode: text}", "emotion_control is not built yet"),
        ("mood: happy", "unknown mood"),
    ],
)
def test_script_with_a_wrong_entry(tmp_path, capsys, entry, says):
    script = tmp_path / "script.yaml"
    script.write_text(f"- text: Hello.\n  speaker_reference: af_heart\n  {entry}\n", encoding="utf-8")
    assert main(["dub", str(script)]) == 2
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
