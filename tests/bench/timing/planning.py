"""How long planning takes: 500 lines of a film, nobody speaks; in a process of its own."""
from __future__ import annotations

import subprocess
import sys
import time

COUNT = 500
BETWEEN = 0.4
"""Seconds between two lines of the film."""

TIMES = 3
"""Of which the least counts: other work on the computer only ever adds."""


def apart() -> dict:
    """CPU seconds for COUNT new lines once everything is loaded. Each time a fresh process: what was read is remembered."""
    spent = []
    for _ in range(TIMES):
        answer = subprocess.run([sys.executable, "-m", __name__], stdout=subprocess.PIPE, check=True, text=True)
        spent.append(round(float(answer.stdout.split()[-1]), 3))
    return {"lines": COUNT, "cpu_seconds": min(spent), "each": spent}


def measured() -> float:
    """CPU seconds in this process."""
    from engine import models
    from engine.events import Planned
    from engine.speak import Engine

    engine = Engine(models.folder(), 1)
    # loads the dictionaries of both languages
    list(engine.run(0, job([("Good morning.", "en"), ("早上好。", "zh")])))
    film = job(texts(COUNT))
    began = time.process_time()
    planned = sum(isinstance(event, Planned) for event in engine.run(1, film))
    spent = time.process_time() - began
    if planned != COUNT:
        raise RuntimeError(f"{planned} lines of {COUNT} were planned")
    return spent


def job(said):
    """Lines of four speakers in two languages, one after another, in slots that suit them more or less."""
    from engine.script import Cast, Job, Line, Role, Voice

    from .script import VOICES

    cast = Cast(tuple(Role(voice, Voice(voice)) for voices in VOICES.values() for voice in voices[:2]))
    found, at = [], 0.0
    for number, (text, language) in enumerate(said):
        seconds = 1.5 + 0.25 * (number % 9)
        found.append(Line(f"{number:04}", text, VOICES[language][number % 2], "", at, seconds))
        at += seconds + BETWEEN
    return Job(tuple(found), cast, speak=False)


def texts(count: int):
    """So many different texts as long as those of the script: the first half of one line and the second of another."""
    from .script import lines

    cut = []
    for said in lines():
        joint = " " if said.language == "en" else ""
        words = said.text.split() if joint else list(said.text)
        cut.append((joint.join(words[: len(words) // 2]), joint, joint.join(words[len(words) // 2 :]), said.language))
    pairs = ((a, b) for step in range(len(cut)) for a, b in zip(cut, cut[step:] + cut[:step], strict=True) if a[3] == b[3])
    return [(head + joint + tail, language) for _, ((head, joint, _, language), (_, _, tail, _)) in zip(range(count), pairs, strict=False)]


if __name__ == "__main__":
    print(measured())
