"""Runs the bench of batch runs and writes its figures; exit code 0 when every promise is kept, else 1.

Everything is done by the documented command in processes of its own, and timed as a person would: from the start to the end of the command.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.whole import STILL

from ..__main__ import machine

ROOT = Path(__file__).resolve().parents[3]
TONE, REAL = "tone:sine", "af_heart"

PATIENCE = STILL + 5
"""Seconds after which `clean` counts a file as left half-written, and a few more."""

NOTICE = 10
"""Seconds that a worker may need to see that its Blender was killed: a line of the voice without weights takes far less."""


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="bench batch", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench-batch.json"), help="where the figures go (default: %(default)s)")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="a part of it, again for another")
    parser.add_argument("--kills", type=int, default=50, help="how often a run is killed (default: %(default)s)")
    parser.add_argument("--most", type=int, default=10_000, help="lines of the longest film (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures, promises = {}, []
    with tempfile.TemporaryDirectory(prefix="dubline-bench-") as folder:
        for name in options.only or PARTS:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            figures[name], kept = PARTS[name](Path(folder) / name, options)
            promises += kept
    options.out.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine(), "load": os.getloadavg()[0], "promises": promises, "figures": figures}
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
    for promise in promises:
        print(f"{'kept  ' if promise['kept'] else 'BROKEN'} {promise['what']}: {promise['is']} (promised {promise['promised']})")
    return int(not all(promise["kept"] for promise in promises))


def promise(what: str, value, wanted: str, kept: bool) -> dict:
    return {"what": what, "is": value, "promised": wanted, "kept": bool(kept)}


def films(folder: Path, count: int, lines: int, voice: str) -> list[Path]:
    """Made in a process of its own."""
    subprocess.run([sys.executable, "-m", "tests.bench.batch.films", str(folder), str(count), str(lines), voice], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return [folder / f"film{number}.blend" for number in range(count)]


def command(folder: Path, paths, *arguments, program=("blender_addon",), verb: str = "dub") -> tuple[list[str], dict]:
    words = [sys.executable, "-m", *map(str, program), verb, *map(str, paths), *map(str, arguments), "--quiet"]
    return words, {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "user"), "OMP_NUM_THREADS": "1"}


def dub(folder: Path, paths, *arguments) -> dict:
    """Runs the command to its end: seconds by the clock, CPU seconds of all its processes, of Blender's and of the workers', megabytes of the greatest of
    them, exit code."""
    figures = folder / "figures.json"
    words, surroundings = command(folder, paths, *arguments, program=("tests.bench.batch.measured", figures))
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode == 2:
        raise RuntimeError(done.stderr)
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        **{who: round(used, 3) for who, used in json.loads(figures.read_text(encoding="utf-8")).items()},
        "megabytes": round(after.ru_maxrss / 1024),
        "code": done.returncode,
    }


def throughput(folder: Path, options) -> tuple[dict, list]:
    """200 lines over 4 films with the real voice, by one worker and by two."""
    paths = films(folder, 4, 50, REAL)
    found = {}
    for workers in (1, 2):
        found[f"workers_{workers}"] = dub(folder, paths, "--workers", workers, "--takes", folder / f"takes{workers}")
    startup = dub(folder, paths, "--workers", 1, "--takes", folder / "takes1")["seconds"]
    one, two = (found[f"workers_{workers}"]["seconds"] for workers in (1, 2))
    found["unchanged"] = startup
    found["gain"] = round(one / two, 3)
    same = sounds(folder / "takes1") == sounds(folder / "takes2")
    return found, [
        promise("two workers against one, 200 lines over 4 films, by the clock", found["gain"], ">= 1.8", found["gain"] >= 1.8),
        promise("they make the same takes", same, "True", same),
    ]


def sounding(folder: Path) -> float:
    """CPU seconds that the workers spent on the sound of a folder's takes: to make it, to bring it to its loudness, to check it. They say so themselves."""
    told = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sum((one.get("take") or one.get("check"))["compute_seconds"] for one in told)


