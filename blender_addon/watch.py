"""What is seen to now and then while nobody presses a button: takes follow their lines, and lines that changed are marked."""
from __future__ import annotations

import bpy

from . import compat, follow, notes, ops, stale, uids, verdict
from .session import Watched, session

PAUSE = 0.5
"""Seconds between two looks in a window; a look is taken only after something changed."""


def look(scene) -> bool:
    """Takes takes along with their lines, and sees which lines changed, for the panel, and marks them; whether anything is other than it was."""
    followed, sight = after(scene)
    found = Watched(scene.name, sight.reasons(), tuple(sight.missing()))
    marked = verdict.mark(sight, set(found.stale) if scene.dubline.mark_stale else ())
    changed = bool(followed or marked) or found != session.watched
    session.watched = found
    return changed


def after(scene) -> tuple[int, stale.Sight]:
    """Gives copies of lines their own uids and moves takes after their lines; how many were changed, and what is seen then."""
    sight = stale.Sight(scene, session.memory)
    strange = sight.strips.keys() - session.uids
    copies = any(len(found) > 1 and len(notes.parts([strip for strip, _meant in found])) < len(found) for found in sight.takes.values())
    if sight.twins or copies or (strange and len(bpy.data.scenes) > 1):
        uids.renew_duplicates(scene, session.run.scene if session.busy else "")
        sight = stale.Sight(scene, session.memory)
    session.uids |= sight.strips.keys()
    count = follow.follow(sight)
    return count, stale.Sight(scene, session.memory) if count else sight


class DUBLINE_OT_follow(bpy.types.Operator):
    """Move takes after their lines that were moved, cut, split or copied. In a window this happens by itself"""

    bl_idname = "dubline.follow"
    bl_label = "Takes follow their lines"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        reason = ops.empty_reason(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context):
        count, _sight = after(compat.scene_of(context))
        self.report({"INFO"}, f"Takes that followed their lines: {count}")
        ops._redraw(context)
        return {"FINISHED"} if count else {"CANCELLED"}


class DUBLINE_OT_check_stale(bpy.types.Operator):
    """See which lines changed since their takes were made, and mark them"""

    bl_idname = "dubline.check_stale"
    bl_label = "Check for changes"

    @classmethod
    def poll(cls, context):
        reason = ops.empty_reason(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context):
        look(compat.scene_of(context))
        found = session.watched
        self.report({"INFO"}, f"Changed since their takes: {len(found.stale)}, not dubbed yet: {len(found.missing)}")
        ops._redraw(context)
        return {"FINISHED"}


@bpy.app.handlers.persistent
def _touched(*_args):
    session.touched = True


def tick() -> float:
    """What the timer of a window does; seconds until it does it again."""
    context = bpy.context
    if session.touched and not session.busy and not ops.empty_reason(context):
        session.touched = False
        if look(compat.scene_of(context)):
            ops._redraw(context)
    return PAUSE


CLASSES = (DUBLINE_OT_follow, DUBLINE_OT_check_stale)

TOUCHING = ("depsgraph_update_post", "undo_post", "redo_post", "load_post")
"""Blender's handlers that tell of a change."""


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    if not bpy.app.background:
        for name in TOUCHING:
            getattr(bpy.app.handlers, name).append(_touched)
        bpy.app.timers.register(tick, first_interval=PAUSE, persistent=True)


def unregister():
    if not bpy.app.background:
        bpy.app.timers.unregister(tick)
        for name in TOUCHING:
            getattr(bpy.app.handlers, name).remove(_touched)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
