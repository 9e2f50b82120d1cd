"""One line in every emotion, and the feature paper's example: what came of them, with the pitch that can be seen of it."""
from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

TEXT, VOICE = "We kept every pause exactly where he left it, and nobody noticed.", "af_heart"
INTENSITY = 0.8

LOWEST, HIGHEST, STEP = 75.0, 600.0, 0.01
"""Hz that are looked for, and seconds from one value to the next."""

OCTAVES = 0.8
"""From the median; what lies farther off is a tracker's octave error or a creak, and no melody."""


def speak(package: str, folder: Path, out: Path, bar: Callable) -> dict:
    """Speaks them through the engine alone, as the shell does, into `out`/takes.

    folder: of the voice models. A line: `name`, `take` (its path from `out`), `samples`, `rate`, `seconds`, `natural`,
    `ratio`, `mood` (what was played), `f0` ([s, Hz] where there is a pitch), `median` and `spread` of F0 in Hz and semitones.
    """
    part = lambda name: importlib.import_module(f"{package}.engine.{name}")  # noqa: E731
    script, emotion = part("script"), part("emotion")
    engine = part("speak").Engine(folder)
    lines, cast = part("formats.yaml_script").read(Path(__file__).parent / "data" / "example.yaml")
    takes = str(out / "takes")

    def taken(line, cast):
        take, _fresh = engine.make(line, script.Job((line,), cast, takes))
        return take

    voice = script.Cast(default=script.Voice(VOICE))
    found = []
    with bar(1 + len(emotion.EIGHT) + len(lines), "feel") as progress:
        for name in ("neutral", *emotion.EIGHT):
            feelings = () if name == "neutral" else (script.Feeling(preset=name),)
            wish = script.Wish(mode="free", feelings=feelings, intensity=INTENSITY)
            found.append(_line(name, taken(script.Line(name, TEXT, wish=wish), voice), emotion, out))
            progress.update()
        example = []
        for line in lines:
            example.append(_line(line.text, taken(line, cast), emotion, out))
            progress.update()
    return {"text": TEXT, "voice": VOICE, "intensity": INTENSITY, "lines": found, "example": example}


def _line(name: str, take, emotion, out: Path) -> dict:
    samples, rate = soundfile.read(take.path, dtype="float32", always_2d=True)
    pitch = melody(samples.mean(axis=1), rate)
    heights = [hertz for _at, hertz in pitch]
    middle = float(np.median(heights)) if heights else 0.0
    heights = [hertz for hertz in heights if abs(np.log2(hertz / middle)) < OCTAVES]
    return {
        "name": name,
        "take": Path(take.path).relative_to(out).as_posix(),
        "samples": take.samples,
        "rate": rate,
        "seconds": round(take.samples / rate, 3),
        "natural": take.speech.natural,
        "ratio": take.speech.ratio,
        "language": take.plan.language,
        "mood": emotion.told(take.plan.moods[0].emotion) if take.plan.moods else "neutral",
        "loudness_lufs": take.loudness,
        "f0": pitch,
        "median": round(middle, 1),
        "spread": round(float(np.std(12 * np.log2(np.array(heights) / middle))), 2) if heights else 0.0,
    }


def melody(mono: np.ndarray, rate: int) -> list[list[float]]:
    """[seconds, Hz] of every voiced place, by Praat's autocorrelation."""
    import parselmouth

    pitch = parselmouth.Sound(mono.astype(np.float64), rate).to_pitch_ac(STEP, LOWEST, pitch_ceiling=HIGHEST)
    pairs = zip(pitch.xs().tolist(), pitch.selected_array["frequency"].tolist(), strict=True)
    return [[round(at, 3), round(hertz, 1)] for at, hertz in pairs if hertz > 0]
