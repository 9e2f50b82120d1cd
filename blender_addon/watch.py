"""What is seen to now and then while nobody presses a button: takes follow their lines, and lines that changed are marked."""
from __future__ import annotations

import time

import bpy

from . import compat, follow, notes, ops, originals, props, stale, ticking, uids, verdict
from .greyed import Greyed
from .session import Watched, session
from .translation import rpt_

PAUSE = 0.5
"""Seconds between two looks in a window; a look is taken only after something changed."""

RARELY = 10.0
"""Seconds after which a look is taken although nothing seems to have changed."""

SHARE = 200
"""While a run is made, looks take at most one part in this many of the time."""

TAB = "Dub"
"""The sidebar's tab that our panels are in."""

HOLDING = ("TRANSFORM_OT_", "SEQUENCER_OT_slip")
"""Operators while the person moves strips."""


def look(scene) -> bool:
    """Takes takes along with their lines, and sees which lines changed, for the panel, and marks them; whether anything is other than it was."""
    followed, sight = after(scene)
    found = Watched(sight.reasons(), tuple(sight.missing()))
    marked = verdict.mark(sight, set(found.stale) if scene.dubline.mark_stale else ())
    changed = bool(followed or marked) or found != session.watched.get(scene.name)
    session.watched[scene.name] = found
    return changed


def after(scene) -> tuple[int, stale.Sight]:
    """Gives copies of lines their own uids and moves takes after their lines; how many were changed, and what is seen then."""
    sight = stale.Sight(scene, session.memory)
    strange = sight.strips.keys() - session.uids
    copies = any(len(found) > 1 and len(notes.parts([strip for strip, *_rest in found])) < len(found) for found in sight.takes.values())
    if sight.twins or copies or (strange and len(bpy.data.scenes) > 1):
        uids.renew_duplicates(scene, session.run.scene if session.busy else "")
        sight = stale.Sight(scene, session.memory)
    session.uids |= sight.strips.keys()
    count = follow.follow(sight) + originals.follow(scene)
    return count, stale.Sight(scene, session.memory) if count else sight


class DUBLINE_OT_follow(Greyed, bpy.types.Operator):
    """Move takes after their lines that were moved, cut, split or copied. In a window this happens by itself"""

    bl_idname = "dubline.follow"
    bl_label = "Takes follow their lines"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def hindrance(cls, context) -> str:
        return ops.disabled_reason(context)

    def execute(self, context):
        count, _sight = after(compat.scene_of(context))
        self.report({"INFO"}, rpt_("Takes that followed their lines: {count}").format(count=count))
        ticking.redraw(context)
        return {"FINISHED"} if count else {"CANCELLED"}


class DUBLINE_OT_check_stale(Greyed, bpy.types.Operator):
    """See which lines changed since their takes were made, and mark them"""

    bl_idname = "dubline.check_stale"
    bl_label = "Check for changes"

    @classmethod
    def hindrance(cls, context) -> str:
        return ops.disabled_reason(context)

    def execute(self, context):
        scene = compat.scene_of(context)
        look(scene)
        found = session.watched[scene.name]
        self.report({"INFO"}, rpt_("Changed since their takes: {changed}, not dubbed yet: {missing}").format(changed=len(found.stale), missing=len(found.missing)))
        ticking.redraw(context)
        return {"FINISHED"}


@bpy.app.handlers.persistent
def _touched(*_args):
    session.touched = True


def tick() -> float:
    """What the timer of a window does; seconds until it does it again."""
    context = bpy.context
    started = time.perf_counter()
    scenes = [scene for scene in compat.scenes_seen(context) if scene.library is None and scene.sequence_editor is not None]
    if (session.touched or _glance(context, scenes) != session.glance or started - session.looked > RARELY) and not _held(context):
        session.touched, session.looked = False, started
        if any([look(scene) for scene in scenes]):
            ticking.redraw(context)
        wanting = [scene for scene in scenes if session.watched[scene.name].changed or session.watched[scene.name].missing]
        if wanting and _shown(context):
            session.warm(context, wanting[0])
        session.glance = _glance(context, scenes)
    session.rest()
    # while strips are being placed they change all the time
    return max(PAUSE, SHARE * (time.perf_counter() - started) if session.busy else 0.0)


def _glance(context, scenes: list) -> tuple:
    """Differs when a person did something of which Blender tells nobody: in our panels, with markers, by most operators."""
    found = [len(context.window_manager.operators)]
    for scene in scenes:
        strip, settings = compat.active(scene), scene.dubline
        found += [scene.name, strip and (strip.name, strip.get(props.KEY)), len(scene.timeline_markers), settings.default_voice, settings.mark_stale]
        found += [tuple(role.values()) for role in settings.roles]
    return tuple(found)


def _held(context) -> bool:
    """Whether the person holds strips with the mouse: what follows them would be moved at each picture."""
    return any(operator.bl_idname.startswith(HOLDING) for window in context.window_manager.windows for operator in window.modal_operators)


def _shown(context) -> bool:
    """Whether our tab is open in any window."""
    areas = (area for window in context.window_manager.windows for area in window.screen.areas if area.type == "SEQUENCE_EDITOR")
    return any(region.type == "UI" and region.width > 1 and region.active_panel_category == TAB for area in areas for region in area.regions)


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
        if bpy.app.timers.is_registered(tick):  # Blender drops one that fails
            bpy.app.timers.unregister(tick)
        for name in TOUCHING:
            getattr(bpy.app.handlers, name).remove(_touched)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
