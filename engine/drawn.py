"""What is heard of a recording as a picture (SVG): pitch and loudness of its phrases, feeling over time; and source and dub as a pair."""
from __future__ import annotations

from html import escape
from pathlib import Path

from .emotion import EIGHT
from .hear.performance import Performance
from .script import Contour, Sense

WIDTH, TRACK, BAND, EDGE = 900, 110, 90, 46
"""Pixels of the picture's width, of a melody, of the feelings, and of the margin at the left."""

RANGE = 14.0
"""Semitones either way that a melody's track shows."""

COLOURS = {
    "happy": "#e0a100", "angry": "#d33f2f", "sad": "#3f6fb5", "afraid": "#7a4fb0", "disgusted": "#5f8a3a", "melancholic": "#6f7f95",
    "surprised": "#e0702a", "calm": "#4aa6a0",
}  # fmt: skip


def alone(found: Performance) -> str:
    """One recording: its melody, and its feelings over time where they were told."""
    seconds = max([stretch.end for stretch in found.stretches] + [sense.end for sense in found.senses], default=1.0)
    parts = [melody(found.heard.phrases, seconds, 10, "#2f3e55", "recording")]
    height = TRACK + 20
    if found.senses:
        parts.append(feelings(found.senses, seconds, height + 10))
        height += BAND + 60
    return _svg(height, "".join(parts) + _ruler(seconds, height - 6))


def pair(source: Performance, dub: Path) -> str:
    """Source above, dub below, each on its own time. Raises LineProblem where the dub cannot be heard."""
    from .hear.activity import stretches
    from .hear.prosody import performed
    from .hear.recording import read
    from .script import Recording

    samples, rate = read(Recording(str(dub)))
    mono = samples.mean(axis=1)
    spoken = stretches(mono, rate)
    seconds = max(source.stretches[-1].end if source.stretches else 1.0, len(mono) / rate)
    body = melody(source.heard.phrases, seconds, 10, "#2f3e55", "source") + melody(performed(mono, rate, spoken), seconds, TRACK + 30, "#b3541e", "dub")
    return _svg(2 * TRACK + 60, body + _ruler(seconds, 2 * TRACK + 52))


def melody(phrases: tuple[Contour, ...], seconds: float, top: float, colour: str, name: str) -> str:
    """Semitones against the recording's median; the line is thick where it is loud."""
    middle = top + TRACK / 2
    lines = [
        f'<rect x="{EDGE}" y="{top}" width="{WIDTH - EDGE - 10}" height="{TRACK}" fill="#f6f4ef"/>',
        f'<line x1="{EDGE}" x2="{WIDTH - 10}" y1="{middle}" y2="{middle}" stroke="#cfc9bd"/>',
        f'<text x="4" y="{middle + 4}">{escape(name)}</text>',
    ]
    for phrase in phrases:
        count = max(len(phrase.f0) - 1, 1)
        points = [
            (_x(phrase.start + (phrase.end - phrase.start) * at / count, seconds), middle - max(-RANGE, min(RANGE, value)) / RANGE * (TRACK / 2 - 4))
            for at, value in enumerate(phrase.f0)
        ]
        loud = phrase.loudness or (0.0,) * len(phrase.f0)
        for (ax, ay), (bx, by), level in zip(points, points[1:], loud, strict=False):
            width = max(0.6, min(5.0, 3.0 + level / 5))
            lines.append(f'<line x1="{ax:.1f}" y1="{ay:.1f}" x2="{bx:.1f}" y2="{by:.1f}" stroke="{colour}" stroke-width="{width:.1f}" stroke-linecap="round"/>')
    return "".join(lines)


def feelings(senses: tuple[Sense, ...], seconds: float, top: float) -> str:
    """The eight over time, each as a line whose opacity is its certainty, with a legend of those that are there."""
    lines = [f'<rect x="{EDGE}" y="{top}" width="{WIDTH - EDGE - 10}" height="{BAND}" fill="#f6f4ef"/>']
    there = [name for name in EIGHT if max(getattr(sense.emotion, name) for sense in senses) >= 0.05]
    for name in there:
        for one, next_one in zip(senses, senses[1:] or senses, strict=False):
            ax, bx = (_x((sense.start + sense.end) / 2, seconds) for sense in (one, next_one))
            ay, by = (top + BAND - 3 - getattr(sense.emotion, name) * (BAND - 8) for sense in (one, next_one))
            opacity = 0.25 + 0.75 * one.certainty
            lines.append(f'<line x1="{ax:.1f}" y1="{ay:.1f}" x2="{max(bx, ax + 2):.1f}" y2="{by:.1f}" stroke="{COLOURS[name]}" stroke-width="2.5" opacity="{opacity:.2f}"/>')
    for number, name in enumerate(there):
        x = EDGE + number * 104
        lines.append(f'<rect x="{x}" y="{top + BAND + 10}" width="12" height="12" fill="{COLOURS[name]}"/><text x="{x + 16}" y="{top + BAND + 20}">{name}</text>')
    return "".join(lines)


def _x(time: float, seconds: float) -> float:
    return EDGE + time / seconds * (WIDTH - EDGE - 10)


def _ruler(seconds: float, y: float) -> str:
    step = next(step for step in (0.5, 1, 2, 5) if seconds / step <= 12 or step == 5)
    marks, at = [], 0.0
    while at <= seconds:
        marks.append(f'<text x="{_x(at, seconds):.1f}" y="{y}" text-anchor="middle">{at:g} s</text>')
        at += step
    return "".join(marks)


def _svg(height: float, body: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="11" fill="#444">{body}</svg>\n'
