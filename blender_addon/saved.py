"""The one JSON text that we save on a strip, and who names a line: parsed, looked at and written here alone."""
from __future__ import annotations

import json
import uuid
from functools import lru_cache

from . import forms

KEY = "dub"
"""ID property on a strip that holds our JSON."""

FORM = 1
"""Version of the JSON, in its key `form`; texts without it are of before there was one, and have no other keys. Whoever gives a key another
meaning raises it."""

MOST_PARSED = 4096
"""Texts on strips that need not be parsed again: a drawing of the panels asks a hundred times for the same one, a reading ten times for each of a film's."""

# The JSON of a source strip (a text, sound or movie strip that is a line):
#   uid, lock  names the line, in this file and in every take of it; true: the line is left alone
#   speaker, language, engine, wish   what the person set for this line; absent means the cast decides
#   emotion   how the panel shows the wish's feelings: see `feelings`
#   text      the whole text where Blender cuts it at 511 bytes
#   tag, shown  the strip's own colour, while it bears another, and which: {"verdict": …, "stale": …}
#   takes     all takes that were made for it, the oldest first: see `shelf`
#   used      digests of the take that its strip played before, and of the one it plays
#   readings  the highest seed among its takes
#   cue       what the script said that the line came from: see `subtitle_strips`
#   heard     {"text": …, "language": …, "words": [[word, start, end], …]} of a recording, in seconds from the strip's first frame; holds while it says that text
# of any sound strip that a dub replaces:
#   was       {"mute": …, "volume": …} before we touched it, `keys`, our volume keyframes as `originals._dip` makes them, and `apart` while its background sounds
#   background, lies, placed  of a strip that plays an original's background: the original's uid, where that lay and where this was put: see `backgrounds`
# of a strip that plays a take:
#   of, slot, original  uid of the line, of the strip whose edges its slot has, and of the recording that it follows
#   made, at, line, nudge, trim  what the line looked like when it was read: see `stale`; where the take was put, and what a person did since: see `notes`
#   take, seconds, natural, ratio, phrases, onset_ms, borrowed_ms, moods, effect, loudness, true_peak, overflow_ms, underrun_ms, warnings
#             what is known of the take
#   check     what the judges say of it, as `place._check` makes it


def state(strip) -> dict:
    """Our JSON on the strip, without what has another form than we give it; {} when there is none or it is not ours."""
    found = whole(strip)
    found.pop("form", None)
    return forms.fitting(found)


def whole(strip) -> dict:
    """The whole JSON, also what a newer version wrote and this one does not understand."""
    try:
        found = json.loads(strip.get(KEY, "{}"))
    # RecursionError: brackets within brackets without end
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def form(strip) -> int:
    """The version that wrote the strip's JSON; 0 is of before there was one."""
    found = whole(strip).get("form", 0)
    return found if forms.whole(found) else 0


def raw(strip) -> str:
    """The JSON itself, unread; empty when there is none."""
    found = strip.get(KEY)
    return found if isinstance(found, str) else ""


def peek(strip) -> dict:
    """The same to look at, which costs nothing the second time: it is nobody's own, so it is never changed."""
    return parsed(raw(strip))


@lru_cache(maxsize=MOST_PARSED)
def parsed(text: str) -> dict:
    """The same of a text."""
    return state({KEY: text})


def update(strip, **changes) -> dict:
    """Writes some keys of our JSON; None removes a key. What is not understood stays, and stays a newer version's."""
    known = {key: value for key, value in {**whole(strip), **changes}.items() if value is not None and key != "form"}
    if known:
        strip[KEY] = json.dumps({**known, "form": max(FORM, form(strip))}, ensure_ascii=False)
    elif KEY in strip:
        del strip[KEY]
    return known


def new_uid() -> str:
    """Twelve hexadecimal digits: enough that two films never share a line."""
    return uuid.uuid4().hex[:12]
