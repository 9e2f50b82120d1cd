"""A table of lines as CSV, with the columns of ElevenLabs' dubbing: speaker, start_time, end_time, transcription, translation."""
from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..directions import named
from ..problems import LineProblem
from ..whole import write as write_whole
from .cue import MOST_CUES, MOST_SIGNS, Cue, Script, bad, load, passed_over, unfit
from .names import sounding

ENDINGS = (".csv", ".tsv")

COLUMNS = ("speaker", "start_time", "end_time", "transcription", "translation")

DELIMITERS = ",;\t"

LONGEST = 10 * MOST_SIGNS
"""Characters of a row."""

CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9})|:(\d{1,3}))?")
"""Hours, minutes, seconds, and a fraction of a second or a count of pictures."""

SECONDS = re.compile(r"\d{1,7}(?:[.,]\d{1,9})?")


def read(path: Path, encoding: str = "", pictures: float = 0.0) -> Script:
    """The table's rows in their order. Raises LineProblem `bad_script`.

    pictures: a second, for times of the form HH:MM:SS:FF; 0 reports these.
    """
    text, encoding = load(path, encoding)
    head = next((line for line in text.split("\n") if line.strip()), "")[:MOST_SIGNS]
    if max(map(len, text.split("\n"))) > LONGEST:
        raise bad(path, f"a row of it is longer than {LONGEST} characters", "Choose a table of lines")
    # the library's own guess takes seconds for a hostile row, and the row names our columns
    delimiter = max(DELIMITERS, key=lambda sign: len({*COLUMNS} & {*_columns(head, sign)}))
    columns = _columns(head, delimiter)
    if not {"transcription", "translation"} & set(columns):
        raise bad(path, "its first row names no column transcription or translation", f"Name its columns {', '.join(COLUMNS)}")
    cues: list[Cue] = []
    problems: list[LineProblem] = []
    rows = csv.reader(io.StringIO(text[text.index(head) :]), delimiter=delimiter)
    number = 1
    try:
        next(rows)
        for number, values in enumerate(rows, 2):
            row = dict(zip(columns, (value.strip() for value in values), strict=False))
            if not any(value.strip() for value in values):
                continue
            found = _cue(row, number, pictures) if len(values) <= len(columns) else "it has more cells than there are columns: a text with the delimiter in it stands in quotes"
            if isinstance(found, Cue):
                cues.append(found)
            else:
                problems.append(passed_over(f"Row {number}", found))
            if len(cues) + len(problems) > MOST_CUES:
                raise bad(path, f"it has more than {MOST_CUES} rows", "Split it")
    except csv.Error:
        problems.append(passed_over(f"All from row {number + 1} on", "a quotation mark is never closed"))
    if not cues and not problems:
        raise bad(path, "no lines are in it", "Choose a table of lines")
    return Script(tuple(cues), tuple(problems), encoding)


def _columns(head: str, delimiter: str) -> list[str]:
    names = next(csv.reader([head], delimiter=delimiter), [])
    return [name.strip().casefold().replace(" ", "_") for name in names]


def _cue(row: dict[str, str], number: int, pictures: float) -> Cue | str:
    """The row as a cue, or why it is none."""
    times = []
    for column in ("start_time", "end_time"):
        value = row.get(column, "")
        found = _seconds(value, pictures)
        if value and found is None:
            return f"{column} is {value[:40]!r}, and neither seconds nor HH:MM:SS,mmm"
        times.append(found)
    start, end = times
    if start is None and end is not None:
        return "it has an end_time, and no start_time"
    if reason := unfit("words", start, end):
        return reason
    words, translation = row.get("transcription", ""), row.get("translation", "")
    if not (words or translation):
        return unfit("")
    speaker, how = named(row.get("speaker", ""))
    return Cue(words, start, end, speaker, sounding(how), translation=translation, number=number)


def _seconds(value: str, pictures: float) -> float | None:
    if SECONDS.fullmatch(value):
        return float(value.replace(",", "."))
    found = CLOCK.fullmatch(value)
    if found is None or (found[5] and not pictures):
        return None
    hours, minutes, seconds = (int(found[place] or 0) for place in (1, 2, 3))
    fraction = float(f"0.{found[4]}") if found[4] else int(found[5] or 0) / pictures if pictures else 0.0
    return (hours * 60 + minutes) * 60 + seconds + fraction


def chosen(script: Script, translated: bool) -> Script:
    """The script whose cues say the translation, or the original. A table without any translation is taken in its own words."""
    translated = translated and any(cue.translation for cue in script.cues)
    cues, problems = [], list(script.problems)
    for cue in script.cues:
        said = replace(cue, text=cue.translation, original=cue.text) if translated else cue
        if reason := unfit(said.text):
            problems.append(passed_over(f"Row {cue.number}", f"{reason} in the column {'translation' if translated else 'transcription'}"))
        else:
            cues.append(said)
    return replace(script, cues=tuple(cues), problems=tuple(problems))


def write(path: Path, cues: Iterable[Cue]) -> None:
    """Writes the cues in the order of their times, in UTF-8. Raises LineProblem `cannot_export`."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    rows.writerow(COLUMNS)
    for cue in sorted(cues, key=lambda cue: math.inf if cue.start is None else cue.start):
        times = ("" if seconds is None else f"{seconds:.6f}".rstrip("0").rstrip(".") for seconds in (cue.start, cue.end))
        rows.writerow((cue.speaker, *times, cue.original or cue.text, cue.text if cue.original else cue.translation))
    try:
        write_whole(path, out.getvalue().encode())
    except OSError as error:
        raise LineProblem("cannot_export", path=str(path), reason=error.strerror or str(error)) from error
