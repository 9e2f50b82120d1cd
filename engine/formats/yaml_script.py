"""The YAML script: entries of text, speaker_reference, emotion_control and duration_control become lines and a cast.

The keys and their names are those of the IndexTTS 2 paper's examples. A key that is not built yet is an error, never
silently ignored.
"""
from __future__ import annotations

import math
from pathlib import Path

from .. import wire
from ..problems import LineProblem
from ..script import Cast, Line, Role, Voice, Wish

SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".aac", ".opus", ".mp4", ".mkv", ".mov")

_ENTRY = {"text", "uid", "language", "start", "speaker_reference", "emotion_control", "duration_control", "wish"}
_DURATION = {"mode", "target_duration"}
_WISHES = {"target_duration_ratio": "ratio", "target_token_count": "tokens", "duration_smoothness": "smoothness"}
"""Keys of duration_control and what a Wish calls them."""


def read(path: Path) -> tuple[tuple[Line, ...], Cast]:
    """Lines and their cast. Raises LineProblem `bad_wish` or `not_yet` with the entry's number, OSError."""
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _bad(f"{path.name} is not YAML in UTF-8: {error}") from error
    entries = data.get("lines") if isinstance(data, dict) and "lines" in data else data
    entries = entries if isinstance(entries, list) else [entries]
    lines, roles = [], {}
    for number, entry in enumerate(entries, 1):
        where = f"Entry {number} of {path.name}"
        line, voice = _entry(entry, number, where)
        lines.append(line)
        roles[line.speaker] = Role(line.speaker, voice)
    if len({line.uid for line in lines}) < len(lines):
        raise _bad(f"{path.name} uses a uid twice.")
    return tuple(lines), Cast(tuple(roles.values()))


def _entry(entry, number: int, where: str) -> tuple[Line, Voice]:
    _known(entry, _ENTRY, where)
    if not isinstance(entry.get("text"), str):
        raise _bad(f"{where}: text is missing.")
    reference = entry.get("speaker_reference")
    if not isinstance(reference, str):
        raise _bad(f"{where}: speaker_reference is missing.")
    if reference.lower().endswith(SOUNDS):
        raise LineProblem("not_yet", feature=f"{where}: A voice from a recording ({reference})")
    if entry.get("emotion_control"):
        raise LineProblem("not_yet", feature=f"{where}: emotion_control")
    timbre, _, prosody = reference.partition("/")
    wish, seconds = _duration(entry.get("duration_control") or {}, entry.get("wish") or {}, where)
    try:
        uid = str(entry.get("uid", f"line-{number:03d}"))
        start = float(entry.get("start", 0.0))
    except (TypeError, ValueError) as error:
        raise _bad(f"{where}: start is not a number of seconds.") from error
    language = str(entry.get("language", ""))
    return Line(uid, entry["text"], reference, language, start, seconds, wish), Voice(timbre, prosody)


def _duration(control, wish, where: str) -> tuple[Wish, float]:
    _known(control, _DURATION | set(_WISHES), f"{where}: duration_control")
    seconds = control.get("target_duration", 0.0)
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < math.inf:
        raise _bad(f"{where}: target_duration is not a number of seconds.")
    lengths = {name: control[key] for key, name in _WISHES.items() if key in control}
    given = seconds or lengths.get("ratio") or lengths.get("tokens")
    mode = control.get("mode", "controlled" if given else "free")
    try:
        plain = wire.build(Wish, wish, f"{where}: wish")
        return wire.build(Wish, {**wire.plain(plain), **lengths, "mode": str(mode)}, f"{where}: duration_control"), float(seconds)
    except wire.WireError as error:
        raise _bad(str(error)) from error


def _known(table, names, where: str):
    if not isinstance(table, dict):
        raise _bad(f"{where}: a table is wanted, not {table!r}.")
    unknown = set(map(str, table)) - names
    if unknown:
        raise _bad(f"{where}: unknown {', '.join(sorted(unknown))}.")


def _bad(reason: str) -> LineProblem:
    return LineProblem("bad_wish", reason=reason)
