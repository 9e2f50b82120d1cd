"""SubRip, WebVTT and Advanced SubStation in and out: what is said, when and by whom; fonts, colours and places are let go.

pysubs2 reads each cue by itself, so that a broken one costs no other, and writes the files. What a file's cues are is told
here: pysubs2 takes a WebVTT cue's name and a last line that is a number for the number of the next cue, and words with times
between them, as automatic captions have, for the times of one.
"""
from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..problems import LineProblem
from ..whole import write as write_whole
from .cue import MOST_CUES, MOST_SIGNS, Cue, Script, bad, joined, load, passed_over, unfit
from .names import named

KINDS = {".srt": "srt", ".vtt": "vtt", ".ass": "ass", ".ssa": "ass"}
"""Ending of a file's name -> the format, as pysubs2 calls it."""

ARROW = "-->"

INSIDE = re.compile(r"<[\d:.]{5,16}>")
"""The time of a word within a cue."""

VOICE = re.compile(r"<v(?:\.[^\s<>]{1,80})?[ \t]+([^<>\n]{1,80})>")
"""WebVTT's speaker."""

TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")

OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")
"""Advanced SubStation's tags, as they have strayed into SubRip."""

NO_SIGN = re.compile(r"&(#[xX]?[0-9a-fA-F]{10,})")
"""What looks like a sign's number and is none: Unicode's have seven digits at most."""

DASH = re.compile(r"\s*[-‐–—]\s*(?=[^\s\d])")
"""Before what another speaker says in the same cue."""

FIELDS = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
"""Of a SubStation event, where its file does not tell them."""

LATEST = {"srt": 100 * 3600, "vtt": 100 * 3600, "ass": 10 * 3600}
"""Seconds from which on the format, or pysubs2, has no times."""


@dataclass(frozen=True)
class _Block:
    """A cue as it stands in its file."""

    number: int
    document: str
    """A whole file with this cue alone."""
    id: str = ""
    speaker: str = ""
    reason: str = ""
    """Why it is none."""


def read(path: Path, roles: Iterable[str] = (), encoding: str = "") -> Script:
    """The file's cues in their order. roles: names that are a speaker's in any spelling. Raises LineProblem `bad_script`."""
    if path.suffix.lower() not in KINDS:
        raise bad(path, f"its name ends in none of {', '.join(KINDS)}", "Choose a file of subtitles")
    text, encoding = load(path, encoding)
    start = text[:2000].lstrip()
    kind = "vtt" if start.startswith("WEBVTT") else "ass" if "[Script Info]" in start else KINDS[path.suffix.lower()]
    roles = tuple(roles)
    cues: list[Cue] = []
    problems: list[LineProblem] = []
    for block in _events(text) if kind == "ass" else _cues(text, kind == "vtt"):
        reason = block.reason
        if not reason:
            found = _read(block, kind, roles)
            reason = found if isinstance(found, str) else ""
            cues += [] if isinstance(found, str) else found
        if reason:
            problems.append(passed_over(f"Cue {block.number}", reason))
        if len(cues) + len(problems) > MOST_CUES:
            raise bad(path, f"it has more than {MOST_CUES} cues", "Split it")
    if not cues and not problems:
        raise bad(path, "no cues are in it", "Choose a file of subtitles")
    return Script(tuple(cues), tuple(problems), encoding)


def _cues(text: str, vtt: bool) -> Iterator[_Block]:
    """Of SubRip and WebVTT: what stands from one line of times to the next, without the next one's number or name."""
    header, number, name, times = True, 0, "", ""
    lines: list[str] = []

    def block() -> _Block:
        said = lines[: lines.index("")] if vtt and "" in lines else lines
        if max(map(len, (times, *lines)), default=0) > MOST_SIGNS:
            return _Block(number, "", name, reason=f"it is longer than {MOST_SIGNS} characters")
        # the number keeps pysubs2 from taking a last line of digits for one
        document = "\n".join([times, *filter(None, said), "", "0", ""])
        return _Block(number, document, name)

    for line in text.split("\n"):
        line = INSIDE.sub("", line) if "<" in line else line
        if not _times(line):
            lines.append(line.strip())
            continue
        following = ""
        if lines and lines[-1] and (lines[-1].isdigit() or len(lines) < 2 or not lines[-2]):
            following = lines.pop()
        if not header:
            yield block()
        header, number, times, lines = False, number + 1, line, []
        name = "" if following.isdigit() or len(following) > 80 else following
    if not header:
        yield block()


