"""The report for a person: one page that holds everything it shows and opens without a network."""
from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

import numpy as np
import soundfile

from . import performed, plots, report_moods

HERE = Path(__file__).resolve().parent
LARGEST_VIDEO = 12_000_000
"""Bytes; a larger film is linked instead of carried."""
LEFT, WIDE, LANE = 74, 1046, 58
"""The timeline's margin for names, its width for the film, and the height of a lane."""
WAVE = LANE - 16
"""Height of a slot in its lane; the line's number stands above."""


def page(report: dict, folder: Path) -> str:
    """HTML of the report, whose files lie in `folder`. The same report and files give the same page."""
    film, lines = report["film"], report["lines"]
    sounds = [_sounds(line, folder) for line in lines]
    cards = "".join(_card(number, line, *pair, _before(line, folder) if line.get("steps") else None) for number, (line, pair) in enumerate(zip(lines, sounds, strict=True), 1))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dubline: the sample film</title><style>{_file("report.css")}</style></head>
<body><main>
<h1>The sample film, dubbed</h1>
<p class="soft">{len(lines)} lines, spoken by stock voices and placed by the add-on's own button in Blender {escape(film["blender"])}.</p>
<div class="top"><div>{_video(film, folder)}{_about(film)}</div><div><div class="tiles">{_tiles(film, lines)}</div>{_promises(report["promises"])}</div></div>
<h2>Timeline</h2><div class="card timeline">{_timeline(film, lines, sounds)}</div>
<h2>Lines</h2>{cards}
{report_moods.section(report.get("moods"), folder, _uri, _flac)}
{performed.section(report.get("performances"), folder, _flac)}
<footer>All dubbed speech on this page was made by a machine. The original is John F. Kennedy's inaugural address of
20 January 1961, a recording of the United States government in the public domain.</footer>
</main><script>{_file("report.js")}</script></body></html>
"""


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


# Top


def _video(film: dict, folder: Path) -> str:
    path = folder / film["video"]
    source = _uri("video/mp4", path.read_bytes()) if film["bytes"] <= LARGEST_VIDEO else film["video"]
    return f'<video controls preload="metadata" src="{source}"></video>'


def _tiles(film: dict, lines: list[dict]) -> str:
    worst = max((abs(line["error_samples"]) for line in lines if line["error_samples"] is not None), default=None)
    tiles = [
        (f"{film['dubbed']} of {film['lines']}", "lines dubbed"),
        ("none" if worst is None else f"{worst} samples", "largest error of length"),
        (f"{film['speech_seconds']:.1f} s", f"of takes in a film of {film['seconds']:g} s"),
        (f"{film['compute_seconds']:.1f} s", "of processor to speak them"),
    ]
    return "".join(f'<div class="tile"><b>{big}</b><span>{small}</span></div>' for big, small in tiles)


def _about(film: dict) -> str:
    rows = (
        ("Blender", film["blender"]),
        ("Python", film["python"]),
        ("Pictures", f"{film['frames']} at {film['fps']:g} a second"),
        ("Size", f"{film['size'][0]} × {film['size'][1]}"),
        ("Sound", f"{film['sound_seconds']:.2f} s at {film['sound_rate'] / 1000:g} kHz"),
        ("Loudness", "–" if film["loudness_lufs"] is None else f"{film['loudness_lufs']:.1f} LUFS"),
        ("Film", f"{film['video']}, {film['bytes'] / 1e6:.1f} MB"),
        ("Editable", film["blend"]),
    )
    return '<dl class="about">' + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows) + "</dl>"


def _promises(promises: list[dict]) -> str:
    rows = "".join(
        f'<li class="{"kept" if row["kept"] else "broken"}"><i>{"✓" if row["kept"] else "✗"}</i>'
        f'<span>{escape(row["what"])}<em>{escape(row["seen"])}</em></span></li>'
        for row in promises
    )
    return f'<ul class="promises">{rows}</ul>'


# Sound


def _sounds(line: dict, folder: Path):
    """(original, its rate), (take, its rate), mono float32 or None."""
    original = take = None
    if line["original"] and (folder / line["original"]["file"]).is_file():
        path = folder / line["original"]["file"]
        rate = soundfile.info(path).samplerate
        first, count = round(line["original"]["start"] * rate), round(line["original"]["seconds"] * rate)
        samples, _ = soundfile.read(path, count, first, dtype="float32", always_2d=True)
        original = samples.mean(axis=1), rate
    if line["take"]:
        samples, rate = soundfile.read(folder / line["take"], dtype="float32", always_2d=True)
        take = samples.mean(axis=1), rate
    return original, take


def _before(line: dict, folder: Path):
    """The take that does not follow its original, as `_sounds` gives one."""
    samples, rate = soundfile.read(folder / line["steps"]["before"]["take"], dtype="float32", always_2d=True)
    return samples.mean(axis=1), rate


def _flac(samples: np.ndarray, rate: int) -> str:
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format="FLAC", subtype="PCM_16")
    return _uri("audio/flac", target.getvalue())


def _louder(samples: np.ndarray) -> np.ndarray:
    """For looking at only: the peak touches the edge."""
    return samples / max(float(np.abs(samples).max()), 1e-3)


# Timeline


def _timeline(film: dict, lines: list[dict], sounds: list) -> str:
    speakers = list(dict.fromkeys(line["speaker"] for line in lines))
    lanes = ["Original", *speakers]
    height = 24 + LANE * len(lanes)
    parts = []

    def at(seconds):
        return LEFT + seconds * WIDE / film["seconds"]

    for second in range(0, int(film["seconds"]) + 1, 2):
        parts.append(f'<path class="grid" d="M{at(second):.1f} 18V{height}"/><text x="{at(second):.1f}" y="11" text-anchor="middle">{second} s</text>')
    for index, lane in enumerate(lanes):
        colour = "--original" if lane == "Original" else f"--{lane}"
        parts.append(f'<text class="lane" style="color:var({colour}, var(--ink))" x="0" y="{24 + LANE * index + 37}">{escape(lane)}</text>')
    for number, (line, (original, take)) in enumerate(zip(lines, sounds, strict=True), 1):
        width = line["seconds"] * WIDE / film["seconds"]
        for name, sound, colour in (("Original", original, "--original"), (line["speaker"], take, f"--{line['speaker']}")):
            if sound is None and name == "Original":
                continue
            top = 24 + LANE * lanes.index(name) + 12
            parts.append(f'<g style="color:var({colour}, var(--ink))" transform="translate({at(line["start"]):.2f} {top})">')
            parts.append(f'<title>{escape(line["text"])}</title><rect class="slot" width="{width:.2f}" height="{WAVE}" rx="4"/>')
            if sound is not None:
                seconds = len(sound[0]) / sound[1]
                path = plots.outline(_louder(sound[0]), max(8, int(width * 2)), seconds * WIDE / film["seconds"], WAVE)
                parts.append(f'<path class="wave" d="{path}"/>')
            if name != "Original":
                ticks = "".join(f"M{start * WIDE / film['seconds']:.1f} {WAVE}v-5" for _, start, _ in line.get("words", ()))
                parts.append(f'<path class="tick" d="{ticks}"/>' if ticks else "")
                parts.append(f'<a href="#line-{number}"><text class="number" x="0" y="-3">{number}</text></a>')
            parts.append("</g>")
    parts.append(f'<line class="head" x1="{LEFT}" x2="{LEFT}" y1="18" y2="{height}"/>')
    return f'<svg viewBox="0 0 {LEFT + WIDE + 12} {height}" data-left="{LEFT}" data-wide="{WIDE}" data-seconds="{film["seconds"]}" role="img" aria-label="Original and dub on one time scale">{"".join(parts)}</svg>'


# Lines


def _card(number: int, line: dict, original, take, before=None) -> str:
    colour = f"color:var(--{escape(line['speaker'])}, var(--ink))"
    if line["problem"]:
        body = f'<p class="problem">{escape(line["problem"])}</p>'
    else:
        figure = _figure(number, line, original, take, colour)
        players = _players(number, original, take, before)
        body = f'<div class="body"><div>{_steps(number, line, original, before, take, colour)}{figure}{players}{_heard(line)}</div>{_facts(line)}</div>'
    warnings = "".join(f'<p class="warnings">{escape(warning)}</p>' for warning in line["warnings"])
    language = f' lang="{escape(line["language"])}"' if line["language"] else ""
    return f"""<article class="card line" id="line-{number}"><header>
