"""A dub follows its line: moved, cut, split, copied within a scene, to other scenes and from other files; a person's own changes stay."""
import bpy
import pytest

from .film import room


@pytest.fixture
def dubbed(film):
    """A line alone, and one that is one with its recording; both dubbed."""
    film.sound(2.0, first=121, name="Original")
    film.text("Hello there", 1, 48, name="a")
    film.text("And again", 123, 44, name="b")
    assert {report.status for report in film.dub().values()} == {"done"}
    assert spans(film) == {"a": [(1, 49)], "b": [(121, 169)]}
    return film


def lines(film, scene=None):
    """Uid -> name of the line's strip."""
    found = film.compat.all_strips((scene or film.scene).sequence_editor)
    return {film.props.state(strip)["uid"]: strip.name for strip in found if "uid" in film.props.state(strip)}


def spans(film, scene=None):
    """Line's name -> where its takes are."""
    names, found = lines(film, scene), {}
    for strip in film.compat.all_strips((scene or film.scene).sequence_editor):
        state = film.props.state(strip)
        if "of" in state:
            found.setdefault(names.get(state["of"], "nobody"), []).append(film.span(strip))
    return {name: sorted(found[name]) for name in sorted(found)}


def shift(film, name, frames):
    film.compat.move(film.named(name), film.compat.start(film.named(name)) + frames)


def copy(film, strip, by=0, editor=None):
    """As Blender copies a strip: same properties, a name with a number, elsewhere; its scene may be another."""
    strips = film.compat.strips(editor or film.editor)
    if strip.type == "TEXT":
        made = film.compat.new_text(editor or film.editor, strip.name, strip.text, strip.channel, film.compat.start(strip) + by, film.compat.end(strip) - film.compat.start(strip))
    else:
        made = strips.new_sound(name=strip.name, filepath=film.path_of(strip), channel=strip.channel, frame_start=round(film.compat.start(strip) - film.compat.head(strip)) + by)
        film.compat.set_edges(made, film.compat.start(strip) + by, film.compat.end(strip) + by)
    if "dub" in strip:
        made["dub"] = strip["dub"]
    return made


