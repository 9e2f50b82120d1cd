"""The extension's name and its rooms: everything of ours that may import bpy."""
from __future__ import annotations

from importlib import import_module

ROOT = __package__.rpartition(".")[0]
"""Package that Blender enabled: `bl_ext.user_default.dubline` when installed, another name when mounted by tests."""

ROOMS = ("translation", "props", "feelings", "recordings", "prefs", "shelf", "presets", "session", "ops", "model_ops", "diagnosis", "engine_ops", "feeling_ops", "performance_ops", "people_ops", "subtitle_ops", "line_ops", "takes_ops", "original_ops", "cast_ops", "watch", "ui", "takes_ui", "cast_ui", "menus", "batch")
"""In the order of registration; the others only answer when asked."""


def register():
    from . import translation

    for name in ROOMS:
        room = import_module(f".{name}", __package__)
        translation.claim(room)
        room.register()


def unregister():
    for name in reversed(ROOMS):
        import_module(f".{name}", __package__).unregister()
