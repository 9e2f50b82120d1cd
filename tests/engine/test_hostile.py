"""Files that somebody made to do harm, or that a disk has spoiled: each is refused, or passed over, in a sentence. `tests/fuzz` looks for more."""
import json

import pytest

from engine import wire
from engine.formats import feeling_text, screenplay, subtitles, table, yaml_script
from engine.problems import LineProblem


def refused(code, does, *arguments) -> str:
    with pytest.raises(LineProblem) as problem:
        does(*arguments)
    assert problem.value.code == code
    return str(problem.value)


# YAML scripts

ENTRY = "text: Hello\nspeaker_reference: af_heart\n"


def yaml(tmp_path, text):
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [x]\nb: &b [*a, *a]\n", "no tags, anchors or aliases"),
        ("!!python/object/apply:os.system [id]", "no tags, anchors or aliases"),
        ("!!timestamp x", "no tags, anchors or aliases"),
        (f"{ENTRY}start: 2024-13-45", "month must be in 1..12"),
        (f"{ENTRY}start: {'9' * 5000}", "40 digits at most"),
        (f"{ENTRY}start: 0x{'f' * 5000}", "40 digits at most"),
        (f"{ENTRY}start: .nan", "start is not a number of seconds"),
        (f"{ENTRY}emotion_control: {{mode: [a]}}", "mode is one of"),
        (f"{ENTRY}wish: {{level: 1e999}}", "float is wanted"),
        ("[" * 5000, "is not YAML"),
        ("\0", "is not YAML"),
        (f"[{'x, ' * 2000}]", "a table is wanted"),
        ("#" * (yaml_script.MOST_BYTES + 1), "larger than 2 MiB"),
    ],
)
def test_a_yaml_script_that_is_none(tmp_path, text, says):
    told = refused("bad_wish", yaml_script.read, yaml(tmp_path, text))
    assert says in told and "script.yaml" in told and len(told) < 1000


# Scripts, subtitles, tables, emotion words


def test_a_name_with_thousands_of_moods_behind_it_is_one(tmp_path):
    (cue,) = screenplay.read(f"ANNA{'(softly)' * 1200}\nGood night.").cues
    assert (cue.speaker, cue.text) == ("ANNA", "Good night.") and cue.mood.startswith("softly, softly")


def test_a_number_that_is_no_sign_stays_in_the_words(tmp_path):
    path = tmp_path / "film.vtt"
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\nsee &#{'9' * 5000}; and &#8230;\n", encoding="utf-8")
    (cue,) = subtitles.read(path).cues
    assert cue.text == f"see &#{'9' * 5000}; and …"


def test_a_first_row_that_makes_a_guess_of_the_delimiter_slow_is_read_at_once(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("speaker;transcription" + ";\"a,\"" * 1500 + "\nAnna;Hello\n", encoding="utf-8")
    (cue,) = table.read(path).cues
    assert (cue.speaker, cue.text) == ("Anna", "Hello")


def test_a_list_of_numbers_can_be_split_in_one_way_only():
    # of two ways for each number forty make a million millions
    assert feeling_text.read("11," * 40 + "x").words
    refused("bad_wish", feeling_text.read, "a" + " " * 5000 + "b")


# Messages


@pytest.mark.parametrize("text", ["[" * 100_000, '{"is": []}', '{"is": {}}', "null", "\0", '{"is": "Stretch", "start": 1' + "0" * 400 + ', "end": 1}', b"\xff\xfe", '{"is": "Stretch", "x": 1}'])
def test_what_is_no_message_is_told_to_be_none(text):
    with pytest.raises(wire.WireError) as problem:
        wire.loads(text)
    assert len(str(problem.value)) < 500


def test_a_message_is_not_repeated_in_its_refusal():
    with pytest.raises(wire.WireError) as problem:
        wire.loads(json.dumps({"is": "Stretch", "start": ["x" * 1000] * 1000, "end": 1}))
    assert len(str(problem.value)) < 500