def _times(line: str) -> bool:
    """Whether the line is one of times, readable or not: words may have an arrow too."""
    if ARROW not in line:
        return False
    before = line.partition(ARROW)[0].split()
    return len(before) == 1 and any(sign.isdigit() for sign in before[0])


def _events(text: str) -> Iterator[_Block]:
    """Of Advanced SubStation: the lines of dialogue. Comments are counted, as Aegisub counts them, and not spoken."""
    fields, number, inside = FIELDS, 0, False
    for line in text.split("\n"):
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            inside, fields = line.casefold() == "[events]", FIELDS
        elif inside and line.startswith("Format:") and len(line) < MOST_SIGNS:
            told = [name.strip().casefold() for name in line[7:].split(",")]
            fields = told if told[-1] == "text" and {"start", "end"} <= set(told) else fields
        elif inside and line.startswith(("Dialogue:", "Comment:")):
            number += 1
            if line.startswith("Comment:"):
                continue
            if len(line) > MOST_SIGNS:
                yield _Block(number, "", reason=f"it is longer than {MOST_SIGNS} characters")
                continue
            values = line[9:].split(",", len(fields) - 1)
            if len(values) < len(fields):
                yield _Block(number, "", reason="fields are missing")
                continue
            event = dict(zip(fields, values, strict=True))
            document = f"Dialogue: 0,{event['start']},{event['end']},Default,,0,0,0,,{event['text']}"
            yield _Block(number, document, speaker=" ".join(event.get("name", event.get("actor", "")).split()))


def _read(block: _Block, kind: str, roles: tuple[str, ...]) -> list[Cue] | str:
    """The block's lines, one for each speaker; a sentence when it is none."""
    from pysubs2 import SSAFile

    options = {} if kind == "ass" else {"keep_html_tags": True}  # ours are linear in the length of a hostile text
    try:
        (event,) = SSAFile.from_string(block.document, format_=kind, **options).events
    except ValueError:
        return "its times cannot be read"
    drawn = kind == "ass" and r"\p" in event.text
    said = _undrawn(event.text) if drawn else event.text
    if drawn and not said.strip():
        return []  # a picture, and none of the subtitles
    start, end = event.start / 1000, event.end / 1000
    reason = unfit(said, start, end) if start >= 0 else "it begins before the film"
    if reason:
        return reason
    parts = [(who, mood, text) for who, mood, text in _parts(said, kind, block.speaker, roles) if not unfit(text)]
    if not parts:
        return unfit("")
    whole = sum(len(text) for _who, _mood, text in parts)
    cues: list[Cue] = []
    behind = 0
    for who, mood, text in parts:
        first, last = (start * (1 - done / whole) + end * (done / whole) for done in (behind, behind + len(text)))
        cues.append(Cue(text, first, last, who, mood, "" if cues else block.id, number=block.number))
        behind += len(text)
    return cues


def _undrawn(text: str) -> str:
    r"""A SubStation text without its drawings, which are what stands behind `{\p1}`."""
    pieces = re.split(r"\{([^{}]*)\}", text)
    kept, drawing = [pieces[0]], False
    for tags, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        for scale in re.findall(r"\\p(\d)", tags):
            drawing = scale != "0"
        kept.append("" if drawing else piece)
    return "".join(kept)


