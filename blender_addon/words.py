"""What a strip says: its text, the speaker's name before it, the language it is written in, the words that markers fix."""
from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

from ..engine.directions import parted
from ..engine.formats.names import named
from ..engine.script import Anchor
from ..engine.voices.text import LANGUAGES
from . import compat, props

SIGN = "|"
"""Stands before the word that begins at a marker, in the text and before the name of a marker."""


def anchored(words: str, marks: list[tuple[str, float]]) -> tuple[str, tuple[Anchor, ...], list[str]]:
    """The words without their signs, which of them are fixed in time, and what could not be understood.

    marks: name and seconds of the markers. One that is only the sign belongs to the text's next sign; behind the sign
    it may name a word, then it is the next such word.
    """
    if SIGN not in words and not marks:
        return words, (), []
    # indices are of the text with its directions; no marker means a word inside one of them
    text, signs = "", []
    for piece in words.split(SIGN):
        text += piece
        signs.append(len(text))
    signs = signs[:-1]
    plain = [name for name, _at in marks if name == SIGN]
    unclear = []
    if len(plain) != len(signs):
        unclear.append(f"The text has {len(signs)} signs {SIGN} and the strip {len(plain)} markers of that name: only the first of each are used.")
    said = parted(text)
    anchors, last = [], 0
    for name, at in sorted(marks, key=lambda mark: mark[1]):
        word = name.removeprefix(SIGN).strip()
        place = signs.pop(0) if not word and signs else None
        if word and (found := _place_of(word, said.text, said.places[last])) is not None:
            place = bisect_right(said.places, found) - 1
        if place is not None:
            anchors.append(Anchor(place, round(at, 6)))
            last = place + 1
        elif word:
            unclear.append(f"The marker {name} names a word that the line does not have there.")
    return text, tuple(anchors), unclear


def _place_of(word: str, text: str, since: int) -> int | None:
    """Where the word begins; in scripts without spaces it may stand anywhere."""
    found = re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE).search(text, since)
    at = found.start() if found else text.find(word, since)
    return at if at >= 0 else None


def text_of(strip) -> str:
    """The text strip's whole text, also where this Blender shows only its first 511 bytes."""
    whole = props.peek(strip).get("text", "")
    return whole if _cut(strip) and whole.startswith(strip.text) else strip.text


def set_text(strip, text: str):
    """Writes the text and, where this Blender would cut it, keeps the whole of it beside."""
    strip.text = text
    props.update(strip, text=text if strip.text != text else None)


def was_cut(strip) -> bool:
    """True when the text ends where Blender cuts and nobody kept the rest."""
    return strip.type == "TEXT" and _cut(strip) and text_of(strip) == strip.text


def _cut(strip) -> bool:
    # the cut falls between two characters, so up to three bytes under the limit
    return compat.TEXT_BYTES is not None and len(strip.text.encode()) > compat.TEXT_BYTES - 4


def split_name(text: str, roles: list[str]) -> tuple[str, str]:
    """(speaker, words) of `NAME: words`; of `BEN (softly): Hello` the words are `[softly] Hello`."""
    name, mood, said = named(text, roles)
    return name, f"[{mood}] {said.lstrip()}" if mood else said


def spoken(strip, text: str, roles: list[str]) -> tuple[str, str]:
    """As `split_name`; but where a script gave the line its speaker, `Remember: nothing` has none in its text."""
    return spoken_of(props.peek(strip), text, roles)


def spoken_of(known: dict, text: str, roles: list[str]) -> tuple[str, str]:
    """The same of the strip whose JSON this is."""
    came = known.get("cue")
    if isinstance(came, dict) and came.get("speaker") and came.get("text") == text:
        return "", text
    return split_name(text, roles)


def heard_language(known: dict, text: str, role, default_voice: str) -> str:
    """A code for a text that was heard in a recording and still says that, where its voice speaks another language; else empty.

    known: the strip's JSON; text: what the strip says.
    """
    heard = known.get("heard")
    if not isinstance(heard, dict) or heard.get("text") != text or (role is not None and role.language):
        return ""
    voice = (role.prosody or role.voice) if role is not None else default_voice
    codes = [code for code in LANGUAGES if code.partition("-")[0] == heard.get("language")]
    return "" if any(voice.startswith(LANGUAGES[code].prefix) for code in codes) else next(iter(codes), "")


def language(text: str, role, default_voice: str) -> str:
    """A code where the script decides and the voice speaks another language; else empty: the voice's or role's own."""
    if role is not None and role.language:
        return ""
    if text.isascii():
        return ""
    voice = (role.prosody or role.voice) if role is not None else default_voice
    # a direction may be in another language than the words
    names = [unicodedata.name(sign, "") for sign in parted(text).text]
    if any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names):
        return "" if voice.startswith("j") else "ja"
    if any(name.startswith("CJK UNIFIED") for name in names):
        return "" if voice.startswith(("z", "j")) else "zh"
    return ""
