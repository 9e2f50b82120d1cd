"""How our engine compares with the package `kokoro-onnx` on the same lines, voice, model file and threads.

Every engine sits in a process of its own and they take turns, one speaking at a time. CPU seconds are compared, since other
work on the computer disturbs the clock; of the repetitions the least counts, and of the package's two settings the better.
"""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from engine import models
from engine.script import Cast, Job, Line, Voice
from engine.speak import Engine
from engine.voices.text import pronounce

VOICE, LANGUAGE = "af_heart", "en-us"
LINES = (
    "Not tonight.",
    "I told you not to touch that.",
    "The last train leaves at nine, and nobody is going to wait for us.",
    "She opened the window, looked down at the empty street, and decided that the morning could begin without her.",
    "We had been walking since dawn. The river was behind us, the village was still an hour away, and the old man, who knew the road, had not said a word.",
    "When the lights went out, the whole theatre fell silent. Somewhere in the third row a child began to laugh, and then, one "
    "after another, the people around her joined in, until even the actors behind the curtain could hear it and did not know why.",
)  # fmt: skip
"""From about one to twelve seconds."""

KINDS = ("ours", "peer", "peer_threads")


class Speaker:
    """An engine in its process."""

    def __init__(self, kind: str, threads: int, python: str, files: list[str], stack: ExitStack):
        self.started = time.perf_counter()
        command = [python, str(Path(__file__).with_name("speaker.py")), kind, str(threads), *files]
        self.process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"))
        stack.callback(self.process.kill)

    def say(self, line: dict) -> dict:
        """What a line cost. Raises RuntimeError when the engine is gone; its own words are on stderr."""
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{' '.join(self.process.args)} ended with {self.process.wait()}")
        return json.loads(answer)


def run(repetitions: int = 3) -> dict:
    """Figures per thread count, and the time of a redo from disk. The peer's Python is in DUBLINE_BENCH_PEER."""
    peer = os.environ.get("DUBLINE_BENCH_PEER")
    if not peer:
        raise RuntimeError("DUBLINE_BENCH_PEER must be the Python of an environment made from requirements/bench.txt")
    home = models.find("kokoro-v1.0")
    with tempfile.TemporaryDirectory(prefix="dubline-bench-") as folder:
        voices = Path(folder) / "voices.npz"
        np.savez(voices, **{VOICE: np.fromfile(home / "voices" / f"{VOICE}.bin", "<f4").reshape(510, 1, 256)})
        files = [str(home / "kokoro-v1.0.int8.onnx"), VOICE, str(voices)]
        pythons = dict(zip(KINDS, (sys.executable, peer, peer), strict=True))
        return {f"threads_{n}": _compared(n, pythons, files, repetitions) for n in (1, 2)} | {"redo": _redo(Path(folder))}


def _compared(threads: int, pythons: dict[str, str], files: list[str], repetitions: int) -> dict:
    lines = [{"text": text, "language": LANGUAGE, "phonemes": _phonemes(text)} for text in LINES]
    with ExitStack() as stack:
        speakers, cold = {}, {}
        for kind in KINDS:
            speaker = speakers[kind] = Speaker(kind, threads, pythons[kind], files, stack)
            first = speaker.say(lines[0])
            cold[kind] = {"wall": time.perf_counter() - speaker.started, "cpu": first["total_cpu"]}
        costs = {kind: [[] for _ in lines] for kind in KINDS}
        for repetition in range(repetitions):
            for number, line in enumerate(lines):
                # Whoever is first finds the machine in another state, so the order turns.
                for kind in (*KINDS[repetition % 3 :], *KINDS[: repetition % 3]):
                    costs[kind][number].append(speakers[kind].say(line))
    least = {kind: [min(cost["cpu"] for cost in line) for line in costs[kind]] for kind in KINDS}
    better = [min(pair) for pair in zip(least["peer"], least["peer_threads"], strict=True)]
    ratios = [theirs / mine for theirs, mine in zip(better, least["ours"], strict=True)]
    best = min(("peer", "peer_threads"), key=lambda kind: sum(least[kind]))

    def real_time(kind, what):
        seconds = sum(line[0]["seconds"] for line in costs[kind])
        return round(sum(min(cost[what] for cost in line) for line in costs[kind]) / seconds, 3)

    return {
        "lines": [
            {"seconds": round(mine[0]["seconds"], 2), "peer_seconds": round(theirs[0]["seconds"], 2)}
            | {f"{kind}_cpu": round(least[kind][number], 3) for kind in KINDS} | {"ratio": round(ratios[number], 3)}
            for number, (mine, theirs) in enumerate(zip(costs["ours"], costs["peer"], strict=True))
        ],
        "total_ratio": round(sum(least[best]) / sum(least["ours"]), 3),
        "worst_ratio": round(min(ratios), 3),
        "better_peer": best,
        "cpu_per_second": {kind: real_time(kind, "cpu") for kind in KINDS},
        "real_time_factor": {kind: real_time(kind, "wall") for kind in KINDS},
        "cold_start": {kind: {key: round(value, 2) for key, value in cold[kind].items()} for kind in KINDS},
        "peak_mb": {kind: _rounded(max(cost["peak_mb"] or 0 for line in costs[kind] for cost in line)) for kind in KINDS},
    }  # fmt: skip


def _rounded(value: float) -> int | None:
    return round(value) or None


def _phonemes(text: str) -> str:
    return "".join(chunk.phonemes + " " * chunk.space for chunk in pronounce(text, LANGUAGE).chunks).strip()


def _redo(folder: Path, times: int = 9) -> dict:
    """Milliseconds until an unchanged line is answered from disk."""
    engine = Engine(models.folder(), 1)
    job = Job((Line("one", LINES[1], seconds=2.5),), Cast(default=Voice(VOICE)), str(folder / "takes"))
    fresh = []
    spent = []
    for _ in range(times + 1):
        began = time.perf_counter()
        done = next(event for event in engine.run(1, job) if hasattr(event, "fresh"))
        spent.append((time.perf_counter() - began) * 1000)
        fresh.append(done.fresh)
    if fresh != [True] + [False] * times:
        raise RuntimeError(f"an unchanged line was not answered from disk: {fresh}")
    return {"first_ms": round(spent[0], 1), "median_ms": round(statistics.median(spent[1:]), 1), "worst_ms": round(max(spent[1:]), 1)}
