"""An engine apart beside our own: chosen for a character or for one line, its takes lie beside ours, and what lacks is told on the line."""
import sys

import pytest

from engine.apart import setup

from .film import room


@pytest.fixture
def home(film, models, tmp_path):
    """A folder of models of this test alone, where the tones are set up."""
    folder = tmp_path / "models"
    folder.mkdir()
    film.preferences.models = str(folder)
    setup.write(folder, "tones", setup.Setup(python=sys.executable, idle=20.0))
    yield folder
    film.preferences.models = ""


def engine_of(film, dub):
    report = next(report for report in film.session.run.reports.values() if report.strip == dub.name)
    return report.take.plan.voice.family


def test_engine_of_a_character(film, home):
    film.role("ANNA", "af_heart", engine="TONES")
    film.text("ANNA: One two three.", length=24)
    report = film.dub()["Line"]
    assert report.status == "done", report.message
    (dub,) = film.dubs
    assert film.span(dub) == (1, 25) and report.take.samples == 48000
    assert engine_of(film, dub) == "tones"


def test_engine_of_a_line(film, home):
    film.role("LOW", "tone:low")
    film.role("ANNA", "af_heart")
    film.text("LOW: One two three.", length=24, name="Ours")
    line = film.text("ANNA: One two three.", first=49, length=24, name="Theirs")
    line.dubline_engine = "TONES"
    reports = film.dub()
    assert [reports[name].take.plan.voice.family for name in ("Ours", "Theirs")] == ["tone", "tones"]
    line.dubline_engine = "CAST"
    assert "engine" not in film.props.state(line)


def test_takes_of_two_engines_lie_side_by_side(film, home):
    role = film.role("LOW", "tone:low")
    line = film.text("LOW: One two three.", length=24)
    ours = film.dub()["Line"].take
    role.voice, role.engine = "af_heart", "TONES"
    assert film.dub()["Line"].take.digest != ours.digest
    shelf = room("blender_addon.shelf")
    film.only(line)
    film.scene.sequence_editor.active_strip = line
    import bpy

    shelf.refresh(bpy.context)
    rows = bpy.context.window_manager.dubline_takes.rows
    assert [row.usable for row in rows] == [True, True]
    assert "Tones" not in rows[0].told and "Tones" in rows[1].told
    assert [row.plays for row in rows] == [False, True]


def test_another_engine_makes_a_line_stale(film, home):
    film.role("ANNA", "af_heart", engine="TONES")
    line = film.text("ANNA: One two three.", length=24)
    film.dub()
    stale = room("blender_addon.stale")
    uid = film.props.state(line)["uid"]
    assert stale.reasons(film.scene)[uid] == ()
    line.dubline_engine = "INDEXTTS"
    assert "its voice changed" in stale.reasons(film.scene)[uid]
    line.dubline_engine = "TONES"
    assert stale.reasons(film.scene)[uid] == ()


def test_what_lacks_is_told_on_the_line_and_the_others_are_made(film, home):
    film.role("ANNA", "af_heart", engine="TONES")
    film.text("ANNA: One two three.", length=24, name="Good")
    other = film.text("ANNA: Four five six.", first=49, length=24, name="Bad")
    other.dubline_engine = "INDEXTTS"
    reports = film.dub()
    assert reports["Good"].status == "done"
    assert reports["Bad"].status == "failed" and reports["Bad"].code == "engine_not_set_up" and "IndexTTS" in reports["Bad"].message


def test_check_timing_says_that_the_estimate_is_rough(film, home):
    import bpy

    film.role("ANNA", "af_heart", engine="TONES")
    film.text("ANNA: One two three.", length=48)
    bpy.ops.dubline.plan(scope="ALL")
    report = film.reports["Line"]
    assert report.status == "planned" and any("estimate" in warning for warning in report.warnings)


def test_a_film_keeps_its_engines(film, home):
    film.role("ANNA", "af_heart", engine="TONES")
    film.text("ANNA: One two three.", length=24).dubline_engine = "INDEXTTS"
    film.reload()
    assert film.scene.dubline.roles[0].engine == "TONES" and film.named("Line").dubline_engine == "INDEXTTS"


def test_a_worker_of_ours_takes_its_engine_apart_with_it(film, home):
    film.preferences.host = "WORKER"
    film.role("ANNA", "af_heart", engine="TONES")
    film.text("ANNA: One two three.", length=24)
    assert film.dub()["Line"].status == "done"
