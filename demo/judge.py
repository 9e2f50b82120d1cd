"""What came of every line, measured from the finished files and the film's strips, and the promises held against it."""
from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pyloudnorm
import soundfile

WORD_ERROR, CHARACTER_ERROR = 0.05, 0.20
"""Most that an independent recogniser may hear otherwise: of all English words, of all Chinese characters."""
IN_STEP = 1000 / 24
"""Milliseconds by which a phrase may begin before or after the original's: one picture of a film."""
SAME_SOUND = 0.9
"""Least correlation of a take with the film's own sound track in its place; the track went through AAC."""


def promise(what: str, kept: bool, seen: str) -> dict:
    """One row of the report's promises."""
    return {"what": what, "kept": bool(kept), "seen": seen}


def judge(part: Callable, scene, reports: list, before: dict, out: Path, bar: Callable) -> dict:
    """The report as plain data: film, promises and lines.

    part: imports a room of the add-on; before: uid -> a take of the line that does not follow its original's phrases;
    bar: makes a progress bar.
    """
    words = importlib.import_module(f"{part('compat').__package__.rpartition('.')[0]}.engine.hear.words")
    activity = importlib.import_module(f"{words.__package__}.activity")
    problems = importlib.import_module(f"{words.__package__.rpartition('.')[0]}.problems")
    told = importlib.import_module(f"{words.__package__.rpartition('.')[0]}.emotion").told
    spoken = any(r.take and r.take.plan.voice.family != "tone" for r in reports)
    recogniser, deaf = None, "beeps are no words" if not spoken else ""
    if spoken:
        try:
            recogniser = words.Recogniser(part("prefs").models(bpy.context))
        except problems.LineProblem as problem:
            deaf = str(problem)
    sound, rate = track(out / "demo.mp4")
    lines = []
    run = part("session").session.run
    with bar(len(reports), "listen") as progress:
        for report in reports:
            line = _line(part("compat"), part("props"), told, scene, report, out) | part("batch_report").jumps(run).get(report.uid, {})
            if report.take:
                line |= _heard(words, recogniser, out / line["take"], line)
                line["steps"] = steps(activity, report.take, before.get(report.uid), out)
                line["film_match"], line["film_lag_ms"] = match(out / line["take"], sound, rate, line["start"])
            lines.append(line)
            progress.update()
    film = _film(scene, lines, out, sound, rate)
    return {"film": film, "promises": _promises(words, lines, deaf, spoken), "lines": lines}


def _line(compat, props, told: Callable, scene, report, out: Path) -> dict:
    wanted, take = report.line, report.take
    strips = list(compat.all_strips(scene.sequence_editor))
    source = next(s for s in strips if props.state(s).get("uid") == report.uid and "of" not in props.state(s))
    dubs = [s for s in strips if props.state(s).get("of") == report.uid]
    channel = scene.sequence_editor.channels[source.channel].name
    original = wanted.original if wanted else None
    line = {
        "uid": report.uid,
        "text": wanted.text if wanted else source.text,
        "speaker": wanted.speaker if wanted else channel,
        "voice": "", "language": "", "start": wanted.start if wanted else 0.0, "seconds": wanted.seconds if wanted else 0.0,
        "samples": 0, "rate": 0, "error_samples": None, "compute_seconds": 0.0, "take": "",
        "heard": None, "word_error": None, "differences": [], "heard_words": [],
        "source_frames": [compat.start(source), compat.end(source)],
        "dub_frames": [compat.start(dubs[0]), compat.end(dubs[0])] if dubs else None,
        "original": {"file": Path(original.path).name, "start": original.start, "seconds": original.seconds} if original else None,
        "problem": report.message if report.status == "failed" else "",
        "warnings": list(report.warnings),
    }  # fmt: skip
    if take is None:
        return line
    info = soundfile.info(take.path)
    samples, rate = soundfile.read(take.path, dtype="float32", always_2d=True)
    return line | {
        "voice": take.plan.voice.timbre,
        "prosody": take.plan.voice.prosody,
        "language": take.plan.language,
        "samples": info.frames,
        "rate": rate,
        "error_samples": info.frames - round(wanted.seconds * rate),
        "compute_seconds": take.compute_seconds,
        "from_disk": not report.fresh,
        "take": Path(take.path).relative_to(out).as_posix(),
        "natural": round(take.speech.natural, 4),
        "ratio": round(take.speech.ratio, 4),
        "speech": [round(take.speech.start, 4), round(take.speech.end, 4)],
        "overflow_ms": take.overflow_ms,
        "underrun_ms": take.underrun_ms,
        "words": [[word.text, round(word.start, 4), round(word.end, 4)] for word in take.speech.words],
        "peak_dbfs": round(float(20 * np.log10(max(np.abs(samples).max(), 1e-6))), 2),
        "loudness_lufs": loudness(samples, rate),
        "true_peak": take.true_peak,
        "wanted_lufs": take.plan.loudness,
        "mood": "; ".join(told(mood.emotion) for mood in take.plan.moods),
        "borrowed_ms": [round(take.plan.early * 1000), round(take.plan.late * 1000)],
        "phrases": [
            [phrase.text, *(round(value, 4) for value in (phrase.start, phrase.end, phrase.planned_start, phrase.planned_end, phrase.ratio))]
            for phrase in take.speech.phrases
        ],
    }


