"""Scripts come into the sequencer as lines and go out as subtitles: frames, speakers, what changed since, markers, undo."""
import bpy
import pytest

from .film import room
from .test_emotion import drawn

SRT = """1
00:00:01,000 --> 00:00:02,500
ANNA (softly): Hello there.

2
00:00:02,000 --> 00:00:03,000
BEN: Who is
it?

3
00:00:05,000 --> 00:00:04,000
backwards

4
00:00:06,000 --> 00:00:07,000
Nobody knows.
"""

CALM = SRT.replace(" (softly)", "")
"""Without a mood: to understand one takes seconds."""


@pytest.fixture
def lines(film):
    """Text strips in time, as (text, first, last, speaker, mood)."""

    def of():
        feelings = room("blender_addon.feelings")
        texts = [strip for strip in film.compat.all_strips(film.editor) if strip.type == "TEXT"]
        return [
            (film.words.text_of(strip), *film.span(strip), strip.dubline_speaker, feelings.memory(strip)["single"].get("words", ""))
            for strip in sorted(texts, key=lambda strip: film.span(strip))
        ]  # fmt: skip

    return of


@pytest.fixture
def put(film):
    def of(text, name="film.srt", **options):
        path = film.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return bpy.ops.dubline.import_subtitles(filepath=str(path), **options)

    return of


def named(film, start):
    (strip,) = [strip for strip in film.compat.all_strips(film.editor) if strip.type == "TEXT" and film.words.text_of(strip).startswith(start)]
    return strip


def told(name):
    return [line for line in bpy.data.texts[f"Problems of {name}"].as_string().split("\n") if line]


def test_subtitles_become_lines(film, lines, put):
    film.scene.frame_start = 101
    film.sound(8.0, first=101)
    film.editor.channels[3].name = "Anna"  # would give every line on it a speaker
    film.editor.channels[4].lock = True
    assert put(SRT) == {"FINISHED"}
    assert lines() == [("Hello there.", 125, 161, "ANNA", "softly"), ("Who is it?", 149, 173, "BEN", ""), ("Nobody knows.", 245, 269, "", "")]
    assert told("film.srt") == ["Cue 3 is passed over: it ends before it begins. Correct it there and import it again."]
    channels = {strip.name: strip.channel for strip in film.compat.all_strips(film.editor) if strip.type == "TEXT"}
    assert set(channels.values()) == {2, 5}, "two that overlap lie one above the other, on channels that nobody named or locked"
    found = film.reader.read(film.scene, True, str(film.folder)).job.lines
    assert [(line.speaker, line.text, line.start, line.seconds) for line in found] == [
        ("ANNA", "Hello there.", 1.0, 1.5), ("BEN", "Who is it?", 2.0, 1.0), ("", "Nobody knows.", 6.0, 1.0),
    ]  # fmt: skip
    assert [feeling.words for feeling in found[0].wish.feelings] == ["softly"] and not found[1].wish.feelings
    assert all(strip.select == (strip.type == "TEXT") for strip in film.compat.all_strips(film.editor)), "so that they can be dubbed at once"


def test_subtitles_are_dubbed(film, put):
    put(CALM)
    reports = film.dub("SELECTED")
    assert {report.status for report in reports.values()} == {"done"} and len(film.dubs) == 3
    assert [film.span(dub) for dub in film.dubs] == [(25, 61), (49, 73), (145, 169)]


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (25, 1.0), (30, 1.001), (60, 1.0), (120, 1.001)])
@pytest.mark.parametrize("ending", ["srt", "vtt", "csv", "ass"])
def test_frames_come_back_exactly(film, lines, put, fps, base, ending):
    film.pace(fps, base)
    film.scene.frame_start = 7
    first = 7
    for number in range(12):
        length = 11 + 13 * number
        film.text(f"Line {number}.", first, length, channel=1, name=f"line {number}")
        first += length + 997 * number
    before = lines()
    path = film.folder / f"out.{ending}"
    assert bpy.ops.dubline.export_subtitles(filepath=str(path)) == {"FINISHED"}
    for strip in list(film.compat.all_strips(film.editor)):
        film.compat.strips(film.editor).remove(strip)
    assert put(path.read_bytes(), path.name) == {"FINISHED"}
    if ending == "ass" and fps > 100:  # a hundredth of a second is longer than a frame
        assert all(abs(one - other) <= 1 for was, now in zip(before, lines(), strict=True) for one, other in zip(was[1:3], now[1:3], strict=True))
    else:
        assert lines() == before


