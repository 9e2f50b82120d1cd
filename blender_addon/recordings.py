"""A recording as a source of a line's emotion, in the panel: who performs, and what was heard of it when somebody pressed Listen.

What was heard is kept in the source under `heard`, or {"by", "problem"} where nobody could listen:

    by, of, mark   the engine's sound, the uid of the strip and the stretch that were heard: tell when it is out of date
    emotion        what was recognised, by name; told, certainty, by_whom (`voice`, `face` or `both`)
    measures       one sentence
    senses         [from, to, the strongest emotion, its strength, certainty, by whom] over time
    warnings       sentences
"""
from __future__ import annotations

import os

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty

from ..engine.emotion import EIGHT, told
from ..engine.hear.performance import Performance
from ..engine.plan import SOUND
from ..engine.script import Heard, Sense
from . import compat, feelings, performers, props

MOST_SENSES = 40
"""Rows over time that are kept; the first 15 s of a recording have 30 at most."""


def as_heard(found: Performance, of: str, mark: str) -> dict:
    """What the panel keeps of a performance."""
    whole = found.whole
    return {
        "by": SOUND,
        "of": of,
        "mark": mark,
        "emotion": feelings.unlike_zero(found.heard.emotion),
        "told": told(found.heard.emotion) if whole else "",
        "certainty": round(whole.certainty, 2) if whole else 0.0,
        "by_whom": whole.source if whole else "",
        "measures": _measured(found.heard, len(found.stretches)),
        "senses": [_row(sense) for sense in found.senses[:MOST_SENSES]],
        "warnings": list(found.warnings),
    }


def _measured(heard: Heard, phrases: int) -> str:
    prosody = heard.prosody
    height = f"{prosody.level:+.1f} semitones from usual{'' if heard.usual else ' as it seems'}"
    return f"{prosody.f0:.0f} Hz, {height}; melody {prosody.spread:.1f} semitones; {prosody.rate:.1f} syllables/s; {prosody.pauses:.0%} pauses; {phrases} phrases"


def _row(sense: Sense) -> list:
    strongest = max(EIGHT, key=lambda name: getattr(sense.emotion, name))
    strength = round(getattr(sense.emotion, strongest), 2)
    return [round(sense.start, 2), round(sense.end, 2), strongest if strength else "neutral", strength, round(sense.certainty, 2), sense.source]


def stale(scene, strip, source: dict) -> bool:
    """Whether another stretch or file would be heard now."""
    heard = source.get("heard", {})
    if "mark" not in heard:
        return False
    return heard.get("by") != SOUND or heard["mark"] != performers.mark(strip, source.get("who", {}), performers.find(scene, heard.get("of", "")))


def perform(strip, who: dict, **more):
    """Makes somebody the performer of the edited source."""
    feelings.edit(strip, kind="RECORDING", who=who, heard={}, **more)


def _change(line, key: str, **changes):
    """Changes who performs, or whose usual manner is known; what was heard before is forgotten."""
    feelings.edit(line, kind="RECORDING", heard={}, **{key: {**_who(line, key), **changes}})


def _who(strip, key: str) -> dict:
    return feelings.source(feelings.memory(strip)).get(key, {})


def _kind(key: str, kinds, name: str, description: str):
    names = [kind[0] for kind in kinds]
    return EnumProperty(
        name=name, description=description, items=kinds,
        get=lambda strip: names.index(kind) if (kind := _who(strip, key).get("kind")) in names else 0, set=lambda strip, value: _change(strip, key, kind=names[value]),
    )  # fmt: skip


def _strip(key: str, name: str, description: str):
    def found(strip):
        who = _who(strip, key)
        performer = performers.find(strip.id_data, who.get("strip", ""))
        return performer.name if performer is not None else who.get("name", "")

    def choose(strip, chosen):
        performer = next((one for one in performers.strips(strip.id_data) if one.name == chosen), None)
        _change(strip, key, kind="STRIP", name=chosen, strip=performers.uid_of(performer) if performer is not None else "")

    def search(_strip, context, _typed):
        return [one.name for one in performers.strips(compat.scene_of(context))]

    return StringProperty(name=name, description=description, get=found, set=choose, search=search)


def _file(key: str, name: str, description: str):
    def choose(strip, path):
        _change(strip, key, kind="FILE", file=relative(path), **{"from": 0.0, "to": 0.0})

    return StringProperty(name=name, description=description, subtype="FILE_PATH", get=lambda strip: _who(strip, key).get("file", ""), set=choose)


def relative(path: str) -> str:
    """Against a saved film, so that both can move as one."""
    if not path or not bpy.data.filepath:
        return path
    try:
        return bpy.path.relpath(os.path.abspath(bpy.path.abspath(path)))
    except ValueError:  # another drive
        return path


def _seconds(key: str, name: str, description: str):
    return FloatProperty(
        name=name, description=description, min=0, precision=2, unit="TIME_ABSOLUTE",
        get=lambda strip: float(_who(strip, "who").get(key, 0.0)), set=lambda strip, value: _change(strip, "who", **{key: round(value, 3)}),
    )  # fmt: skip


# Views of a strip's JSON for the panel; nothing else is stored.
ON_STRIP = {
    "dubline_performer": _kind("who", performers.KINDS, "Performer", "Who speaks as the line shall be spoken"),
    "dubline_performer_strip": _strip("who", "Strip", "The sound or movie strip that performs"),
    "dubline_performer_file": _file("who", "File", "The sound or film that performs"),
    "dubline_from": _seconds("from", "From", "Seconds into the file"),
    "dubline_to": _seconds("to", "To", "Seconds into the file; 0: to its end. 15 s are heard at most"),
    "dubline_plain": _kind("usual", performers.PLAIN_KINDS, "Usual manner", "The same person speaking plainly: tells a raised voice from a high one"),
    "dubline_plain_strip": _strip("usual", "Strip", "The strip in which they speak plainly"),
    "dubline_plain_file": _file("usual", "File", "The file in which they speak plainly"),
    "dubline_performance": FloatProperty(
        name="Performance", description="How closely the recording's phrases are followed in melody, accents and pauses", min=0, max=1, subtype="FACTOR",
        get=lambda strip: props.wish(strip).performance, set=lambda strip, value: props.set_wish(strip, performance=round(value, 4)),
    ),
}  # fmt: skip


def register():
    props.declare(ON_STRIP)


def unregister():
    props.withdraw(ON_STRIP)
