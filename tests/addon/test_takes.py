"""Takes to choose from: a line remembers them, and any can be heard, used, compared, named and kept."""
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
import soundfile

from .film import loudness, room


def dubbed(film):
    """A line with three readings, of which the last is played."""
    film.role("ANNA")
    source = film.text("ANNA: Hello there", 1, 48, name="a")
    film.dub()
    for _ in range(2):
        film.redo(source)
    film.editor.active_strip = source
    return source


@pytest.fixture
def line(film):
    return dubbed(film)


def takes(film, strip) -> list[str]:
    return [entry["take"] for entry in film.props.state(strip).get("takes", ())]


def entries(film, strip) -> dict[str, dict]:
    """Digest -> what its line keeps of it, without what the line looked like then."""
    return {entry["take"]: {key: value for key, value in entry.items() if key != "made"} for entry in film.props.state(strip)["takes"]}


def plays(film, number=0) -> str:
    """Digest of the take that is heard, which the strip and its sound agree on."""
    dub = film.dubs[number]
    assert Path(film.path_of(dub)).stem == film.props.state(dub)["take"]
    return film.props.state(dub)["take"]


def rows(context=None):
    room("blender_addon.shelf").refresh(context or bpy.context)
    return list(bpy.context.window_manager.dubline_takes.rows)


