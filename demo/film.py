"""The sample film as a Blender file: stages, heads, the original recording and the script as text strips."""
from __future__ import annotations

from pathlib import Path

import bpy

from .faces import EYES_AT, FACE, FIGURE, HEIGHT, MOUTH_AT, WIDTH
from .scenario import CAST, CUES, FPS, STAGES, Cue, Part, Stage, frame

BACKGROUND, LEFT, RIGHT, DESK, ORIGINAL, SCRIPT = 1, 2, 3, 4, 5, 6
"""Channels from below; every character's lines have one of their own from SCRIPT upwards."""

SPREAD = 300
"""Pixels from the middle of the picture to the middle of a head."""
FIGURE_AT = HEIGHT / 2 - FIGURE[1] / 2 - 96
"""Offset that sets the figures on the picture's lower edge; offsets count upwards."""
FACE_AT = FIGURE[1] / 2 - FACE[1]
"""Height of the face's middle above the middle of its layer."""


def build(compat, blend: Path, layers: Path, recording: Path, scale: float) -> bpy.types.Scene:
    """Fills the factory scene, saves it and returns it. `layers` and `recording` lie beside the .blend."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.name = "Film"
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = round(WIDTH * scale), round(HEIGHT * scale), 100
    render.fps, render.fps_base = FPS, 1.0
    scene.frame_start, scene.frame_end = 1, frame(STAGES[-1].end) - 1
    scene.view_settings.view_transform = "Standard"
    scene.sequence_editor_create()
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))  # from here on paths may be relative to it

    strips = compat.strips(scene.sequence_editor)
    channels = scene.sequence_editor.channels
    names = {BACKGROUND: "Stage", LEFT: "Left", RIGHT: "Right", DESK: "Desk", ORIGINAL: "Original"}
    for number, name in (names | {SCRIPT + index: part.name for index, part in enumerate(CAST)}).items():
        channels[number].name = name
    for stage in STAGES:
        _stage(compat, strips, stage, layers, scale)
    for cue in CUES:
        if cue.recording is not None:
            _original(compat, strips, cue, recording)
        _text(compat, scene.sequence_editor, cue, scale)
    return scene


def figure(name: str, layer: str) -> str:
    """Name of the strip that shows one layer of a character."""
    return f"{name} {layer}"


def _stage(compat, strips, stage: Stage, layers: Path, scale: float):
    first, last = frame(stage.start), frame(stage.end)
    _picture(compat, strips, stage.picture, layers / f"{stage.picture}.png", BACKGROUND, first, last, (0, 0), scale)
    _picture(compat, strips, f"{stage.picture} desk", layers / f"desk_{stage.picture}.png", DESK, first, last, (0, 75 - HEIGHT / 2), scale)
    parts = {part.name: part for part in CAST}
    for channel, name in zip((LEFT, RIGHT), stage.parts, strict=True):
        # one strip a character on the timeline; its layers are inside
        meta = strips.new_meta(name, channel, first)
        meta.blend_type = "ALPHA_OVER"
        _figure(compat, compat.strips(meta), parts[name], layers, first, last, scale)
        compat.set_end(meta, last)


def _figure(compat, strips, part: Part, layers: Path, first: int, last: int, scale: float):
    x = part.side * SPREAD
    face = FIGURE_AT + FACE_AT
    places = {
        "body": (f"{part.name}_body", (x, FIGURE_AT)),
        "head": (f"{part.name}_head", (x, FIGURE_AT)),
        "eyes": ("eyes", (x - part.side * 6, face - EYES_AT)),
        "smile": (f"{part.name}_smile", (x - part.side * 4, face - MOUTH_AT)),
        "mouth": (f"{part.name}_mouth", (x - part.side * 4, face - MOUTH_AT)),
    }
    for channel, (layer, (file, place)) in enumerate(places.items(), 1):
        _picture(compat, strips, figure(part.name, layer), layers / f"{file}.png", channel, first, last, place, scale)


def _picture(compat, strips, name: str, path: Path, channel: int, first: int, last: int, place, scale: float):
    strip = strips.new_image(name, str(path), channel, first, fit_method="ORIGINAL")
    compat.set_end(strip, last)
    strip.blend_type = "ALPHA_OVER"
    strip.transform.offset_x, strip.transform.offset_y = place[0] * scale, place[1] * scale
    strip.transform.scale_x = strip.transform.scale_y = scale
    strip.transform.filter = "BILINEAR"
    return strip


def _original(compat, strips, cue: Cue, recording: Path):
    """One phrase of the recording, trimmed to the cue as an editor would."""
    strip = strips.new_sound(f"{recording.stem}", str(recording), ORIGINAL, frame(cue.recording))
    compat.set_start(strip, frame(cue.start))
    compat.set_end(strip, frame(cue.start + cue.seconds))


def _text(compat, editor, cue: Cue, scale: float):
    channel = SCRIPT + [part.name for part in CAST].index(cue.speaker)
    first = frame(cue.start)
    strip = compat.new_text(editor, cue.text, cue.text, channel, first, frame(cue.start + cue.seconds) - first)
    if cue.text.isascii():
        strip.font = _font()  # a chosen font has no fall-back; Blender's default one reads every script
    strip.font_size = 34 * scale
    strip.location = (0.5, 0.068)
    strip.wrap_width = 0.9
    strip.color = (1.0, 0.97, 0.92, 1.0)
    strip.use_shadow = False
    strip.blend_type = "ALPHA_OVER"


def _font():
    """Blender's own interface font, packed into the file, so that the film looks the same everywhere."""
    path = Path(bpy.utils.system_resource("DATAFILES", path="fonts")) / "Inter.woff2"
    font = bpy.data.fonts.load(str(path), check_existing=True)
    if font.packed_file is None:
        font.pack()
    return font
