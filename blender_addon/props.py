"""What is saved in the .blend: one JSON text on a strip, cast and settings on a scene. State of a run never is."""
from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import lru_cache

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..engine.effects import EFFECTS
from ..engine.emotion import EIGHT
from ..engine.phrases import TOKEN
from ..engine.plan import LONGEST_RATIO, LOUDEST, MOST_BORROWED, QUIETEST, SHORTEST_RATIO
from ..engine.script import Cast, Emotion, Feeling, Recording, Role, Voice, Wish
from ..engine.wire import WireError, build
from . import compat, engines, prefs, saved, translation
from .saved import KEY, MOST_PARSED, new_uid, parsed, peek, raw, state, update  # noqa: F401  whoever wants what is saved asks here

DEFAULT_VOICE = "af_heart"


def locked(strip) -> bool:
    """Whether the person locked the line: its take stays as it is."""
    return bool(peek(strip).get("lock"))


def wish(strip) -> Wish:
    """What the person wishes for this line; what a newer version knows beside is ignored."""
    return _wished(raw(strip))


@lru_cache(maxsize=MOST_PARSED)
def _wished(text: str) -> Wish:
    known = _known(Wish, parsed(text).get("wish"))
    if "feelings" in known:
        sources = [_known(Feeling, source) for source in known["feelings"]]
        parts = {"emotion": Emotion, "recording": Recording, "plain": Recording}
        sources = [{key: _known(parts[key], value) if key in parts and value is not None else value for key, value in source.items()} for source in sources]
        known["feelings"] = [source for source in sources if source.keys() - {"weight"}]
    try:
        return build(Wish, known)
    except WireError:
        return build(Wish, {key: value for key, value in known.items() if _fits(key, value)})


def _fits(key: str, value) -> bool:
    try:
        build(Wish, {key: value})
    except WireError:
        return False
    return True


def _known(cls, data) -> dict:
    """Of a table in JSON what are fields of the class."""
    names = {field.name for field in fields(cls)}
    return {key: value for key, value in data.items() if key in names} if isinstance(data, dict) else {}


def set_wish(strip, **changes):
    """Writes what differs from a plain wish."""
    # Blender's floats have seven digits: 0.7 that was set by hand is no other wish than the plain 0.7
    changes = {key: round(value, 4) if isinstance(value, float) else value for key, value in changes.items()}
    update(strip, wish={**_foreign(strip, changes), **_unlike_plain(replace(wish(strip), **changes))} or None)


def _foreign(strip, changes: dict) -> dict:
    """What of the strip's wish a newer version wrote and this one does not understand: it stays until it is set anew."""
    there = saved.whole(strip).get("wish")
    known = {field.name for field in fields(Wish)}
    return {key: value for key, value in there.items() if key not in changes and (key not in known or not _fits(key, value))} if isinstance(there, dict) else {}


def _unlike_plain(value):
    """A noun as JSON, without the fields that have their defaults."""
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _unlike_plain(item) for field, item in pairs if item != field.default}
    return [_unlike_plain(item) for item in value] if isinstance(value, tuple) else value


LENGTHS = (
    ("SLOT", "To the slot", "Exactly as long as the strip"),
    ("RATIO", "Ratio", "A share of the voice's natural length (target_duration_ratio)"),
    ("TOKENS", "Tokens", "So many frames of 25 ms (target_token_count)"),
    ("NATURAL", "Natural", "At the voice's own pace; the length follows"),
)
OVERFLOWS = (
    ("whole", "Run over", "Place the whole take when the words cannot fit the slot"),
    ("refuse", "Refuse", "Report the line when the words cannot fit the slot"),
)
EFFECT_NAMES = ("", *EFFECTS)
EFFECT_ITEMS = (("NONE", "None", "Nothing is done to the finished sound"), *((name.upper(), name.replace("_", " ").capitalize(), told) for name, told in EFFECTS.items()))
ORIGINALS = (
    ("MUTE", "Mute", "Silence the original where it is dubbed"),
    ("DUCK", "Duck", "Lower the original where it is dubbed"),
    ("BACKGROUND", "Keep the background", "Take the voice out of the original: music and noises go on. Made when the lines are spoken, the first time in a fifth of the recording's length"),
    ("KEEP", "Keep", "Leave the original alone"),
)
CHECKS = (
    ("OFF", "Off", "Nobody listens to the takes"),
    ("LIGHT", "Light", "Measures every take: damage, pitch, pace and pauses; about a quarter of a second a line"),
    (
        "FULL", "Full",
        "Speaks the line once more in the voice's own manner, then hears whether speaker and words stayed and how agitated it sounds; "
        "some seconds a line",
    ),
)  # fmt: skip
CHECK_MODES = {"OFF": "", "LIGHT": "light", "FULL": "full"}
PRESETS = tuple((name, name.capitalize(), f"Spoken as somebody {name} speaks") for name in EIGHT)
ROLE_EMOTIONS = (
    ("NEUTRAL", "Neutral", "The voice's own manner"),
    ("PRESET", "Preset", "One of the eight emotions"),
    ("WORDS", "Words", "A description in English or Chinese: angrily, voice shaking"),
)
COLORS = (
    ("NONE", "None", "Takes have no color tag", "X", 0),
    *((f"COLOR_{n:02}", f"Color {n}", "", f"{compat.COLOR_ICON}_{n:02}", n) for n in range(1, 10)),
)


