"""Scripts, subtitles, tables and emotion words of a hostile hand: lines, or a problem that names the file."""
import json

import pytest
import yaml
from dubline_dev.engine import described, directions
from dubline_dev.engine.formats import cue, feeling_text, names, screenplay, subtitles, table, yaml_script
from dubline_dev.engine.problems import LineProblem
from hypothesis import strategies as st

from .guard import fuzz
from .hostile import altered, spoiled, texts

SRT = "1\n00:00:01,000 --> 00:00:02,500\nANNA (softly): Who is there?\n\n2\n00:00:03,000 --> 00:00:04,000\n- It's me.\n- And me.\n"
VTT = "WEBVTT\n\nNOTE a\n\nintro\n00:01.000 --> 00:02.500 align:start\n<v Anna>Who is <00:01.500>there?</v> &amp; you\n\n00:00:03.000 --> 00:00:04.000\nIt's me.\n"
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,{\\i1}Who{\\i0} is\\Nthere?\nComment: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,no\n"
)
TABLE = 'speaker,start_time,end_time,transcription,translation\nAnna,1.5,2.75,Who is there?,谁在那里？\nBen,"00:00:03,200",00:00:04:12,"It\'s me.",是我。\n'
PLAY = "Title: The door\n\nINT. HALLWAY - NIGHT\n\n@door ANNA (softly): Who is there?\nBEN (V.O.): It's me.\n\nANNA\n(laughing)\nThen come in! @in\n\n小明（轻声）：晚安。\n[[note]] /* cut */\n"
YAML = (
    "lines:\n  - text: Hello there.\n    uid: one\n    speaker_reference: af_heart\n    start: 1.5\n    duration_control: {mode: controlled, target_duration: 2.8}\n"
    "    emotion_control: {mode: mix, mix: [{preset: angry, weight: 0.3}, {description: sadly}, {reference: 'a.wav[1-2]', plain_reference: b.wav}, {vector: {sad: 1}, settings: {pace: 1}}], intensity: 0.8}\n"
    "    wish: {overflow: refuse, seed: 3}\n"
)


def files(text: str, *own: str):
    """Such a file spoiled, or one out of its parts and what breaks readers, in any encoding."""
    encoded = st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-16", "utf-32", "cp1252", "gb18030", "koi8_r"))
    built = st.builds(lambda text, name: text.encode(name, "replace"), texts(*own), encoded)
    return st.one_of(spoiled(text.encode(), text.encode("utf-16")), built, st.binary(max_size=400))


def refused(read, *arguments):
    """What was read; None where it is refused as it should be."""
    try:
        return read(*arguments)
    except LineProblem as problem:
        assert problem.message and problem.remedy and len(str(problem)) < 20_000
        return None


def whole(script, path=None):
    """Every line of a script can be spoken, and every problem says where."""
    for one in script.cues if script else ():
        assert any(sign.isalnum() for sign in one.text) and len(one.text) <= cue.MOST_SIGNS
        assert one.start is None or 0 <= one.start < 1e9, one
        assert one.end is None or one.start is None or one.end > one.start
    for problem in script.problems if script else ():
        assert isinstance(problem, LineProblem) and problem.message


@pytest.mark.parametrize(("ending", "text"), [(".srt", SRT), (".vtt", VTT), (".ass", ASS)])
def test_subtitles(ending, text, tmp_path):
    path = tmp_path / f"film{ending}"

    def subtitle(content):
        path.write_bytes(content)
        whole(refused(subtitles.read, path, ("Anna",)))

    fuzz(subtitle, files(text, *text.splitlines(True), "00:00:01,000 --> 00:00:02,000\n", "Dialogue: ", "[Events]\n", "Format: Start, End, Text\n"))


def test_tables(tmp_path):
    path = tmp_path / "lines.csv"

    def csv(content):
        path.write_bytes(content)
        for pictures in (0.0, 23.976):
            found = refused(table.read, path, "", pictures)
            for translated in (True, False) if found else ():
                whole(table.chosen(found, translated))

    fuzz(csv, files(TABLE, *TABLE.splitlines(True), ",", ";", "\t", '"', '""', "\n", "speaker", "transcription"))


def test_screenplays():
    def play(text):
        whole(refused(screenplay.read, text, ("Anna",)))

    fuzz(play, st.one_of(texts(*PLAY.splitlines(True), "\n\n", "A(a)", "ANNA\n"), spoiled(PLAY.encode()).map(lambda raw: raw.decode("utf-8", "replace"))))


def test_yaml_scripts(tmp_path):
    path = tmp_path / "script.yaml"

    def script(content):
        path.write_bytes(content)
        refused(yaml_script.read, path)

    tables = altered(yaml.safe_load(YAML)).map(lambda entries: json.dumps(entries).encode())
    fuzz(script, st.one_of(tables, files(YAML, *YAML.splitlines(True), "- text: a\n  speaker_reference: b\n", "  mode: [a]\n", "start: .nan\n", "a: &a [*a]\n", "<<: *a\n", "2024-13-45", "[" * 300, "{a: " * 300)))


def test_emotion_words():
    def feeling(text):
        refused(feeling_text.read, text)
        refused(feeling_text.recording, text)
        described.pieces(text)

    fuzz(feeling, texts("11," * 22, "angry", "@0.3", "=", "0.5", ",", "11,", "clip.mp4", "[2-6.5]", ".wav", "very ", "not ", "but ", "不", "很", "气", ", "))


def test_names_and_directions():
    def line(text):
        who, mood, words = names.named(text, ("Anna", text[:20]))
        assert len(who) + len(mood) + len(words) <= len(text) + 12
        parted = directions.parted(text)
        assert len(parted.places) == len(text) + 1 and not any(parted.text[one.index : one.end] == "" for one in parted.directions)

    fuzz(line, texts("ANNA", "Anna ", "(softly)", "[angrily]", "（轻声）", ":", "：", ". ", "\n", "[", "]", "(", ")"))
