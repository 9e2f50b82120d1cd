"""Every difference between Blender 4.2 and 5.2 that concerns us, as named questions; nothing else asks for the version."""
from __future__ import annotations

import math
from itertools import compress

import bpy

STRIP = getattr(bpy.types, "Strip", None) or bpy.types.Sequence
"""RNA class of all strips; renamed in 4.4."""

KINDS = {item.identifier: item.value for item in STRIP.bl_rna.properties["type"].enum_items}
"""Type of a strip -> its number where many are asked at a time."""

COLOR_ICON = "STRIP_COLOR" if bpy.app.version >= (4, 4, 0) else "SEQUENCE_COLOR"
"""How the icons of colour tags are called, before their number."""

TEXT_BYTES = None if bpy.app.version >= (5, 0, 0) else 511
"""UTF-8 bytes that a text strip holds before Blender cuts it without a word; None where there is no limit."""

NEW_HANDLES = bpy.app.version >= (5, 1, 0)
"""5.1 renamed the strips' edges; the old names warn there and go in 6.0."""


def scene_of(context):
    """The scene whose strips the person sees: since 5.0 the sequencer has its own, which may be none."""
    return getattr(context, "sequencer_scene", None) or context.scene


def scenes_seen(context) -> list:
    """The scenes whose strips any window shows; a timer is in none of the windows."""
    found = []
    for window in context.window_manager.windows:
        if any(area.type == "SEQUENCE_EDITOR" for area in window.screen.areas):
            scene = window.workspace.sequencer_scene if bpy.app.version >= (5, 0, 0) else window.scene
            found += [scene] if scene is not None and scene not in found else []
    return found


def shows_nothing(context) -> bool:
    """True when a window's sequencer has no scene, so that `scene_of` answers one that the person does not see."""
    return bpy.app.version >= (5, 0, 0) and not bpy.app.background and context.sequencer_scene is None


def scene_override(scene) -> dict:
    """What `context.temp_override` needs so that `scene_of` answers this scene."""
    return {"scene": scene, "sequencer_scene": scene} if bpy.app.version >= (5, 0, 0) else {"scene": scene}


def mixes_in_thread() -> bool:
    """Whether a mixdown goes on when its operator is through, and none can follow of the same scene before the main loop has seen its end: since 5.2."""
    return bpy.app.version >= (5, 2, 0)


def strips(owner):
    """The strips directly in a sequence editor or a meta strip."""
    found = getattr(owner, "strips", None)
    return owner.sequences if found is None else found


def all_strips(editor):
    """The strips of an editor and of all its metas."""
    found = getattr(editor, "strips_all", None)
    return editor.sequences_all if found is None else found


def selection(editor) -> list[bool]:
    """Whether each strip is selected, those in metas, too. Panels ask at every drawing, so Blender is asked for all at a time."""
    every = all_strips(editor)
    chosen = [False] * len(every)
    every.foreach_get("select", chosen)
    return chosen


def selected(editor, *kinds: str, chosen: list[bool] | None = None) -> list:
    """The selected strips of these types. chosen: the selection, where it was asked for already."""
    every, chosen = all_strips(editor), chosen or selection(editor)
    numbers = list(compress(range(len(chosen)), chosen))
    if len(numbers) < 8:  # found by their numbers sooner than by going through all
        return [strip for strip in map(every.__getitem__, numbers) if strip.type in kinds]
    types, wanted = [0] * len(chosen), {KINDS[kind] for kind in kinds}
    every.foreach_get("type", types)
    fitting = [number for number in numbers if types[number] in wanted]
    if not fitting:
        return []
    found = every[fitting[0] : fitting[-1] + 1]
    return [found[number - fitting[0]] for number in fitting]


def parent(editor, strip):
    """The meta strip that holds the strip, or the editor."""
    metas = (meta for meta in all_strips(editor) if meta.type == "META")
    return next((meta for meta in metas if strip.name in strips(meta)), editor)


def active(scene):
    """The active strip or None."""
    editor = scene.sequence_editor
    return editor.active_strip if editor else None


def start(strip) -> int:
    """First visible frame."""
    return strip.left_handle if NEW_HANDLES else strip.frame_final_start


def end(strip) -> int:
    """Frame after the last visible one."""
    return strip.right_handle if NEW_HANDLES else strip.frame_final_end


def head(strip) -> float:
    """Frames of the content that lie before the first visible frame; negative when the strip begins before it."""
    return start(strip) - (strip.content_start if NEW_HANDLES else strip.frame_start)


def set_start(strip, frame: int):
    """Moves the left edge; the content stays."""
    if NEW_HANDLES:
        strip.left_handle = frame
    else:
        strip.frame_final_start = frame


def set_end(strip, frame: int):
    """Moves the right edge; the content stays."""
    if NEW_HANDLES:
        strip.right_handle = frame
    else:
        strip.frame_final_end = frame


def edges(strips) -> tuple[list[int], list[int], list[float]]:
    """First visible frame, the one after the last, and where the content begins, of many strips at a time."""
    names = ("left_handle", "right_handle", "content_start") if NEW_HANDLES else ("frame_final_start", "frame_final_end", "frame_start")
    found = [0] * len(strips), [0] * len(strips), [0.0] * len(strips)
    for name, values in zip(names, found, strict=True):
        strips.foreach_get(name, values)
    return found


