"""Line + cast -> plan: which voice, which language, which slot, or why not. Pure: reads no file and speaks no sound."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import __version__
from .effects import check as check_effect
from .emotion import check as check_emotion
from .neighbours import Space
from .phrases import TOKEN
from .problems import LineProblem
from .prosody import gain
from .script import Anchor, Cast, Job, Line, Plan, Role, Stretch, Voice, Wish
from .spoken import LONGEST_TEXT, Spoken, cleaned

LONGEST_SLOT = 600.0
"""Seconds in one take: the sound of ten minutes still fits in the memory of a small render node."""

SHORTEST_RATIO, LONGEST_RATIO = 0.75, 1.25
"""Of `target_duration_ratio`, as in the IndexTTS 2 paper."""

MOST_BORROWED = 2.0
"""Seconds of silence that a line may take on either side."""

QUIETEST, LOUDEST = -40.0, -9.0
"""LUFS of a take: a whisper far off, and the loudest that leaves speech its peaks."""

SOUND = f"{__version__.rsplit('.', 1)[0]}-9"
"""Goes into every plan; its last number rises whenever the same plan would sound different."""

READINGS = 2
"""Goes into the plans of all readings but the first as well, and rises where only they would sound different."""


def role_of(line: Line, cast: Cast) -> Role:
    """Who speaks the line; names are compared without case. Raises LineProblem."""
    wanted = line.speaker.strip().casefold()
    found = next((role for role in cast.roles if role.name.strip().casefold() == wanted), None)
    if found is None:
        if cast.default is None:
            raise LineProblem("no_voice", speaker=line.speaker or "a line without a speaker")
        found = Role(line.speaker, cast.default)
    return replace(found, voice=replace(found.voice, family=line.engine)) if line.engine else found


def plan(
    line: Line,
    job: Job,
    role: Role,
    voices: Mapping[str, str],
    model: str,
    stretches: tuple[Stretch, ...] = (),
    loudness: float | None = None,
    space: Space | None = None,
    said: Spoken | None = None,
    people: tuple[str, ...] = (),
) -> Plan:
    """What decides the take's sound. Raises LineProblem.

    voices: every voice of the role's family with the language it speaks by itself; model: hash of the model;
    stretches: where the original speaks, in seconds from the slot's start; loudness: of that speech in LUFS, None
    without; space: what the neighbours leave, None for a line that stands alone; said: of `spoken`, without it the
    text is taken as it stands, and neutral; people: whom the voice imitates, as the plan has them.
    """
    said = said or Spoken(*cleaned(line.text))
    text, places = said.text, said.places
    if not text:
        raise LineProblem("empty_text")
    if len(text) > LONGEST_TEXT:
        raise LineProblem("text_too_long", count=len(text), most=LONGEST_TEXT)
    wish = wish_of(line, role)
    check_wish(wish)
    _check_sound(job)
    open_end = wish.mode == "free" or wish.ratio or wish.tokens
    if not open_end and not line.seconds > 0:
        raise LineProblem("no_slot")
    if line.seconds > LONGEST_SLOT:
        raise LineProblem("slot_too_long", seconds=line.seconds, most=LONGEST_SLOT)
    voice = role.voice
    for name in filter(None, (voice.timbre, voice.prosody)):
        if name not in voices:
            raise LineProblem("unknown_voice", voice=name)
    # equal voices in different spellings would be different takes
    voice = Voice(voice.timbre, voice.prosody or voice.timbre, voice.family)
    space = space or Space(wish.longest)
    follows = wish.sync > 0 and not open_end
    language = line.language or role.language or voices[voice.prosody]
    level = wish.level + gain(said.moods, len(text), language, said.heard) if loudness is None or not wish.match else loudness
    return Plan(
        text=text,
        language=language,
        voice=voice,
        seconds=max(0.0, line.seconds) + space.early + space.late if wish.mode == "controlled" else 0.0,
        wish=replace(wish, longest=space.longest),
        rate=job.rate,
        channels=job.channels,
        quantum=job.quantum,
        model=model,
        engine=f"{SOUND}.{READINGS}" if wish.seed else SOUND,
        early=space.early,
        late=space.late,
        stretches=tuple(Stretch(_ms(s.start + space.early), _ms(s.end + space.early)) for s in stretches) if follows else (),
        anchors=() if open_end else tuple(Anchor(places[min(max(0, a.index), len(places) - 1)], _ms(a.at + space.early)) for a in line.anchors),
        loudness=_clamped(level),
        most=space.most + space.early if space.most else 0.0,
        moods=said.moods,
        heard=said.heard,
        people=people,
    )


def _clamped(loudness: float) -> float:
    """LUFS to a tenth, within what is speech and not a fault of the measurement."""
    return round(min(max(loudness, QUIETEST), LOUDEST), 1)


def _ms(seconds: float) -> float:
    # the same film on another computer must be the same plan
    return round(seconds, 3)


def wish_of(line: Line, role: Role) -> Wish:
    """The line's own wish, or the character's when the line says nothing but its seed."""
    if role.wish is not None and line.wish == Wish(seed=line.wish.seed):
        return replace(role.wish, seed=line.wish.seed)
    return line.wish


def _check_sound(job: Job) -> None:
    if not 8000 <= job.rate <= 192000 or not 1 <= job.channels <= 8 or not 0 <= job.quantum <= LONGEST_SLOT:
        reason = f"A take has 8000 to 192000 Hz, 1 to 8 channels and a quantum of 0 to {LONGEST_SLOT:.0f} s."
        raise LineProblem("bad_wish", reason=reason)


def check_wish(wish: Wish) -> None:
    """Raises LineProblem `bad_wish`."""
    if wish.mode not in ("controlled", "free"):
        raise LineProblem("bad_wish", reason=f"The mode {wish.mode!r} is neither controlled nor free.")
    if wish.overflow not in ("whole", "refuse"):
        raise LineProblem("bad_wish", reason=f"The overflow {wish.overflow!r} is neither whole nor refuse.")
    if not 0.3 <= wish.shortest <= 1.0 <= wish.longest <= 3.0:
        reason = f"The lengths allowed, {wish.shortest} to {wish.longest} of the natural one, must enclose 1 and stay within 0.3 to 3."
        raise LineProblem("bad_wish", reason=reason)
    if wish.ratio and wish.tokens:
        raise LineProblem("bad_wish", reason="target_duration_ratio and target_token_count are two lengths: wish one of them.")
    if wish.mode == "free" and (wish.ratio or wish.tokens):
        raise LineProblem("bad_wish", reason="The mode free has its natural length: a ratio or a token count wants the mode controlled.")
    if wish.ratio and not SHORTEST_RATIO <= wish.ratio <= LONGEST_RATIO:
        raise LineProblem("bad_wish", reason=f"target_duration_ratio goes from {SHORTEST_RATIO} to {LONGEST_RATIO}, not {wish.ratio}.")
    if not 0 <= wish.tokens <= LONGEST_SLOT / TOKEN:
        raise LineProblem("bad_wish", reason=f"target_token_count goes from 1 to {LONGEST_SLOT / TOKEN:.0f} tokens of {TOKEN * 1000:.0f} ms, not {wish.tokens}.")
    if not (0 <= wish.smoothness <= 1 and 0 <= wish.sync <= 1 and 0 <= wish.performance <= 1):
        raise LineProblem("bad_wish", reason="duration_smoothness, sync and performance go from 0 to 1.")
    if not 0 <= wish.borrow <= MOST_BORROWED or not (wish.jump == 0 or 1 <= wish.jump <= 10):
        raise LineProblem("bad_wish", reason=f"A line borrows 0 to {MOST_BORROWED} s; the jump between lines is 0 for no limit, or 1 to 10.")
    if not QUIETEST <= wish.level <= LOUDEST:
        raise LineProblem("bad_wish", reason=f"The level goes from {QUIETEST:.0f} to {LOUDEST:.0f} LUFS.")
    if not -12 <= wish.pitch <= 12 or not 0 <= wish.pitch_range <= 3 or not -4 <= wish.energy <= 4:
        reason = "Pitch goes from -12 to 12 semitones, pitch range from 0 to 3, energy from -4 to 4."
        raise LineProblem("bad_wish", reason=reason)
    check_emotion(wish.feelings, wish.intensity)
    check_effect(wish.effect)