<span class="who" style="{colour}"><span>{escape(line["speaker"])}</span></span><h3{language}>{escape(line["text"])}</h3>
<span class="soft">{number} · {escape(line["voice"])} · {escape(line["language"])}</span></header>{body}{warnings}</article>
"""


def _figure(number: int, line: dict, original, take, colour: str) -> str:
    longest = max(line["seconds"], line["samples"] / line["rate"])
    rows = [_rows(f"original-{number}", "Original", *original, longest, "color:var(--original)")] if original else []
    words = _words(line["words"], longest, colour)
    rows.append(f'<div class="row words"><small>Words</small><div class="track">{words}</div></div>')
    rows.append(_rows(f"take-{number}", "Dub", *take, longest, colour))
    axis = "".join(f"<span>{longest * share / 4:.2f} s</span>" for share in range(5))
    return f'<div class="figure">{"".join(rows)}<div class="axis">{axis}</div></div>'


def _rows(player: str, name: str, samples: np.ndarray, rate: int, longest: float, colour: str) -> str:
    whole = _filled(samples, rate, longest)
    wave = f'<svg viewBox="0 0 560 62" preserveAspectRatio="none" style="{colour}"><path class="wave" d="{plots.outline(_louder(whole) * 0.96, 560, 560, 62)}"/></svg>'
    picture = f'<img alt="Spectrogram of {name.lower()}, 0 to 8 kHz" src="{_uri("image/png", plots.spectrogram(whole, rate))}">'
    track = f'<div class="track" data-player="{player}" data-seconds="{longest:.6f}">{{}}<div class="cursor"></div></div>'
    return f'<div class="row"><small>{name}</small>{track.format(wave)}</div><div class="row"><small>0–8 kHz</small>{track.format(picture)}</div>'


def _steps(number: int, line: dict, original, before, take, colour: str) -> str:
    """Original, the line without and the line with phrase sync under each other; an onset of the original is a line through all."""
    steps = line.get("steps")
    if not steps:
        return ""
    longest = max(line["seconds"], line["samples"] / line["rate"])
    guides = "".join(f'<div class="guide" style="left:{100 * start / longest:.3f}%"></div>' for start, _end in steps["original"])
    spoken = "".join(f'<div class="spoken" style="left:{100 * start / longest:.3f}%;width:{100 * (end - start) / longest:.3f}%"></div>' for start, end in steps["original"])
    rows = []
    for name, player, (samples, rate), style, words in (
        ("Original", "original", original, "color:var(--original)", ()),
        ("Without", "before", before, "color:var(--soft)", steps["before"]["words"]),
        ("In step", "take", take, colour, line["words"]),
    ):
        wave = f'<svg viewBox="0 0 560 62" preserveAspectRatio="none" style="{style}"><path class="wave" d="{plots.outline(_louder(_filled(samples, rate, longest)) * 0.96, 560, 560, 62)}"/></svg>'
        rows.append(f'<div class="row"><small>{name}</small><div class="track" data-player="{player}-{number}" data-seconds="{longest:.6f}">{spoken}{wave}{guides}<div class="cursor"></div></div></div>')
        if words:
            rows.append(f'<div class="row words"><small></small><div class="track">{_words(words, longest, style)}</div></div>')
    told = "".join(f"<tr><td>{escape(text)}</td><td>{at:.2f} s</td><td>{late:+.0f} ms</td><td>{free:+.0f} ms</td><td>{phrase[5]:.2f} ×</td></tr>"
                   for (text, at, late, free), phrase in zip(steps["phrases"], line["phrases"], strict=True))
    table = f"<table><tr><th>Phrase</th><th>Original begins</th><th>In step</th><th>Without</th><th>Rate</th></tr>{told}</table>"
    return f'<div class="figure steps">{"".join(rows)}{table}</div>'


def _filled(samples: np.ndarray, rate: int, longest: float) -> np.ndarray:
    """The samples on a card's time scale: everything on one card has the same."""
    whole = np.zeros(round(longest * rate), np.float32)
    whole[: len(samples)] = samples[: len(whole)]
    return whole