def _parts(text: str, kind: str, speaker: str, roles: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(speaker, mood, words) of everybody who speaks in the cue."""
    text = re.sub(r"\{[^{}]*\}", "", text) if kind == "ass" else OVERRIDE.sub("", text)
    for sign, meant in ((r"\N", "\n"), (r"\h", " "), *([(r"\n", "\n")] if kind == "ass" else [])):
        text = text.replace(sign, meant)
    text = text.replace("\\\u2060", "\\")  # as `write` keeps a backslash
    spans = VOICE.split(text) if kind == "vtt" else [text]
    voices = [(speaker, spans[0]), *((" ".join(_unescaped(who).split()), said) for who, said in zip(spans[1::2], spans[2::2], strict=True))]
    found: list[tuple[str, str, str]] = []
    for who, said in voices:
        said = TAG.sub("", said) if kind != "ass" else said
        said = _unescaped(said) if kind == "vtt" else said
        lines = [line for line in said.split("\n") if line.strip()]
        found += _speakers(lines, roles) if not who else [(who, mood, words) for mood, words in _own(lines, who)]
    return found


def _unescaped(text: str) -> str:
    """With the signs that WebVTT's `&lt;` and `&#8230;` stand for. A number too long for a sign stays as it is."""
    return html.unescape(NO_SIGN.sub(r"&amp;\1", text))


def _own(lines: list[str], who: str) -> list[tuple[str, str]]:
    """(mood, words) of the one whom the file names; their name before the words as well is not spoken."""
    name, mood, words = named(lines[0], (who,)) if lines else ("", "", "")
    if name.casefold() == who.casefold():
        return [(mood, joined([words, *lines[1:]]))]
    return [("", joined(lines))]


def _speakers(lines: list[str], roles: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(speaker, mood, words): a line begins another's words when it and the first line begin with a name, or with a dash."""
    dashed = sum(bool(DASH.match(line)) for line in lines) > 1 and bool(DASH.match(lines[0]))
    parts: list[tuple[str, str, list[str]]] = []
    for line in lines:
        begins = dashed and bool(DASH.match(line))
        line = DASH.sub("", line, count=1) if begins else line
        name, mood, words = named(line, roles)
        if not parts and len(lines) > 1 and line.rstrip().endswith((":", "：")):
            name, mood, _words = named(f"{line.rstrip()} {lines[1]}", roles)
            words = "" if name else line  # a name on a line of its own
        if begins or not parts or (name and parts[0][0]):
            parts.append((name, mood, [words]))
        else:
            parts[-1][2].append(line)
    return [(name, mood, joined(words)) for name, mood, words in parts]


def write(path: Path, cues: Iterable[Cue], speakers: bool = True) -> None:
    """Writes the cues that have times, in UTF-8. Raises LineProblem `cannot_export`.

    speakers: in SubRip before the words, in WebVTT as voices, in Advanced SubStation as names.
    """
    from pysubs2 import SSAEvent, SSAFile

    kind = KINDS[path.suffix.lower()]
    subtitles = SSAFile()
    timed = [(cue.start, cue.end, cue) for cue in cues if cue.start is not None and cue.end is not None]
    for start, end, cue in sorted(timed, key=lambda one: one[:2]):
        if end >= LATEST[kind]:
            raise LineProblem("cannot_export", path=str(path), reason=f"the format has no times after {LATEST[kind] // 3600} hours, and a line has {end / 3600:.1f}")
        event = SSAEvent(_milliseconds(start), _milliseconds(end))
        speaker = " ".join(cue.speaker.split()) if speakers else ""
        # an invisible sign keeps a backslash from being read as one of SubStation's
        text = cue.text.replace("\\", "\\\u2060")
        if kind == "vtt":
            text = html.escape(text, quote=False)
            text = f"<v {html.escape(speaker, quote=False)}>{text}" if speaker else text
        elif kind == "srt":
            text = f"{speaker}: {text}" if speaker else text
        else:
            text = text.translate({ord("{"): "｛", ord("}"): "｝"})  # nothing else keeps a brace from being a tag
            event.name = speaker.replace(",", " ")
        event.text = text.replace("\n", r"\N")
        subtitles.append(event)
    options = {"header_notice": ""} if kind == "ass" else {"keep_ssa_tags": True}
    try:
        write_whole(path, subtitles.to_string(kind, **options).encode())
    except OSError as error:
        raise LineProblem("cannot_export", path=str(path), reason=error.strerror or str(error)) from error


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
