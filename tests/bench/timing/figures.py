"""What many lines together say: lengths, word times, quality, understanding and the stretch of each phone class."""
from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

import numpy as np

from .making import RATIOS
from .measuring import FAR
from .rivals import RIVALS

CLEAR = 10.0
"""Milliseconds by which the audible speech may miss its plan."""

LANGUAGES = ("en", "zh")


def of(rows: list[dict], heard: list[dict]) -> dict:
    """rows: of `measuring.line`; heard: of `hearing.heard`."""
    return {
        "count": {language: sum(row["language"] == language for row in rows) for language in LANGUAGES},
        "voices": sorted({row["voice"] for row in rows}),
        "length": {str(ratio): length([row["ratios"][str(ratio)] for row in rows]) for ratio in RATIOS} | {"all": length([part for row in rows for part in row["ratios"].values()])},
        "words": words(rows),
        "recogniser_words": {language: recognised(heard, language) for language in LANGUAGES},
        "quality": {str(ratio): quality(rows, str(ratio)) for ratio in RATIOS},
        "fall": {str(ratio): fall(rows, str(ratio)) for ratio in FAR},
        "understood": understood(heard),
        "stretch": {str(ratio): stretch(rows, str(ratio)) for ratio in FAR},
        "worst": worst(rows),
        "lines": rows,
        "misheard": heard,
    }


def length(parts: list[dict]) -> dict:
    """Errors of the files' length in samples, and of what sounds in them in ms."""
    audible = [abs(part["audible_error_ms"]) for part in parts]
    edges = [abs(part[key]) for part in parts for key in ("onset_error_ms", "end_error_ms")]
    floors = [abs(value) for part in parts for value in part["other_floors_ms"]]
    return {
        "takes": len(parts),
        "samples_worst": max(abs(part["samples_error"]) for part in parts),
        "audible_ms": spread(audible),
        "edges_ms": spread(edges),
        "other_floors_ms": spread(floors),
        "missed": sum(error > CLEAR for error in audible),
    }


def spread(values: Iterable[float]) -> dict:
    """Median, 95th percentile and greatest."""
    values = list(values)
    if not values:
        return {"median": None, "p95": None, "max": None}
    return {"median": round(float(np.median(values)), 1), "p95": round(float(np.percentile(values, 95)), 1), "max": round(max(values), 1)}


def words(rows: list[dict]) -> dict:
    """English word times against forced alignment, by ratio and together: distances, and which way they lie."""
    found = {}
    for name in [*map(str, RATIOS), "all"]:
        parts = [part for row in rows if row["language"] == "en" for ratio, part in row["ratios"].items() if name in ("all", ratio)]
        starts, ends = ([error for part in parts for error in part[key]] for key in ("word_starts_ms", "word_ends_ms"))
        found[name] = {
            "words": len(starts),
            "takes_not_aligned": sum(not part["word_starts_ms"] for part in parts),
            "both_ms": spread(map(abs, starts + ends)),
            "starts_ms": spread(map(abs, starts)),
            "ends_ms": spread(map(abs, ends)),
            "starts_late_ms": round(statistics.median(starts), 1) if starts else None,
            "ends_late_ms": round(statistics.median(ends), 1) if ends else None,
        }
    return found


def recognised(heard: list[dict], language: str) -> dict:
    """Word starts against the recogniser's own, which are true to about 0.1 s."""
    late = [error for page in heard if page["language"] == language for error in page["word_starts_ms"]]
    return {"words": len(late), "starts_ms": spread(map(abs, late)), "starts_late_ms": round(statistics.median(late), 1) if late else None}


def quality(rows: list[dict], ratio: str) -> dict:
    """DistillMOS of ours and of every rival, and how much better ours is with the error of that difference."""
    found = {"ours": mean(row["ratios"][ratio]["mos"]["ours"] for row in rows)}
    for rival in RIVALS if ratio != "1.0" else ():
        pairs = [row["ratios"][ratio]["mos"] for row in rows]
        found[rival] = mean(pair[rival] for pair in pairs)
        found[f"over_{rival}"] = paired([pair["ours"] - pair[rival] for pair in pairs])
    return found


def fall(rows: list[dict], ratio: str) -> dict:
    """By how much ours sounds worse than at its natural length, altogether and in each language and voice."""
    groups = {"all": rows} | {name: [row for row in rows if name in (row["language"], row["voice"])] for key in ("language", "voice") for name in sorted({row[key] for row in rows})}
    return {name: paired([row["ratios"]["1.0"]["mos"]["ours"] - row["ratios"][ratio]["mos"]["ours"] for row in group]) for name, group in groups.items()}


def paired(differences: list[float]) -> dict:
    """Mean and its standard error."""
    error = statistics.stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0
    return {"mean": mean(differences), "error": round(error, 3)}


def mean(values: Iterable[float]) -> float:
    return round(statistics.mean(values), 3)


def understood(heard: list[dict]) -> dict:
    """Per cent of words (English) or characters (Chinese) misheard, by language, variant and ratio."""
    found: dict = {}
    for language in LANGUAGES:
        for page in heard:
            if page["language"] == language:
                pages = [other for other in heard if all(other[key] == page[key] for key in ("language", "variant", "ratio"))]
                errors, units = (sum(other[key] for other in pages) for key in ("errors", "units"))
                found.setdefault(language, {}).setdefault(page["variant"], {})[str(page["ratio"])] = round(100 * errors / units, 2)
        ours = found.get(language, {}).get("ours", {})
        if ours:
            found[language]["more_at_ends"] = round(max(ours[str(ratio)] for ratio in FAR) - ours["1.0"], 2)
    return found


def stretch(rows: list[dict], ratio: str) -> dict:
    """Mean stretch of each phone class, by the aligner: seconds now over seconds in the natural reading, English lines."""
    found: dict = {}
    for row in rows:
        for kind, classes in row["ratios"][ratio].get("phones", {}).items():
            for name, (before, after) in classes.items():
                sums = found.setdefault(kind, {}).setdefault(name, [0.0, 0.0])
                sums[0] += before
                sums[1] += after
    told = {kind: {name: round(after / before, 3) if before else None for name, (before, after) in classes.items()} for kind, classes in found.items()}
    # by how much nearer to its natural length ours leaves a class
    told["nearer"] = {name: round(abs(1 - told["wsola"][name]) - abs(1 - told["ours"][name]), 3) for name in ("stop", "fricative") if told}
    return told


def worst(rows: list[dict], count: int = 8) -> dict:
    """The takes that miss their plan most, and those that lose most quality."""
    ends = [(abs(part["audible_error_ms"]), row, ratio) for row in rows for ratio, part in row["ratios"].items()]
    falls = [(row["ratios"]["1.0"]["mos"]["ours"] - row["ratios"][str(ratio)]["mos"]["ours"], row, str(ratio)) for row in rows for ratio in FAR]

    def told(found):
        best = sorted(found, key=lambda item: -item[0])[:count]
        return [{"value": round(value, 2), "ratio": ratio, "voice": row["voice"], "text": row["text"]} for value, row, ratio in best]

    return {"audible_ms": told(ends), "mos_lost": told(falls)}
