"""The emotion of a line in the panel: by which path it is given, its sources, and the mix of them as it will be played.

The engine hears only the wish's `feelings` and `intensity`. What the panel needs beside, such as the values of the paths
that are not chosen, what was understood of words, and the mix for its picture, is kept under `emotion` in the strip's JSON:

    path     one of PATHS, CAST where nothing is kept
    single   the source of the paths PRESET, SLIDERS, WORDS and RECORDING
    mix      the sources of MIX, `active` the one that is edited
    picture  the mix as it will be played, by name, without what is zero

A source is {"kind", "weight", "preset", "words", "sliders": {name: value}, "read": what was understood of the words, "who",
"usual": performers as `performers` has them, "heard": what was heard of them, as `recordings` makes it}.
"""
from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty

from ..engine.emotion import BOTH_WAYS, EIGHT, SETTINGS, limited, mixed, preset, scaled
from ..engine.plan import SOUND
from ..engine.problems import LineProblem
from ..engine.script import Emotion, Feeling
from . import performers, prefs, props

KINDS = (
    ("PRESET", "Preset", "One of the eight emotions at its full strength"),
    ("SLIDERS", "Sliders", "Every strength by itself, and how it is spoken"),
    ("WORDS", "Words", "A description in English or Chinese: angrily, voice shaking"),
    ("RECORDING", "Recording", "Somebody who speaks so, in a sound or film and in any language"),
)
PATHS = (
    ("CAST", "As cast", "As the character speaks in the cast"),
    ("NEUTRAL", "Neutral", "The voice's own manner, whatever the cast says"),
    *KINDS,
    ("MIX", "Mix", "Several of these, each with its weight"),
)
PLAIN = ("CAST", "NEUTRAL")
"""Paths that have no source."""

TOLD = {
    **{name: f"How {name}" for name in EIGHT},
    "whisper": "How little tone is in the voice: 0 voiced, 1 all breath",
    "shout": "Effort of a voice that must carry far",
    "tremble": "Shaking voice",
    "breathy": "Breath beside the tone",
    "pace": "-1 slowest, 1 fastest",
    "pauses": "-1 hardly any, 1 long ones",
}


def is_line(strip) -> bool:
    """Whether the strip can be a line of its own: it plays no take."""
    return strip.type in ("TEXT", "SOUND", "MOVIE") and "of" not in props.peek(strip)


def memory(strip) -> dict:
    """What the panel shows of the strip's emotion. Where it does not agree with the wish, the wish is right."""
    known = props.state(strip).get("emotion")
    known = {"path": "CAST", "single": {}, "mix": [], "active": 0, "picture": None, **(known if isinstance(known, dict) else {})}
    known["mix"] = [one for one in known["mix"] if isinstance(one, dict)] if isinstance(known["mix"], list) else []
    known["single"] = known["single"] if isinstance(known["single"], dict) else {}
    feelings = props.wish(strip).feelings
    if _feelings(known) != feelings:
        known |= _seen(feelings)
    known["active"] = max(0, min(known["active"], len(known["mix"]) - 1))
    return known


def as_cast(strip) -> bool:
    """Whether the line has no emotion of its own, so that it is spoken as its character speaks."""
    return memory(strip)["path"] == "CAST"


def source(known: dict) -> dict:
    """The source that is edited: of a mix the active one."""
    if known["path"] == "MIX":
        return known["mix"][known["active"]] if known["mix"] else {}
    return {**known["single"], "kind": known["path"]}


def remember(strip, known: dict, intensity: float | None = None):
    """Keeps what the panel shows, the wish that comes of it, and the picture of the mix."""
    intensity = props.wish(strip).intensity if intensity is None else intensity
    played = _played(known, intensity)
    known["picture"] = None if played is None else unlike_zero(played)
    plain = known["path"] == "CAST" and not known["single"] and not known["mix"]
    props.update(strip, emotion=None if plain else known)
    props.set_wish(strip, feelings=_feelings(known), intensity=intensity)


def edit(strip, **changes):
    """Changes the edited source; to set a value of a kind chooses that kind."""
    known = memory(strip)
    if known["path"] == "MIX":
        known["mix"] = known["mix"] or [new_source()]
        known["mix"][known["active"]].update(changes)
    else:
        known["single"].update({key: value for key, value in changes.items() if key != "kind"})
        known["path"] = changes.get("kind", known["path"])
    remember(strip, known)


def new_source() -> dict:
    """What a mix gets when a source is added."""
    return {"kind": "PRESET", "weight": 1.0, "preset": EIGHT[0]}