def _choice(key: str, items):
    names = [item[0] for item in items]
    return {
        "items": items,
        "get": lambda strip: names.index(chosen) if (chosen := getattr(wish(strip), key)) in names else 0,
        "set": lambda strip, value: set_wish(strip, **{key: names[value]}),
    }


def _number(key: str):
    return {
        "get": lambda strip: getattr(wish(strip), key),
        "set": lambda strip, value: set_wish(strip, **{key: value}),
    }


def _effect(strip) -> int:
    name = wish(strip).effect
    return EFFECT_NAMES.index(name) if name in EFFECT_NAMES else 0


def _length(strip) -> int:
    wanted = wish(strip)
    return 3 if wanted.mode == "free" else 1 if wanted.ratio else 2 if wanted.tokens else 0


def _set_length(strip, value: int):
    name, wanted = LENGTHS[value][0], wish(strip)
    seconds = (compat.end(strip) - compat.start(strip)) * strip.id_data.render.fps_base / strip.id_data.render.fps
    set_wish(
        strip,
        mode="free" if name == "NATURAL" else "controlled",
        ratio=(wanted.ratio or 1.0) if name == "RATIO" else 0.0,
        tokens=(wanted.tokens or max(1, round(seconds / TOKEN))) if name == "TOKENS" else 0,
    )


def _one_length(key: str, otherwise):
    """A ratio or a count of tokens: to set one chooses it."""
    other = {"ratio": 0.0, "tokens": 0, "mode": "controlled"}
    return {
        "get": lambda strip: getattr(wish(strip), key) or otherwise,
        "set": lambda strip, value: set_wish(strip, **{**other, key: value}),
    }


def _text(key: str):
    def write(strip, value):
        update(strip, **{key: value or None})

    return {"get": lambda strip: peek(strip).get(key, ""), "set": write}


def _role_names(_strip, context, _typed):
    return [role.name for role in compat.scene_of(context).dubline.roles]


def voice_names(_owner=None, context=None, _typed=""):
    """Voices to choose from: stock ones, and where there is a context the people of its library."""
    from ..engine.voices import stock

    return sorted([*(people_names(None, context) if context else ()), *stock.names()])


def people_names(_owner, context, _typed=""):
    """The people who are enrolled on this computer."""
    from ..engine.voices.library import Library

    return list(Library(prefs.models(context)).names())


def language_codes(_owner=None, _context=None, _typed=""):
    """Languages to choose from."""
    from ..engine.voices.text import LANGUAGES

    return list(LANGUAGES)


def voice(timbre: str, prosody: str = "", engine: str = engines.OWN) -> Voice:
    """A voice by the name the panel shows: `tone:low` is the family tone's `low`, a plain name is the engine's."""
    family, _, name = timbre.rpartition(":")
    return Voice(name, prosody.rpartition(":")[2], family if family and engine == engines.OWN else engines.family(engine) or "kokoro")


def _engine(strip) -> int:
    names = [item[0] for item in engines.OF_LINE]
    chosen = peek(strip).get("engine", engines.CAST)
    return names.index(chosen) if chosen in names else 0


def _set_engine(strip, value: int):
    update(strip, engine=engines.OF_LINE[value][0] if value else None)


