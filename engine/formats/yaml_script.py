"""The YAML script: entries of text, speaker_reference, emotion_control and duration_control become lines and a cast.

The keys and their names are those of the IndexTTS 2 paper's examples, and a script of one entry needs no list. A key
that is not built yet is an error, never silently ignored. Of YAML a script has no tags, anchors or aliases: a few of these in a
row stand for more than any memory holds.
"""
from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from reprlib import repr as brief
from typing import Any

from .. import wire
from ..emotion import EIGHT, SETTINGS, preset
from ..problems import LineProblem
from ..script import Cast, Emotion, Feeling, Line, Recording, Role, Voice, Wish
from .feeling_text import SOUNDS, recording, vector

MOST_BYTES = 2 * 2**20
"""Of a script: ten thousand lines, and what is read in some seconds."""

LONGEST_NUMBER = 40
"""Digits of a whole number; longer ones no other number can be compared with."""

_ENTRY = {"text", "uid", "language", "engine", "start", "speaker_reference", "emotion_control", "duration_control", "wish"}
_SAME = {"audio_reference": "reference", "emotion_reference": "reference", "plain": "plain_reference"}
"""Other names of a key."""
_SOURCES = {"preset", "description", "vector", "settings", "reference", "plain_reference"}
"""Keys of emotion_control that say what is felt; `mix` is a list of tables of these, each with a weight."""
_EMOTION = _SOURCES | {"mode", "intensity", "mix", "performance"}
_MODES = {
    "preset": "preset", "description": "description", "text": "description", "text_description": "description", "vector": "vector", "mix": "mix",
    "reference": "reference", "audio": "reference", "audio_reference": "reference",
}  # fmt: skip
"""Mode -> the key that it wants."""
_DURATION = {"mode", "target_duration"}
_WISHES = {"target_duration_ratio": "ratio", "target_token_count": "tokens", "duration_smoothness": "smoothness"}
"""Keys of duration_control and what a Wish calls them."""


def read(path: Path) -> tuple[tuple[Line, ...], Cast]:
    """Lines and their cast. Raises LineProblem `bad_wish` or `not_yet` with the entry's number, OSError."""
    data = _data(path)
    entries = data.get("lines") if isinstance(data, dict) and "lines" in data else data
    entries = entries if isinstance(entries, list) else [entries]
    lines, roles = [], {}
    for number, entry in enumerate(entries, 1):
        where = f"Entry {number} of {path.name}"
        line, voice = _entry(entry, number, where)
        line = replace(line, wish=replace(line.wish, feelings=tuple(_located(feeling, path.parent) for feeling in line.wish.feelings)))
        lines.append(line)
        roles[line.speaker] = Role(line.speaker, voice)
    if len({line.uid for line in lines}) < len(lines):
        raise _bad(f"{path.name} uses a uid twice.")
    return tuple(lines), Cast(tuple(roles.values()))


def _data(path: Path) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.peek_event()
            if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
                raise yaml.MarkedYAMLError(problem="a script has no tags, anchors or aliases", problem_mark=event.start_mark)
            return super().compose_node(parent, index)

        def construct_yaml_int(self, node: Any) -> int:
            if len(node.value) > LONGEST_NUMBER:
                raise yaml.MarkedYAMLError(problem=f"a number has {LONGEST_NUMBER} digits at most", problem_mark=node.start_mark)
            return super().construct_yaml_int(node)

    Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_yaml_int)
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _bad(f"{path.name} is larger than {MOST_BYTES >> 20} MiB: split it.")
    try:
        loader = Loader(raw.decode("utf-8"))
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    # ValueError: no UTF-8, or no day of the calendar; RecursionError: brackets within brackets without end
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _bad(f"{path.name} is not YAML in UTF-8: {str(error)[:500]}") from error


def _entry(entry: Any, number: int, where: str) -> tuple[Line, Voice]:
    _known(entry, _ENTRY, where)
    if not isinstance(entry.get("text"), str):
        raise _bad(f"{where}: text is missing.")
    reference = entry.get("speaker_reference")
    if not isinstance(reference, str):
        raise _bad(f"{where}: speaker_reference is missing.")
    if reference.lower().endswith(SOUNDS):
        raise LineProblem("not_yet", feature=f"{where}: A voice from a recording ({reference})")
    timbre, _, prosody = reference.partition("/")
    wish, seconds = _duration(entry.get("duration_control") or {}, entry.get("wish") or {}, where)
    wish = _emotion(entry.get("emotion_control") or {}, wish, f"{where}: emotion_control")
    try:
        uid = str(entry.get("uid", f"line-{number:03d}"))
        start = float(entry.get("start", 0.0))
        if not math.isfinite(start):
            raise ValueError(start)
    except (TypeError, ValueError) as error:
        raise _bad(f"{where}: start is not a number of seconds.") from error
    language, engine = str(entry.get("language", "")), str(entry.get("engine", ""))
    return Line(uid, entry["text"], reference, language, start, seconds, wish, engine=engine), Voice(timbre, prosody)


