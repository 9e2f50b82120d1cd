"""Trains the head of `engine.described` on the phrases beside this file and judges it: `python -m engine.train.described`.

A ridge regression in closed form, so that it comes out the same every time: from the encoder's vector, through a Gaussian
kernel on some hundred of the phrases (Nystroem), and from the words' parts, to the likelihood of each emotion and to its
strength. `--folds` tells how it does on a fifth of the phrases that it was not trained on, which is what it was tuned by;
`--judge` how the head does on the phrases in tests/engine, by which no choice was made; without either it is written.
"""
from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..described import GRAMS, HEAD, HEARD, Head, Reader, cleaned, grams, nearness, pieces
from ..emotion import SETTINGS
from .described_tests import degrees, emotions, report

HERE = Path(__file__).parent

LANDMARKS = 560
"""Phrases whose nearness is measured; twice as many gain less than one in a hundred."""

RIDGE = 0.5
MANNERS = 3.0
"""Weight of a phrase about the manner of voice where that is learnt, since there are few."""

COMMON = 2
"""Entries in which a part of a word must occur to count."""


@dataclass(frozen=True)
class Entry:
    """One entry of a data file and the phrases that are made of it."""

    language: str
    phrases: tuple[str, ...]
    target: tuple[float, ...]
    """Share of every axis of Head.AXES; they sum to one."""
    strength: float
    manner: tuple[float, ...] | None
    """Amount of each of SETTINGS; None where the phrases' own words tell."""


def main(arguments: list[str]):
    if "--judge" in arguments:
        print(report(Reader(), emotions(), {kind: degrees(kind) for kind in ("degrees", "settings", "manner")}))
        return
    data = entries()
    encoder = Reader().encoder
    vectors = encoded(encoder, data)
    if "--folds" in arguments:
        folds(data, vectors)
        return
    write(fit(data, vectors), HEAD)


