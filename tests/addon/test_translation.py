"""Simplified Chinese: all that a person can read has its words, no word is there for nothing, and sentences are known again."""
import ast
import re
import string
import sys
from importlib import import_module
from pathlib import Path

import bpy
import pytest

from engine.effects import EFFECTS
from engine.emotion import EIGHT, SETTINGS
from engine.problems import PROBLEMS

from ..conftest import PACKAGE, ROOT
from .film import room
from .test_tooltips import NEVER_DRAWN, declared, groups, ours

SHELL = {"batch", "batch_clean", "batch_line", "batch_report", "command", "film_file", "released", "__main__", "__init__", "compat", "translation"}
"""Rooms that say nothing to a person before a window."""

UNSAID = {
    'settings = (getattr(bpy.context, "sequencer_scene", None) or bpy.context.scene).dubline',
    "line = bpy.context.window_manager.dubline_line",
}
"""Texts of several words that nobody reads."""

VERDICTS = ("comfortable", "fast", "too fast", "slow", "too slow")

WORDS = {*(form for name in VERDICTS for form in (name.capitalize(), f"{{count}} {name}")), *EIGHT, *SETTINGS, *(name.replace("_", " ").capitalize() for name in EFFECTS), "Light", "Full", "voice", "face", "both", "voice and face", "Both"}
"""Names that the engine has for what the panels show, and that they look up one by one."""

LOOKED_UP = {"iface_", "rpt_", "data_"}
SHOWN = {"label", "operator", "menu", "prop", "progress", "say", "report", "popover"}


def place(text: str) -> str:
    """A sentence, whatever its places are called."""
    return re.sub(r"\{[^}]*\}", "{}", text)


def texts(node) -> set[str]:
    """The constant texts in an expression, and its f-strings with empty places."""
    found, parts = set(), set()
    for one in ast.walk(node):
        if isinstance(one, ast.JoinedStr):
            found.add("".join(piece.value if isinstance(piece, ast.Constant) else "{}" for piece in one.values))
            parts |= {id(piece) for piece in ast.walk(one)}
        elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in parts:
            found.add(one.value)
    return found


