"""Our verbs in Blender's menus and keymap: what they offer, that no key is taken from Blender, and that they are gone with the add-on."""
import importlib.util
import os
from importlib import import_module
from types import SimpleNamespace

import bpy
import pytest

from ..conftest import PACKAGE, mount
from .film import room
from .test_takes_panel import Shown

ROUND = ("Window", "Screen", "Screen Editing", "View2D", "Frames", "Markers", "Animation", "Time Scrub", "User Interface", "Video Sequence Editor", "Grease Pencil")
"""Keymaps that hear a key while the mouse is over strips, besides those named after the sequencer."""


class Drawn(Shown):
    """Also menus within menus."""

    def _part(self, **_how):
        return Drawn(self.drawn)

    row = column = box = split = _part

    def operator(self, name, translate=True, **how):
        made = super().operator(name, **how)
        self.drawn.append(("told", name, made))
        return made

    def menu(self, name, icon="NONE"):
        assert icon in self.ICONS
        self.drawn.append(("menu", name))
        shown = getattr(bpy.types, name)
        shown.draw(SimpleNamespace(layout=self), self.context)


def offered(film, draw, view="SEQUENCER"):
    context = SimpleNamespace(scene=film.scene, sequencer_scene=film.scene, space_data=SimpleNamespace(view_type=view))
    layout = Drawn()
    Drawn.context = context
    draw(SimpleNamespace(layout=layout), context)
    return layout


def blenders_own(keymap):
    """Names of our entries among the menu's own."""
    return [draw.__name__ for draw in getattr(bpy.types, keymap)._dyn_ui_initialize() if draw.__module__.startswith(PACKAGE)]


@pytest.fixture
def menus(film):
    return room("blender_addon.menus")


def test_the_strip_menu_and_the_context_menu_dub(film, menus):
    for draw in (menus.draw_strip, menus.draw_context):
        layout = offered(film, draw)
        assert {"dubline.dub", "dubline.redo", "dubline.take_compare", "dubline.plan", "dubline.restore", "dubline.cast_from_sound", "dubline.transcribe", "dubline.keep_background"} <= set(layout.texts("operator"))
        told = [(name, made.scope) for kind, name, made in (item for item in layout.drawn if item[0] == "told") if "scope" in vars(made)]
        assert ("dubline.dub", "SELECTED") in told and ("dubline.redo", "ACTIVE") in told
        assert not offered(film, draw, "PREVIEW").drawn


def test_the_add_menu_brings_lines(film, menus):
    assert {"dubline.add_line", "dubline.import_subtitles", "dubline.import_screenplay"} == set(offered(film, menus.draw_add).texts("operator"))


def test_a_speaker_is_chosen_from_the_cast(film, menus):
    film.role("Anna", color="COLOR_02")
    film.role("Bob")
    layout = offered(film, menus.draw_strip)
    assert [item[2] for item in layout.drawn if item[:2] == ("operator", "dubline.cast_assign")] == ["Anna", "Bob"]
    strip = film.text("Hello")
    assert bpy.ops.dubline.cast_assign(character="Anna") == {"FINISHED"} and strip.dubline_speaker == "Anna"


def keys():
    keymap = bpy.context.window_manager.keyconfigs.addon.keymaps.find("Sequencer", space_type="SEQUENCE_EDITOR")
    return [item for item in keymap.keymap_items if item.idname.startswith("dubline.")] if keymap else []


def test_keys(film):
    found = {item.idname: item for item in keys()}
    assert set(found) == {"dubline.dub", "dubline.redo", "dubline.take_compare"} and len(keys()) == 3, "each once"
    assert found["dubline.dub"].properties.scope == "SELECTED" and found["dubline.redo"].properties.scope == "ACTIVE"
    # as Blender's keymap editor does it
    found["dubline.dub"].type, found["dubline.dub"].shift = "F5", False
    assert found["dubline.dub"].to_string().endswith("F5")
    found["dubline.dub"].type, found["dubline.dub"].shift = "D", True


@pytest.mark.parametrize("keymaps", ["blender_default", "industry_compatible_data"])
def test_no_key_is_taken_from_blender(film, menus, keymaps):
    path = os.path.join(bpy.utils.system_resource("SCRIPTS"), "presets", "keyconfig", "keymap_data", f"{keymaps}.py")
    spec = importlib.util.spec_from_file_location(keymaps, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.generate_keymaps(module.Params()) if hasattr(module, "Params") else module.generate_keymaps()
    heard = 0
    for name, _where, content in made:
        if name not in ROUND and not name.startswith("Sequencer"):
            continue
        for operator, event, _told in content["items"]:
            heard += 1
            for ours, _properties, key in menus.KEYS:
                same = event["type"] == key["type"] and all(event.get("any") or event.get(held, 0) == -1 or bool(event.get(held)) == bool(key.get(held)) for held in ("ctrl", "shift", "alt", "oskey"))
                assert not same or event.get("key_modifier"), f"{ours} has the key of {operator} in {name}"
    assert heard > 200


def test_everything_is_gone_with_the_addon(addon, film):
    names = ("SEQUENCER_MT_strip", "SEQUENCER_MT_context_menu", "SEQUENCER_MT_add")
    assert [len(blenders_own(name)) for name in names] == [1, 1, 1] and keys()
    root = mount(PACKAGE)
    try:
        root.unregister()
        assert not keys() and not any(blenders_own(name) for name in names)
        assert not [name for name in dir(bpy.types) if name.startswith(("DUBLINE", "Dubline"))]
        for owner in (bpy.types.Scene, bpy.types.WindowManager, import_module(f"{PACKAGE}.blender_addon.compat").STRIP):
            assert not [declared.identifier for declared in owner.bl_rna.properties if declared.identifier.startswith("dubline")]
    finally:
        root.register()
    assert [len(blenders_own(name)) for name in names] == [1, 1, 1] and len(keys()) == 3, "and comes again once"


def test_the_preferences_show_the_keys(film, monkeypatch):
    """What the person can change is Blender's merged keymap, which a window makes."""
    shown = []
    monkeypatch.setattr(import_module("rna_keymap_ui"), "draw_kmi", lambda _maps, _config, _keymap, item, _layout, _level: shown.append(item.idname))
    own = bpy.context.window_manager.keyconfigs.addon
    layout = Drawn()
    layout.context_pointer_set = Drawn.context_pointer_set = lambda *_what: None
    context = SimpleNamespace(window_manager=SimpleNamespace(keyconfigs=SimpleNamespace(user=own), dubline_engine=bpy.context.window_manager.dubline_engine))
    room("blender_addon.prefs").DublinePreferences.draw(SimpleNamespace(layout=layout, **room("blender_addon.prefs").DEFAULTS), context)
    assert shown == ["dubline.dub", "dubline.redo", "dubline.take_compare"]