def _heard(words, recogniser, path: Path, line: dict) -> dict:
    if recogniser is None:
        return {}
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    found = recogniser.hear(samples, rate, line["language"])
    heard = words.text(found, line["language"])
    error, parts = words.differences(line["text"], heard, line["language"])
    return {
        "heard": heard,
        "word_error": round(error, 4),
        "units": len(words.normal(line["text"], line["language"]).split()),
        "differences": [[part.kind, part.said, part.heard] for part in parts],
        "heard_words": [[word.text, word.start, word.end] for word in found],
    }


def steps(activity, take, before, out: Path) -> dict | None:
    """How the take keeps step with the original, which spoke in several phrases; None for any other line.

    Each of `phrases` is text, wished onset in seconds, and by how many milliseconds it and `before` miss that.

    The onsets of this take are heard in the finished file by the detector that heard the original: nothing is believed
    of the plan. The other take speaks on without pauses to hear, so its word times tell when each phrase begins.
    """
    if before is None:
        return None
    samples, rate = soundfile.read(take.path, dtype="float32", always_2d=True)
    heard = [[stretch.start, stretch.end] for stretch in activity.stretches(samples.mean(axis=1), rate)]
    phrases, number = [], 0
    for phrase in take.speech.phrases:
        begins = min((start for start, _end in heard), key=lambda start: abs(start - phrase.planned_start), default=np.inf)
        free = before.speech.words[number].start
        phrases.append([phrase.text, phrase.planned_start, round((begins - phrase.planned_start) * 1000, 1), round((free - phrase.planned_start) * 1000, 1)])
        number += len(phrase.text.split())
    return {
        "original": [[stretch.start, stretch.end] for stretch in take.plan.stretches],
        "heard": heard,
        "phrases": phrases,
        "before": {"take": Path(before.path).relative_to(out).as_posix(), "words": [[word.text, word.start, word.end] for word in before.speech.words]},
    }


def loudness(samples: np.ndarray, rate: int) -> float | None:
    """LUFS by ITU-R BS.1770; None for a clip shorter than its 0.4 s block."""
    if len(samples) < 0.4 * rate:
        return None
    return round(float(pyloudnorm.Meter(rate).integrated_loudness(samples.astype(np.float64))), 2)


def track(film: Path) -> tuple[np.ndarray, int]:
    """The film's sound as mono float32, read by Blender's own library."""
    import aud

    found = aud.Sound.file(str(film))
    rate = int(found.specs[0])  # raises on a bad file, where data() would end the process
    return found.data().mean(axis=1), rate


def match(take: Path, sound: np.ndarray, rate: int, start: float, reach: float = 0.06) -> tuple[float, float]:
    """How alike the take and the film's sound are in the take's place, and by how many milliseconds the film is late.

    The correlation is normalised (1 is the same wave form) and the best within `reach` seconds either way.
    """
    samples, own = soundfile.read(take, dtype="float32", always_2d=True)
    if own != rate:
        raise ValueError(f"{take.name} has {own} Hz, the film {rate} Hz")
    wanted = samples.mean(axis=1)
    side = round(reach * rate)
    first = round(start * rate) - side
    around = np.zeros(len(wanted) + 2 * side, np.float32)
    low, high = max(0, first), min(len(sound), first + len(around))
    around[low - first : high - first] = sound[low:high]
    size = len(around) + len(wanted)
    cross = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(wanted, size)), size)[: 2 * side + 1]
    power = np.cumsum(np.pad(np.square(around, dtype=np.float64), (1, 0)))
    energy = np.sqrt((power[len(wanted) :] - power[: len(power) - len(wanted)])[: 2 * side + 1] * np.sum(np.square(wanted)))
    alike = cross / np.maximum(energy, 1e-9)
    best = int(np.argmax(alike))
    return round(float(alike[best]), 4), round((best - side) / rate * 1000, 2)