# Views of a strip's JSON for the panel; nothing else is stored.
ON_STRIP = {
    "dubline_length": EnumProperty(name="Length", description="What decides how long the speech is", items=LENGTHS, get=_length, set=_set_length),
    "dubline_ratio": FloatProperty(
        name="Ratio", description="Length as a share of the natural one", min=SHORTEST_RATIO, max=LONGEST_RATIO, **_one_length("ratio", 1.0)
    ),
    "dubline_tokens": IntProperty(name="Tokens", description="Length in frames of 25 ms", min=1, max=24000, **_one_length("tokens", 1)),
    "dubline_smoothness": FloatProperty(
        name="Smoothness", description="How alike neighbouring sounds are stretched. 0: each as its kind allows, 1: all the same",
        min=0, max=1, **_number("smoothness"),
    ),
    "dubline_shortest": FloatProperty(
        name="Shortest", description="How far speech may be shortened, as a share of its natural length", min=0.3, max=1, **_number("shortest")
    ),
    "dubline_longest": FloatProperty(
        name="Longest", description="How far speech may be stretched, as a share of its natural length", min=1, max=3, **_number("longest")
    ),
    "dubline_overflow": EnumProperty(name="Too long", description="What becomes of words that cannot fit the slot", **_choice("overflow", OVERFLOWS)),
    "dubline_borrow": FloatProperty(
        name="Borrow", description="Seconds of silence that a hurried line may take before and after its slot, each",
        min=0, max=MOST_BORROWED, **_number("borrow"),
    ),
    "dubline_jump": FloatProperty(
        name="Jump", description="How much slower than the speaker's lines beside it the line may be, as a factor; 0: no limit",
        min=0, max=10, **_number("jump"),
    ),
    "dubline_sync": FloatProperty(
        name="Phrase sync", description="How far the phrases follow the original's: 0 not at all, 1 each begins and ends with its partner",
        min=0, max=1, **_number("sync"),
    ),
    "dubline_match": BoolProperty(name="Match loudness", description="As loud as the original's speech", **_number("match")),
    "dubline_level": FloatProperty(
        name="Level", description="Loudness in LUFS where there is no original to match", min=QUIETEST, max=LOUDEST, **_number("level")
    ),
    "dubline_pitch": FloatProperty(name="Pitch", description="Semitones", min=-12, max=12, **_number("pitch")),
    "dubline_pitch_range": FloatProperty(
        name="Pitch range", description="0 is monotone, 1 is the voice's own", min=0, max=3, **_number("pitch_range")
    ),
    "dubline_energy": FloatProperty(name="Effort", description="Vocal effort", min=-4, max=4, **_number("energy")),
    "dubline_effect": EnumProperty(
        name="Effect", description="What the finished sound goes through", items=EFFECT_ITEMS,
        get=_effect, set=lambda strip, value: set_wish(strip, effect=EFFECT_NAMES[value]),
    ),
    "dubline_seed": IntProperty(name="Reading", description="Redo counts it up", min=0, **_number("seed")),
    "dubline_lock": BoolProperty(name="Lock", description="The line is left alone: nothing dubs it, and its take stays as it is", get=locked, set=_text("lock")["set"]),
    "dubline_speaker": StringProperty(
        name="Speaker", description="Empty: from the text or the channel", search=_role_names, **_text("speaker")
    ),
    "dubline_language": StringProperty(
        name="Language", description="Empty: the cast's or the voice's own", search=language_codes, **_text("language")
    ),
    "dubline_engine": EnumProperty(name="Engine", description="Which engine speaks this line", items=engines.OF_LINE, get=_engine, set=_set_engine),
}


class DublineRole(bpy.types.PropertyGroup):
    """One character; `name` is built in."""

    voice: StringProperty(name="Voice", description="Who speaks", default=DEFAULT_VOICE, search=voice_names)
    prosody: StringProperty(
        name="Prosody", description="Whose timing and melody; empty: the voice's own", search=voice_names
    )
    language: StringProperty(name="Language", description="Empty: the voice's own", search=language_codes)
    engine: EnumProperty(name="Engine", description="Which engine speaks the character's lines", items=engines.ITEMS)
    emotion: EnumProperty(name="Emotion", description="How the character speaks where a line has no emotion of its own", items=ROLE_EMOTIONS)
    preset: EnumProperty(name="Preset", description="Which of the eight", items=PRESETS)
    words: StringProperty(name="Words", description="How the character speaks, in English or Chinese: wearily, with a soft voice")
    intensity: FloatProperty(
        name="Intensity", description="How strongly the character feels so; the line's own intensity comes on top", default=1, min=0, max=1, subtype="FACTOR"
    )
    channel: IntProperty(name="Channel", description="Where takes go; 0 finds a free one", min=0, max=128)
    color: EnumProperty(name="Color", description="Color tag of the character's takes", items=COLORS)