def test_what_goes_out_is_at_the_takes(film):
    film.role("ANNA")
    strip = film.text("ANNA: Hello (dear) there.", 49, 96, name="a")
    film.text("Bye.\nNow.", 201, 24, name="b")
    film.text("😀", 301, 24, name="none")
    strip.dubline_length = "NATURAL"
    film.dub()
    film.words.set_text(strip, "ANNA: [softly] Hello (dear) there.")
    dub = film.dubs[0]
    first, last = film.span(dub)
    assert (first, last) != (49, 145)
    path = film.folder / "out.srt"
    for options, said in (({}, "ANNA: Hello (dear) there."), ({"speakers": False}, "Hello (dear) there."), ({"directions": True}, "ANNA: [softly] Hello (dear) there.")):
        bpy.ops.dubline.export_subtitles(filepath=str(path), **options)
        cues = room("engine.formats.subtitles").read(path).cues
        assert cues[0].start == pytest.approx((first - 1) / 24, abs=6e-4) and cues[0].end == pytest.approx((last - 1) / 24, abs=6e-4)
        assert said in path.read_text(encoding="utf-8") and "Bye.\nNow." in path.read_text(encoding="utf-8") and len(cues) == 2


def test_export_of_the_selected_and_to_every_format(film):
    film.text("One.", 1, name="a")
    film.text("Two.", 101, name="b")
    film.only(film.named("b"))
    for name, kind, wanted in (("x.vtt", "SRT", "WEBVTT"), ("x.ass", "SRT", "[Events]"), ("x.csv", "SRT", "speaker,start_time"), ("plain", "VTT", "WEBVTT"), ("my.film", "CSV", "speaker,")):
        assert bpy.ops.dubline.export_subtitles(filepath=str(film.folder / name), format=kind, scope="SELECTED", offset=2.0) == {"FINISHED"}
        path = film.folder / (name if name.startswith("x.") else f"{name}.{kind.lower()}")
        text = path.read_text(encoding="utf-8")
        assert wanted in text and "Two." in text and "One." not in text
    assert ",6.166667,8.166667,Two.," in text


def test_what_cannot_go_out_is_told(film):
    with pytest.raises(RuntimeError, match="no strips"):
        bpy.ops.dubline.export_subtitles(filepath=str(film.folder / "out.srt"))
    film.text("?!", 1)
    film.text("One.", 101)
    with pytest.raises(RuntimeError, match="could not be written"):
        bpy.ops.dubline.export_subtitles(filepath=str(film.folder / "nowhere" / "out.srt"))
    film.scene.frame_start = 500
    with pytest.raises(RuntimeError, match="no lines to write"):
        bpy.ops.dubline.export_subtitles(filepath=str(film.folder / "out.srt"))


def test_the_same_file_again_changes_what_it_changed(film, lines, put):
    put(CALM)
    film.dub()
    strips = {name: film.props.state(named(film, name))["uid"] for name in ("Hello", "Who", "Nobody")}
    who = named(film, "Who")
    who.dubline_speaker, who.color_tag = "Benjamin", "COLOR_03"
    assert put(CALM) == {"FINISHED"} and len(lines()) == 3, "nothing is there twice"
    assert put(CALM.replace("Nobody knows.", "Nobody knew.").replace("00:00:06", "00:00:05").replace("BEN: Who is", "CLEO: Who was")
               .replace("00:00:01,000", "00:00:01,500").replace("\n3\n", "\n3\n00:00:10,000 --> 00:00:11,000\nNew.\n\n4\n")) == {"FINISHED"}  # fmt: skip
    assert lines() == [
        ("Hello there.", 37, 61, "ANNA", ""), ("Who was it?", 49, 73, "Benjamin", ""), ("Nobody knew.", 121, 169, "", ""), ("New.", 241, 265, "", ""),
    ]  # fmt: skip
    assert film.props.state(named(film, "Who"))["uid"] == strips["Who"] and named(film, "Who").color_tag == "COLOR_03"
    assert film.props.state(named(film, "Nobody"))["uid"] == strips["Nobody"]


