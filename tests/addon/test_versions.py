"""A film that another version of ours wrote keeps working: an older one's takes play and are known, a newer one's words are not lost."""
import json
import shutil
from importlib import import_module
from pathlib import Path

import bpy
import pytest

from ..conftest import PACKAGE
from .film import room

EARLIER = Path(__file__).parent / "golden" / "earlier"
"""What Dubline wrote before lines had lists of their takes: its texts on strips, its cast, and its folder of takes."""


@pytest.fixture
def earlier(film):
    """That film, opened."""
    told = json.loads((EARLIER / "film.json").read_text(encoding="utf-8"))
    shutil.copytree(EARLIER / "dubs", film.folder / "dubs")
    for row in told["scene"]["roles"]:
        film.role(**row)
    film.scene.dubline.default_voice, film.scene.dubline.original = told["scene"]["default_voice"], told["scene"]["original"]
    for row in told["strips"]:
        if row["type"] == "TEXT":
            strip = film.text(row["text"], row["start"], row["end"] - row["start"], row["channel"], row["name"])
        elif row["file"] == "Original.wav":
            strip = film.sound(1.0, row["start"], row["channel"], row["name"])
        else:
            strip = film.compat.strips(film.editor).new_sound(name=row["name"], filepath=str(film.folder / "dubs" / row["file"]), channel=row["channel"], frame_start=row["start"])
        strip.mute = row["mute"]
        if "volume" in row:
            strip.volume = row["volume"]
        if "dub" in row:
            strip["dub"] = row["dub"]
    film.save()
    film.reload()
    return film


def test_an_earlier_films_takes_play_and_are_known(earlier):
    assert len(earlier.dubs) == 2
    for dub in earlier.dubs:
        assert abs(earlier.hear(*earlier.span(dub))).max() > 0.01
    shelf = room("blender_addon.shelf")
    for name in ("a", "b"):
        line = earlier.named(name)
        (entry,) = shelf.choices(earlier.scene, line)
        take = shelf.whole_take(entry["take"], shelf.folders(bpy.context))
        assert take.samples / take.plan.rate == 0.5


def test_an_earlier_films_settings_hold(earlier):
    a, b, c = map(earlier.named, "abc")
    assert (a.dubline_pitch, a.dubline_smoothness, a.dubline_seed) == (2, 0.75, 1)
    assert (b.dubline_emotion, b.dubline_preset, b.dubline_intensity) == ("PRESET", "angry", 0.5)
    assert (c.dubline_speaker, c.dubline_overflow) == ("BOB", "refuse")
    assert [role.name for role in earlier.scene.dubline.roles] == ["ANNA", "BOB"] and earlier.scene.dubline.roles[1].language == "en-gb"


def test_an_earlier_film_goes_on(earlier):
    """Its lines are not held for changed; a redo keeps the old take in the list, a move takes it along, and the original comes back."""
    bpy.ops.dubline.check_stale()
    found = earlier.session.watched[earlier.scene.name]
    assert found.stale == [], found.changed
    before = room("blender_addon.props").state(earlier.dubs[0])["take"]
    reports = earlier.redo(earlier.named("a"))
    assert reports["a"].status == "done" and len(earlier.dubs) == 2
    assert [entry["take"] for entry in earlier.props.state(earlier.named("a"))["takes"]] == [before, reports["a"].take.digest]
    earlier.compat.move(earlier.named("b"), 60)
    bpy.ops.dubline.follow()
    assert [earlier.span(dub) for dub in earlier.dubs] == [(1, 13), (60, 72)]
    bpy.ops.dubline.restore()
    assert earlier.named("Original").volume == 1


NEWER = {
    "form": 99,
    "hologram": {"depth": [1, 2]},
    "nudge": {"frames": 3, "why": "a form of it that is not known yet"},
    "wish": {"pitch": 2.0, "smell": "of roses", "choir": {"voices": 3}, "energy": {"curve": [0, 1]}, "feelings": [{"preset": "angry", "scent": 1}]},
    "takes": [{"take": "0123456789abcdef0123", "stars": 5, "name": "The best"}],
}
"""A line's JSON as a later version of ours might write it."""


def newer(strip) -> dict:
    return json.loads(strip["dub"])


def test_what_a_newer_version_wrote_is_read_as_far_as_it_is_known_and_stays(film):
    strip = film.text("Hello there", length=24)
    strip["dub"] = json.dumps(NEWER)
    film.save()
    film.reload()
    strip = film.named("Line")
    assert strip.dubline_pitch == 2 and strip.dubline_energy == 0
    strip.dubline_overflow, strip.dubline_lock = "refuse", False
    assert film.dub()["Line"].status == "done"
    film.redo(strip)
    bpy.ops.dubline.follow()
    film.reload()
    now, wish = newer(film.named("Line")), newer(film.named("Line"))["wish"]
    assert (now["form"], now["hologram"], now["nudge"]) == (99, NEWER["hologram"], NEWER["nudge"])
    assert {key: wish[key] for key in ("smell", "choir", "energy", "pitch", "overflow")} == {"smell": "of roses", "choir": {"voices": 3}, "energy": {"curve": [0, 1]}, "pitch": 2.0, "overflow": "refuse"}
    assert now["takes"][0] == NEWER["takes"][0] and len(now["takes"]) == 3
    film.named("Line").dubline_energy = 1
    assert newer(film.named("Line"))["wish"]["energy"] == 1, "what is set here is set"


