"""What many pairs together say: wanted against delivered on each axis, melodies, timbre, words, quality and length."""
from __future__ import annotations

import statistics

import numpy as np

from .measuring import AXES, Pair, change
from .sources import LINES, VOICES

NOTICED = {"level": 0.5, "spread": np.log(1.1), "dynamics": np.log(1.1), "rate": np.log(1.05), "pauses": 0.03}
"""Wanted changes below these have no direction to be right about ('t Hart, J. Acoust. Soc. Am. 69, 1981; Quené, J. Acoust. Soc.
Am. 123, 2008), nor pauses below what a stop's closure is taken for."""


def axes(rows: list[dict], plain: dict) -> dict:
    """Axis -> correlation over pairs, share of right signs, and medians of what was wanted and came."""
    found = {}
    right = []
    for axis in AXES:
        pairs = np.array([change(row, plain[row["voice"], row["line"]], axis) for row in rows])
        told = np.abs(pairs[:, 0]) >= NOTICED[axis]
        signs = np.sign(pairs[told, 0]) == np.sign(pairs[told, 1])
        right += signs.tolist()
        found[axis] = {
            "correlation": round(float(np.corrcoef(pairs.T)[0, 1]), 3), "right": round(float(signs.mean()), 3), "pairs": int(told.sum()),
            "slope": round(float(np.polyfit(*pairs.T, 1)[0]), 2), "wanted": round(float(np.abs(pairs[:, 0]).mean()), 3), "delivered": round(float(np.abs(pairs[:, 1]).mean()), 3),
        }  # fmt: skip
    return {"axes": found, "least_correlation": min(one["correlation"] for one in found.values()), "right": round(statistics.mean(right), 4), "signs": len(right)}


def phrases(rows: list[dict]) -> dict:
    """Correlation of melodies, phrase by phrase."""
    found = [value for row in rows for value in row["phrases"]]
    return {"median": round(statistics.median(found), 3), "tenth": round(float(np.percentile(found, 10)), 3), "phrases": len(found)}


def quality(rows: list[dict], plain: list[dict]) -> dict:
    own = {(row["voice"], row["line"]): row["mos"] for row in plain}
    falls = {voice: statistics.mean(own[voice, row["line"]] - row["mos"] for row in rows if row["voice"] == voice) for voice in {row["voice"] for row in rows}}
    return {"fall": round(statistics.mean(own[row["voice"], row["line"]] - row["mos"] for row in rows), 3), "voices": {name: round(value, 3) for name, value in sorted(falls.items())}}


def voice(ears: dict[str, np.ndarray], pairs: list[Pair]) -> dict:
    """Whether each output is nearer to its voice than to the source person, and how near it is against neutral speech.

    Nearness is to the mean of the voice's neutral lines but for the one that is spoken.
    """
    rows, own = [], []
    for name in {pair.voice for pair in pairs}:
        for line in range(len(LINES)):
            others = _unit(sum(ears[f"plain-{name}-{other}"] for other in range(len(LINES)) if other != line))
            own.append(float(ears[f"plain-{name}-{line}"] @ others))
            for pair in pairs:
                if (pair.voice, pair.line) == (name, line):
                    near = float(ears[pair.name] @ others)
                    rows.append((pair.name, near, float(ears[pair.name] @ ears[pair.source.name]), own[-1] - near))
    falls = [row[3] for row in rows]
    return {
        "nearer_to_target": round(statistics.mean(row[1] > row[2] for row in rows), 4), "to_target": round(statistics.mean(row[1] for row in rows), 3),
        "to_source": round(statistics.mean(row[2] for row in rows), 3), "neutral_to_target": round(statistics.mean(own), 3),
        "fall": round(statistics.mean(falls), 3), "fall_within_0.1": round(statistics.mean(fall <= 0.1 for fall in falls), 3),
        "worst": sorted(([name, round(near, 3), round(away, 3)] for name, near, away, _fall in rows), key=lambda row: row[1])[:5],
    }  # fmt: skip


def words(pages: list[dict]) -> dict:
    """Per cent of words misheard by kind, and points over neutral."""
    kinds = list(dict.fromkeys(page["kind"] for page in pages))
    error = {kind: 100 * sum(p["errors"] for p in pages if p["kind"] == kind) / sum(p["words"] for p in pages if p["kind"] == kind) for kind in kinds}
    return {
        "error": {kind: round(value, 2) for kind, value in error.items()}, "more": round(max(value - error["plain"] for value in error.values()), 2),
        "words": {kind: sum(p["words"] for p in pages if p["kind"] == kind) for kind in kinds}, "differences": {kind: [d for p in pages if p["kind"] == kind for d in p["differences"]] for kind in kinds},
    }  # fmt: skip


def pairs(sources: list, performance: float) -> list[Pair]:
    """Every source in every voice, the lines in turn."""
    return [Pair(source, voice, (number + place) % len(LINES), performance) for number, source in enumerate(sources) for place, voice in enumerate(VOICES)]


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