def test_what_the_person_changed_stays(film, lines, put):
    put(SRT)
    film.words.set_text(named(film, "Hello"), "Hello, my dear.")
    film.compat.move(named(film, "Who"), 501)
    named(film, "Nobody").dubline_preset = "angry"
    put(SRT.replace("Hello there", "Hi there").replace("00:00:02,000", "00:00:02,250").replace("Nobody knows", "No one knows"))
    assert [line[:4] for line in lines()] == [("Hello, my dear.", 25, 61, "ANNA"), ("No one knows.", 145, 169, ""), ("Who is it?", 501, 525, "BEN")]
    assert named(film, "No one").dubline_preset == "angry"


def test_lines_that_the_script_has_no_more(film, lines, put):
    put(CALM)
    film.only(named(film, "Hello"))
    film.dub("SELECTED")
    film.words.set_text(named(film, "Who"), "Who could it be?")
    put("1\n00:00:08,000 --> 00:00:09,000\nOnly this.\n")
    assert [line[0] for line in lines()] == ["Hello there.", "Who could it be?", "Only this."], "what has a take or was changed is left"


def test_locked_strips_stay(film, lines, put):
    put(SRT)
    before = lines()
    named(film, "Nobody").lock = True
    film.editor.channels[named(film, "Who").channel].lock = True
    put(SRT.replace("Who is", "Who was").replace("Nobody knows", "Nobody knew").replace("Hello there", "Hi there"))
    assert [line[0] for line in lines()] == ["Hi there.", "Who is it?", "Nobody knows."] and [line[1:] for line in lines()] == [line[1:] for line in before]
    put("1\n00:00:08,000 --> 00:00:09,000\nOnly this.\n")
    assert [line[0] for line in lines()] == ["Who is it?", "Nobody knows.", "Only this."]


def test_locked_lines_are_told_and_never_touched(film, lines, put, capfd):
    put(CALM)
    film.dub()
    for start in ("Hello", "Who"):
        named(film, start).dubline_lock = True
    before, kept = lines(), {name: dict(named(film, name).items()) for name in ("Hello", "Who")}
    capfd.readouterr()
    put(CALM.replace("Hello there", "Hi there").replace("00:00:02,500", "00:00:02,700").replace("Nobody knows", "Nobody knew"))
    assert lines() == [*before[:2], ("Nobody knew.", *before[2][1:])]
    assert {name: dict(named(film, name).items()) for name in kept} == kept
    assert "1 changed, 1 as they were; locked, so left alone: ANNA: Hello there." in capfd.readouterr().out
    put("1\n00:00:08,000 --> 00:00:09,000\nOnly this.\n", name="other.srt", existing="REPLACE")
    assert lines()[:2] == before[:2] and "locked, so left alone: ANNA: Hello there., BEN: Who is it?" in capfd.readouterr().out
    named(film, "Hello").dubline_lock = False
    put(CALM.replace("Hello there", "Hi there"))
    assert lines()[0][0] == "Hi there.", "once it is unlocked it follows its script again"


def test_all_lines_move_without_shoving_each_other(film, lines, put):
    many = "".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nLine {n}.\n\n" for n in range(1, 30))
    put(many)
    later = "".join(f"{n}\n00:00:{n + 1:02},000 --> 00:00:{n + 2:02},000\nLine {n}.\n\n" for n in range(1, 30))
    put(later)
    assert [line[:3] for line in lines()] == [(f"Line {n}.", 24 * n + 25, 24 * n + 49) for n in range(1, 30)]
    assert len({strip.channel for strip in film.compat.all_strips(film.editor)}) == 1


def test_add_and_replace(film, lines, put):
    put(SRT)
    uid = film.props.state(named(film, "Nobody")).get("cue")["place"]
    put(SRT.replace("Nobody knows", "Somebody knows"), "second.srt", existing="REPLACE")
    assert [line[0] for line in lines()] == ["Hello there.", "Who is it?", "Somebody knows."] and film.props.state(named(film, "Somebody"))["cue"]["place"] == uid
    put(SRT, "second.srt", existing="ADD")
    assert len(lines()) == 6
    put("1\n00:00:08,000 --> 00:00:09,000\nOther.\n", "third.srt")
    assert len(lines()) == 7, "another file's lines are its own"