def docs(tree) -> set[int]:
    """The texts that stand by themselves."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}


def worded(text: str) -> bool:
    return len(re.findall(r"[A-Za-z][a-z']+", text)) > 2 and " " in text.strip() and not re.match(r"[<(?\\^]", text)


def written() -> tuple[set[str], set[str]]:
    """What the add-on's files say: texts as they are looked up, and f-strings that are known again by their form."""
    said, formed = set(), set()
    for path in sorted((ROOT / "blender_addon").glob("*.py")):
        if path.stem in SHELL:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        passed = docs(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                if called in LOOKED_UP:
                    if isinstance(node.args[0], (ast.Constant, ast.IfExp)):
                        said |= texts(node.args[0])
                        passed |= {id(part) for part in ast.walk(node.args[0])}
                elif called in SHOWN:
                    given = [*(key.value for key in node.keywords if key.arg == "text"), *(node.args[1:2] if called in ("say", "report") else ())]
                    said |= {text for one in given if isinstance(one, (ast.Constant, ast.IfExp)) for text in texts(one) if re.search("[A-Za-z]{2}", text)}
                if called.endswith("Property"):  # what is registered is asked of Blender
                    passed |= {id(part) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if id(node) in passed or not isinstance(node, (ast.Constant, ast.JoinedStr)):
                continue
            if isinstance(node, ast.JoinedStr):
                passed |= {id(part) for part in ast.walk(node)}
                formed |= {text for text in texts(node) if worded(text)}
            elif isinstance(node.value, str) and worded(node.value):
                (formed if "{" in node.value else said).add(node.value)
    spoken = set(room("blender_addon.cast_ops").SENTENCES.values())
    return {text for text in said if text} - UNSAID - spoken, {place(text) for text in formed} - UNSAID


def registered() -> set[str]:
    """Names and tooltips of all that is registered."""
    found = set()
    for _where, one in declared():
        found |= {one.name, one.description}
        if one.type == "ENUM":
            found |= {text for item in one.enum_items for text in (item.name, item.description)}
    for name in dir(bpy.types):
        if name.startswith(("DUBLINE_PT", "DUBLINE_MT")) and not name.endswith("_presets"):  # those are called after the preset that was chosen
            found.add(getattr(bpy.types, name).bl_label)
        elif name.startswith("DUBLINE_OT"):
            told = getattr(bpy.ops.dubline, name.removeprefix("DUBLINE_OT_")).get_rna_type()
            found |= {told.name, told.description}
    return found - {""}


def sources() -> set[str]:
    """Every text in the files of engine and add-on, by its form, and the parts of f-strings; with a capital as well."""
    found = set()
    for path in (*(ROOT / "engine").rglob("*.py"), *(ROOT / "blender_addon").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= texts(tree) | {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {form for text in found for form in (place(text), place(text)[:1].upper() + place(text)[1:])}


@pytest.fixture
def table(film):
    return room("blender_addon.translation").table("zh_HANS")


def test_everything_that_is_registered_has_its_words(table):
    lacking = registered() - set(table)
    assert not lacking, "\n".join(sorted(lacking))


def test_everything_that_is_written_has_its_words(table):
    said, formed = written()
    # a form may also stand for some names that were registered
    lacking = (said - set(table)) | {form for form in formed - set(map(place, table)) if not any(re.fullmatch(re.escape(form).replace(r"\{\}", ".*"), text) for text in table)}
    assert not lacking, "\n".join(sorted(lacking))


def test_every_problem_has_its_words(table):
    lacking = {text for pair in PROBLEMS.values() for text in pair if re.search("[A-Za-z]", place(text))} - set(table)
    lacking |= WORDS - set(table)
    assert not lacking, "\n".join(sorted(lacking))


def test_no_word_is_there_for_nothing(table):
    known = registered() | WORDS | sources()
    orphans = {text for text in table if text not in known and place(text) not in known and place(text).removesuffix("{}") not in known}
    assert not orphans, "\n".join(sorted(orphans))


def test_the_table_is_one_and_in_order():
    lines = (ROOT / "blender_addon" / "translation_zh_HANS.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert all(len(row) == 2 and all(row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows), "each once"
    for english, chinese in rows:
        fields = [{(name, spec) for _text, name, spec, _way in string.Formatter().parse(text) if name is not None} for text in (english, chinese)]
        assert {name for name, _spec in fields[0]} == {name for name, _spec in fields[1]}, english
        assert {(n, s) for n, s in fields[1] if s} <= fields[0], f"{english}: a value is told in another form"
        assert re.search("[\u4e00-\u9fff]", chinese) or not re.search("[a-z]{4}", place(english)), english
        assert chinese == chinese.strip() or english != english.strip(), english


def test_sentences_of_the_engine_are_known_again(film, table):
    known = room("blender_addon.translation").Sentences(table)
    problem = import_module(f"{PACKAGE}.engine.problems").LineProblem
    values = {"count": 6000, "most": 5000, "seconds": 700.0, "needed_ms": 120.0, "over_ms": 80.0}
    for code, (what, remedy) in PROBLEMS.items():
        names = {name for text in (what, remedy) for _text, name, _spec, _way in string.Formatter().parse(text) if name}
        told = str(problem(code, **{name: values.get(name, f"«{name}»") for name in names}))
        chinese = known.of(told)
        assert re.search("[\u4e00-\u9fff]", chinese) or code in ("bad_wish",), (told, chinese)
        for name in names:
            assert f"{values[name]:.0f}" in chinese if name in values else f"«{name}»" in chinese, (told, chinese)
        assert not re.search("[a-z]{3,}", re.sub("«.*?»|`.*?`|Python|Blender|WAV|FLAC|OGG|MP3|Dubline|Dask|anna(-2)?|torch", "", chinese)), (told, chinese)
    for reason, told in (("kokoro is not here", "kokoro is not here"), ("The line has no words to speak.", table["The line has no words to speak."].rstrip("。"))):
        what, remedy = PROBLEMS["no_model"]
        assert known.of(str(problem("no_model", reason=reason))) == f"{table[what].format(reason=told)}。{table[remedy]}", "a reason may be a sentence of its own"
    assert known.of("There is no voice called 'nobody'. Choose one of the voices that `voices` lists.").count("nobody") == 1


def test_sentences_in_a_row_and_those_that_nobody_knows(film, table):
    known = room("blender_addon.translation").Sentences(table)
    words = dict(table)
    both = known.of("The line has no words to speak. Somebody else said this.")
    assert both.startswith(words["The line has no words to speak."]) and both.endswith("Somebody else said this.")
    assert known.of("Dubbed 3 of 4 lines, 1 failed") == words["Dubbed {done} of {all} lines{readings}{failed}{locked}"].format(done=3, all=4, readings="", locked="", failed=words[", {count} failed"].format(count=1))
    planned = "Comfortable: 1.20 s of speech in 2.00 s, 60% of its length, 20 ms of it borrowed. A text shorter by 5 % would be comfortable."
    assert not re.search("[a-z]{3}", known.of(planned)) and known.of(planned).endswith(words["A text shorter by {share} % would be comfortable."].format(share=5))
    assert known.of("Checked 3 of 3 lines: 2 comfortable, 1 fast") == "已检查 3 / 3 句台词：2 句合适，1 句偏快"
    assert known.of("Nobody said that it is comfortable") == "Nobody said that it is comfortable"
    assert known.of("") == "" and known.of("ANNA") == "ANNA" and known.of("a b c") == "a b c"


@pytest.mark.parametrize(("told", "left"), [
    ("Collecting torch (15 s)", "Collecting torch"), ("making the environment (5 s)", ""), ("14 files, 8.1 GB", "GB"), ("gpt.pth, 1.20 of 8.1 GB", "gpt.pth GB"),
    ("waiting for another Blender that is at the same", "Blender"), ("loading IndexTTS 2.5, which takes a while", "IndexTTS"), ("Stopped; the next try begins anew", ""),
    ("tones 1, torch 2.13.0: 3.1 s of speech in 0.4 s on cpu, 1.2 GB, loaded in 2 s", "tones torch cpu GB"),
])  # fmt: skip
def test_what_is_told_of_an_engine_on_its_way_is_known_again(film, table, told, left):
    chinese = room("blender_addon.translation").Sentences(table).of(told)
    assert " ".join(re.findall(r"[A-Za-z][A-Za-z.]*[A-Za-z]", chinese)) == left and not re.search(r"\d s\b", chinese), chinese


def test_what_is_ours_is_looked_up_apart(film):
    """Blender has another word for Speaker."""
    for where, rna in groups().items():
        for one in rna.properties:
            if ours(where, one) and one.type not in ("POINTER", "COLLECTION") and NEVER_DRAWN.get(where, ()) is not None:
                assert one.translation_context == "Dubline", f"{where}.{one.identifier}"
    for name in dir(bpy.types):
        if name.startswith("DUBLINE_OT"):
            assert getattr(bpy.ops.dubline, name.removeprefix("DUBLINE_OT_")).get_rna_type().translation_context == "Dubline", name
        elif name.startswith(("DUBLINE_PT", "DUBLINE_MT")):
            assert getattr(bpy.types, name).bl_translation_context == "Dubline", name


def test_lines_break_where_chinese_may(film):
    lines = room("blender_addon.layouts").lines
    found = lines("没有任何人可以在未经同意的情况下被录入，请写明是谁的声音，然后再试一次。", 10, len)
    assert len(found) == 4 and all(len(line) <= 11 and not re.match("[，。]", line) for line in found) and "".join(found).endswith("一次。")


@pytest.mark.skipif(not bpy.app.build_options.international, reason="this Blender speaks English only")
def test_blender_shows_them(film):
    view = bpy.context.preferences.view
    before = view.language
    try:
        view.language = "zh_HANS"
        assert room("blender_addon.translation").iface_("Speaker") == "说话人"
    finally:
        view.language = before


def test_without_them_all_is_english(film):
    translation = sys.modules[f"{PACKAGE}.blender_addon.translation"]
    assert translation.sentence("The line has no words to speak.") == "The line has no words to speak." and translation.iface_("Dub") == "Dub"
    assert Path(translation.__file__).with_name("translation_zh_HANS.tsv").is_file()
