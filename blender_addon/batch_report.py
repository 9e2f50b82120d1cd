"""What became of a batch run: as a document for programs, a page for people, and a line at a time while it goes on."""
from __future__ import annotations

import contextlib
import html
import json
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import bpy

from ..engine import wire
from ..engine.judge import verdict
from ..engine.neighbours import BESIDE
from ..engine.script import Phrase
from . import read
from .runs import Report, Run


def document(run: Run, scene, told: bool = True) -> dict:
    """The report: what became of the run and, where it is told, of every line of it, in seconds and samples."""
    beside, reports = (jumps(run), run.reports.values()) if told else ({}, ())
    return {
        "blender": bpy.app.version_string,
        "film": bpy.data.filepath,
        "scene": scene.name,
        "done": run.count("done"),
        "planned": run.count("planned"),
        "failed": run.count("failed"),
        "locked": run.count("locked"),
        "unchanged": run.count("cancelled"),
        "cancelled": run.cancelled,
        "warnings": run.warnings,
        "worst_tick_ms": round(run.worst_tick * 1000, 3),
        "lines": [entry(report, run.slots[report.uid], scene) | beside.get(report.uid, {}) for report in reports],
    }


def jumps(run: Run) -> dict[str, dict]:
    """Uid -> the pace against the same speaker's take before it, where that is beside it: over 1 is slower."""
    found, last = {}, {}
    for report in sorted((report for report in run.reports.values() if report.take), key=lambda report: report.line.start):
        own = run.slots[report.uid].speaker.casefold()
        before = last.get(own)
        if before and report.line.start > before.line.start and report.line.start - before.line.start - before.line.seconds < BESIDE:
            found[report.uid] = {"jump": round(report.take.speech.ratio / before.take.speech.ratio, 3)}
        last[own] = report
    return found


def entry(report: Report, slot: read.Slot, scene) -> dict:
    """One line of the report. `error_samples` is the take's length less the slot's; overflowing takes are longer."""
    frame = read.second(scene)
    line, take = report.line, report.take
    told = {
        "uid": report.uid,
        "source": report.label,
        "text": line.text if line else "",
        "speaker": slot.speaker,
        "start": round((slot.first - scene.frame_start) * frame, 6),
        "seconds": round((slot.last - slot.first) * frame, 6),
        "status": report.status,
        "code": report.code,
        "message": report.message,
        "warnings": report.warnings,
    }
    if report.outlook is not None:
        told |= {"outlook": wire.plain(report.outlook)}
    if take is not None:
        plan = take.plan
        told |= {
            "voice": plan.voice.timbre,
            "prosody": plan.voice.prosody,
            "language": plan.language,
            "rate": plan.rate,
            "samples": take.samples,
            "error_samples": take.samples - round((plan.seconds or line.seconds) * plan.rate),
            "overflow_ms": take.overflow_ms,
            "underrun_ms": take.underrun_ms,
            "natural": take.speech.natural,
            "ratio": take.speech.ratio,
            "phrases": [phrase_entry(phrase) for phrase in take.speech.phrases],
            "borrowed_ms": [round(plan.early * 1000, 3), round(plan.late * 1000, 3)],
            "loudness": take.loudness,
            "loudness_wished": plan.loudness,
            "true_peak": take.true_peak,
            "compute_seconds": take.compute_seconds,
            "fresh": report.fresh,
            "take": take.path,
            "strip": report.strip,
            "wish": wire.plain(plan.wish),
            "moods": wire.plain(plan.moods),
            "check": take.check and wire.plain(take.check) | {"told": list(verdict(take.check))},
        }
    return told


def phrase_entry(phrase: Phrase) -> dict:
    """Planned against delivered, in seconds from the take's first sample."""
    return wire.plain(phrase) | {
        "onset_error_ms": round((phrase.start - phrase.planned_start) * 1000, 3),
        "end_error_ms": round((phrase.end - phrase.planned_end) * 1000, 3),
    }


FATES = ("done", "planned", "failed", "locked")
"""What a line can have become that is told."""

STILL = 30.0
"""Seconds after which somebody wonders whether it goes on."""


