"""Line + cast -> plan: which voice, which language, which slot, or why not. Pure: reads no file and speaks no sound."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from . import __version__
from .problems import LineProblem
from .script import Cast, Job, Line, Plan, Role, Voice, Wish

LONGEST_TEXT = 5000
"""Characters in one line: about six minutes of speech, far beyond any strip that is one line."""

LONGEST_SLOT = 600.0
"""Seconds in one take: the sound of ten minutes still fits in the memory of a small render node."""

SOUND = f"{__version__.rsplit('.', 1)[0]}-1"
"""Goes into every plan; its last number rises whenever the same plan would sound different."""


def role_of(line: Line, cast: Cast) -> Role:
    """Who speaks the line; names are compared without case. Raises LineProblem."""
    wanted = line.speaker.strip().casefold()
    for role in cast.roles:
        if role.name.strip().casefold() == wanted:
            return role
    if cast.default is None:
        raise LineProblem("no_voice", speaker=line.speaker or "a line without a speaker")
    return Role(line.speaker, cast.default)


def plan(line: Line, job: Job, role: Role, voices: Mapping[str, str], model: str) -> Plan:
    """What decides the take's sound. Raises LineProblem.

    voices: every voice of the role's family with the language it speaks by itself; model: hash of the model.
    """
    # half a character is how Blender hands on broken UTF-8; it can be neither spoken nor written to a file
    text = re.sub("[\ud800-\udfff]", "\ufffd", line.text)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        raise LineProblem("empty_text")
    if len(text) > LONGEST_TEXT:
        raise LineProblem("text_too_long", count=len(text), most=LONGEST_TEXT)
    wish = wish_of(line, role)
    _check_wish(wish)
    _check_sound(job)
    if wish.mode == "controlled" and not line.seconds > 0:
        raise LineProblem("no_slot")
    if line.seconds > LONGEST_SLOT:
        raise LineProblem("slot_too_long", seconds=line.seconds, most=LONGEST_SLOT)
    voice = role.voice
    for name in filter(None, (voice.timbre, voice.prosody)):
        if name not in voices:
            raise LineProblem("unknown_voice", voice=name)
    # equal voices in different spellings would be different takes
    voice = Voice(voice.timbre, voice.prosody or voice.timbre, voice.family)
    return Plan(
        text=text,
        language=line.language or role.language or voices[voice.prosody],
        voice=voice,
        seconds=line.seconds if wish.mode == "controlled" else 0.0,
        wish=wish,
        rate=job.rate,
        channels=job.channels,
        quantum=job.quantum,
        model=model,
        engine=SOUND,
    )


def wish_of(line: Line, role: Role) -> Wish:
    """The line's own wish, or the character's when the line says nothing but its seed."""
    if role.wish is not None and line.wish == Wish(seed=line.wish.seed):
        return replace(role.wish, seed=line.wish.seed)
    return line.wish


def _check_sound(job: Job):
    if not 8000 <= job.rate <= 192000 or not 1 <= job.channels <= 8 or not 0 <= job.quantum <= LONGEST_SLOT:
        reason = f"A take has 8000 to 192000 Hz, 1 to 8 channels and a quantum of 0 to {LONGEST_SLOT:.0f} s."
        raise LineProblem("bad_wish", reason=reason)


def _check_wish(wish: Wish):
    if wish.mode not in ("controlled", "free"):
        raise LineProblem("bad_wish", reason=f"The mode {wish.mode!r} is neither controlled nor free.")
    if wish.overflow not in ("whole", "refuse"):
        raise LineProblem("bad_wish", reason=f"The overflow {wish.overflow!r} is neither whole nor refuse.")
    if not 0.3 <= wish.shortest <= 1.0 <= wish.longest <= 3.0:
        reason = f"The lengths allowed, {wish.shortest} to {wish.longest} of the natural one, must enclose 1 and stay within 0.3 to 3."
        raise LineProblem("bad_wish", reason=reason)
    if not -12 <= wish.pitch <= 12 or not 0 <= wish.pitch_range <= 3 or not -4 <= wish.energy <= 4:
        reason = "Pitch goes from -12 to 12 semitones, pitch range from 0 to 3, energy from -4 to 4."
        raise LineProblem("bad_wish", reason=reason)
