"""A line that changed since its take is known, says what changed, bears a colour, and only such lines are made anew."""
import json

import bpy
import pytest

from .film import room


def changed(film):
    """Strip's name -> what changed of its line."""
    names = {film.props.state(strip).get("uid"): strip.name for strip in film.compat.all_strips(film.editor) if "of" not in film.props.state(strip)}
    return {names[uid]: reasons for uid, reasons in room("blender_addon.stale").reasons(film.scene).items() if reasons}


def watched(film):
    return film.session.watched[film.scene.name]


@pytest.fixture
def dubbed(film):
    """Two lines, one over its original, both dubbed."""
    film.role("ANNA", voice="tone:low")
    film.sound(2.0, first=25)
    film.text("ANNA: Hello there", first=25, length=48, name="a")
    film.text("And again", first=121, length=48, name="b")
    reports = film.dub()
    assert {report.status for report in reports.values()} == {"done"}
    assert changed(film) == {}
    return film


CHANGES = {
    "text": (lambda film, strip: setattr(strip, "text", "ANNA: Hello here"), "its text changed"),
    "words behind another name": (lambda film, strip: setattr(strip, "text", "Anna: Hello there"), None),
    "another speaker": (lambda film, strip: setattr(strip, "text", "BOB: Hello there"), "its voice changed"),
    "emotion": (lambda film, strip: setattr(strip, "dubline_preset", "angry"), "its emotion changed"),
    "pitch": (lambda film, strip: setattr(strip, "dubline_pitch", 2.0), "its settings changed"),
    "language": (lambda film, strip: setattr(strip, "dubline_language", "zh"), "its voice changed"),
    "seed": (lambda film, strip: setattr(strip, "dubline_seed", 7), None),
    "voice": (lambda film, strip: setattr(film.scene.dubline.roles[0], "voice", "tone:high"), "its voice changed"),
    "role's language": (lambda film, strip: setattr(film.scene.dubline.roles[0], "language", "zh"), "its voice changed"),
    "role's emotion": (lambda film, strip: (setattr(film.scene.dubline.roles[0], "emotion", "PRESET"), setattr(film.scene.dubline.roles[0], "preset", "sad")), "its emotion changed"),
    "rate": (lambda film, strip: setattr(film.scene.render.ffmpeg, "audio_mixrate", 44100), "its settings changed"),
    "frame rate": (lambda film, strip: film.pace(25), "its length changed"),
    "original's edge": (lambda film, strip: film.compat.set_end(film.named("Original"), 70), "its length changed"),
    "where the original lies under it": (lambda film, strip: film.compat.move(film.named("Original"), 20), None),
    "original's volume": (lambda film, strip: setattr(film.named("Original"), "volume", 0.4), None),
    "original gone": (lambda film, strip: film.compat.strips(film.editor).remove(film.named("Original")), "its original changed, or lies elsewhere under it"),
    "marker": (lambda film, strip: film.scene.timeline_markers.new("|there", frame=40), "its text changed"),
    "marker that says nothing": (lambda film, strip: film.scene.timeline_markers.new("Act 2", frame=40), None),
    "name and colour": (lambda film, strip: (setattr(strip, "name", "z"), setattr(strip, "color_tag", "COLOR_05")), None),
    "channel": (lambda film, strip: setattr(strip, "channel", 9), None),
    "what becomes of originals": (lambda film, strip: setattr(film.scene.dubline, "original", "KEEP"), None),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_known(dubbed, change):
    act, told = CHANGES[change]
    act(dubbed, dubbed.named("a"))
    found = changed(dubbed)
    (line,) = [name for name in found if name != "b"] or [None]
    assert told in found.get(line, ()) if told else not found
    dubbed.reload()
    assert changed(dubbed) == found, "and is still when the film is opened again"


def test_a_moved_line_is_the_same(dubbed):
    for strip in dubbed.compat.all_strips(dubbed.editor):
        dubbed.compat.move(strip, dubbed.compat.start(strip) + 333)
    assert changed(dubbed) == {}
    assert all(not report.fresh for report in dubbed.dub().values()), "and costs nothing"


def test_an_original_that_moves_under_its_line(film):
    film.sound(10.0, first=1)
    film.text("Hello there", first=25, length=48, name="a")
    film.dub()
    film.compat.move(film.named("Original"), 6)
    assert changed(film) == {"a": ("its original changed, or lies elsewhere under it",)}
    film.named("a").dubline_match, film.named("a").dubline_sync = False, 0.0
    film.dub()
    film.compat.move(film.named("Original"), 1)
    assert changed(film) == {}, "nobody follows it"


def test_a_text_alone_has_its_own_length(film):
    strip = film.text("Hello there", 1, 48)
    film.dub()
    film.compat.set_end(strip, 40)
    assert changed(film) == {"Line": ("its length changed",)}
    film.compat.set_end(strip, 49)
    assert changed(film) == {}


def test_a_free_line_has_no_length(film):
    strip = film.text("Hello there", 1, 48)
    strip.dubline_length = "NATURAL"
    film.dub()
    film.compat.set_end(strip, 90)
    assert changed(film) == {}


def test_words_in_markers(film):
    film.sound(4.0, first=1, selected=True)
    film.scene.timeline_markers.new("Hello", frame=5)
    film.scene.timeline_markers.new("there", frame=30)
    assert film.dub("SELECTED")["Original"].status == "done" and changed(film) == {}
    film.scene.timeline_markers["there"].frame = 33
    assert changed(film) == {"Original": ("its text changed",)}


def test_words_in_a_script(film):
    film.sound(4.0, first=1, selected=True)
    film.scene.timeline_markers.new("@one", frame=5)
    script = bpy.data.texts.new("Script")
    script.write("@one ANNA: Hello there\n\n@two BOB: And again\n")
    film.scene.dubline.script = script
    report = film.dub("SELECTED")["Original"]
    assert report.status == "done", report.message
    script.from_string("@one ANNA: Hello there\n\n@two BOB: Something else\n")
    assert changed(film) == {}
    script.from_string("@one ANNA: Hello here\n\n@two BOB: Something else\n")
    assert changed(film) == {"Original": ("its text changed",)}


def test_a_performer_that_was_trimmed(film):
    film.sound(4.0, first=1, name="Performer")
    line = film.text("Hello there", first=200, length=48, name="a")
    performers, stale = room("blender_addon.performers"), room("blender_addon.stale")
    room("blender_addon.recordings").perform(line, {"kind": "STRIP", "strip": performers.uid_of(film.named("Performer"))})
    uid = performers.uid_of(line)
    before = stale.Sight(film.scene).look(uid, uid, "")
    film.compat.move(film.named("Performer"), 5)
    assert stale.Sight(film.scene).look(uid, uid, "") == before
    film.compat.set_end(film.named("Performer"), 60)
    after = stale.Sight(film.scene).look(uid, uid, "")
    assert {part for part in before if before[part] != after[part]} == {"emotion"}


def test_an_edit_during_the_run_makes_the_line_stale_at_once(film):
    strip = film.text("Hello there")
    reading = film.reader.read(film.scene, True, str(film.folder / "dubs"))
    film.session.start(bpy.context, film.scene, reading)
    strip.text = "Hello here"
    while film.session.tick():
        pass
    assert len(film.dubs) == 1 and changed(film) == {"Line": ("its text changed",)}


def test_a_take_of_an_older_version_is_not_stale(dubbed):
    for dub in dubbed.dubs:
        dubbed.props.update(dub, made=None)
    dubbed.named("a").text = "Something else"
    assert changed(dubbed) == {}


def test_another_model_or_sound_is_known(dubbed):
    dub = dubbed.dubs[0]
    made = dubbed.props.state(dub)["made"]
    dubbed.props.update(dub, made={**made, "sound": "0.0-1", "model": "other"})
    assert changed(dubbed) == {"a": ("Dubline speaks differently by now", "the voice's model is another by now")}


def test_a_chosen_take_is_as_old_as_it_is(dubbed):
    strip = dubbed.named("a")
    strip.text = "ANNA: Hello here"
    bpy.ops.dubline.dub(scope="STALE")
    assert changed(dubbed) == {}
    dubbed.editor.active_strip = strip
    bpy.ops.dubline.take_use(index=0)
    assert changed(dubbed) == {"a": ("its text changed",)}
    bpy.ops.dubline.take_use(index=1)
    assert changed(dubbed) == {}


def test_an_emotion_of_its_own_is_no_matter_of_the_cast(dubbed):
    dubbed.named("a").dubline_emotion = "NEUTRAL"
    role = dubbed.scene.dubline.roles[0]
    role.emotion, role.preset = "PRESET", "sad"
    assert changed(dubbed) == {}


def test_only_changed_lines_are_made(dubbed):
    dubbed.named("b").text = "And not again"
    bpy.ops.dubline.dub(scope="STALE")
    assert {name: report.fresh for name, report in dubbed.reports.items()} == {"b": True}
    assert changed(dubbed) == {}
    with_none = dubbed.session.run
    bpy.ops.dubline.dub(scope="STALE")
    assert dubbed.session.run is with_none, "nothing is begun where nothing changed"


def test_what_is_needed(dubbed):
    dubbed.text("Third", first=201, length=48, name="c")
    dubbed.named("a").dubline_pitch = 1.0
    bpy.ops.dubline.dub(scope="MISSING")
    assert list(dubbed.reports) == ["c"]
    dubbed.text("Fourth", first=301, length=48, name="d")
    bpy.ops.dubline.dub(scope="NEEDED")
    assert list(dubbed.reports) == ["a", "d"]
    assert [dubbed.span(dub) for dub in dubbed.dubs] == [(25, 73), (121, 169), (201, 249), (301, 349)]
    dubbed.text(" ", first=401, length=48, name="no words")
    bpy.ops.dubline.dub(scope="NEEDED")
    assert list(dubbed.reports) == ["a", "d"], "nothing more"
    dubbed.named("a").text = ""
    bpy.ops.dubline.dub(scope="NEEDED")
    assert dubbed.reports["a"].code == "empty_text" and len(dubbed.dubs) == 4, "whose words went is told"


def test_changed_lines_keep_their_slots(film):
    film.sound(2.0, first=25)
    source = film.text("Hello there", first=27, length=44)
    film.dub("SELECTED")
    assert film.span(film.dubs[0]) == (27, 71), "the text's own"
    source.text = "Hello here"
    bpy.ops.dubline.dub(scope="STALE")
    assert film.span(film.dubs[0]) == (27, 71)


def test_marks_come_and_go(dubbed):
    strip = dubbed.named("a")
    strip.color_tag = "COLOR_05"
    strip.text = "Hello here"
    bpy.ops.dubline.check_stale()
    assert (strip.color_tag, dubbed.named("b").color_tag) == ("COLOR_03", "NONE")
    assert watched(dubbed).stale == [dubbed.props.state(strip)["uid"]]
    bpy.ops.dubline.dub(scope="STALE")
    bpy.ops.dubline.check_stale()
    assert strip.color_tag == "COLOR_05" and not watched(dubbed).stale
    assert not {"tag", "shown"} & dubbed.props.state(strip).keys()


def test_marks_and_verdicts_do_not_lose_each_other(dubbed):
    strip = dubbed.named("a")
    dubbed.scene.dubline.tint = True
    bpy.ops.dubline.plan(scope="ALL")
    verdict = strip.color_tag
    assert verdict not in ("NONE", "COLOR_03")
    strip.text = "Hello here"
    bpy.ops.dubline.check_stale()
    assert strip.color_tag == "COLOR_03"
    dubbed.scene.dubline.mark_stale = False
    bpy.ops.dubline.check_stale()
    assert strip.color_tag == verdict
    dubbed.scene.dubline.tint = False
    bpy.ops.dubline.plan(scope="ALL")
    assert strip.color_tag == "NONE"


def test_a_look_costs_nothing_where_nothing_changed(dubbed):
    bpy.ops.dubline.check_stale()
    known = [dict(strip.items()) for strip in dubbed.compat.all_strips(dubbed.editor)]
    assert not room("blender_addon.watch").look(dubbed.scene)
    assert [dict(strip.items()) for strip in dubbed.compat.all_strips(dubbed.editor)] == known


@pytest.mark.parametrize("change", ["pitch", "language", "voice", "role's emotion", "marker", "another active strip"])
def test_what_blender_tells_nobody_of_is_seen_at_a_glance(dubbed, change):
    watch = room("blender_addon.watch")
    dubbed.editor.active_strip = dubbed.named("a")

    def glance():
        return watch._glance(bpy.context, [dubbed.scene])

    before = glance()
    assert glance() == before
    if change == "another active strip":
        dubbed.editor.active_strip = dubbed.named("b")
    else:
        CHANGES[change][0](dubbed, dubbed.named("a"))
    assert glance() != before


def test_another_film_is_looked_at_anew(dubbed):
    bpy.ops.dubline.check_stale()
    assert dubbed.session.watched and dubbed.session.memory.meant
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not (dubbed.session.watched or dubbed.session.memory.meant or dubbed.session.uids)


def test_lines_without_a_take_are_counted(film):
    film.text("Hello there", name="a")
    film.text("And again", first=101, name="b")
    film.text(" ", first=201, name="c")
    film.only(film.named("a"))
    film.dub("SELECTED")
    bpy.ops.dubline.check_stale()
    assert watched(film).missing == ("b",)


def test_a_line_inside_a_meta(film):
    source = film.text("Hello there", first=1, length=48)
    film.dub()
    meta = film.compat.strips(film.editor).new_meta(name="Meta", channel=9, frame_start=1)
    source.move_to_meta(meta)
    film.dub()
    assert changed(film) == {}
    film.compat.set_end(meta, 30)
    assert changed(film) == {"Line": ("its length changed",)}


def test_one_changed_line_among_many_is_found_alone(film):
    """What a thousand cost is measured by `build.py bench` and `build.py gui --measure`."""
    stale = room("blender_addon.stale")
    strips = film.compat.strips(film.editor)
    path = film.sound(1.0).sound.filepath
    for number in range(60):
        text = film.compat.new_text(film.editor, f"T{number}", f"ANNA: This is line number {number}", 2, 1 + 60 * number, 24)
        text["dub"] = json.dumps({"uid": f"{number:012x}", "wish": {"pitch": 2.0}})
        original = strips.new_sound(name=f"O{number}", filepath=path, channel=1, frame_start=1 + 60 * number)
        original["dub"] = json.dumps({"uid": f"{number:012x}o"})
    sight = stale.Sight(film.scene)
    for number in range(60):
        uid = f"{number:012x}"
        dub = strips.new_sound(name=f"D{number}", filepath=path, channel=5, frame_start=1 + 60 * number)
        dub["dub"] = json.dumps({"of": uid, "slot": uid, "original": f"{uid}o", "made": sight.look(uid, uid, f"{uid}o"), "warnings": ["x" * 300]})
    film.named("T7").text = "Another"
    memory = stale.Memory()
    for _again in range(3):  # what is remembered tells the same
        found = stale.reasons(film.scene, memory)
        assert len(found) == 60 and [uid for uid, reasons in found.items() if reasons] == [f"{7:012x}"]
