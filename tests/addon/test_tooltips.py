"""Everything that can be pressed or set says what it does, and what is greyed says why."""
import sys

import bpy
import pytest

from ..conftest import PACKAGE
from .film import room

NEVER_DRAWN = {"DublineTakeRow": None, "DublineTakes": {"strip", "source", "player", "mark", "unknown"}}
"""Group -> properties that no panel offers, None for all: rows are told, not set."""

BLENDERS = {"rna_type", "bl_idname", "bl_system_properties", "remove_name", "remove_active", "directory", "filepath", "filter_glob", "files", "filter_folder", "check_existing", "hide_props_region", "relative_path", "display_type", "sort_method"}
"""Properties that Blender's file browser and presets have of their own."""


def operators():
    return sorted(name for name in dir(bpy.types) if name.startswith("DUBLINE_OT_"))


def of(name):
    """The operator whose class has this name."""
    return getattr(bpy.ops.dubline, name.removeprefix("DUBLINE_OT_"))


def groups():
    """What has properties of ours: name -> its RNA."""
    rooms = [module for name, module in sys.modules.items() if name.startswith(f"{PACKAGE}.blender_addon.")]
    classes = {value for module in rooms for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__}
    found = {cls.__name__: cls.bl_rna for cls in classes if issubclass(cls, (bpy.types.PropertyGroup, bpy.types.AddonPreferences))}
    found |= {name: of(name).get_rna_type() for name in operators()}
    return {**found, "strips": room("blender_addon.compat").STRIP.bl_rna, "scenes": bpy.types.Scene.bl_rna, "windows": bpy.types.WindowManager.bl_rna}


def declared():
    """(where, property) of everything that a person can set."""
    for where, rna in groups().items():
        hidden = NEVER_DRAWN.get(where, set())
        for one in rna.properties if hidden is not None else ():
            if ours(where, one) and one.identifier not in hidden and (one.type not in ("POINTER", "COLLECTION") or one.description):
                yield where, one


def ours(where: str, one) -> bool:
    """Whether we declared the property, and not Blender; every group has a name, and every preset."""
    if where in ("strips", "scenes", "windows"):
        return one.identifier.startswith("dubline")
    return one.identifier not in BLENDERS and not (one.identifier == "name" and (where.startswith("Dubline") or where.endswith("_preset_add")))


def test_every_button_says_what_it_does(film):
    assert len(operators()) > 30
    for name in operators():
        told = of(name).get_rna_type()
        assert told.name.strip() and len(told.description) > 10, name
        assert not told.description.endswith("."), f"{name}: Blender's tooltips end without a full stop, and so do ours"


def test_everything_that_can_be_set_says_what_it_is(film):
    lacking = [f"{where}.{one.identifier}" for where, one in declared() if not one.description.strip() or not one.name.strip()]
    lacking += [f"{where}.{one.identifier}: {item.identifier}" for where, one in declared() if one.type == "ENUM" for item in one.enum_items if not item.description.strip() and not item.identifier.startswith("COLOR_")]
    assert not lacking, "\n".join(lacking)


def refusals() -> dict[str, str]:
    """Operator -> what Blender says of why it is greyed."""
    found = {}
    for name in operators():
        if not of(name).poll():
            with pytest.raises(RuntimeError) as refused:
                of(name)()
            found[name] = str(refused.value).partition(".poll() ")[2].strip()
    return found


def test_what_is_greyed_says_why(film):
    states = {"an empty film": refusals()}
    strip = film.text("Hello there")
    film.only()
    film.editor.active_strip = None
    states["nothing is chosen"] = refusals()
    film.only(strip)
    film.editor.active_strip = strip
    states["a line"] = refusals()
    film.dub()
    film.editor.active_strip = film.dubs[0]
    states["a take"] = refusals()
    session = film.session
    session.run.ended = False
    states["a run"] = refusals()
    session.run.ended = True
    assert len(states["an empty film"]) > 15 and "DUBLINE_OT_take_use" in states["a run"]
    silent = [f"{name}, {state}" for state, found in states.items() for name, reason in found.items() if len(reason) < 12 or "context is incorrect" in reason]
    assert not silent