def test_what_we_write_bears_our_version(film):
    strip = film.text("Hello there")
    assert film.props.saved.form(strip) == 0
    strip.dubline_pitch = 1
    film.dub()
    assert {newer(one)["form"] for one in (strip, *film.dubs)} == {film.props.saved.FORM}
    assert "form" not in film.props.state(strip)
    strip["dub"] = json.dumps({key: value for key, value in newer(strip).items() if key != "form"})
    strip.dubline_pitch = 2
    assert newer(strip)["form"] == film.props.saved.FORM, "an older one is brought up"


def test_a_take_of_a_newer_version_plays_and_is_not_made_anew(film):
    film.text("Hello there", length=24)
    take = film.dub()["Line"].take
    sidecar = Path(take.path).with_suffix(".json")
    document = json.loads(sidecar.read_text(encoding="utf-8"))
    document["dubline_take"] = 99
    document["take"]["aroma"] = {"roses": 0.5}
    document["take"]["speech"]["breath"] = [0.1, 0.2]
    document["take"]["plan"]["weather"] = "rain"
    sidecar.write_text(json.dumps(document), encoding="utf-8")
    report = film.dub()["Line"]
    assert report.status == "done" and not report.fresh and json.loads(sidecar.read_text(encoding="utf-8")) == document
    assert room("blender_addon.shelf").whole_take(take.digest, [sidecar.parent]).samples == take.samples


def test_a_voice_of_a_newer_version_says_so(tmp_path):
    library = import_module(f"{PACKAGE}.engine.voices.library")
    home = tmp_path / "people" / "anna"
    home.mkdir(parents=True)
    (home / "voice.json").write_text(json.dumps({"dubline_voice": 7, "voice": {"name": "anna"}, "more": 1}), encoding="utf-8")
    before = (home / "voice.json").read_bytes()
    with pytest.raises(Exception, match="no voice of form 1: a newer Dubline wrote it, in form 7"):
        library.Library(tmp_path).find("anna")
    assert (home / "voice.json").read_bytes() == before


def test_a_cast_of_a_newer_version_keeps_what_is_not_known(film, addon):
    """Blender keeps what a newer version registered, and a choice that is none here is no choice of ours."""
    props = room("blender_addon.props")
    props.DublineRole.__annotations__["aura"] = bpy.props.StringProperty()
    again = [addon.unregister, addon.register]
    for step in again:
        step()
    try:
        film.role("ANNA").aura = "violet"
        film.save()
    finally:
        del props.DublineRole.__annotations__["aura"]
        for step in again:
            step()
    film.reload()
    role = film.scene.dubline.roles[0]
    assert role.name == "ANNA" and not [name for name in role.bl_rna.properties.keys() if name == "aura"]  # noqa: SIM118
    role.voice = "tone:sine"
    film.text("ANNA: Hello there")
    assert film.dub()["Line"].status == "done"
    bpy.ops.wm.save_mainfile()
    props.DublineRole.__annotations__["aura"] = bpy.props.StringProperty()
    for step in again:
        step()
    try:
        film.reload()
        assert film.scene.dubline.roles[0].aura == "violet" and film.scene.dubline.roles[0].voice == "tone:sine"
    finally:
        del props.DublineRole.__annotations__["aura"]
        for step in again:
            step()


def test_a_preset_of_a_newer_version_sets_what_is_known(film, tmp_path):
    line = film.text("Hello there")
    film.editor.active_strip = line
    preset = tmp_path / "newer.py"
    preset.write_text("import bpy\nline = bpy.context.window_manager.dubline_line\n\nline.aroma = 'roses'\nline.pitch = 3.0\n", encoding="utf-8")
    bpy.ops.script.execute_preset(filepath=str(preset), menu_idname="DUBLINE_PT_line_presets")
    assert line.dubline_pitch == 3


def test_a_scene_bears_its_version_and_keeps_a_newer_one(film):
    assert film.scene.dubline.form == 1, "the default voice was set before the film was saved"
    untouched = bpy.data.scenes.new("Untouched")
    film.scene.dubline.form = 99
    film.reload()
    assert film.scene.dubline.form == 99
    assert bpy.data.scenes["Untouched"].dubline.form == 0 if "Untouched" in bpy.data.scenes else untouched is not None


def test_a_choice_that_only_a_newer_version_has_hinders_nobody(film):
    film.sound(2.0)
    film.text("ANNA: Hello there")
    role = film.role("ANNA", emotion="PRESET", preset="angry", color="COLOR_03")
    film.scene.dubline.original, film.scene.dubline.check = "DUCK", "FULL"
    group = film.scene.dubline
    raw = group.bl_system_properties_get() if hasattr(group, "bl_system_properties_get") else film.scene["dubline"]
    raw["original"], raw["check"] = 77, 77
    raw = role.bl_system_properties_get() if hasattr(role, "bl_system_properties_get") else film.scene["dubline"]["roles"][0]
    raw["emotion"] = raw["color"] = 77
    film.save()
    film.reload()
    assert film.dub()["Line"].status == "done"
    bpy.ops.wm.save_mainfile()
    group = film.scene.dubline
    raw = group.bl_system_properties_get() if hasattr(group, "bl_system_properties_get") else film.scene["dubline"]
    assert raw["original"] == 77