def test_tables_in_both_languages(film, lines, put):
    csv = "speaker;start_time;end_time;transcription;translation\nAnna;1;2;Hello.;Hallo.\nBen;00:00:02,500;00:00:03:12;Who is it?;Wer ist da?\n;4;5;Bye.;\n"
    put(csv, "lines.csv", column="ORIGINAL", language="en-us")
    assert [line[:4] for line in lines()] == [("Hello.", 25, 49, "Anna"), ("Who is it?", 61, 85, "Ben"), ("Bye.", 97, 121, "")]
    assert {strip.dubline_language for strip in film.compat.all_strips(film.editor)} == {"en-us"}
    put(csv, "lines.csv", column="TRANSLATION", language="de")
    assert [line[0] for line in lines()] == ["Hallo.", "Wer ist da?"] and "Row 4" in told("lines.csv")[0]
    bpy.ops.dubline.export_subtitles(filepath=str(film.folder / "out.csv"))
    assert (film.folder / "out.csv").read_text(encoding="utf-8").splitlines()[1:] == ["Anna,1,2,Hello.,Hallo.", "Ben,2.5,3.5,Who is it?,Wer ist da?"]


def test_a_table_without_times_follows_itself(film, lines, put):
    film.scene.frame_current = 51
    put("speaker,transcription\nAnna,Good evening everybody.\nBen,Hi.\n", "lines.csv")
    (_text, first, last, *_), (_, second, end, *_) = lines()
    assert first == 51 and second == last and end - second < last - first


SCRIPT = """Title: A film

INT. HOUSE - DAY

She opens the door.

@door ANNA (softly): Who is there?

BEN
(whispering)
It is only me, and nobody else in the whole wide world.

@last ANNA: Remember: nothing.
"""


@pytest.fixture
def script(film):
    text = bpy.data.texts.new("Script")
    text.write(SCRIPT)
    return text


def test_a_screenplay_is_laid_line_by_line(film, lines, script):
    film.scene.frame_current = 101
    assert bpy.ops.dubline.import_screenplay(text="Script", pause=0.5) == {"FINISHED"}
    assert film.scene.dubline.script == script
    (door, ben, last) = lines()
    assert [(line[0], *line[3:]) for line in (door, ben, last)] == [
        ("Who is there?", "ANNA", "softly"), ("It is only me, and nobody else in the whole wide world.", "BEN", "whispering"), ("Remember: nothing.", "ANNA", ""),
    ]  # fmt: skip
    assert door[1] == 101 and ben[1] == door[2] + 12 and last[1] == ben[2] + 12
    tone = 0.06 * 24  # a letter of the tone's
    assert ben[2] - ben[1] == pytest.approx(tone * 54, rel=0.2) and door[2] - door[1] == pytest.approx(tone * 12, rel=0.3)
    for strip in film.compat.all_strips(film.editor):
        strip.dubline_emotion = "NEUTRAL"
    bpy.ops.dubline.plan(scope="ALL")
    assert all(1 <= report.outlook.ratio < 1.1 for report in film.reports.values()), "each has the time that its voice needs"
    assert [line.text for line in film.reader.read(film.scene, True).job.lines][2] == "Remember: nothing."


def test_a_screenplay_at_its_markers(film, lines, script):
    calm = SCRIPT.replace(" (softly)", "").replace("(whispering)\n", "")
    script.clear()
    script.write(calm)
    film.scene.timeline_markers.new("@last", frame=31)
    film.scene.timeline_markers.new("@door", frame=1001)
    film.scene.dubline.script = script
    assert bpy.ops.dubline.import_screenplay() == {"FINISHED"}
    assert {line[0][:8]: line[1] for line in lines()}["Who is t"] == 1001 and {line[0][:8]: line[1] for line in lines()}["Remember"] == 31
    script.clear()
    script.write(calm.replace("Who is there?", "Who goes there?"))
    film.scene.timeline_markers["@door"].frame = 801
    bpy.ops.dubline.import_screenplay()
    assert len(lines()) == 3 and named(film, "Who goes") and film.span(named(film, "Who goes"))[0] == 801


