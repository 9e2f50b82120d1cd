"""Subtitles of every kind and encoding come in as who says what when, broken ones are told, and what is written comes back."""
import time
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formats import subtitles
from engine.formats.cue import MOST_SIGNS, Cue, joined
from engine.formats.names import named
from engine.problems import LineProblem

ASS = """[Script Info]
Title: x

[V4+ Styles]
Format: Name, Fontname
Style: broken,Arial,not a number

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@pytest.fixture
def read(tmp_path):
    def of(text, ending=".srt", encoding="utf-8", **options):
        path = tmp_path / f"film{ending}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return subtitles.read(path, **options)

    return of


def srt(*texts):
    return "".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text}\n\n" for n, text in enumerate(texts, 1))


def said(script):
    return [(cue.speaker, cue.mood, cue.text) for cue in script.cues]


def told(script):
    return [problem.message for problem in script.problems]


def test_times_and_numbers(read):
    first, second = read("1\r\n00:00:01,500 --> 00:00:02,250\r\nHello\r\n\r\n2\r\n01:02:03,004 --> 01:02:04,000 X1:1\r\nthere\r\n").cues
    assert (first.start, first.end, first.text, first.number) == (1.5, 2.25, "Hello", 1)
    assert (second.start, second.end, second.number) == (3723.004, 3724.0, 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello\nthere", [("", "", "Hello there")]),
        ("<i>Hello</i> <font color='red'>you</font> {\\an8}there", [("", "", "Hello you there")]),
        ("ANNA: Hello\nthere", [("ANNA", "", "Hello there")]),
        ("ANNA (softly): Hello", [("ANNA", "softly", "Hello")]),
        ("ANNA (V.O.) (softly): Hello", [("ANNA", "softly", "Hello")]),
        ("ANNA:\nHello there", [("ANNA", "", "Hello there")]),
        ("- Hello.\n- Who is it?", [("", "", "Hello."), ("", "", "Who is it?")]),
        ("-Hello.\n-Me\nand you.", [("", "", "Hello."), ("", "", "Me and you.")]),
        ("- ANNA: Hello.\n- BEN: Hi.", [("ANNA", "", "Hello."), ("BEN", "", "Hi.")]),
        ("ANNA: Hello.\nBEN: Hi.", [("ANNA", "", "Hello."), ("BEN", "", "Hi.")]),
        ("-5 degrees\n-6 degrees", [("", "", "-5 degrees -6 degrees")]),
        ("anna: Hello", [("", "", "anna: Hello")]),
        ("你好\n世界", [("", "", "你好世界")]),
        ("你好，\n……世界", [("", "", "你好，……世界")]),
        ("你好\nHello", [("", "", "你好 Hello")]),
        ("小明：你好", [("小明", "", "你好")]),
        ("안녕\n하세요", [("", "", "안녕 하세요")]),
        ("สวัสดี\nครับ", [("", "", "สวัสดีครับ")]),
        ("The room is\n42", [("", "", "The room is 42")]),
        ("He says 5 --> go\nnow", [("", "", "He says 5 --> go now")]),
        ("Grüße 😀 \u202bשלום", [("", "", "Grüße 😀 \u202bשלום")]),
    ],
)
def test_what_is_said(read, text, wanted):
    assert said(read(srt(text))) == wanted
    assert said(read(srt("before", text, "after")))[1:-1] == wanted


def test_names_of_the_cast_in_any_spelling(read):
    assert said(read(srt("anna: Hello"), roles=["Anna"])) == [("anna", "", "Hello")]


def test_two_speakers_share_the_time_by_their_words(read):
    first, second = read("1\n00:00:01,000 --> 00:00:02,000\n- Aaaa aaaa.\n- Bb, bbbb, bbbb, bbbbb, bbbb, bb\n").cues
    assert (first.start, second.end, first.number, second.number) == (1.0, 2.0, 1, 1)
    assert first.end == second.start == pytest.approx(1.25, abs=0.02)


def test_webvtt(read):
    script = read(
        "WEBVTT - film\nLanguage: en\n\nSTYLE\n::cue { color: red }\n\nNOTE nothing\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v.loud Anna Lee>Fish &amp; <b>chips</b>\n&lt;now&gt;\n\n"
        "NOTE\nnot this\n\n00:00:02.000 --> 00:00:03.000\n<v Ben>Hi</v> <v Anna Lee>Hello\n\nsecond one\n01:00:03.000 --> 01:00:04.000\nso<00:00:00.320><c> we</c><00:00:00.640><c> go</c>\n42\n",
        ".vtt",
    )
    assert said(script) == [("Anna Lee", "", "Fish & chips <now>"), ("Ben", "", "Hi"), ("Anna Lee", "", "Hello"), ("", "", "so we go 42")]
    assert [cue.id for cue in script.cues] == ["intro", "", "", "second one"] and not script.problems
    assert (script.cues[0].start, script.cues[-1].start) == (1.0, 3603.0)


def test_webvtt_under_another_name(read):
    assert said(read("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", ".srt")) == [("", "", "Hello")]


def test_advanced_substation(read):
    script = read(
        ASS + r"Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,{\pos(3,4)\i1}Hello,{\i0}\Nthere\hyou"
        "\n" r"Comment: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,Not spoken" "\n"
        r"Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,BEN: {\k20}Hel{\k30}lo" "\n"
        r"Dialogue: 0,0:00:03.00,0:00:04.00,Sign,,0,0,0,,{\p1}m 0 0 l 100 100{\p0}" "\n"
        r"Dialogue: 0,0:00:05.00,0:00:06.00,Default,Anna,0,0,0,,ANNA: Warning: no" "\n"
        r"Dialogue: 0,0:00:07.00,0:00:08.00,Default,Anna,0,0,0,,Warning: no" "\n",
        ".ass",
    )  # fmt: skip
    assert said(script) == [("Anna", "", "Hello, there you"), ("BEN", "", "Hello"), ("Anna", "", "Warning: no"), ("Anna", "", "Warning: no")]
    assert (script.cues[0].start, script.cues[0].end) == (1.0, 2.5) and not script.problems
    assert [cue.number for cue in script.cues] == [1, 3, 5, 6]


def test_substation_with_other_columns(read):
    text = "[Script Info]\n[Events]\nFormat: Start, End, Actor, Text\nDialogue: 0:00:01.00,0:00:02.00,Anna,Hello, you\n"
    assert said(read(text, ".ass")) == [("Anna", "", "Hello, you")]


def test_broken_cues_are_told_by_their_numbers_and_the_rest_is_taken(read):
    script = read(
        "1\n00:00:01,000 --> 00:00:02,000\ngood\n\n2\n00:00:03,000 --> 00:00:02,000\nbackwards\n\n3\n00:00:03,000 --> 00:00:04,000\n\n4\n00:00:05,000 --> 00:00:05,000\nnothing\n\n"
        f"5\n00:00:xx,000 --> 00:00:07,000\nunreadable\n\n6\n00:00:07,000 --> 00:00:08,000\n♪ …\n\n7\n00:00:08,000 --> 00:00:09,000\n{'x' * (MOST_SIGNS + 1)}\n\n8\n00:00:09,000 --> 00:00:10,000\ngood\n"
    )
    assert [(cue.text, cue.number) for cue in script.cues] == [("good", 1), ("good", 8)]
    reasons = ("2 is passed over: it ends before it begins", "3 is passed over: it has no words", "4 is passed over: it ends when it begins",
               "5 is passed over: its times cannot be read", "6 is passed over: it has no words", f"7 is passed over: it is longer than {MOST_SIGNS} characters")  # fmt: skip
    assert told(script) == [f"Cue {reason}." for reason in reasons]
    assert all(problem.code == "bad_cue" and problem.remedy for problem in script.problems)


def test_broken_substation(read):
    script = read(
        ASS + "Dialogue: 0,soon,0:00:02.00,Default,,0,0,0,,a\nDialogue: 0,0:00:02.00\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,good\nDialogue: 0,-0:00:01.00,0:00:02.00,Default,,0,0,0,,a\n",
        ".ass",
    )
    assert said(script) == [("", "", "good")]
    assert [message.split(" is passed")[0] for message in told(script)] == ["Cue 1", "Cue 2", "Cue 4"]


LINES = {
    "utf-8": ["Grüße, 世界 Привет"], "utf-8-sig": ["Grüße"], "utf-16": ["Grüße 世界"], "utf-16-le": ["Hello there"], "utf-16-be": ["Hello there"], "utf-32": ["Grüße 世界"],
    "cp1252": ["Je ne sais pas où il est allé.", "C'était très étrange, tu sais.", "Ça m'est égal, fais comme tu veux."],
    "cp1250": ["Nie wiem, gdzie on jest.", "Co ty tutaj robisz, człowieku?", "To jest zbyt niebezpieczne, wracajmy się.", "Proszę cię, pomóż mi!"],
    "cp1251": ["Привет, как дела? Всё хорошо."], "cp1253": ["Δεν ξέρω πού είναι.", "Τι κάνεις εδώ;", "Σε παρακαλώ, βοήθησέ με!"],
    "gb18030": ["你好，你在哪里？我马上就来。"], "big5": ["你好，你在哪裡？我馬上就來。"], "cp932": ["こんにちは、元気ですか？"], "cp949": ["안녕하세요. 어디 가세요?"],
}  # fmt: skip


@pytest.mark.parametrize("encoding", LINES)
def test_encodings_are_found_out(read, encoding):
    script = read(srt(*LINES[encoding] * 4), encoding=encoding)
    assert [cue.text for cue in script.cues] == LINES[encoding] * 4 and script.encoding.startswith(encoding[:5])


def test_an_encoding_can_be_named(tmp_path):
    path = tmp_path / "film.srt"
    path.write_bytes(srt("Καλημέρα, τι κάνεις;").encode("cp1253"))
    assert subtitles.read(path, encoding="cp1253").cues[0].text == "Καλημέρα, τι κάνεις;"
    for wrong in ("utf-8", "hex", "nonsense"):
        with pytest.raises(LineProblem, match="not in the encoding"):
            subtitles.read(path, encoding=wrong)


@pytest.mark.parametrize(
    ("content", "ending", "reason"),
    [
        (b"", ".srt", "no cues"), (b"just words", ".srt", "no cues"), (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, ".srt", "."), (srt("a\0b").encode(), ".srt", "."),
        (b"x", ".docx", "ends in none"), (bytes(range(256)) * 40, ".srt", "."), (b"x" * (33 << 20), ".srt", "larger than 32 MiB"),
    ],
)  # fmt: skip
def test_what_is_no_subtitle_is_said_to_be_none(read, content, ending, reason):
    with pytest.raises(LineProblem, match=reason) as refused:
        read(content, ending)
    assert refused.value.code == "bad_script" and refused.value.remedy.endswith(".")


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "none.srt", tmp_path):
        with pytest.raises(LineProblem, match="cannot be read"):
            subtitles.read(path.with_suffix(".srt"))


HOSTILE = {
    "blank lines": "1\n00:00:01,000 --> 00:00:02,000\nx" + "\n" * 3_000_000 + "y\n",
    "open tags": "1\n00:00:01,000 --> 00:00:02,000\n" + "<a" * 4900 + "\n",
    "open braces": ASS + "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,," + "{" * 9000 + "x\n",
    "many tags": ASS + "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,," + "{\\p1}" * 1900 + "{\\p0}x\n",
    "one line": "1\n00:00:01,000 --> 00:00:02,000\n" + "x" * 20_000_000,
    "digits": "\n".join("1" * 9000 + " --> " + "1" * 900 for _ in range(500)),
    "many cues": "00:00:01,000 --> 00:00:02,000\n\n" * 100_000,
    "many lines in a cue": "1\n00:00:01,000 --> 00:00:02,000\n" + "<b>- A: b\n" * 300_000,
    "spaces": "1\n00:00:01,000 --> 00:00:02,000\n" + " " * 9000 + ":" + " " * 900 + "\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_or_read_at_once(read, kind):
    began = time.process_time()
    try:
        script = read(HOSTILE[kind], ".ass" if HOSTILE[kind].startswith("[") else ".srt")
        assert script.cues or script.problems
    except LineProblem as problem:
        assert problem.code == "bad_script"
    assert time.process_time() - began < 20


@settings(max_examples=150)
@given(content=st.one_of(st.binary(max_size=400), st.lists(st.sampled_from([
    "WEBVTT", "[Script Info]", "[Events]", "Format: Text", "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,", "Dialogue:", "00:00:01,000 --> 00:00:02,000",
    "00:01.000 --> 00:02.000", "-->", "\n", "\n\n", "1", "ANNA: ", "<v A>", "<", ">", "{", "}", "\\p1", "\\N", "- ", "你", "é", "x y", "\0", "\r", "<00:00:01.000>", "(", "):", "&#0;",
]), max_size=40).map(lambda parts: "".join(parts).encode())), ending=st.sampled_from(list(subtitles.KINDS)))  # fmt: skip
def test_whatever_the_file_holds_it_is_cues_or_a_sentence(tmp_path_factory, content, ending):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(content)
    try:
        script = subtitles.read(path)
    except LineProblem as problem:
        assert problem.code == "bad_script" and problem.message and problem.remedy
        return
    for cue in script.cues:
        assert 0 <= cue.start < cue.end and any(sign.isalnum() for sign in cue.text) and "\0" not in cue.text and cue.number > 0


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs", "M", "So")), min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join).filter(lambda text: any(sign.isalnum() for sign in text) and not named(text)[0] and not text.isdigit())
NAMES = st.sampled_from(["", "ANNA", "Anna Lee", "小明", "BEN 2"])


@settings(max_examples=100)
@given(
    cues=st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(1, 9000), NAMES, TEXTS), min_size=1, max_size=6, unique_by=lambda cue: cue[0]),
    ending=st.sampled_from([".srt", ".vtt", ".ass"]),
)
def test_what_is_written_comes_back(tmp_path_factory, cues, ending):
    path = tmp_path_factory.getbasetemp() / f"again{ending}"
    step = 10 if ending == ".ass" else 1  # of a hundredth of a second, or a thousandth
    given_ = [Cue(text, start * step / 1000, (start + length) * step / 1000, speaker) for start, length, speaker, text in sorted(cues)]
    subtitles.write(path, given_)
    script = subtitles.read(path)
    assert not script.problems
    if ending != ".vtt":  # where a brace or a tag is one of the format's own, it is not kept
        given_ = [cue for cue in given_ if not set("{}<>&") & set(cue.text)]
    for cue in given_:
        (found,) = [one for one in script.cues if one.start == cue.start]
        assert (found.start, found.end, found.speaker) == (cue.start, cue.end, cue.speaker)
        assert found.text == unicodedata.normalize("NFC", cue.text) or found.text == joined([cue.text])


def test_what_looks_like_markup_survives_where_it_can(tmp_path):
    cue = Cue(r"C:\new \N {smile} 1 < 2 & 3", 1.0, 2.0, "ANNA")
    for ending, text in ((".srt", cue.text), (".vtt", cue.text), (".ass", r"C:\new \N ｛smile｝ 1 < 2 & 3")):
        path = tmp_path / f"film{ending}"
        subtitles.write(path, [cue])
        (found,) = subtitles.read(path).cues
        assert replace(found, number=0) == replace(cue, text=text)


def test_speakers_are_left_out_where_that_is_wished(tmp_path):
    for ending in (".srt", ".vtt", ".ass"):
        path = tmp_path / f"film{ending}"
        subtitles.write(path, [Cue("Hello", 1.0, 2.0, "ANNA"), Cue("Untimed")], speakers=False)
        (found,) = subtitles.read(path).cues
        assert (found.speaker, found.text) == ("", "Hello") and "ANNA" not in path.read_text(encoding="utf-8")


def test_what_cannot_be_written_is_told(tmp_path):
    with pytest.raises(LineProblem, match="no times after 10 hours"):
        subtitles.write(tmp_path / "film.ass", [Cue("Hello", 36_000.0, 36_001.0)])
    with pytest.raises(LineProblem, match="could not be written"):
        subtitles.write(tmp_path / "nowhere" / "film.srt", [Cue("Hello", 1.0, 2.0)])
    assert not list(tmp_path.iterdir())