def understood(words: str) -> dict:
    """What is read out of a description, as the panel shows and keeps it; `problem` where it cannot be read.

    Loads the reader at its first call, for some tenths of a second.
    """
    if not words.strip():
        return {}
    try:
        from ..engine.spoken import UNSURE

        found = _reader(prefs.models(bpy.context)).read(words)
    except (ImportError, LineProblem) as problem:
        return {"by": SOUND, "problem": f"Words cannot be understood here: {problem}"}
    return {"by": SOUND, "emotion": unlike_zero(found.emotion), "told": found.told, "sure": found.certainty >= UNSURE}


@cache
def _reader(models: Path):
    from ..engine.described import Reader

    return Reader(models)


def reading(source: dict) -> dict:
    """What was understood of the source's words; {} when nobody has looked since they or the reader changed."""
    found = source.get("read", {})
    return found if found.get("by") == SOUND else {}


def heard(source: dict) -> dict:
    """What was heard of the source's performer; {} when nobody has listened since another was chosen."""
    found = source.get("heard", {})
    return found if found.get("by") == SOUND else {}


def point(source: dict) -> Emotion | None:
    """The source alone as a point; None while its words are not understood, or its recording not heard."""
    kind = source.get("kind")
    if kind == "PRESET":
        return preset(_preset(source))
    if kind == "SLIDERS":
        return _emotion(source.get("sliders", {}))
    found = (heard if kind == "RECORDING" else reading)(source).get("emotion")
    return None if found is None else _emotion(found)


def title(source: dict) -> str:
    """The source in a few words for its row."""
    kind = source.get("kind")
    if kind == "PRESET":
        return _preset(source).capitalize()
    if kind == "WORDS":
        return source.get("words", "").strip() or "(no words yet)"
    if kind == "RECORDING":
        return performers.title(source.get("who", {}))
    strongest = sorted(source.get("sliders", {}).items(), key=lambda item: -abs(item[1]))[:2]
    return " and ".join(name for name, value in strongest if value) or "neutral"


def _preset(source: dict) -> str:
    name = source.get("preset", EIGHT[0])
    return name if name in EIGHT else EIGHT[0]


def _emotion(values: dict) -> Emotion:
    """A point of some values; those that a newer version knows are left out."""
    return Emotion(**{name: float(values[name]) for name in (*EIGHT, *SETTINGS) if name in values})


def unlike_zero(emotion: Emotion) -> dict:
    return {name: value for name, value in asdict(emotion).items() if value}


def sources(known: dict) -> list[dict]:
    """Those that are played."""
    if known["path"] == "MIX":
        return known["mix"]
    return [] if known["path"] in PLAIN else [source(known)]


def _feelings(known: dict) -> tuple[Feeling, ...]:
    """What the engine hears, with performers by name. What is not given yet, and sliders alone at zero, are no source."""
    found = []
    for one in sources(known):
        weight = float(one.get("weight", 1.0)) if known["path"] == "MIX" else 1.0
        kind = one.get("kind")
        if kind == "RECORDING" and (feeling := recorded(one, weight)) is not None:
            found.append(feeling)
        if kind == "PRESET":
            found.append(Feeling(weight, preset=_preset(one)))
        elif kind == "WORDS" and one.get("words", "").strip():
            found.append(Feeling(weight, words=one["words"].strip()))
        elif kind == "SLIDERS":
            emotion = _emotion(one.get("sliders", {}))
            found += [Feeling(weight, emotion=emotion)] if known["path"] == "MIX" or emotion != Emotion() else []
    return tuple(found)


def recorded(source: dict, weight: float = 1.0) -> Feeling | None:
    """A source of the kind RECORDING as a wish has it; None while nobody performs."""
    performer = performers.recording(source.get("who", {}))
    return performer and Feeling(weight, recording=performer, plain=performers.recording(source.get("usual", {"kind": "NONE"})))


def _seen(feelings: tuple[Feeling, ...]) -> dict:
    """Feelings that came from elsewhere, as the panel shows them."""

    def seen(feeling: Feeling) -> dict:
        if feeling.emotion is not None:
            return {"kind": "SLIDERS", "sliders": unlike_zero(feeling.emotion)}
        if feeling.recording is not None:
            return {"kind": "RECORDING", "who": performers.named(feeling.recording), "usual": performers.named(feeling.plain)}
        return {"kind": "WORDS", "words": feeling.words} if feeling.words else {"kind": "PRESET", "preset": feeling.preset}

    if len(feelings) > 1 or any(feeling.weight != 1 for feeling in feelings):
        return {"path": "MIX", "mix": [{**seen(feeling), "weight": feeling.weight} for feeling in feelings], "picture": None}
    if not feelings:
        return {"path": "CAST"}
    one = seen(feelings[0])
    return {"path": one.pop("kind"), "single": one, "picture": None}