def files(folder: Path) -> set[str]:
    return {path.name.split(".")[0] for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()


def everything(film):
    """All that an operator that refuses must leave alone."""
    strips = film.compat.all_strips(film.editor)
    return [(s.name, s.channel, film.span(s), s.get("dub"), s.sound.filepath if s.type == "SOUND" else "") for s in strips], files(film.folder / "dubs")


# The list


def test_a_line_remembers_its_takes(film):
    source = film.text("Hello there")
    made = [film.dub()["Line"].take.digest]
    assert takes(film, source) == made
    made.append(film.redo(source)["Line"].take.digest)
    made.append(film.redo(film.dubs[0])["Line"].take.digest)
    assert takes(film, source) == made and len(set(made)) == 3, "the newest last"
    film.only(source)
    film.dub("SELECTED")
    assert takes(film, source) == made, "no take is there twice"
    film.reload()
    assert takes(film, film.named("Line")) == made


def test_a_copy_of_a_line_may_choose_from_the_same(film, line):
    before = takes(film, line)
    copy = film.text("ANNA: Hello there", 101, 48, name="b")
    copy["dub"] = line["dub"]
    film.only(copy)
    film.editor.active_strip = copy
    bpy.ops.dubline.take_use(index=0)
    assert film.props.state(copy)["uid"] != film.props.state(line)["uid"] and takes(film, copy) == takes(film, line) == before
    assert [(film.span(dub), film.props.state(dub)["take"]) for dub in film.dubs] == [((1, 49), before[2]), ((101, 149), before[0])]


def test_takes_of_a_film_that_had_no_lists(film, line):
    old = takes(film, line)
    film.props.update(line, takes=None, used=None, readings=None)
    assert [(row.digest, row.plays) for row in rows()] == [(old[2], True)]
    bpy.ops.dubline.take_keep(digest=old[2])
    film.redo(line)
    assert takes(film, line)[0] == old[2] and len(takes(film, line)) == 2 and entries(film, line)[old[2]]["kept"]


def test_a_list_stays_short(film, line):
    first, second, third = takes(film, line)
    bpy.ops.dubline.take_keep(digest=first)
    most = room("blender_addon.shelf").MOST
    filled = [*film.props.state(line)["takes"][:2], *({"take": f"{number:020x}"} for number in range(most - 3)), {"take": third}]
    film.props.update(line, takes=filled)
    film.redo(line)
    assert len(takes(film, line)) == most and first in takes(film, line) and second not in takes(film, line) and plays(film) == takes(film, line)[-1]


# Use


def test_use_an_older_take(film, line):
    (dub,) = film.dubs
    dub.volume, dub.pan, dub.color_tag = 0.5, 0.25, "COLOR_03"
    before = (dub.name, dub.channel, film.span(dub), dub.volume, dub.pan, dub.color_tag)
    first, second, third = takes(film, line)
    assert plays(film) == third
    assert bpy.ops.dubline.take_use(digest=first) == {"FINISHED"}
    (dub,) = film.dubs
    assert plays(film) == first and (dub.name, dub.channel, film.span(dub), dub.volume, dub.pan, dub.color_tag) == before
    assert takes(film, line) == [first, second, third], "the list is as it was"
    dub.pan = 0
    take, _rate = soundfile.read(film.path_of(dub))
    assert loudness(film.hear(1, 48)) == pytest.approx(0.5 * loudness(take[:, 0]), rel=0.01)
    assert bpy.ops.dubline.take_use(index=1) == {"FINISHED"} and plays(film) == second
    assert [sound.name for sound in bpy.data.sounds if sound.users == 0] == []


def test_use_by_the_takes_own_strip(film, line):
    film.editor.active_strip = film.dubs[0]
    bpy.ops.dubline.take_use(index=0)
    assert plays(film) == takes(film, line)[0]


def test_dubbing_again_keeps_the_choice_and_redo_makes_a_new_one(film, line):
    first, second, third = takes(film, line)
    bpy.ops.dubline.take_use(digest=first)
    assert not film.dub()["a"].fresh and plays(film) == first
    assert film.redo(line)["a"].fresh, "not one of those that were heard already"
    assert takes(film, line)[:3] == [first, second, third] and plays(film) == takes(film, line)[3]


def test_use_a_take_of_another_length(film, line):
    film.compat.set_end(line, 31)
    film.only(line)
    film.dub("SELECTED")
    (dub,) = film.dubs
    channel, dub.volume = dub.channel, 0.5
    assert film.span(dub) == (1, 31)
    bpy.ops.dubline.take_use(index=0)
    (dub,) = film.dubs
    assert (film.span(dub), dub.channel, dub.volume) == ((1, 49), channel, 0.5)


def test_undo_of_a_choice(film, line):
    first, _second, third = takes(film, line)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.dubline.take_use("EXEC_DEFAULT", True, digest=first)
    assert plays(film) == first
    bpy.ops.ed.undo()
    assert plays(film) == third
    bpy.ops.ed.redo()
    assert plays(film) == first and film.named("a").dubline_seed == 0


@pytest.mark.parametrize(("harm", "told"), [("missing", "not on this computer"), ("sidecar", "damaged"), ("cut", "damaged"), ("noise", "damaged")])
def test_a_take_that_is_not_whole_is_refused(film, line, harm, told):
    digest = takes(film, line)[0]
    wav, sidecar = (film.folder / "dubs" / f"{digest}.{ending}" for ending in ("wav", "json"))
    if harm == "missing":
        wav.unlink()
        sidecar.unlink()
    elif harm == "sidecar":
        sidecar.write_text('{"take": {')
    elif harm == "cut":
        wav.write_bytes(wav.read_bytes()[:1000])
    else:
        wav.write_bytes(bytes(wav.stat().st_size))
    before = everything(film)
    for verb in (bpy.ops.dubline.take_use, bpy.ops.dubline.take_play):
        with pytest.raises(RuntimeError, match=told):
            verb(digest=digest)
        assert everything(film) == before
    row = rows()[0]
    assert (row.told, row.usable) == {"missing": ("no file", False), "noise": (row.told, True)}.get(harm, ("damaged", False))


def test_a_take_that_is_none_of_the_lines(film, line):
    other = film.text("Something else", 101, name="b")
    film.only(other)
    digest = film.dub("SELECTED")["b"].take.digest
    before = everything(film)
    for wrong, told in (({"digest": digest}, "has no take"), ({"index": 3}, "3 takes")):
        with pytest.raises(RuntimeError, match=told):
            bpy.ops.dubline.take_use(**wrong)
    film.editor.active_strip = film.text("Never dubbed", 201, name="c")
    with pytest.raises(RuntimeError, match="the active one"):
        bpy.ops.dubline.take_use(index=0)
    film.compat.strips(film.editor).remove(film.named("c"))
    assert everything(film) == before


def test_a_locked_line_keeps_its_take(film, line):
    film.props.update(line, lock=True)
    before = everything(film)
    for verb in (lambda: bpy.ops.dubline.take_use(index=0), bpy.ops.dubline.take_compare):
        with pytest.raises(RuntimeError, match="a is locked: unlock it"):
            verb()
        assert everything(film) == before
    film.props.update(line, lock=None)
    film.editor.channels[film.dubs[0].channel].lock = True
    before = everything(film)
    with pytest.raises(RuntimeError, match="channel 'ANNA' is locked"):
        bpy.ops.dubline.take_use(index=0)
    assert everything(film)[1] == before[1] and plays(film) == takes(film, line)[2]


def test_compare_flips_between_two_takes(film, line):
    first, second, third = takes(film, line)
    heard = []
    for expected in (second, third, second):
        assert bpy.ops.dubline.take_compare() == {"FINISHED"} and plays(film) == expected
        heard.append(loudness(np.abs(np.fft.rfft(film.hear(1, 48)))))
        assert film.span(film.dubs[0]) == (1, 49)
    assert heard[0] == heard[2] != heard[1]
    bpy.ops.dubline.take_use(digest=first)
    bpy.ops.dubline.take_compare()
    assert plays(film) == second
    bpy.ops.dubline.take_compare()
    assert plays(film) == first


def test_compare_needs_two(film):
    film.editor.active_strip = film.text("Hello there")
    film.dub()
    with pytest.raises(RuntimeError, match="one take only"):
        bpy.ops.dubline.take_compare()


def test_compare_has_a_key():
    keymap = bpy.context.window_manager.keyconfigs.addon.keymaps["Sequencer"]
    assert [item.type for item in keymap.keymap_items if item.idname == "dubline.take_compare"] == ["T"]


def test_names_and_marks(film, line):
    first, second, _third = takes(film, line)
    bpy.ops.dubline.take_rename(digest=second, name=" warmer ")
    bpy.ops.dubline.take_keep(index=0)
    film.reload()
    line = film.named("a")
    film.editor.active_strip = line
    assert entries(film, line)[second] == {"take": second, "name": "warmer"} and entries(film, line)[first] == {"take": first, "kept": True}
    assert [(row.name, row.kept) for row in rows()] == [("Take 1", True), ("warmer", False), ("Take 3", False)]
    bpy.ops.dubline.take_rename(digest=second, name="")
    bpy.ops.dubline.take_keep(index=0)
    assert entries(film, line)[second] == {"take": second} and entries(film, line)[first] == {"take": first}


# Variants


@pytest.mark.parametrize("host", ["HERE", "WORKER"])
def test_several_readings_at_once(film, host):
    film.preferences.host = host
    film.role("ANNA")
    one, other = film.text("ANNA: Hello there", 1, 48, name="a"), film.text("ANNA: And again", 50, 48, name="b")
    film.dub()
    old = [film.props.state(dub)["take"] for dub in film.dubs]
    film.only(one, other, film.text("", 101, name="c"))
    bpy.ops.dubline.redo(count=3)
    for strip, dub, before in zip((one, other), film.dubs, old, strict=True):
        made = takes(film, strip)
        assert len(made) == 4 and made[0] == before and film.props.state(dub)["take"] == made[1], "the first of the new ones"
        assert strip.dubline_seed == 1 and {f"{digest}.wav" for digest in made} <= {path.name for path in (film.folder / "dubs").iterdir()}
    assert [film.reports[name].status for name in "abc"] == ["done", "done", "failed"]
    assert film.session.run.summary == "Dubbed 2 of 3 lines, 3 readings of each, 1 failed"
    film.redo(one)
    assert one.dubline_seed == 4 and len(takes(film, one)) == 5
    film.editor.active_strip = other
    bpy.ops.dubline.take_use(index=3)
    assert other.dubline_seed == 3


def test_readings_that_are_cancelled(film):
    source = film.text("Hello there")
    film.dub()
    reading = film.reader.read(film.scene, True, str(film.folder / "dubs"), redo=True)
    further = [reading.job] * 200
    run = film.session.start(bpy.context, film.scene, reading, (), further)
    deadline = time.monotonic() + 300
    while film.session.tick() and time.monotonic() < deadline:
        if run.reading == 3 and not run.cancelled:
            film.session.cancel()
        time.sleep(0.002)
    assert run.ended and run.cancelled and run.further and film.reports["Line"].status == "done" and not film.reports["Line"].warnings
    assert plays(film) == takes(film, source)[1]


def test_a_reading_whose_line_is_removed_meanwhile(film):
    source = film.text("Hello there")
    reading = film.reader.read(film.scene, True, str(film.folder / "dubs"))
    run = film.session.start(bpy.context, film.scene, reading, (), [reading.job])
    while run.reading < 2:
        film.session.tick()
    film.compat.strips(film.editor).remove(source)
    while film.session.tick():
        time.sleep(0.002)
    assert film.reports["Line"].status == "done" and any("Another reading was not made: The line's strip was removed" in told for told in film.reports["Line"].warnings)


@pytest.mark.model
def test_real_readings_differ(film, models):
    """Of Kokoro; by how much their melodies differ is asked of the engine, here only that no two are the same sound."""
    film.scene.dubline.default_voice = "af_heart"
    source = film.text("I never thought I would see you again.", length=60)
    film.only(source)
    bpy.ops.dubline.redo(count=3)
    assert film.reports["Line"].status == "done", film.reports["Line"].message
    made = [soundfile.read(str(film.folder / "dubs" / f"{digest}.wav"))[0][:, 0] for digest in takes(film, source)]
    assert len(made) == 3 and plays(film) == takes(film, source)[0]
    for number, one in enumerate(made):
        for other in made[:number]:
            shared = min(len(one), len(other))
            assert np.corrcoef(one[:shared], other[:shared])[0, 1] < 0.9