class Told:
    """Tells every line's fate when it is known: to people on standard error, to programs as a JSON object a line."""

    def __init__(self, quiet: bool = False, events: str = ""):
        """events: a file that is added to, or - for standard output."""
        self.quiet = quiet
        self._events = events
        self.deaf = False
        """Whether events could not be told: whoever listened went away, or the disk is full."""
        self._count = 0
        self._open: deque[Report] = deque()
        """Lines whose fate was not told yet, in their order: that is how they are placed."""
        self._began = self._spoke = time.monotonic()

    def begin(self, run: Run):
        """A scene's run begins."""
        self._count, self._open = 0, deque(run.reports.values())
        self._spoke = self._began = time.monotonic()
        self.event("begin", film=bpy.data.filepath, scene=run.scene, lines=len(run.reports))

    def look(self, run: Run):
        """Tells what is new since the last look."""
        while self._open and self._open[0].status in FATES:
            self._tell(self._open.popleft(), run)
        if not run.ended and time.monotonic() - self._spoke > STILL:
            self.event("progress", done=round(run.progress, 3))
            self.say(f"{run.progress:11.0%} spoken; lines are placed and named in their order")

    def end(self, run: Run):
        """A scene's run is over."""
        self.look(run)
        for report in self._open:  # behind one that was not reached
            if report.status in FATES:
                self._tell(report, run)
        self.event("end", film=bpy.data.filepath, scene=run.scene, done=run.count("done"), planned=run.count("planned"), failed=run.count("failed"),
                   locked=run.count("locked"), cancelled=run.cancelled, warnings=run.warnings, seconds=round(time.monotonic() - self._began, 3))  # fmt: skip
        for warning in run.warnings:
            self.say(warning)
        self.say(run.summary)

    def _tell(self, report: Report, run: Run):
        self._count += 1
        self.event("line", uid=report.uid, source=report.label, status=report.status, code=report.code, message=report.message,
                   take=report.take.path if report.take else "", fresh=report.fresh, count=self._count, of=len(run.reports))  # fmt: skip
        what = report.message or (os.path.basename(report.take.path) + ("" if report.fresh else ", as before") if report.take else "")
        tell = self.complain if report.status == "failed" else self.say
        tell(f"{self._count:5}/{len(run.reports)} {report.status:8} {report.label}: {what}{self._left(self._count, len(run.reports))}")
        for warning in report.warnings:
            self.say(f"{'':20} {warning}")

    def event(self, event: str, **told):
        """To whoever listens; where that fails the work goes on and no more is told."""
        text = json.dumps({"event": event, **told})  # as ASCII, which every console and pipe takes
        try:
            if self._events == "-":
                print(text, file=sys.stdout, flush=True)
            elif self._events:
                Path(self._events).parent.mkdir(parents=True, exist_ok=True)
                with open(self._events, "a", encoding="utf-8") as file:  # each line by itself, since the next may never come
                    print(text, file=file)
        except OSError as error:
            self._events, self.deaf = "", True
            self.complain(f"dubline: events are told no more: {error}")

    def say(self, text: str):
        """What nobody needs to know when all is well."""
        self._spoke = time.monotonic()
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str):
        """What is wrong; a console that went away stops nothing."""
        with contextlib.suppress(OSError, AttributeError):
            print(text, file=sys.stderr, flush=True)

    def _left(self, count: int, of: int) -> str:
        left = (time.monotonic() - self._began) / count * (of - count)
        return f"   {left / 60:.0f} min left" if left > 90 else ""


def write(name: str, text: str):
    """To a file, whose folder is made, or to standard output for -. Raises OSError."""
    if name == "-":
        print(text)
        return
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text + "\n", encoding="utf-8")


def document_of(documents: Sequence[dict]) -> str:
    """The report as JSON: of one scene by itself, of several as `films`."""
    return json.dumps(documents[0] if len(documents) == 1 else {"films": list(documents)}, ensure_ascii=False, indent=1)


STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif } body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }
th { font-weight: 600; opacity: .7; font-size: .85em } .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.bad { color: #c33 } .small { opacity: .7; font-size: .85em; font-weight: normal } audio { display: block; height: 1.9rem; width: 14rem } h2 { margin-top: 2.2rem }
.lines { table-layout: fixed } .lines th:nth-child(1), .lines th:nth-child(4), .lines th:nth-child(5) { width: 4.8rem } .lines th:nth-child(2) { width: 8rem } .lines th:nth-child(6) { width: 15rem }
td { overflow-wrap: anywhere } .films { width: auto } .films td { white-space: nowrap; padding-right: 2.5rem } a { color: inherit }
"""

BAD = ("failed", "missing", "changed", "lost")
"""What a line may be that is not as it should be."""

STATES = ("done", "planned", "fine", "locked", *BAD)


def page(documents: Sequence[dict], folder: Path) -> str:
    """One page about all films: what failed, what became of each, then every line; takes are played from where they are. folder: where the page will lie."""
    documents = list(documents)
    parts = [f"<!DOCTYPE html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>Dub report</title><style>{STYLE}</style><h1>Dub report</h1>"]
    films, scenes = len({one["film"] for one in documents}), sum(bool(one["scene"]) for one in documents)
    broken = sum(bool(one.get("error")) for one in documents)
    left = f", {_many(broken, 'film')} not done" if broken else ""
    parts.append(f"<p>{_many(films, 'film')}, {_many(scenes, 'scene')}: {html.escape(_counted(documents))}{left}.</p>")
    unable = [one for one in documents if one.get("error")]
    failed = [(one, line) for one in documents for line in one.get("lines", ()) if line["status"] in BAD]
    if unable or failed:
        rows = "".join(f"<li class='bad'><b>{_name(one)}</b>: {html.escape(one['error'])}</li>" for one in unable)
        rows += "".join(f"<li class='bad'><b>{_name(one)}, {html.escape(line['source'])}</b>: {html.escape(line['message'])}</li>" for one, line in failed)
        parts.append(f"<h2 id='failed'>What failed</h2><ul>{rows}</ul>")
    if len(documents) > 1:
        parts.append("<h2>Films</h2><table class='films'><tr><th>Film<th>Scene<th>What became of it</tr>")
        parts += [f"<tr><td><a href='#{number}'>{_name(one)}</a><td>{html.escape(one['scene'])}<td>{_fate(one)}</tr>" for number, one in enumerate(documents)]
        parts.append("</table>")
    for number, one in enumerate(documents):
        if one.get("lines") or one.get("written") or one.get("warnings"):
            parts.append(f"<h2 id='{number}'>{_name(one)} <span class='small'>{html.escape(one['scene'])}</span></h2>")
            parts += [f"<p class='small'>{html.escape(text)}</p>" for text in one.get("warnings", ())]
            parts += [f"<p><a href='{_address(path, folder)}'>{html.escape(Path(path).name)}</a></p>" for path in one.get("written", ())]
        if one.get("lines"):
            parts.append("<table class='lines'><tr><th class='number'>Start<th>Who<th>Line<th class='number'>Length<th class='number' title='over 1: slower than the voice speaks by itself'>Pace<th>Take</tr>")
            parts += [_row(line, folder) for line in one["lines"]]
            parts.append("</table>")
    return "\n".join(parts) + "</html>"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _counted(documents: Sequence[dict]) -> str:
    counts = {state: sum(one.get(state, 0) for one in documents) for state in STATES}
    files = {what: sum(len(one.get(what, ())) for one in documents) for what in ("written", "removed", "removable")}
    told = [f"{count} {state}" for state, count in counts.items() if count] + [f"{_many(count, 'file')} {what}" for what, count in files.items() if count]
    return ", ".join(told) or "nothing to speak"


def _fate(one: dict) -> str:
    if one.get("error"):
        return "<a class='bad' href='#failed'>not done, see above</a>"
    warned = sum(bool(line["warnings"]) for line in one.get("lines", ()))
    told = html.escape(one.get("nothing") or _counted([one])) + (f" <span class='small'>{warned} with a remark</span>" if warned else "")
    return f"<span class='bad'>{told}</span>" if any(one.get(state) for state in BAD) else told


def _name(one: dict) -> str:
    return html.escape(Path(one["film"]).name or "the film")


def _address(path: str, folder: Path) -> str:
    """Where a page in the folder finds the file."""
    try:
        return quote(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:  # another drive
        return Path(path).as_uri()


def _row(line: dict, folder: Path) -> str:
    minutes, seconds = divmod(line["start"], 60)
    told = [html.escape(line["text"]), *(f"<span class='small'>{html.escape(text)}</span>" for text in line["warnings"])]
    if line["message"] and line["status"] in (*BAD, "locked"):
        told.append(f"<span class='{'bad' if line['status'] in BAD else 'small'}'>{html.escape(line['message'])}</span>")
    sound = f"<audio controls preload='none' src='{_address(line['take'], folder)}'></audio>" if line.get("take") else ""
    pace = f"×{line['ratio']:.2f}" if "ratio" in line else html.escape(line["outlook"]["verdict"]) if "outlook" in line else ""
    cells = (f"<td class='number'>{minutes:.0f}:{seconds:05.2f}", f"<td>{html.escape(line['speaker'])}", f"<td>{'<br>'.join(filter(None, told))}",
             f"<td class='number'>{line['seconds']:.2f} s", f"<td class='number'>{pace}", f"<td>{sound}")  # fmt: skip
    return f"<tr>{''.join(cells)}</tr>"
