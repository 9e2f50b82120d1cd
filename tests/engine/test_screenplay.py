"""A script as one writes it: who says which line and how, what is not spoken, and the lines' names for markers."""
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formats import screenplay
from engine.formats.cue import MOST_BYTES, MOST_CUES, MOST_SIGNS
from engine.problems import LineProblem


def said(text, **options):
    return [(cue.speaker, cue.mood, cue.text) for cue in screenplay.read(text, **options).cues]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ANNA: Hello.", [("ANNA", "", "Hello.")]),
        ("Anna (softly): Hello.\nBen: Hi.", [("Anna", "softly", "Hello."), ("Ben", "", "Hi.")]),
        ("ANNA: Hello\nand goodbye.\n\nNot spoken.", [("ANNA", "", "Hello and goodbye.")]),
        ("ANNA\nHello\nthere.", [("ANNA", "", "Hello there.")]),
        ("ANNA:\nHello", [("ANNA", "", "Hello")]),
        ("ANNA (V.O.)\n(softly)\nHello.\n(louder)\nThere!", [("ANNA", "softly", "Hello. [louder] There!")]),
        ("ANNA (CONT'D) (sad)\nHello.", [("ANNA", "sad", "Hello.")]),
        ("BRICK\nOne.\n\nSTEEL ^\nTwo.", [("BRICK", "", "One."), ("STEEL", "", "Two.")]),
        ("ANNA\nRemember: never.\nBEN: Always.", [("ANNA", "", "Remember: never."), ("BEN", "", "Always.")]),
        ("anna\nHello.", []),
        ("ANNA", []),
        ("He walks in.\nANNA: Hello.", [("ANNA", "", "Hello.")]),
        ("He walks in.\nRemember: this is not spoken.", []),
        ("ANNA: *Really* **now**, _you_ 2 * 3 * 4?", [("ANNA", "", "Really now, you 2 * 3 * 4?")]),
        ("ANNA: Hello [[a note]] there /* cut\nBEN: gone */ now.", [("ANNA", "", "Hello there now.")]),
        ("ANNA: Open [[ is kept", [("ANNA", "", "Open [[ is kept")]),
        ("小明：你好。\n世界", [("小明", "", "你好。世界")]),
        ("小明（轻声）：你好。", [("小明", "轻声", "你好。")]),
        ("INT. HOUSE - DAY\n\nEXT. STREET\nA car.\n\n# Act\n\n= What happens\n\nCUT TO:\n\n> THE END <\n\nFADE OUT.\n\nANNA: Hi", [("ANNA", "", "Hi")]),
        ("Title: A film\nAuthor: Me\n    and you\n\nANNA: Hi", [("ANNA", "", "Hi")]),
        ("ANNA: Hi\r\nBEN: Ho\r\n", [("ANNA", "", "Hi"), ("BEN", "", "Ho")]),
    ],
)  # fmt: skip
def test_what_is_spoken(text, wanted):
    assert said(text) == wanted


def test_names_of_the_cast_in_any_spelling():
    assert said("anna\nHello.\n\nanna: Bye", roles=["Anna"]) == [("anna", "", "Hello."), ("anna", "", "Bye")]


@pytest.mark.parametrize(
    "text",
    [
        "@door ANNA: Hello.", "ANNA: Hello. @door", "@door\nANNA: Hello.", "@door\nANNA\nHello.", "@door ANNA\nHello.", "ANNA @door\nHello.", "ANNA\nHello. @door",
        "ANNA: Hel-\nlo. @door", "BEN: Ho.\n@door\nANNA: Hello.", "@door\n\nANNA: Hello.", "He walks.\n@door ANNA: Hello.",
    ],
)  # fmt: skip
def test_a_line_is_named_before_or_behind_it(text):
    (cue,) = [cue for cue in screenplay.read(text).cues if cue.id]
    assert (cue.id, cue.speaker, cue.text.replace("- ", "")) == ("door", "ANNA", "Hello.")


def test_a_named_line_needs_no_speaker():
    (cue,) = screenplay.read("@scene-1.2 Nobody knows who says this.").cues
    assert (cue.id, cue.speaker, cue.text) == ("scene-1.2", "", "Nobody knows who says this.")


def test_numbers_are_those_of_the_text_and_broken_lines_are_told():
    script = screenplay.read(f"/* one\ntwo */\nANNA: first\n\n@a BEN: second\n@a BEN: third\n\nANNA\n(softly)\n\n{'x' * (MOST_SIGNS + 1)}\n\nANNA: last")
    assert [(cue.text, cue.number) for cue in script.cues] == [("first", 3), ("second", 5), ("last", 13)]
    assert [problem.message for problem in script.problems] == [
        "Line 6 is passed over: the name @a is there already.", "Line 8 is passed over: it has no words.", f"Line 11 is passed over: it is longer than {MOST_SIGNS} characters.",
    ]  # fmt: skip


def test_what_nobody_speaks_is_counted():
    assert screenplay.read("One.\nStill one.\n\nTwo.\n\nANNA: Hi").unspoken == 2


@pytest.mark.parametrize("text", ["/*" * 2_000_000, "[[" * 2_000_000, "*a" * 4999 + "\n", "A (b" * 2000 + "\n", ("x" + " " * 9000 + ":\n") * 50, "ANNA: x\n" * 20_001, "@" * 9000, "(" * 9000, "\n" * 5_000_000])
def test_a_hostile_script_is_refused_or_read_at_once(text):
    began = time.process_time()
    try:
        screenplay.read(text)
    except LineProblem as problem:
        assert problem.code == "bad_script"
    assert time.process_time() - began < 20


@settings(max_examples=200)
@given(st.lists(st.one_of(st.sampled_from(["ANNA", "Ben", ": ", "(softly)", "@id", "@", "\n", "\n\n", "[[", "]]", "/*", "*/", "*", "_", "INT. ", "你", "：", " ", "^", "Title: ", "~", "x"]), st.text(max_size=5)), max_size=40))
def test_whatever_the_text_is_it_is_lines_or_a_sentence(parts):
    text = "".join(parts)
    script = screenplay.read(text)
    for cue in script.cues:
        assert cue.text == cue.text.strip() and any(sign.isalnum() for sign in cue.text) and cue.start is None and 0 < cue.number <= text.count("\n") + text.count("\r") + 1
    ids = [cue.id for cue in script.cues if cue.id]
    assert len(ids) == len(set(ids)) and all(problem.message for problem in script.problems)


def test_the_documented_script_is_read_as_it_says():
    guide = (Path(__file__).parents[2] / "docs" / "formats" / "script.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```fountain\n(.*?)```", guide, re.DOTALL)
    script = screenplay.read(example)
    assert [(cue.id, cue.speaker, cue.mood, cue.text) for cue in script.cues] == [
        ("door", "ANNA", "softly", "Who is there?"), ("", "BEN", "", "It's me. And I am wet to the skin."),
        ("in", "ANNA", "laughing", "Then come in! [louder] But take off your shoes."), ("night", "", "", "The whole night it went on raining."), ("", "小明", "轻声", "晚安。"),
    ]  # fmt: skip
    assert not script.problems and script.unspoken == 1
    assert f"{MOST_BYTES >> 20} MiB and {MOST_CUES:,} lines, a line {MOST_SIGNS:,} characters" in guide
    assert all(said(f"{line}\n\nANNA: Hi") == [("ANNA", "", "Hi")] for line in ("INT. X", "EXT. X", ".HEADING", "# x", "= x", "> x", "! x", "~ x", "CUT TO:", "FADE IN:"))
