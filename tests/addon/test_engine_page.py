"""The page of engines apart in the preferences: what is set there is kept on this computer, nothing is downloaded without a press, and Test speaks."""
import os
import sys
from pathlib import Path

import bpy
import pytest

from engine.apart import setup

from .film import room


@pytest.fixture
def page(film, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    film.preferences.models = str(folder)
    form = bpy.context.window_manager.dubline_engine
    form.engine = "TONES"
    yield form
    film.preferences.models = ""
    form.base = form.index = ""


@pytest.fixture
def online():
    before = bpy.context.preferences.system.use_online_access
    bpy.context.preferences.system.use_online_access = True
    yield
    bpy.context.preferences.system.use_online_access = before


def models(film):
    return room("blender_addon.prefs").models(bpy.context)


def test_what_is_set_is_kept_on_this_computer(film, page):
    page.python, page.device, page.half = sys.executable, "cuda:0", True
    assert setup.read(models(film), "tones") == setup.Setup(python=sys.executable, device="cuda:0", half=True)
    page.engine = "INDEXTTS"
    assert (page.python, page.device, page.half) == ("", "", False), "each engine has its own"
    page.engine = "TONES"
    assert page.device == "cuda:0"


def test_test_speaks_and_reports(film, page):
    page.python = sys.executable
    assert bpy.ops.dubline.engine_test() == {"FINISHED"}
    assert "s of speech" in film.session.errand.message and "tones 1" in film.session.errand.message
    page.python = "/nowhere/python"
    with pytest.raises(RuntimeError, match="/nowhere/python"):
        bpy.ops.dubline.engine_test()


def test_a_licence_is_accepted_once_and_can_be_taken_back(film, page):
    page.engine = "INDEXTTS"
    page.python = sys.executable
    with pytest.raises(RuntimeError, match="licence"):
        bpy.ops.dubline.engine_test()
    bpy.ops.dubline.engine_licence(accept=True)
    assert setup.read(models(film), "indextts").accepted == "bilibili Model Use License"
    with pytest.raises(RuntimeError, match="indextts25-inference"):
        bpy.ops.dubline.engine_test()
    bpy.ops.dubline.engine_licence(accept=False)
    assert setup.read(models(film), "indextts").accepted == ""


def test_nothing_is_fetched_offline(film, page, monkeypatch):
    bpy.context.preferences.system.use_online_access = False
    if bpy.app.online_access:
        pytest.fail("this Blender is told to be online")
    for verb in (bpy.ops.dubline.engine_install, bpy.ops.dubline.engine_download):
        with pytest.raises(RuntimeError, match="Allow Online Access"):
            verb()
    assert os.listdir(models(film)) == []


def test_install_makes_an_environment_and_a_line_is_dubbed_with_it(film, page, online):
    page.base = sys.executable
    assert bpy.ops.dubline.engine_install() == {"FINISHED"}
    assert page.python.startswith(str(models(film)))
    film.role("ANNA", "af_heart", engine="TONES")
    film.text("ANNA: One two three.", length=24)
    assert film.dub()["Line"].status == "done"


def test_a_stopped_install_says_that_it_begins_anew(film, page, online, tmp_path):
    """Nothing of an environment that was stopped on its way is kept, unlike of a download."""
    page.base = str(tmp_path / "python")
    Path(page.base).write_text("#!/bin/sh\nsleep 60\n")
    Path(page.base).chmod(0o755)
    film.session.errand = room("blender_addon.engine_ops").DUBLINE_OT_engine_install.errand(models(film), "tones", page)  # as the button does in a window
    assert bpy.ops.dubline.engine_stop() == {"FINISHED"}
    film.session.errand._thread.join(20)
    assert film.session.errand.message == "Stopped; the next try begins anew" and not film.session.errand.problem


def test_install_with_no_python_says_why(film, page, online):
    page.base = "/nowhere/python"
    with pytest.raises(RuntimeError, match="install.log"):
        bpy.ops.dubline.engine_install()
    assert page.python == ""


def test_download_without_the_licence(film, page, online):
    page.engine = "INDEXTTS"
    with pytest.raises(RuntimeError, match="licence"):
        bpy.ops.dubline.engine_download()
