"""A performance out of the film that the demo has just rendered, and one out of the old recording: taken over by other voices in other words."""
from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import bpy
import soundfile

from .scenario import CUES, RECORDING, STAGES, frame


@dataclass(frozen=True)
class Performer:
    """A stretch of a file in which somebody speaks, and what is made of it."""

    file: str
    start: float
    end: float
    who: str
    text: str
    voice: str


ANGRY = next(cue for cue in CUES if cue.speaker == "MEI")
PERFORMERS = (
    Performer("demo.mp4", ANGRY.start, ANGRY.start + ANGRY.seconds, f"MEI in the rendered film: {ANGRY.text}", "Stop following me!", "bm_george"),
    Performer(RECORDING, 0.0, 10.6, "the old recording", "Come here my oldest neighbours, look, look, what the river has left behind for us, see what we can leave to the river.", "bf_emma"),
)


def take_over(package: str, out: Path, session, bar: Callable) -> list[dict]:
    """Lays each performer and a text strip behind the film, presses the button, and tells what came of it.

    `source`, `take` (its path from `out`), `text`, `voice`, `heard`, `melodies` (correlation of each phrase), `check`, `picture` (SVG).
    """
    part = lambda name: importlib.import_module(f"{package}.{name}")  # noqa: E731
    compat, scene = part("blender_addon.compat"), bpy.context.scene
    found = []
    with bar(len(PERFORMERS), "perform") as progress:
        first = frame(STAGES[-1].end) + 25
        for performer in PERFORMERS:
            _lay(compat, scene, out, performer, first)
            bpy.ops.dubline.transfer()
            report = next((one for one in session.run.reports.values() if one.take), None)
            if report is None:
                raise RuntimeError(f"{performer.file}: " + " ".join(one.message for one in session.run.reports.values()))
            found.append(_told(part, performer, report.take, out))
            first += frame(performer.end - performer.start) + 100
            progress.update()
    return found


def _lay(compat, scene, out: Path, performer: Performer, first: int):
    """The performer's sound strip, trimmed, and the line over it; both selected, the line active."""
    editor = scene.sequence_editor
    strips = compat.strips(editor)
    for strip in compat.all_strips(editor):
        strip.select = False
    length = frame(performer.end) - frame(performer.start)
    sound = strips.new_sound(performer.who[:30], str(out / performer.file), 20, first - frame(performer.start) + 1)
    compat.set_start(sound, first)
    compat.set_end(sound, first + length)
    text = compat.new_text(editor, performer.text, performer.text, 21, first, length)
    text.dubline_length = "NATURAL"
    text.dubline_speaker = f"PERFORMER {first}"
    role = scene.dubline.roles.add()
    role.name, role.voice = text.dubline_speaker, performer.voice
    sound.select = text.select = True
    editor.active_strip = text


def _told(part, performer: Performer, take, out: Path) -> dict:
    hear, drawn, judge, wire = (part(f"engine.{name}") for name in ("hear.performance", "drawn", "judge", "wire"))
    activity, prosody, script = (part(f"engine.{name}") for name in ("hear.activity", "hear.prosody", "script"))
    heard = take.plan.heard
    source = hear.Performance(heard, stretches=tuple(script.Stretch(one.start, one.end) for one in heard.phrases))
    samples, rate = soundfile.read(take.path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    ours = prosody.performed(mono, rate, tuple(script.Stretch(one.start, one.end) for one in take.speech.phrases))
    picture = drawn.pair(source, Path(take.path))
    (out / f"performance-{take.digest}.svg").write_text(picture, encoding="utf-8")
    return {
        "source": performer.who, "text": performer.text, "voice": performer.voice, "take": Path(take.path).relative_to(out).as_posix(),
        "heard": wire.plain(heard.prosody), "came": wire.plain(prosody.measured(mono, rate, activity.stretches(mono, rate))),
        "phrases": [len(heard.phrases), len(ours)], "melodies": part("engine.follow").alike(heard.phrases, ours, [one.follows for one in take.speech.phrases]), "check": list(judge.verdict(take.check)) if take.check else [],
        "picture": picture, "seconds": round(len(mono) / rate, 3), "compute_seconds": take.compute_seconds,
    }  # fmt: skip


def section(found: list[dict] | None, folder: Path, flac: Callable) -> str:
    """HTML of the report; empty when nothing was taken over."""
    if not found:
        return ""
    cards = []
    for one in found:
        samples, rate = soundfile.read(folder / one["take"], dtype="float32", always_2d=True)
        heard, came = one["heard"], one["came"]
        cards.append(f"""<figure class="card performance"><figcaption><b>{escape(one["text"])}</b> <span class="soft">{escape(one["voice"])}, after {escape(one["source"])}</span></figcaption>
{one["picture"]}<audio controls preload="metadata" src="{flac(samples.mean(axis=1), rate)}"></audio>
<p class="soft">Melody against the source's: {", ".join(f"{value:.2f}" for value in one["melodies"])}. Spread {heard["spread"]:.1f} and {came["spread"]:.1f} semitones,
pauses {heard["pauses"]:.0%} and {came["pauses"]:.0%}, {heard["rate"]:.1f} and {came["rate"]:.1f} syllables/s. {escape(" ".join(one["check"]))}</p></figure>""")
    return f"""<h2>Performance</h2>
<p class="soft">Source above, dub below: the melody in semitones about each one's middle, thick where it is loud. Taken over in the sequencer by one button.</p>
<div class="performances">{"".join(cards)}</div>"""