def test_without_a_script_it_is_said(film, lines):
    with pytest.raises(RuntimeError, match="Text Editor"):
        bpy.ops.dubline.import_screenplay()
    bpy.data.texts.new("Empty")
    with pytest.raises(RuntimeError, match="Choose the scene's script"):
        bpy.ops.dubline.import_screenplay()
    with pytest.raises(RuntimeError, match="There is no text"):
        bpy.ops.dubline.import_screenplay(text="Other")
    assert bpy.ops.dubline.import_screenplay(text="Empty") == {"CANCELLED"}


def test_markers_say_lines_of_the_script(film, script):
    film.sound(2.0, first=25)
    film.sound(3.0, first=201, name="Second")
    marker = film.scene.timeline_markers.new("@door", frame=30)
    film.scene.timeline_markers.new("@last", frame=210)
    film.scene.timeline_markers.new("Goodbye", frame=240)
    read = film.reader.read
    assert read(film.scene, True).problems and {problem.code for problem in read(film.scene, True).problems.values()} == {"no_script"}
    film.scene.dubline.script = script
    first, second = read(film.scene, True).job.lines
    assert (first.speaker, first.text) == ("ANNA", "[softly] Who is there?")
    assert (second.speaker, second.text) == ("ANNA", "Remember: nothing. Goodbye"), "what stands before a colon there is no speaker"
    assert [anchor.at for anchor in second.anchors] == [pytest.approx(39 / 24)]
    marker.name = "@nowhere"
    (problem,) = read(film.scene, True).problems.values()
    assert problem.code == "no_such_line" and "@nowhere" in problem.message and "Script" in problem.message
    reports = film.dub()
    assert (reports["Original"].code, reports["Second"].status) == ("no_such_line", "done")
    script.clear()
    script.write(SCRIPT.replace("nothing", "everything"))
    assert "everything" in read(film.scene, True).job.lines[0].text


@pytest.mark.parametrize("content", [b"", b"\0" * 99, b"no subtitles", bytes(range(256)) * 9])
def test_broken_files_change_nothing(film, lines, put, content):
    film.text("Hello", 1)
    with pytest.raises(RuntimeError, match="cannot be read"):
        put(content)
    assert len(lines()) == 1
    with pytest.raises(RuntimeError, match="no such file"):
        bpy.ops.dubline.import_subtitles(filepath=str(film.folder / "none.srt"))


def test_times_beyond_what_blender_has(film, lines, put):
    film.pace(60)
    put("1\n00:00:01,000 --> 00:00:02,000\nGood.\n\n2\n90:00:00,000 --> 90:00:01,000\nFar.\n")
    assert [line[0] for line in lines()] == ["Good."] and "beyond the frames" in told("film.srt")[0]
    put("1\n90:00:01,000 --> 90:00:02,000\nGood.\n", offset=-90 * 3600.0)
    assert lines() == [("Good.", 61, 121, "", "")] and "Problems of film.srt" not in bpy.data.texts


def test_one_step_to_undo(film, lines, put):
    film.text("Hello", 1)
    path = film.folder / "film.srt"
    path.write_text(SRT)
    bpy.ops.ed.undo_push(message="before")
    # positional True: the operator pushes its undo step, as a press in a window does
    bpy.ops.dubline.import_subtitles("EXEC_DEFAULT", True, filepath=str(path))
    assert len(lines()) == 4
    bpy.ops.ed.undo()
    assert len(lines()) == 1
    bpy.ops.ed.redo()
    assert len(lines()) == 4


def test_a_film_without_a_sequencer(film, lines, put):
    film.scene.sequence_editor_clear()
    assert film.scene.sequence_editor is None
    put(SRT)
    assert len(lines()) == 3


def test_many_lines(film, lines, put):
    many = "".join(f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nLine {n}.\n\n" for n in range(1, 401))
    put(many)
    assert len(lines()) == 400
    put(many)
    assert len(lines()) == 400


def test_the_panel_draws(film, script):
    film.scene.dubline.script = script
    shown = drawn(film, "DUBLINE_PT_script")
    assert shown.has("prop", "script", script) and shown.texts("operator") == ["dubline.import_subtitles", "dubline.export_subtitles", "dubline.import_screenplay"]
