"""Dubline's root as Blender sees it. Meets bpy inside `register` only, so that the engine's worker never does."""


def register():
    from . import blender_addon

    blender_addon.register()


def unregister():
    from . import blender_addon

    blender_addon.unregister()