def entries() -> list[Entry]:
    """Every entry of the data files."""
    found = []
    for language in ("en", "zh"):
        for line in (HERE / f"described_{language}.tsv").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                label, kind, words = line.split("\t")
                target, strength = labelled(label)
                found += [Entry(language, forms(language, kind, word), target, strength, None) for word in words.split(" | ")]
    for line in (HERE / "described_manner.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, label, words = line.split("\t")
            name, amount = label.split()
            manner = tuple(float(amount) * (setting == name) for setting in SETTINGS)
            found += [Entry(language, (word,), *labelled("neutral 0"), manner) for word in words.split(" | ")]
    held = {cleaned(phrase) for phrase in held_apart()}
    kept = [replace(entry, phrases=tuple(p for p in entry.phrases if cleaned(p) not in held)) for entry in found]
    return [entry for entry in kept if entry.phrases]


def held_apart() -> list[str]:
    """The phrases of the test sets; what the words' forms would make of them by chance is left out of the training."""
    return [phrase for _language, _wanted, phrase in emotions()] + [row.phrase for kind in ("degrees", "settings", "manner") for row in degrees(kind)]


def labelled(label: str) -> tuple[tuple[float, ...], float]:
    """`angry 0.4 disgusted 0.2` -> shares of AXES, and the greatest strength."""
    words = label.split()
    amounts = {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}
    strength = max(amounts.values())
    if not strength:  # neutral and nothing have none; theirs is not asked for
        amounts, strength = dict.fromkeys(amounts, 1.0), 0.7
    total = sum(amounts.values())
    return tuple(amounts.get(axis, 0.0) / total for axis in Head.AXES), strength


def forms(language: str, kind: str, word: str) -> tuple[str, ...]:
    """The phrases that directors make of an entry."""
    if kind == "phrase":
        return (word,)
    if language == "zh":
        made = {"adj": ("{}", "{}地", "{}地说", "用{}的语气", "{}地看着他"), "noun": ("{}", "带着{}", "充满{}", "满脸{}")}
        return tuple(form.format(word) for form in made[kind])
    made = {"adj": ("{}", "sounding {}", "in a {} voice", "{} tone", "she is {}"), "noun": ("{}", "with {}", "full of {}", "his voice full of {}")}
    found = [form.format(word) for form in made[kind]]
    if kind == "adj" and " " not in word and not word.endswith("ly"):
        found += [adverb(word), f"says {adverb(word)}"]
    return tuple(found)


def adverb(adjective: str) -> str:
    """angry -> angrily."""
    for ending, instead in (("ic", "ically"), ("le", "ly"), ("y", "ily")):
        if adjective.endswith(ending):
            return adjective.removesuffix(ending) + instead
    return f"{adjective}ly"


def encoded(encoder, data: list[Entry]) -> list[np.ndarray]:
    """Vectors (phrases, 512) of every entry."""
    flat = encoder([cleaned(phrase) for entry in data for phrase in entry.phrases])
    return np.split(np.asarray(flat, np.float32), np.cumsum([len(entry.phrases) for entry in data])[:-1])


def fit(data: list[Entry], vectors: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of Head."""
    texts = [cleaned(phrase) for entry in data for phrase in entry.phrases]
    flat = np.concatenate(vectors)
    targets = np.array([[*entry.target, entry.strength, *manner(entry, phrase)] for entry in data for phrase in entry.phrases])
    # an entry with seven forms counts more than a phrase, but not seven times
    weights = np.array([1 / math.sqrt(len(entry.phrases)) for entry in data for _ in entry.phrases])
    manners = weights * [1.0 if entry.manner is None else MANNERS for entry in data for _ in entry.phrases]
    bias = np.average(targets, axis=0, weights=weights)
    # spread evenly over the files, which are in order of their emotions; half precision is what is kept
    chosen = [vectors[i][0] for i in np.linspace(0, len(data) - 1, min(LANDMARKS, len(data))).astype(int)]
    landmarks = np.asarray(chosen, np.float16)
    root = _root(nearness(landmarks.astype(np.float32), landmarks.astype(np.float32)))
    near = nearness(flat, landmarks.astype(np.float32)) @ root
    known, rarity = vocabulary(data)
    parts = _parts(texts, known, rarity)
    # as many unknowns as phrases, whatever the number of parts
    kernel = near @ near.T + parts @ parts.T
    right = (targets - bias).astype(np.float32)
    emotion = np.linalg.solve(kernel + np.diag((RIDGE / weights).astype(np.float32)), right[:, : -len(SETTINGS)])
    voice = np.linalg.solve(kernel + np.diag((RIDGE / manners).astype(np.float32)), right[:, -len(SETTINGS) :])
    solved = np.hstack([emotion, voice])
    return {
        "landmarks": landmarks,
        "weights": (root @ (near.T @ solved)).astype(np.float32),
        "bias": bias.astype(np.float32),
        "grams": np.array(known),
        "rarity": rarity.astype(np.float16),
        "gram_weights": (parts.T @ solved).astype(np.float16),
    }


def manner(entry: Entry, phrase: str) -> tuple[float, ...]:
    """Amounts of SETTINGS: as written, or as the words that are looked up tell, so that their neighbours learn from them."""
    found = [piece.settings for piece in pieces(phrase) if piece.left == 1.0]
    own = tuple(max((settings.get(name, 0.0) for settings in found), key=abs, default=0.0) for name in SETTINGS)
    return tuple(max(pair, key=abs) for pair in zip(own, entry.manner or own, strict=True))


def vocabulary(data: list[Entry]) -> tuple[list[str], np.ndarray]:
    """Parts of words that occur in several entries, and how rare each is, as the log of its share."""
    counts: Counter[str] = Counter()
    for entry in data:
        counts.update(set().union(*(grams(cleaned(phrase)) for phrase in entry.phrases)))
    known = sorted(gram for gram, count in counts.items() if count >= COMMON)
    return known, np.array([math.log(len(data) / counts[gram]) for gram in known], np.float32)


def _parts(texts: list[str], known: list[str], rarity: np.ndarray) -> np.ndarray:
    """(texts, known) the words' parts, each row of length GRAMS ** 0.5."""
    place = {gram: i for i, gram in enumerate(known)}
    found = np.zeros((len(texts), len(known)), np.float32)
    for row, text in enumerate(texts):
        mine = [place[gram] for gram in grams(text) if gram in place]
        found[row, mine] = rarity[mine]
    return found * (GRAMS**0.5 / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9))


def _root(kernel: np.ndarray) -> np.ndarray:
    """The inverse square root of the landmarks' kernel."""
    values, vectors = np.linalg.eigh(kernel.astype(np.float64))
    return (vectors / np.sqrt(np.maximum(values, 1e-4)) @ vectors.T).astype(np.float32)


def write(arrays: dict[str, np.ndarray], path: Path):
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def folds(data: list[Entry], vectors: list[np.ndarray]):
    """Prints shares that are right of two fifths of the entries, with every form of them kept out.

    The first axis; the manner of those that are about it; and how often a manner is heard where none is meant.
    """
    fold = np.random.default_rng(1).integers(0, 5, len(data))
    path = HEAD.with_suffix(".fold.npz")
    for turn in range(2):
        write(fit([e for e, f in zip(data, fold, strict=True) if f != turn], [v for v, f in zip(vectors, fold, strict=True) if f != turn]), path)
        head, hits = Head(path), defaultdict(list)
        path.unlink()
        for entry, mine, f in zip(data, vectors, fold, strict=True):
            if f != turn:
                continue
            likely, _strength, heard = head(mine, [cleaned(phrase) for phrase in entry.phrases])
            if entry.manner is None:
                hits[entry.language].append(np.mean([entry.target[i] >= max(entry.target) for i in likely.argmax(axis=1)]))
                quiet = [not any(manner(entry, phrase)) for phrase in entry.phrases]
                hits["false manner"] += (np.abs(heard[quiet]).max(axis=1, initial=0.0) >= HEARD).tolist()
            else:
                place = int(np.argmax(np.abs(entry.manner)))
                hits[f"{entry.language} manner"].append(heard[0, place] * np.sign(entry.manner[place]) >= HEARD)
        print({name: round(float(np.mean(right)), 3) for name, right in sorted(hits.items())}, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