def _duration(control: Any, wish: Any, where: str) -> tuple[Wish, float]:
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


def _emotion(control: Any, wish: Wish, where: str) -> Wish:
    """The wish with the feelings that the table tells; its mode only names which of them is there."""
    control = _renamed(control)
    _known(control, _EMOTION, where)
    if not control:
        return wish
    mode = control.get("mode")
    if mode is not None and not (isinstance(mode, str) and mode in _MODES):
        raise _bad(f"{where}: mode is one of {', '.join(_MODES)}.")
    wanted = _MODES[mode] if mode else ""
    if wanted and wanted not in control:
        raise _bad(f"{where}: the mode {mode} wants the key {wanted}.")
    mix = control.get("mix")
    sources = {key: control[key] for key in _SOURCES if key in control}
    if mix is not None and (sources or not isinstance(mix, list)):
        raise _bad(f"{where}: mix is a list of sources, and then stands alone.")
    feelings = [feeling for number, part in enumerate(mix or [], 1) for feeling in _feelings(part, f"{where}: mix, source {number}")]
    feelings += _feelings(sources, where) if sources else []
    intensity, performance = (_number(control.get(key, getattr(wish, key)), f"{where}: {key}") for key in ("intensity", "performance"))
    return replace(wish, feelings=tuple(feelings), intensity=intensity, performance=performance)


def _renamed(table: Any) -> Any:
    """The table with each key under its first name."""
    return {_SAME.get(key, key): value for key, value in table.items()} if isinstance(table, dict) else table


def _feelings(table: Any, where: str) -> list[Feeling]:
    """One source; its settings (whisper, pace …) go on top of a vector, and stand as a source of their own beside words."""
    table = _renamed(table)
    _known(table, _SOURCES | {"weight"}, where)
    weight = _number(table.get("weight", 1.0), f"{where}: weight")
    given = [key for key in ("preset", "description", "vector", "reference") if table.get(key) is not None]
    settings = table.get("settings") or {}
    _known(settings, set(SETTINGS), f"{where}: settings")
    settings = {name: _number(value, f"{where}: {name}") for name, value in settings.items()}
    if len(given) > 1 or not (given or settings):
        raise _bad(f"{where}: one of preset, description, vector and reference is wanted; `mix` takes several.")
    if "plain_reference" in table and "reference" not in given:
        raise _bad(f"{where}: plain_reference goes with a reference.")
    if "reference" in given:
        if settings:
            raise _bad(f"{where}: settings go with a preset or a vector; a recording is heard as it is.")
        plain = table.get("plain_reference")
        return [Feeling(weight, recording=_recording(table["reference"], where), plain=None if plain is None else _recording(plain, where))]
    if "description" in given:
        if settings:
            raise _bad(f"{where}: settings go with a preset or a vector; a description says them in words.")
        return [Feeling(weight, words=str(table["description"]))]
    if "preset" in given and not settings:
        return [Feeling(weight, preset=str(table["preset"]))]
    if "preset" in given:
        point = preset(str(table["preset"]))
    else:
        point = _vector(table["vector"], where) if given else Emotion()
    return [Feeling(weight, emotion=replace(point, **settings))]


def _recording(value: Any, where: str) -> Recording:
    found = recording(value) if isinstance(value, str) else None
    if found is None:
        raise _bad(f"{where}: reference is the name of a sound or film, such as clip.mp4 or clip.mp4[2-6.5], not {brief(value)}.")
    return found


def _located(feeling: Feeling, folder: Path) -> Feeling:
    """The feeling with its recordings where the script means them: beside it."""
    found = {name: replace(one, path=str(folder / one.path)) for name in ("recording", "plain") if (one := getattr(feeling, name)) is not None}
    return replace(feeling, **found)


def _vector(values: Any, where: str) -> Emotion:
    if isinstance(values, dict):
        _known(values, set(EIGHT), f"{where}: vector")
        return Emotion(**{name: _number(value, f"{where}: {name}") for name, value in values.items()})
    if not isinstance(values, list):
        raise _bad(f"{where}: vector is a list of the eight, or a table by their names.")
    return vector([_number(value, f"{where}: vector") for value in values])


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _bad(f"{where} is not a number.")
    return float(value)


def _known(table: Any, names: set[str], where: str) -> None:
    if not isinstance(table, dict):
        raise _bad(f"{where}: a table is wanted, not {brief(table)}.")
    unknown = set(map(str, table)) - names
    if unknown:
        raise _bad(f"{where}: unknown {', '.join(sorted(unknown))[:200]}.")


def _bad(reason: str) -> LineProblem:
    return LineProblem("bad_wish", reason=reason)
