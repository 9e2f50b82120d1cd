"""A Blender of its own for the tests: no user's preferences, no user's folders, one registered add-on, an empty film each."""
import os
import tempfile

import pytest

from ..conftest import PACKAGE, mount

# Blender reads this when bpy is first imported
os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="dubline-blender-")

import bpy  # noqa: E402

from .film import SPEECH, Film  # noqa: E402


@pytest.fixture(scope="session")
def addon():
    """The registered add-on's package."""
    root = mount(PACKAGE)
    root.register()
    yield root
    root.unregister()


@pytest.fixture
def film(addon, tmp_path) -> Film:
    """An empty film, saved in a folder of its own, whose default voice is the tone."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    addons = bpy.context.preferences.addons
    if PACKAGE not in addons:  # factory settings forget it
        addons.new().module = PACKAGE
    preferences = addons[PACKAGE].preferences
    for name, value in (("host", "HERE"), ("takes", ""), ("python", ""), ("workers", 1)):
        setattr(preferences, name, value)
    made = Film(tmp_path)
    made.save()
    yield made
    made.session.close()


@pytest.fixture
def performer(film):
    """Eleven seconds of a speech, of which frames 25 to 121 are seen: 1 to 5 s."""
    strip = film.compat.strips(film.editor).new_sound(name="Performer", filepath=str(SPEECH), channel=1, frame_start=1)
    film.compat.set_start(strip, 25)
    film.compat.set_end(strip, 121)
    strip.select = False
    return strip
