"""The part of the report that shows one line in every emotion: spectrogram, pitch and player, all on one time scale."""
from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
import soundfile

from . import plots

WIDE, HIGH = 560, 112
"""Pixels of one picture."""

LOW, TOP = 80.0, 480.0
"""Hz at the lower and the upper edge of the pitch that is drawn over the spectrogram; its scale is in octaves."""


def section(moods: dict | None, folder: Path, uri: Callable[[str, bytes], str], flac: Callable) -> str:
    """HTML; empty when nothing was spoken in moods. uri, flac: how the page embeds pictures and sound."""
    if not moods:
        return ""
    longest = max(line["seconds"] for line in moods["lines"])
    cells = "".join(_cell(line, folder, longest, uri, flac) for line in moods["lines"])
    example = "".join(_cell(line, folder, line["seconds"], uri, flac) for line in moods["example"])
    source = (Path(__file__).parent / "data" / "example.yaml").read_text(encoding="utf-8")
    return f"""<h2>Emotion</h2>
<p class="soft">“{escape(moods["text"])}” by {escape(moods["voice"])} in all eight emotions at intensity {moods["intensity"]:g}. The curve is the pitch,
{LOW:.0f} to {TOP:.0f} Hz; the picture behind it is the sound, 0 to 8 kHz.</p>
<div class="moods">{cells}</div>
<p class="soft">The feature paper's example:</p>
<div class="moods"><pre class="card">{escape(source)}</pre>{example}</div>"""


def _cell(line: dict, folder: Path, longest: float, uri, flac) -> str:
    samples, rate = soundfile.read(folder / line["take"], dtype="float32", always_2d=True)
    whole = np.zeros(round(longest * rate), np.float32)
    whole[: len(samples)] = samples.mean(axis=1)[: len(whole)]
    # louder moods would only look brighter
    picture = uri("image/png", plots.spectrogram(whole / max(float(np.abs(whole).max()), 1e-3), rate, WIDE, HIGH))
    facts = f"{line['seconds']:.2f} s · {line['median']:.0f} Hz ± {line['spread']:.1f} st · {_loud(line['loudness_lufs'])}"
    return f"""<figure class="card"><figcaption><b>{escape(line["name"])}</b><span class="soft">{facts}</span></figcaption>
<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="Spectrogram and pitch of {escape(line["name"])}"><image href="{picture}" width="{WIDE}" height="{HIGH}" preserveAspectRatio="none"/>
<path class="pitch" d="{_pitch(line["f0"], longest)}"/></svg>
<audio controls preload="metadata" src="{flac(samples.mean(axis=1), rate)}"></audio><p class="soft">{escape(line["mood"])}</p></figure>"""


def _loud(lufs: float | None) -> str:
    return "silence" if lufs is None else f"{lufs:.1f} LUFS"


def _pitch(curve, longest: float) -> str:
    """SVG path of the pitch; it is broken where there is none."""
    path, before = [], None
    for at, hertz in curve:
        share = math.log2(min(max(hertz, LOW), TOP) / LOW) / math.log2(TOP / LOW)
        stroke = "L" if before is not None and at - before < 0.03 else "M"
        path.append(f"{stroke}{at / longest * WIDE:.1f} {HIGH * (1 - share):.1f}")
        before = at
    return "".join(path)