def _words(words, longest: float, colour: str) -> str:
    return "".join(
        f'<div class="word" style="left:{100 * start / longest:.2f}%;width:{100 * (end - start) / longest:.2f}%;{colour}" title="{escape(word)} {start:.2f}–{end:.2f} s"><span>{escape(word)}</span></div>'
        for word, start, end in words
    )


def _players(number: int, original, take, before) -> str:
    named = (("original", "Original", original), ("before", "Without phrase sync", before), ("take", "Dub", take))
    players = "".join(
        f'<label>{label}<audio controls preload="metadata" id="{name}-{number}" src="{_flac(*sound)}"></audio></label>'
        for name, label, sound in named
        if sound
    )
    return f'<div class="players">{players}</div>'


def _heard(line: dict) -> str:
    if line["heard"] is None:
        return ""
    joint = "" if line["language"] in ("zh", "ja") else " "
    marks = {
        "equal": lambda said, heard: escape(heard),
        "substitute": lambda said, heard: f"<del>{escape(said)}</del> <ins>{escape(heard)}</ins>",
        "delete": lambda said, heard: f"<del>{escape(said)}</del>",
        "insert": lambda said, heard: f"<ins>{escape(heard)}</ins>",
    }
    text = joint.join(marks[kind](said, heard) for kind, said, heard in line["differences"])
    return f'<p class="heard"><small>Heard</small>{text}</p>'


