"""One person enrolled, and what comes of it: how alike, how quickly, how natural, and whether everything else still holds."""
from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import numpy as np

from engine import models
from engine.hear.enrolment import checked
from engine.hear.speaker import Likeness
from engine.hear.words import differences, normal, text
from engine.script import Feeling, Recording, Wish
from engine.voices import enrol
from engine.voices.library import Consent, Enrolled
from engine.voices.space import of
from engine.voices.stock import names
from engine.voices.styles import Styles

from ..timing.hearing import BETWEEN, recogniser
from ..timing.instruments import RATE, listened, natural
from ..timing.making import engine, made, sound

LINES = {
    "en-us": ("We could see the lights of the harbour from the top of the hill.", "If you leave now, you will be home before the rain starts.", "My brother keeps old radios in the cellar, and some still work."),
    "zh": ("我们从山顶上看见了港口的灯光。", "你现在出发的话，下雨以前就能到家。"),
}
"""What is spoken: none of it is in a recording, and none is among the phrases of the thorough gear."""

GEARS = ("stock", "quick", "thorough")
"""The nearest stock voice, and the two ways of enrolling."""

SLOTS = (3.3337, 4.2011)
"""Seconds, none of them a whole number of samples."""

MEASURED = Consent("somebody whose recording a package carries", "it measures this bench and is thrown away", "2026-01-01", "the bench")


@cache
def ear() -> Likeness:
    return Likeness(models.folder(), 1)


def enrolled(person, folder: str, gears: tuple[str, ...]) -> dict:
    """A person's voice in each gear, and what it took. Leaves the voices as files for those who speak them."""
    check = checked(person.enrol, person.rate, models.folder())
    mono, rate = check.mono, check.rate
    own, other = ear().embedding(person.enrol, person.rate), ear().embedding(person.other, person.rate)
    row = {"name": person.name, "sex": person.sex, "language": person.language, "notes": list(check.notes), "own": own, "other": other, "seconds": check.seconds}
    enrol.quick(mono, rate, "en-us", models.folder(), check.spoken)  # whoever enrols has the networks in the system's cache
    began, spent = time.perf_counter(), time.process_time()
    found = enrol.quick(mono, rate, "en-us", models.folder(), check.spoken)
    row["quick"] = {"voice": found, "wall": time.perf_counter() - began, "cpu": time.process_time() - spent}
    row["stock"] = {"voice": {language: max(stock(language), key=lambda name, of=language: float(stock(of)[name] @ own)) for language in LINES}}
    if "thorough" in gears:
        from engine.voices.refine import thorough

        began, spent = time.perf_counter(), time.process_time()
        home = Path(folder) / person.name
        home.mkdir(exist_ok=True)
        row["thorough"] = {"voice": thorough(found, mono, rate, "en-us", models.folder(), lambda *_told: None, lambda: False, home)}
        row["thorough"] |= {"wall": time.perf_counter() - began, "cpu": time.process_time() - spent}
    return row


@cache
def stock(language: str) -> dict[str, np.ndarray]:
    """Embedding of every stock voice of a language, of one line of each."""
    found = {}
    for name, own in names().items():
        if own[:2] == language[:2]:
            take = made(LINES[language][0], name, str(models.folder() / "for-benches" / "stock"), Wish("free"))
            found[name] = ear().embedding(*sound(take))
    return found


def said(asked: tuple[dict, str, str, int], folder: str) -> dict:
    """One line in one person's voice in one gear. asked: the person's row, gear, language, number of the line."""
    row, gear, language, line = asked
    name = f"{row['name']}-{gear}-{language}-{line}"
    voice = _cast(row, gear, language)
    samples, rate = sound(made(LINES[language][line], voice, folder, Wish("free")))
    np.save(Path(folder) / f"{name}.npy", listened(samples, rate))
    return {"name": name, "person": row["name"], "gear": gear, "language": language, "line": line, "embedding": ear().embedding(samples, rate), "mos": natural([listened(samples, rate)])[0]}


def _cast(row: dict, gear: str, language: str) -> str:
    """The voice's name, known to this process's engine."""
    found = row[gear]["voice"]
    if isinstance(found, dict):
        return found[language]
    fields = {key: getattr(found, key) for key in ("timbre", "habit", "f0", "semitones", "spread", "pace", "colour", "embedding", "seconds")}
    engine().family("kokoro").styles = Styles(models.folder(), {"person": Enrolled("person", language, consent=MEASURED, **fields)})
    return "person"


def holds(asked: tuple[dict, str, float], folder: str) -> dict:
    """Whether a slot is filled to the sample, in an emotion and along an original's phrases. asked: row, gear, seconds."""
    row, gear, seconds = asked
    voice = _cast(row, gear, "en-us")
    address = Recording(str(Path(__file__).parents[3] / "demo" / "data" / "kennedy_inaugural_1961.flac"))
    takes = [
        (made(LINES["en-us"][1], voice, folder, Wish(feelings=(Feeling(preset="angry"),)), seconds), seconds),
        (made("And so, my fellow people, ask not what your house can do for you, ask what you can do for your house.", voice, folder, Wish(), 11.0, address), 11.0),
    ]
    errors = [abs(take.samples - round(length * take.plan.rate)) for take, length in takes]
    late = [abs(phrase.start - phrase.planned_start) * 1000 for phrase in takes[1][0].speech.phrases]
    return {"person": row["name"], "gear": gear, "samples": max(errors), "phrases": len(late), "onset_ms": max(late)}


def moods(asked, folder: str) -> dict:
    """A man calm and agitated: his timbre by the quick gear. asked: man, label, samples, rate."""
    man, label, samples, rate = asked
    found = enrol.quick(samples, rate, "en-us", models.folder())
    return {"man": man, "label": label, "place": of(models.folder()).place(np.array(found.timbre)), "embedding": np.array(found.embedding)}


def heard(page: tuple[str, str, list[str], list[str]], folder: str) -> dict:
    """Errors and words of takes heard one after the other. page: gear, language, names, texts."""
    gear, language, takes, texts = page
    pause = np.zeros(round(BETWEEN * RATE), np.float32)
    whole = np.concatenate([part for name in takes for part in (np.load(Path(folder) / f"{name}.npy"), pause)])
    written = " ".join(texts)
    error, parts = differences(written, text(recogniser().hear(whole, RATE, language[:2]), language[:2]), language[:2])
    words = len(normal(written, language[:2]).split()) if language != "zh" else len(normal(written, "zh").replace(" ", ""))
    return {"gear": gear, "language": language, "words": words, "errors": round(error * words), "differences": [f"{p.said} > {p.heard}" for p in parts if p.kind != "equal"]}