def saved_copy(film) -> str:
    path = str(film.folder / "copy.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    return path


def dub_of(film, name):
    (found,) = [strip for strip in film.dubs if lines(film).get(film.props.state(strip)["of"]) == name]
    return found


def follow():
    return bpy.ops.dubline.follow() == {"FINISHED"}


def test_moved(dubbed):
    shift(dubbed, "a", 300)
    dubbed.named("a").channel = 9
    assert follow()
    assert spans(dubbed) == {"a": [(301, 349)], "b": [(121, 169)]}
    assert not follow(), "once"


def test_moved_together(dubbed):
    for strip in dubbed.compat.all_strips(dubbed.editor):
        dubbed.compat.move(strip, dubbed.compat.start(strip) + 300)
    follow()
    assert spans(dubbed) == {"a": [(301, 349)], "b": [(421, 469)]}


def test_the_slot_is_the_recordings(dubbed):
    shift(dubbed, "Original", 10)
    assert follow()
    assert spans(dubbed)["b"] == [(131, 179)]
    shift(dubbed, "b", 2)
    follow()
    assert spans(dubbed)["b"] == [(131, 179)]


def test_a_slot_whose_recording_is_gone(dubbed):
    dubbed.compat.strips(dubbed.editor).remove(dubbed.named("Original"))
    follow()
    assert spans(dubbed)["b"] == [(121, 169)] and not follow()
    shift(dubbed, "b", 10)
    follow()
    assert spans(dubbed)["b"] == [(131, 179)]


def test_a_nudge_is_kept(dubbed):
    dub = dub_of(dubbed, "a")
    dubbed.compat.move(dub, 4)
    follow()
    assert spans(dubbed)["a"] == [(4, 52)]
    shift(dubbed, "a", 100)
    follow()
    assert spans(dubbed)["a"] == [(104, 152)]
    dubbed.redo(dubbed.named("a"))
    assert spans(dubbed)["a"] == [(104, 152)]


def test_fades_come_along(dubbed):
    dub = dub_of(dubbed, "a")
    dub.keyframe_insert("volume", frame=5)
    shift(dubbed, "a", 100)
    follow()
    ((_owner, curve),) = dubbed.compat.fcurves(dubbed.scene, dub.path_from_id("volume"))
    assert [round(key.co[0]) for key in curve.keyframe_points] == [105]


@pytest.mark.parametrize(("first", "last"), [(8, 49), (1, 40), (8, 40)])
def test_cut(dubbed, first, last):
    dubbed.compat.set_edges(dubbed.named("a"), first, last)
    assert follow()
    assert spans(dubbed)["a"] == [(first, last)]
    assert dubbed.compat.head(dub_of(dubbed, "a")) == first - 1, "the words stay where they were"
    dubbed.compat.set_edges(dubbed.named("a"), 1, 49)
    follow()
    assert spans(dubbed)["a"] == [(1, 49)] and dubbed.compat.head(dub_of(dubbed, "a")) == 0


def test_cut_and_made_anew(dubbed):
    dubbed.compat.set_edges(dubbed.named("a"), 8, 44)
    follow()
    bpy.ops.dubline.dub(scope="STALE")
    assert spans(dubbed)["a"] == [(8, 44)]
    assert dubbed.compat.head(dub_of(dubbed, "a")) == 0, "a whole take, since the person cut the line and not the take"


def test_a_take_that_the_person_cut_is_not_cut_again(dubbed):
    dub = dub_of(dubbed, "a")
    dubbed.compat.set_end(dub, 45)
    dubbed.compat.set_end(dubbed.named("a"), 47)
    follow()
    assert spans(dubbed)["a"] == [(1, 45)]


def test_a_free_take_keeps_its_end(film):
    strip = film.text("Hello", 1, 48)
    strip.dubline_length = "NATURAL"
    film.dub()
    end = film.span(film.dubs[0])[1]
    assert end < 45
    film.compat.set_end(strip, 46)
    follow()
    assert film.span(film.dubs[0])[1] == end


@pytest.mark.parametrize("both", [True, False])
def test_split(dubbed, both):
    """The person cuts through line and take, or through the line alone."""
    line, dub = dubbed.named("a"), dub_of(dubbed, "a")
    late = line.split(21, "SOFT")
    if both:
        dub.split(21, "SOFT")
    follow()
    expected = {"a": [(1, 21)], late.name: [(21, 49)]} if both else {"a": [(1, 21)]}
    assert {name: where for name, where in spans(dubbed).items() if name != "b"} == expected
    assert dubbed.props.state(line)["uid"] != dubbed.props.state(late)["uid"]
    line.text, late.text = "Hello", "there"
    bpy.ops.dubline.dub(scope="NEEDED")
    assert sorted(dubbed.reports) == ["a", late.name]
    assert {name: where for name, where in spans(dubbed).items() if name != "b"} == {"a": [(1, 21)], late.name: [(21, 49)]}
    assert all(dubbed.compat.head(dub_of(dubbed, name)) == 0 for name in ("a", late.name))


def test_split_and_moved_apart(dubbed):
    line, dub = dubbed.named("a"), dub_of(dubbed, "a")
    late, end = line.split(21, "SOFT"), dub.split(21, "SOFT")
    dubbed.compat.move(late, 61)
    dubbed.compat.move(end, 61)
    follow()
    assert {name: where for name, where in spans(dubbed).items() if name != "b"} == {"a": [(1, 21)], late.name: [(61, 89)]}
    dubbed.compat.move(late, 71)
    follow()
    assert spans(dubbed)[late.name] == [(71, 99)]


@pytest.mark.parametrize("what", ["line", "line and take", "take", "all"])
def test_copied(dubbed, what):
    line, dub = dubbed.named("b"), dub_of(dubbed, "b")
    wanted = {"line": [line], "line and take": [line, dub], "take": [dub], "all": [line, dub, dubbed.named("Original")]}[what]
    copies = [copy(dubbed, strip, 300) for strip in wanted]
    follow()
    states = [dubbed.props.state(one) for one in copies]
    assert len(set(lines(dubbed).values())) == len(dubbed.compat.all_strips(dubbed.editor)) - len(dubbed.dubs)
    found = spans(dubbed)
    assert found["b"] == [(121, 169)] and found["a"] == [(1, 49)]
    if what == "line":
        assert len(dubbed.dubs) == 2
    if what == "take":
        assert found["nobody"] == [(421, 469)]
    if what in ("line and take", "all"):
        assert found[copies[0].name] == [(421, 469)]
        assert states[1]["of"] == states[0]["uid"] != dubbed.props.state(line)["uid"]
    if what == "all":
        assert states[1]["slot"] == states[1]["original"] == states[2]["uid"]
        shift(dubbed, copies[2].name, 5)
        follow()
        assert spans(dubbed)[copies[0].name] == [(426, 474)]
    copies[0]["mine"] = True
    dubbed.redo(line)
    assert spans(dubbed)["b"] == [(121, 169)], "and a redo finds its own strip"


def test_the_original_of_a_copy_was_moved_instead(dubbed):
    """The person copied the line, left the copy in its place and moved the first."""
    copied = copy(dubbed, dubbed.named("a"))
    shift(dubbed, "a", 300)
    follow()
    assert spans(dubbed) == {copied.name: [(1, 49)], "b": [(121, 169)]}


def test_pasted_into_another_scene(dubbed):
    other = bpy.data.scenes.new("Another")
    editor = other.sequence_editor_create()
    line, dub = dubbed.named("a"), dub_of(dubbed, "a")
    pasted, pasted_dub = copy(dubbed, line, 500, editor), copy(dubbed, dub, 500, editor)
    before = dubbed.props.state(line)["uid"]
    follow()
    assert not set(lines(dubbed)) & set(lines(dubbed, other))
    assert dubbed.props.state(line)["uid"] == before, "the copy is renewed"
    assert dubbed.props.state(pasted_dub)["of"] == dubbed.props.state(pasted)["uid"]
    assert spans(dubbed, other) == {"a": [(501, 549)]}
    dubbed.redo(line)
    assert dubbed.path_of(dub) != dubbed.path_of(pasted_dub), "a redo here is none there"


def test_a_whole_scene_copied(dubbed):
    dubbed.named("a").dubline_performer = "STRIP"
    dubbed.named("a").dubline_performer_strip = "Original"
    bpy.ops.scene.new(type="FULL_COPY")
    copied = bpy.context.scene
    model = next(scene for scene in bpy.data.scenes if scene != copied)
    assert lines(dubbed, model).keys() == lines(dubbed, copied).keys()
    with bpy.context.temp_override(**dubbed.compat.scene_override(model)):
        bpy.ops.dubline.follow()
    mine, theirs = lines(dubbed, copied), lines(dubbed, model)
    assert not mine.keys() & theirs.keys() and spans(dubbed, copied) == spans(dubbed, model)
    (original,) = [uid for uid, name in mine.items() if name == "Original"]
    performer = dubbed.props.wish(dubbed.compat.all_strips(copied.sequence_editor)["a"]).feelings[0].recording.path
    assert performer == f"strip:{original}", "it still takes over the recording beside it"


def test_appended_from_another_file(dubbed):
    """A copy of the film: its scene comes into the film itself."""
    with bpy.data.libraries.load(saved_copy(dubbed), link=False) as (there, here):
        here.scenes = list(there.scenes)
    appended = here.scenes[0]
    bpy.ops.dubline.follow()
    assert not lines(dubbed).keys() & lines(dubbed, appended).keys()
    assert spans(dubbed, appended) == spans(dubbed) == {"a": [(1, 49)], "b": [(121, 169)]}


def test_a_linked_scene_is_left_alone(dubbed):
    with bpy.data.libraries.load(saved_copy(dubbed), link=True) as (there, here):
        here.scenes = list(there.scenes)
    before = lines(dubbed)
    follow()
    assert lines(dubbed) == before
    with bpy.context.temp_override(**dubbed.compat.scene_override(here.scenes[0])), pytest.raises(RuntimeError, match="linked"):
        bpy.ops.dubline.follow()


def test_what_blender_locks_stays_and_follows_later(dubbed):
    dub = dub_of(dubbed, "a")
    dub.lock = True
    shift(dubbed, "a", 100)
    assert not follow() and spans(dubbed)["a"] == [(1, 49)]
    dub.lock = False
    assert follow() and spans(dubbed)["a"] == [(101, 149)]


def test_the_low_stretch_of_a_long_original_comes_along(film):
    original = film.sound(10.0, first=1)
    film.text("Hello there", first=25, length=48, name="a")
    film.text("And again", first=121, length=48, name="b")
    film.dub()
    shift(film, "b", 40)
    follow()
    ((_owner, curve),) = film.compat.fcurves(film.scene, original.path_from_id("volume"))
    assert [round(key.co[0]) for key in curve.keyframe_points] == [23, 24, 73, 74, 159, 160, 209, 210]
    shift(film, "b", 400)
    follow()
    ((_owner, curve),) = film.compat.fcurves(film.scene, original.path_from_id("volume"))
    assert [round(key.co[0]) for key in curve.keyframe_points] == [23, 24, 73, 74]


def test_a_changed_speed_is_told_and_its_end_followed(dubbed):
    original = dubbed.named("Original")
    if bpy.app.version < (5, 1, 0):
        pytest.skip("a script cannot change a sound's speed in this Blender: it ends the program")
    original.retiming_keys.add(timeline_frame=169)
    original.retiming_keys[-1].timeline_frame = 153  # so short that it still covers more than half of its text
    end = dubbed.compat.end(original)
    assert end != 169
    follow()
    assert spans(dubbed)["b"] == [(121, end)]
    assert any("length" in reason for reasons in room("blender_addon.stale").reasons(dubbed.scene).values() for reason in reasons)
    report = dubbed.redo(dubbed.named("b"))["b"]
    assert report.status == "done" and spans(dubbed)["b"] == [(121, end)]
    assert any("speed" in warning for warning in report.warnings), report.warnings


def test_nothing_is_written_where_nothing_moved(dubbed):
    follow()
    known = [dict(strip.items()) for strip in dubbed.compat.all_strips(dubbed.editor)]
    assert not follow()
    assert [dict(strip.items()) for strip in dubbed.compat.all_strips(dubbed.editor)] == known


def test_undo_of_a_move(dubbed):
    bpy.ops.ed.undo_push(message="before")
    shift(dubbed, "a", 100)
    bpy.ops.ed.undo_push(message="moved")
    follow()  # by the timer of a window, so no step of its own
    assert spans(dubbed)["a"] == [(101, 149)]
    bpy.ops.ed.undo()
    assert spans(dubbed)["a"] == [(1, 49)]
    assert not follow()
    bpy.ops.ed.redo()
    follow()
    assert spans(dubbed)["a"] == [(101, 149)]


def test_an_older_take_is_where_it_is(dubbed):
    for dub in dubbed.dubs:
        dubbed.props.update(dub, at=None, line=None)
    dubbed.compat.set_end(dub_of(dubbed, "a"), 45)
    follow()
    assert spans(dubbed)["a"] == [(1, 45)]
    shift(dubbed, "a", 100)
    follow()
    assert spans(dubbed)["a"] == [(101, 145)]
    dubbed.redo(dubbed.named("a"))
    assert spans(dubbed)["a"] == [(101, 145)], "the cut is the person's"


def test_moved_while_it_is_spoken(film):
    strip = film.text("Hello there", 1, 48)
    film.dub()
    strip.dubline_pitch = 2.0
    reading = film.reader.read(film.scene, True, str(film.folder / "dubs"))
    film.session.start(bpy.context, film.scene, reading)
    film.compat.move(strip, 77)
    follow()
    while film.session.tick():
        pass
    assert [film.span(dub) for dub in film.dubs] == [(77, 125)]
    assert not follow()