def _facts(line: dict) -> str:
    frames = line["dub_frames"]
    placed = frames == line["source_frames"]
    off = line["error_samples"]
    rows = [
        ("Slot", f"{line['seconds']:.3f} s", ""),
        ("Delivered", f"{line['samples']:,} samples", ""),
        ("Error", f"{off:+d} samples" if off else "0 samples", "bad" if off else "good"),
        ("Frames", f"{frames[0]}–{frames[1] - 1}" if frames else "not placed", "good" if placed else "bad"),
        ("Natural length", f"{line['natural']:.2f} s", ""),
        ("Spoken at", f"{line['ratio']:.2f} × its length", ""),
    ]
    if line.get("jump"):
        rows.append(("Pace against the line before", f"{line['jump']:.2f} ×", ""))
    if any(line["borrowed_ms"]):
        rows.append(("Borrowed", "{} ms before, {} ms after".format(*line["borrowed_ms"]), ""))
    if len(line["phrases"]) > 1:
        rates = [phrase[5] for phrase in line["phrases"]]
        off = max(abs(phrase[1] - phrase[3]) for phrase in line["phrases"])
        rows += [("Phrases", f"{len(rates)}, {min(rates):.2f} to {max(rates):.2f} ×", ""), ("Largest onset error", f"{1000 * off:.0f} ms", "")]
    if line["underrun_ms"]:
        rows.append(("Quiet at the end", f"{line['underrun_ms']:.0f} ms", ""))
    if line["overflow_ms"]:
        rows.append(("Runs over", f"{line['overflow_ms']:.0f} ms", "bad"))
    rows += [
        ("Match in the film", f"{line['film_match']:.2f}, {line['film_lag_ms']:+.1f} ms", ""),
        ("Loudness", "–" if line["loudness_lufs"] is None else f"{line['loudness_lufs']:.1f} LUFS, wished {line['wanted_lufs']:.1f}", ""),
        ("True peak", f"{line['true_peak']:.1f} dBTP", "bad" if line["true_peak"] > -1 else ""),
        ("Processor", f"{line['compute_seconds']:.2f} s", ""),
    ]
    if line.get("mood"):
        rows.append(("Emotion", line["mood"], ""))
    if line["word_error"] is not None:
        name = "Character error" if line["language"] in ("zh", "ja") else "Word error"
        rows.insert(6, (name, f"{100 * line['word_error']:.0f} %", "bad" if line["word_error"] else "good"))
    return "<dl>" + "".join(f'<dt>{name}</dt><dd{f" class={kind}" if kind else ""}>{escape(value)}</dd>' for name, value, kind in rows) + "</dl>"