def _played(known: dict, intensity: float) -> Emotion | None:
    """The mix within its limits; None while words in it are not understood or recordings not heard."""
    parts = []
    for one in sources(known):
        if one.get("kind") == "WORDS" and not one.get("words", "").strip() or one.get("kind") == "RECORDING" and recorded(one) is None:
            continue
        parts.append((float(one.get("weight", 1.0)) if known["path"] == "MIX" else 1.0, point(one)))
    if any(emotion is None for _weight, emotion in parts):
        return None
    return limited(scaled(mixed(parts), intensity))


def _number(of: dict, key: str, least: float = 0.0) -> float:
    value = of.get(key, 0.0)
    return min(max(float(value), least), 1.0)


def _set_path(strip, value: int):
    known = memory(strip)
    before, known["path"] = known["path"], PATHS[value][0]
    if known["path"] == "MIX" and not known["mix"] and before not in (*PLAIN, "MIX"):
        known["mix"] = [{**known["single"], "kind": before, "weight": 1.0}]  # so that nothing is lost that was set
    remember(strip, known)


def _slider(name: str):
    least = -1.0 if name in BOTH_WAYS else 0.0

    def write(strip, value):
        sliders = {**source(memory(strip)).get("sliders", {}), name: round(value, 4)}
        edit(strip, kind="SLIDERS", sliders={key: kept for key, kept in sliders.items() if kept})

    return FloatProperty(
        name=name.capitalize(), description=TOLD[name], min=least, max=1, subtype="FACTOR",
        get=lambda strip: _number(source(memory(strip)).get("sliders", {}), name, least), set=write,
    )  # fmt: skip


def _index(items, name: str) -> int:
    return next((index for index, item in enumerate(items) if item[0] == name), 0)


def _set_words(strip, words: str):
    edit(strip, kind="WORDS", words=words, read=understood(words))


def _set_weight(strip, value: float):
    if memory(strip)["path"] == "MIX":
        edit(strip, weight=round(value, 4))


def _set_active(strip, value: int):
    known = memory(strip)
    known["active"] = max(0, min(value, len(known["mix"]) - 1))
    remember(strip, known)


# Views of a strip's JSON for the panel; nothing else is stored.
ON_STRIP = {
    "dubline_emotion": EnumProperty(
        name="Emotion", description="How the line's emotion is given", items=PATHS,
        get=lambda strip: _index(PATHS, memory(strip)["path"]), set=_set_path,
    ),
    "dubline_intensity": FloatProperty(
        name="Intensity", description="How strongly it is played; 0 is neutral", min=0, max=1, subtype="FACTOR",
        get=lambda strip: props.wish(strip).intensity, set=lambda strip, value: remember(strip, memory(strip), round(value, 4)),
    ),
    "dubline_preset": EnumProperty(
        name="Preset", description="Which of the eight", items=props.PRESETS,
        get=lambda strip: _index(props.PRESETS, _preset(source(memory(strip)))), set=lambda strip, value: edit(strip, kind="PRESET", preset=EIGHT[value]),
    ),
    "dubline_words": StringProperty(
        name="Words", description="How it is said, in English or Chinese: angrily, voice shaking",
        get=lambda strip: source(memory(strip)).get("words", ""), set=_set_words,
    ),
    "dubline_source": IntProperty(
        name="Source", description="The source of the mix that is edited", min=0,
        get=lambda strip: memory(strip)["active"], set=_set_active,
    ),
    "dubline_kind": EnumProperty(
        name="Source", description="What the source is", items=KINDS,
        get=lambda strip: _index(KINDS, source(memory(strip)).get("kind", "")), set=lambda strip, value: edit(strip, kind=KINDS[value][0]),
    ),
    "dubline_weight": FloatProperty(
        name="Weight", description="Share of the mix, against the other sources' weights", min=0, max=10, soft_max=1,
        get=lambda strip: float(source(memory(strip)).get("weight", 1.0)), set=_set_weight,
    ),
    **{f"dubline_{name}": _slider(name) for name in (*EIGHT, *SETTINGS)},
}  # fmt: skip


def register():
    props.declare(ON_STRIP)


def unregister():
    props.withdraw(ON_STRIP)
    _reader.cache_clear()