def _film(scene, lines: list[dict], out: Path, sound: np.ndarray, rate: int) -> dict:
    render = scene.render
    fps = render.fps / render.fps_base
    frames = scene.frame_end - scene.frame_start + 1
    dubbed = [line for line in lines if line["take"]]
    return {
        "video": "demo.mp4",
        "blend": "demo.blend",
        "bytes": (out / "demo.mp4").stat().st_size,
        "frames": frames,
        "fps": fps,
        "first_frame": scene.frame_start,
        "seconds": round(frames / fps, 4),
        "size": [render.resolution_x, render.resolution_y],
        "sound_seconds": round(len(sound) / rate, 4),
        "sound_rate": rate,
        "loudness_lufs": loudness(sound, rate),
        "blender": bpy.app.version_string,
        "python": platform.python_version(),
        "lines": len(lines),
        "dubbed": len(dubbed),
        "speech_seconds": round(sum(line["samples"] / line["rate"] for line in dubbed), 3),
        "compute_seconds": round(sum(line["compute_seconds"] for line in dubbed), 3),
    }


def _promises(words, lines: list[dict], deaf: str, spoken: bool) -> list[dict]:
    dubbed = [line for line in lines if line["take"]]
    failed = [line for line in lines if line["problem"] or not line["take"]]
    off = [line["error_samples"] for line in dubbed]
    moved = [line for line in dubbed if line["dub_frames"] != line["source_frames"]]
    over = [line["overflow_ms"] for line in dubbed if line["overflow_ms"]]
    least = min((line["film_match"] for line in dubbed), default=0.0)
    late = max((abs(line["film_lag_ms"]) for line in dubbed), default=0.0)
    rows = [
        promise("Every line is dubbed", not failed, f"{len(dubbed)} of {len(lines)}"),
        promise("Every take is as long as its slot, to the sample", dubbed and not any(off), f"largest error {max(map(abs, off), default=0)} samples"),
        promise("Every dub strip starts and ends with its line", dubbed and not moved, f"{len(moved)} moved"),
        promise("Every line fits its slot within the allowed rates", not over, f"{len(over)} run over"),
        promise("No take passes -1 dBTP", all(line["true_peak"] <= -1 for line in dubbed), f"highest {max((line['true_peak'] for line in dubbed), default=-120):.1f} dBTP"),
        promise("The film's sound track holds every take in its place", least >= SAME_SOUND and late <= 1.0, f"correlation at least {least:.2f}, at most {late:.1f} ms off"),
    ]  # fmt: skip
    for line in dubbed if spoken else ():
        if line["steps"]:
            late, free = ([abs(phrase[at]) for phrase in line["steps"]["phrases"]] for at in (2, 3))
            seen = f"largest {max(late, default=0):.0f} ms of {len(late)} phrases; {max(free, default=0):.0f} ms without phrase sync"
            rows.append(promise("Every phrase of the long line begins with the original's, within a picture of a film", late and max(late) <= IN_STEP, seen))
    kinds = (("English words", WORD_ERROR, False), ("Chinese characters", CHARACTER_ERROR, True))
    for name, most, by_character in kinds if spoken else ():
        chosen = [line for line in dubbed if (words.whisper_code(line["language"]) in words.BY_CHARACTER) == by_character]
        what = f"An independent recogniser mistakes at most {most:.0%} of the {name}"
        if deaf:
            rows.append(promise(what, False, f"not checked: {deaf}"))
            continue
        wrong = sum(round(line["word_error"] * line["units"]) for line in chosen)
        said = sum(line["units"] for line in chosen)
        error = wrong / said if said else 1.0
        rows.append(promise(what, error <= most, f"{error:.1%}: {wrong} of {said}"))
    return rows
