"""Teaches the judge of `engine.hear.agitation` on real acted speech alone: `python -m engine.train.agitation`.

A ridge regression in closed form on how far each angry or neutral clip is from neutral clips of the same man. What it can do is told
by leaving each man out in turn, and is kept in the file beside the weights. `--judge` only tells it, and the weights; `--ours` tells what
it hears in our own engine's speech, which must have been made by `python -m engine.train.emotion speak`.
"""
from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import numpy as np

from .. import models
from ..emotion import EIGHT
from ..hear.agitation import MEASURES, TAUGHT, agitated, distance, measured
from ..problems import LineProblem
from ..voices import load
from . import acted
from .emotion import spoken

RIDGE = 0.1
"""How strongly weights are held small, against the clips' number."""

NEUTRALS = 5
"""Neutral clips by which a man is known."""

TURNS = 3
"""How often the words are put into rows."""

GROUPS = {"word": "single words, 0.5 to 1.6 s", "row": "two to four words in a row"}


def main(arguments: list[str]):
    if "--ours" in arguments:
        print(json.dumps(ours(models.folder() / "for-training" / "emotion"), indent=1))
        return
    words = acted.words()
    sets = [("word", listened(words))] + [("row", listened(acted.in_rows(words, turn))) for turn in range(TURNS)]
    spread = usual(sets)
    five, one = ([(kind, *standing(clips, spread, count)) for kind, clips in sets] for count in (NEUTRALS, 1))
    figures = {f"{NEUTRALS} neutral clips": judged(five, five), "one neutral clip": judged(five, one)}
    _kinds, _men, labels, values = joined(five)
    weights = fitted(labels, values)
    print(json.dumps(figures, indent=1))
    print({name: round(float(value), 3) for name, value in zip(MEASURES, weights, strict=True)})
    if "--judge" not in arguments:
        kept = {
            "what": "A linear judge of agitation; made by engine/train/agitation.py out of real acted speech.",
            "left_out": figures,
            "spread": {name: round(float(value), 5) for name, value in zip(MEASURES, spread, strict=True)},
            "weights": {name: round(float(value), 5) for name, value in zip(MEASURES, weights, strict=True)},
        }
        TAUGHT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def usual(sets: list[tuple]) -> np.ndarray:
    """Standard deviation of each measure over one man's neutral clips, the mean over men and kinds."""
    own = [values[(men == man) & (labels == "neutral")].var(axis=0, ddof=1) for _kind, (men, labels, values) in sets for man in np.unique(men)]
    return np.sqrt(np.mean(own, axis=0))


def joined(sets: list[tuple]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Kinds, men, labels and values of all sets."""
    kinds = np.concatenate([[kind] * len(men) for kind, men, _labels, _values in sets])
    return (kinds, *(np.concatenate(column) for column in list(zip(*sets, strict=True))[1:]))


def listened(clips: tuple[acted.Acted, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Men, labels and measures [clips, measures], of the clips in which enough voice is heard to be measured."""
    found = []
    for clip in clips:
        with contextlib.suppress(LineProblem):
            found.append((clip.man, clip.label, measured(clip.samples, clip.rate)))
    return tuple(np.array(column) for column in zip(*found, strict=True))


def standing(clips: tuple, spread: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same with distances from so many other neutral clips of the man, drawn anew for each; no word is compared with itself."""
    men, labels, values = clips
    draw = np.random.default_rng(1)
    rows = []
    for number, man in enumerate(men):
        known = np.flatnonzero((men == man) & (labels == "neutral") & (np.arange(len(men)) != number))
        rows.append(distance(values[number], values[draw.choice(known, count, replace=False)], spread))
    return men, labels, np.array(rows)


def fitted(labels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weights by ridge regression to 1 for angry and 0 for neutral, each counting alike and with nothing added: 0 is the neutral clips' own."""
    chosen = np.isin(labels, ("angry", "neutral"))
    rows, goal = values[chosen], (labels[chosen] == "angry").astype(float)
    counts = np.where(goal == 1, 1 / goal.mean(), 1 / (1 - goal.mean())) / 2
    return np.linalg.solve(rows.T @ (rows * counts[:, None]) + RIDGE * len(rows) * np.eye(rows.shape[1]), rows.T @ (goal * counts))


def judged(taught: list[tuple], asked: list[tuple]) -> dict:
    """For every kind of clip what each man gets from a judge that the four others taught. Both: the same clips."""
    _kinds, _men, _labels, rows = joined(taught)
    kinds, men, labels, values = joined(asked)
    scores = np.zeros(len(men))
    for man in np.unique(men):
        scores[men == man] = values[men == man] @ fitted(labels[men != man], rows[men != man])
    found = {}
    for kind, what in GROUPS.items():
        here = kinds == kind
        at = {label: [scores[here & (men == man) & (labels == label)] for man in np.unique(men)] for label in acted.LABELS.values()}
        anger = [_auc(*pair) for pair in zip(at["angry"], at["neutral"], strict=True)]
        right = [(np.mean(one > 0.5) + np.mean(other <= 0.5)) / 2 for one, other in zip(at["angry"], at["neutral"], strict=True)]
        found[kind] = {
            "clips": what, "count": int(here.sum()),
            "angry-neutral": _told(anger), "right at 0.5": _told(right),
            "angry-afraid": _told([_auc(*pair) for pair in zip(at["angry"], at["afraid"], strict=True)]),
            "afraid-neutral": _told([_auc(*pair) for pair in zip(at["afraid"], at["neutral"], strict=True)]),
            "scores": {label: {"mean": round(float(np.mean(np.concatenate(rows))), 3), "spread": round(float(np.std(np.concatenate(rows))), 3)} for label, rows in at.items()},
        }  # fmt: skip
    return found


def ours(data: Path) -> dict:
    """What it hears in the held-out voices' takes, by emotion and kind, each against the same voice's other neutral takes."""
    import soundfile

    there = spoken.spoken(data)
    heard: dict[str, list] = {}
    for clip in spoken.clips(load("kokoro", models.folder()).voices()):
        if clip.held_out:
            samples, rate = soundfile.read(there[spoken.key(clip)], dtype="float32", always_2d=True)
            heard.setdefault(clip.voice, []).append((clip, samples[:, 0], rate))
    scores: dict[str, list[float]] = {}
    for clips in heard.values():
        for clip, mono, rate in clips:
            neutral = [other for its, other, _rate in clips if its.kind == "neutral" and its is not clip]
            name = "neutral" if clip.kind == "neutral" else f"{EIGHT[int(np.argmax(clip.label))]} {clip.kind}"
            scores.setdefault(name, []).append(agitated(mono, rate, neutral))
    return {name: {"mean": round(float(np.mean(row)), 2), "over 0": round(float(np.mean(np.array(row) > 0)), 2), "clips": len(row)} for name, row in sorted(scores.items())}


def _told(values: list[float]) -> dict:
    return {"mean": round(float(np.mean(values)), 3), "worst_man": round(float(min(values)), 3)}


def _auc(positive: np.ndarray, negative: np.ndarray) -> float:
    return float(np.mean(positive[:, None] > negative))


if __name__ == "__main__":
    main(sys.argv[1:])