class DublineScene(bpy.types.PropertyGroup):
    """Cast and settings of a scene."""

    form: IntProperty(name="Form", description="Version of Dubline's settings that this scene was saved with; 0 is of before there was one", options={"HIDDEN"})
    roles: CollectionProperty(type=DublineRole)
    active_role: IntProperty(name="Character", description="The one whose card is shown")
    default_voice: StringProperty(
        name="Default voice",
        description="Speaks lines whose speaker is not in the cast; empty reports them",
        default=DEFAULT_VOICE,
        search=voice_names,
    )
    original: EnumProperty(name="Original", description="What becomes of the original sound", items=ORIGINALS)
    tint: BoolProperty(name="Color strips by verdict", description="Check timing sets the lines' color tags; without it, it gives them their own again")
    mark_stale: BoolProperty(name="Color changed lines", description="Lines that changed since their takes were made have a yellow color tag", default=True)
    check: EnumProperty(name="Check", description="What judges say of every take who had no part in making it", items=CHECKS, default="LIGHT")
    back_off: BoolProperty(
        name="Back off", description="Say a line again less strongly, at most twice, when the full check finds that speaker or words suffered"
    )
    script: PointerProperty(type=bpy.types.Text, name="Script", description="A marker named @id says the line of that name in this text")
    duck: FloatProperty(name="Duck to", description="Decibels", default=-18, min=-60, max=0, subtype="NONE")


def cast(scene) -> Cast:
    """The scene's cast as a value."""
    settings = scene.dubline
    roles = tuple(Role(role.name, voice(role.voice, role.prosody, role.engine), role.language) for role in settings.roles if role.name)
    return Cast(roles, voice(settings.default_voice) if settings.default_voice else None)


def temper(role) -> tuple[Feeling, ...]:
    """How the character speaks where a line has no emotion of its own; empty when that is neutral."""
    words = role.words.strip()
    told = {"PRESET": role.preset, "WORDS": words}.get(role.emotion)  # a choice of a newer version's is none here
    if not told or not role.intensity:
        return ()
    given = Feeling(words=words) if role.emotion == "WORDS" else Feeling(preset=role.preset)
    share = round(role.intensity, 4)
    # the rest of the mix is neutral, since the line's intensity would weaken its directions too
    return (given,) if share == 1 else (replace(given, weight=share), Feeling(round(1 - share, 4), emotion=Emotion()))


def role_of(scene, speaker: str):
    """The character of that name, compared without case, or None."""
    wanted = speaker.strip().casefold()
    return next((role for role in scene.dubline.roles if wanted and role.name.strip().casefold() == wanted), None)


CLASSES = (DublineRole, DublineScene)


def declare(views: dict):
    """Puts views of a strip's JSON on every strip, by name."""
    for name, declared in views.items():
        translation.own(declared)
        setattr(compat.STRIP, name, declared)


def withdraw(views: dict):
    """Takes them off again."""
    for name in views:
        delattr(compat.STRIP, name)


@bpy.app.handlers.persistent
def _stamp(*_args):
    """Scenes with our settings are saved with their version; one that a newer version wrote stays a newer one's."""
    for scene in bpy.data.scenes:
        settings = scene.dubline
        if scene.library is None and settings.form < saved.FORM and any(settings.is_property_set(name) for name in settings.bl_rna.properties.keys() if name not in ("rna_type", "name", "form")):  # noqa: SIM118
            settings.form = saved.FORM


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.dubline = PointerProperty(type=DublineScene)
    declare(ON_STRIP)
    bpy.app.handlers.save_pre.append(_stamp)


def unregister():
    bpy.app.handlers.save_pre.remove(_stamp)
    withdraw(ON_STRIP)
    del bpy.types.Scene.dubline
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