def set_edges(strip, first: int, last: int):
    """Moves both edges; the content stays."""
    if last > start(strip):  # an edge cannot pass the other
        set_end(strip, last)
        set_start(strip, first)
    else:
        set_start(strip, first)
        set_end(strip, last)


def content(strip) -> int:
    """Frames of the content, be they visible or not."""
    return strip.content_duration if NEW_HANDLES else strip.frame_duration


def relength(strip):
    """Gives the strip's content the length of the file that it plays; the edges keep their distance from the content's."""
    # Blender reads a file's length when a strip is made, and again when a trim of its content is set
    if NEW_HANDLES:
        strip.content_trim_end = 0
    else:
        strip.animation_offset_end = 0


def move(strip, frame: int):
    """Moves the whole strip so that its first visible frame is `frame`."""
    if NEW_HANDLES:
        strip.content_start += frame - strip.left_handle
    else:
        strip.frame_start += frame - strip.frame_final_start


def align(strip, model):
    """Puts a strip of a sound as long as the model's where the model is, cut, delayed and as fast as it is, if `pace_fits`."""
    if NEW_HANDLES:
        if len(strip.retiming_keys):
            strip.retiming_keys.reset()
        strip.content_trim_start, strip.content_trim_end = model.content_trim_start, model.content_trim_end
        strip.content_start = model.content_start
        if len(model.retiming_keys):
            set_edges(strip, math.ceil(strip.content_start), strip.content_end)
            strip.retiming_keys.add(timeline_frame=strip.right_handle)
            strip.retiming_keys[-1].timeline_frame = model.retiming_keys[-1].timeline_frame
    else:
        strip.animation_offset_start, strip.animation_offset_end = model.animation_offset_start, model.animation_offset_end
        strip.frame_start = model.frame_start
    set_edges(strip, start(model), end(model))
    if hasattr(strip, "sound_offset"):  # since 4.3
        strip.sound_offset = model.sound_offset
    if hasattr(strip, "pitch_correction"):  # since 4.5
        strip.pitch_correction = model.pitch_correction


def new_text(editor, name: str, text: str, channel: int, first: int, length: int):
    """A new text strip of `length` frames."""
    bounds = {"length": length} if bpy.app.version >= (5, 0, 0) else {"frame_end": first + length}
    strip = strips(editor).new_effect(name=name, type="TEXT", channel=channel, frame_start=first, **bounds)
    strip.text = text
    return strip


def channels(owner):
    """The channels of an editor or a meta, index 0 unused."""
    return owner.channels


def fcurves(scene, path: str) -> list:
    """(owner, curve) of every animation curve of the scene on that data path; `owner.remove(curve)` deletes it."""
    return [(owner, curve) for owner, curve in _curves(scene) if curve.data_path == path]


def _curves(scene) -> list:
    action = scene.animation_data.action if scene.animation_data else None
    if action is None:
        return []
    if hasattr(action, "layers"):
        owners = [bag.fcurves for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    else:
        owners = [action.fcurves]
    return [(curves, curve) for curves in owners for curve in curves]


def copy_curve(scene, strip, model, name: str):
    """Animates a property of the strip as the model's is, keyframe for keyframe."""
    for _owner, curve in fcurves(scene, model.path_from_id(name)):
        for key in curve.keyframe_points:
            setattr(strip, name, key.co[1])
            strip.keyframe_insert(name, frame=key.co[0])
        for _own, made in fcurves(scene, strip.path_from_id(name)):
            made.extrapolation = curve.extrapolation
            for key, other in zip(made.keyframe_points, curve.keyframe_points, strict=False):
                for what in ("interpolation", "easing", "amplitude", "back", "period", "handle_left_type", "handle_right_type", "handle_left", "handle_right"):
                    setattr(key, what, getattr(other, what))
            made.update()


def shift_keys(scene, strip, since: float, frames: int):
    """Moves what is animated of a strip behind a frame."""
    if not frames:
        return
    path = f"{strip.path_from_id()}."
    for _owner, curve in _curves(scene):
        if curve.data_path.startswith(path):
            for key in curve.keyframe_points:
                if key.co[0] > since:
                    key.co_ui[0] += frames
            curve.update()


def animated(scene) -> set[str]:
    """Data paths of the scene that have an animation curve."""
    return {curve.data_path for _owner, curve in _curves(scene)}


def speed(strip) -> list[int]:
    """Where the person changed the strip's speed, in frames from its first; empty where they did not. 4.2 and 4.3 tell it of movies alone."""
    keys = getattr(strip, "retiming_keys", ())
    return [key.timeline_frame - start(strip) for key in keys] if len(keys) else []


def pace(strip) -> list[int]:
    """The same in frames from where its content begins."""
    return [frame + round(head(strip)) for frame in speed(strip)]


def pace_fits(strip) -> bool:
    """Whether another strip can be given this one's speed: it is one from end to end. Before 5.1 a script that tries ends the program."""
    return not speed(strip) or (NEW_HANDLES and pace(strip) == [0, content(strip)])


def to_video(scene):
    """Sets the scene's output to a video file; since 5.0 the kind of media is chosen first."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