def bare(folder: Path) -> float:
    """CPU seconds that the files of a folder's takes would cost anybody: encoding, writing, and laying them in Blender."""
    figures = folder / "bare.figures"
    subprocess.run([sys.executable, "-m", "tests.bench.batch.bare", str(folder), str(figures)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return sum(json.loads(figures.read_text(encoding="utf-8")).values())


def overhead(folder: Path, options) -> tuple[dict, list]:
    """Films of 50, 1,000 and 10,000 lines with the voice without weights: what is ours of a line's cost, and what an unchanged film costs.

    Ours is all that Blender's process does for a line, and what its worker does beside the sound. What a start costs falls out, since a film of 50 lines
    is taken from each longer one. Beside it stands what of that the files alone cost anybody who makes as many and lays them in Blender.
    """
    found = {}
    for lines in sorted({50, 1000, options.most}):
        home = folder / str(lines)
        paths = films(home, 1, lines, TONE)
        first = dub(home, paths, "--save")
        again = dub(home, paths, "--needed")
        found[str(lines)] = {"first": first | {"sound": round(sounding(home / "dubs"), 3), "bare": round(bare(home / "dubs"), 3)}, "unchanged": again}
        shutil.rmtree(home)
    start = found["50"]["unchanged"]["cpu"]
    for lines, figure in found.items():
        figure["cpu_ms_a_line"] = round((figure["first"]["cpu"] - start) / int(lines) * 1000, 2)
        if int(lines) > 50:
            more = {who: (figure["first"][who] - found["50"]["first"][who]) / (int(lines) - 50) * 1000 for who in ("driver", "workers", "sound", "bare")}
            figure["ms_a_line"] = {who: round(value, 2) for who, value in {**more, "ours": more["driver"] + more["workers"] - more["sound"]}.items()}
    growth = found[str(options.most)]["cpu_ms_a_line"] / found["1000"]["cpu_ms_a_line"] if options.most > 1000 else 1.0
    rerun = found["1000"]["unchanged"]["seconds"]
    ours = {lines: figure["ms_a_line"]["ours"] for lines, figure in found.items() if "ms_a_line" in figure}
    return found, [
        *(promise(f"CPU of ours a line, milliseconds, {lines} lines", value, "<= 5", value <= 5) for lines, value in ours.items()),
        promise("an unchanged film of 1,000 lines, seconds by the clock", rerun, "<= 5", rerun <= 5),
        promise(f"CPU of a line at {options.most} lines against 1,000", round(growth, 2), "<= 1.25", growth <= 1.25),
    ]


def killed(folder: Path, options) -> tuple[dict, list]:
    """Runs that are killed at random moments, driver or worker, and begun again, until all their lines are there and the next films have their turn."""
    chance = random.Random(1)
    pristine = films(folder / "films", 2, 60, TONE)
    calm = copied(pristine, folder / "calm")
    whole = dub(folder, calm, "--workers", 2, "--save")
    wanted, strips = sounds(folder / "calm" / "dubs"), listing(folder / "calm")
    storms, kills, orphans, equal = [], {"driver": 0, "worker": 0}, [], {"takes": True, "strips": True}
    while sum(kills.values()) < options.kills:
        storm = copied(pristine, folder / f"storm{len(storms)}")
        storms.append(storm)
        takes = storm[0].parent / "dubs"
        while sum(kills.values()) < options.kills and len(list(takes.glob("[!.]*.wav"))) < len(wanted):
            words, surroundings = command(folder, storm, "--workers", 2, "--save")
            running = subprocess.Popen(words, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.2, whole["seconds"]))
            kills[struck(running, chance, folder)] += 1
        last = dub(folder, storm, "--workers", 2, "--save")
        equal["takes"] &= sounds(takes) == wanted
        equal["strips"] &= listing(takes.parent) == strips
    # a worker notices that its Blender is gone when it next turns to it
    deadline = time.monotonic() + NOTICE
    while (orphans := [pid for path in Path("/proc").glob("[0-9]*") if is_worker(pid := int(path.name), folder)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    broken = [name for storm in storms for name in drafts(storm[0].parent / "dubs")]
    time.sleep(PATIENCE)
    for storm in storms:
        words, surroundings = command(folder, storm, verb="clean")
        subprocess.run(words, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, check=True)
    left = [name for storm in storms for name in drafts(storm[0].parent / "dubs")]
    found = {"kills": kills, "times_finished": len(storms), "whole": whole, "last": last, "half_written": broken, "left_over": left, "orphans": orphans}
    return found, [
        promise(f"takes after {options.kills} kills equal an undisturbed run's, byte for byte", equal["takes"], "True", equal["takes"]),
        promise("strips of the films, too", equal["strips"], "True", equal["strips"]),
        promise("files left half-written after `clean`", len(left), "0", not left),
        promise(f"workers left over after {NOTICE} s", len(orphans), "0", not orphans),
    ]


def struck(running: subprocess.Popen, chance: random.Random, folder: Path) -> str:
    """Kills a run or, half of the time, one of its workers; waits for its end, and tells which it was."""
    workers = [pid for pid in children(running.pid) if is_worker(pid, folder)]
    victim = "worker" if workers and chance.random() < 0.5 else "driver"
    if victim == "worker":
        kill(chance.choice(workers))
        if chance.random() < 0.5:
            running.wait()  # the others go on with its lines
            return victim
        time.sleep(chance.uniform(0, 1))
    kill(running.pid)
    running.wait()
    return victim


def copied(paths: list[Path], folder: Path) -> list[Path]:
    """Films as they are, in a folder of their own."""
    folder.mkdir()
    return [Path(shutil.copy(path, folder)) for path in paths]


def children(pid: int) -> list[int]:
    """All below a process; each of its threads has its own."""
    own = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            own += map(int, task.read_text().split())
    return [*own, *(below for child in own for below in children(child))]


def kill(pid: int):
    with contextlib.suppress(OSError):  # it was quicker
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def is_worker(pid: int, folder: Path) -> bool:
    """Whether a process is a worker of this bench."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        surroundings = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return b"serve" in words and str(folder).encode() in surroundings


def sounds(folder: Path) -> dict[str, bytes]:
    """Of the takes, without what is not whole."""
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*.wav")}


def drafts(folder: Path) -> list[str]:
    """Files that are not whole."""
    return sorted(path.name for path in folder.glob(".*") if not path.name.endswith(".lock"))


def listing(folder: Path) -> list:
    """The strips of all films in the folder, as a process of its own reads them; without uids, which are every film's own."""
    program = (
        "import bpy, sys, json\n"
        "found = []\n"
        "for path in sys.argv[1:]:\n"
        "    bpy.ops.wm.open_mainfile(filepath=path)\n"
        "    editor = bpy.context.scene.sequence_editor\n"
        "    strips = editor.strips_all if hasattr(editor, 'strips_all') else editor.sequences_all\n"
        "    edges = ('left_handle', 'right_handle') if hasattr(strips[0], 'left_handle') else ('frame_final_start', 'frame_final_end')\n"
        "    found.append(sorted((s.name, s.type, s.channel, *(getattr(s, edge) for edge in edges), s.sound.filepath if s.type == 'SOUND' else '') for s in strips))\n"
        "print('FOUND' + json.dumps(found)); sys.stdout.flush()\n"
        "import os; os._exit(0)\n"
    )
    said = subprocess.run([sys.executable, "-c", program, *map(str, sorted(folder.glob("*.blend")))], capture_output=True, text=True, check=True).stdout
    return json.loads(said.rpartition("FOUND")[2])


PARTS = {"throughput": throughput, "overhead": overhead, "killed": killed}

if __name__ == "__main__":
    sys.exit(main())
