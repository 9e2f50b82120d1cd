"""The one tool: makes the environment, fetches models, and runs the demo, tests, bench, lint and packaging in it.

Starts on the standard library alone, so that a fresh clone needs nothing but Python 3.11 or 3.13.
"""
import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from environments import BLENDERS, DEFAULTS, ROOT, Stop, default, environment, interpreter, made, say, version_of

OUT = ROOT / "out"

MODELS = ("kokoro-v1.0", "jieba", "universal-sentence-encoder", "deepfilternet3", "whisper-base", "campplus")
"""What dubbing is done with, and what judges it: a recogniser, and a network that tells speakers apart."""

BENCHES = {
    "timing": ("bench-timing", "how well speech fits its time"),
    "emotion": ("bench-emotion", "how well an emotion arrives"),
    "transfer": ("bench-emotion", "how well a performance is carried over"),
    "voices": ("bench-emotion", "how well people are enrolled"),
    "batch": ("", "how a night of films goes"),
}
"""Benches by themselves: the environment on Python 3.11 that each has for it, where it has one, and what they measure."""

BATCH = ("dub", "plan", "check", "export", "render", "clean")
"""What the add-on's batch entry can do with films; the first is meant where none is named."""

FUZZ = "tests/fuzz"
"""Hostile files: a fixed number of them in every run, new ones for as long as the lane fuzz is given."""

PATIENCE = 3600
"""Seconds that one floor of tests may take beside another: Blender modules before 5.0 can hang when they end."""


def main(arguments=None):
    """Runs one verb; returns its exit code."""
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if running not in DEFAULTS:
        print(f"This needs Python {' or '.join(DEFAULTS)}, the Pythons of Blender's modules; this is {running} ({sys.executable}).", file=sys.stderr)
        return 2
    options, rest = _parser().parse_known_args(arguments)
    if rest and not options.passes:
        _parser().error(f"unknown: {' '.join(rest)}")
    options.rest = [item for item in rest if item != "--"]
    try:
        return options.verb(options) or 0
    except Stop as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; what is finished is kept", file=sys.stderr)
        return 130


# Verbs


def setup(options):
    """The environment alone."""
    python = environment(options.bpy)
    say(f"ready: {python}")


def models(options):
    """Models through the engine's own shell."""
    return run(environment(options.bpy), "-m", "engine", "models", *options.rest)


def demo(options):
    """The sample film."""
    python = environment(options.bpy)
    fetch_models(python)
    return run(python, "-m", "demo", "--out", options.out, *options.rest)


def bench(options):
    """Measures ours against the peer package, or one of BENCHES; each needs an environment of its own."""
    out = ["--out", options.out] if options.out else []
    if options.rest[:1] and options.rest[0] in BENCHES:
        name = options.rest[0]
        home, _ = BENCHES[name]
        python = made(ROOT / f".venv-{home}", ROOT / "requirements" / f"{home}.txt", interpreter("3.11")) if home else environment(options.bpy)
        fetch_models(python)
        return run(python, "-m", f"tests.bench.{name}", *out, *options.rest[1:])
    python = environment(options.bpy)
    fetch_models(python)
    peer = made(ROOT / ".venv-bench", ROOT / "requirements" / "bench.txt", sys.executable)
    return run(python, "-m", "tests.bench", *out, *options.rest, DUBLINE_BENCH_PEER=str(peer))


def gui(options):
    """The session in real Blender windows, which brings its Blenders itself."""
    python = environment(options.bpy)
    fetch_models(python)
    return run(python, "-m", "tests.gui", *options.rest)


def dub(options):
    """The add-on's own batch entry, with the repository mounted as the add-on."""
    python = environment(options.bpy)
    fetch_models(python)
    verb = [] if options.rest[:1] and options.rest[0] in BATCH else ["dub"]
    return run(python, "-m", "blender_addon", *verb, *options.rest)


def lint(options):
    """Style, the engine's types, and the house rules that can be checked."""
    python = environment(options.bpy)
    found = [run(python, "-m", "ruff", "check", "."), run(python, "-m", "pytest", "-q", "tests/test_architecture.py")]
    if version_of(python) == "3.11":  # the numpy of the other one tells more of itself, and other faults
        checker = made(ROOT / ".venv-types", ROOT / "requirements" / "types.txt", sys.executable)
        found.append(run(checker, "-m", "mypy", "--python-executable", python))
    return max(found)


def package(options):
    """The extension's zip."""
    return run(environment(options.bpy), "package.py", *options.rest)


def test(options):
    """The whole suite: all floors on this Python's Blender, then what must hold on the other Blenders."""
    python = environment(options.bpy)
    fetch_models(python)
    named = [item for item in options.rest if not item.startswith("-") and (ROOT / item.split("::")[0]).exists()]
    if named:
        if any(item.startswith("tests/indextts") for item in named):
            imitator()
        return run(python, "-m", "pytest", *options.rest)
    if options.lane == "fuzz":
        return run(python, "-m", "pytest", FUZZ, *options.rest, DUBLINE_FUZZ=str(60 * options.minutes))
    here = options.bpy or default()
    # chains of floors that share an environment, the longest first; two cores take one each
    chains = [
        lambda: [pytest(f"engine, Python {version_of(python)}", python, ["tests/engine", "tests/test_architecture.py", "tests/test_build.py", "tests/test_docs.py", "tests/test_security.py", "tests/test_readme.py"], options.rest), pytest("hostile files", python, [FUZZ], options.rest)],
        lambda: [pytest(f"{what}, Blender {here}", python, [folder], options.rest) for what, folder in (("add-on", "tests/addon"), ("installed zip", "tests/installed"))],
    ]
    if options.lane == "full":
        chains += [partial(beside, blender, here, options.rest) for blender in BLENDERS if blender != here]
        chains.append(lambda: training(options.rest))
        chains.append(lambda: indextts(python, options.rest))
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        results = [row for rows in pool.map(lambda chain: chain(), chains) for row in rows]
    return verdict([row for row in results if not isinstance(row, str)], [row for row in results if isinstance(row, str)])


def beside(blender, here, more):
    """What must hold on another Blender than `here`: rows of results, or a sentence why it was not run."""
    try:
        python = environment(blender)
    except Stop as reason:
        return [f"Blender {blender}: {reason}"]
    floors = [(f"add-on, Blender {blender}", ["tests/addon"])]
    if BLENDERS[blender] != BLENDERS[here] and blender == DEFAULTS[BLENDERS[blender]]:
        floors.append((f"installed zip, Blender {blender}", ["tests/installed"]))
        floors.append((f"engine, Python {version_of(python)}", ["tests/engine", "-m", "not slow"]))
    return [pytest(label, python, paths, more) for label, paths in floors]


def training(more):
    """The trainings' smoke runs, or a sentence why not."""
    try:
        trainer = made(ROOT / ".venv-train", ROOT / "requirements" / "train.txt", interpreter("3.11"))
    except Stop as reason:
        return [f"training: {reason}"]
    return [pytest("training, Python 3.11", trainer, ["tests/training"], more)]


def indextts(python, more):
    """IndexTTS's own code on random weights, in an environment of its own that our tests talk to; or a sentence why not."""
    try:
        imitator()
    except Stop as reason:
        return [f"IndexTTS: {reason}"]
    return [pytest("IndexTTS, random weights", python, ["tests/indextts"], more)]


def imitator():
    """The Python that has IndexTTS. Raises Stop."""
    return made(ROOT / ".venv-indextts", ROOT / "requirements" / "indextts.txt", interpreter("3.11"))


# Running things


def run(python, *arguments, patience=None, log=None, **more):
    """Runs our Python at the repository's root; returns its exit code, 124 when it took longer than `patience` seconds.

    log: a file that takes all it prints.
    """
    printed = {"stdout": log, "stderr": subprocess.STDOUT} if log else {}
    try:
        return subprocess.run([str(python), *map(str, arguments)], cwd=ROOT, env=surroundings(**more), timeout=patience, **printed).returncode
    except subprocess.TimeoutExpired:
        say(f"ended after {patience} s without an end in sight: {' '.join(map(str, arguments))}")
        return 124


def surroundings(**more):
    """The environment variables that everything of ours runs with."""
    return {**os.environ, "DUBLINE_MODELS": os.environ.get("DUBLINE_MODELS") or str(ROOT / ".models"), "PYTHONUTF8": "1", **more}


def fetch_models(python):
    """The models of MODELS, if they are not here. Raises Stop."""
    command = [str(python), "-m", "engine", "models", "fetch", *MODELS]
    if subprocess.run(command, cwd=ROOT, env=surroundings(), stdout=subprocess.DEVNULL).returncode:
        raise Stop("The models could not be fetched; see above. `python build.py models import FOLDER` takes them from a folder.")


def pytest(label, python, paths, more):
    """Runs one floor in a process of its own and prints what it printed, once it is done; gives its label, counts, seconds and whether it is well."""
    say(f"testing: {label}")
    report = OUT / "test" / f"{''.join(letter if letter.isalnum() else '-' for letter in label)}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    started = time.monotonic()
    with report.with_suffix(".log").open("wb") as log:
        code = run(python, "-m", "pytest", *paths, f"--junitxml={report}", *more, patience=PATIENCE, log=log)
    print(f"\n==== {label} ====\n{report.with_suffix('.log').read_text(encoding='utf-8', errors='replace')}", flush=True)
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    if report.exists():
        for suite in xml.parse(report).getroot().iter("testsuite"):
            counts = {key: counts[key] + int(suite.get(key, 0)) for key in counts}
    failed = counts["failures"] + counts["errors"]
    # A person who narrows the choice may leave a floor empty; the plain command may not.
    well = code == 0 or code == 5 and bool(more)
    passed = counts["tests"] - failed - counts["skipped"]
    return {"label": label, "passed": passed, "failed": failed or int(not well), "skipped": counts["skipped"], "seconds": time.monotonic() - started, "code": code, "well": well}


def verdict(results, absent):
    """Prints what was run and what could not be; returns the exit code."""
    print(f"\n{'floor':34}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for row in results:
        print(f"{row['label']:34}{row['passed']:8}{row['failed']:8}{row['skipped']:9}{row['seconds']:9.0f}{'' if row['well'] else '  <- exit code ' + str(row['code'])}")
    for reason in absent:
        print(f"NOT RUN: {reason}")
    total = {key: sum(row[key] for row in results) for key in ("passed", "failed", "skipped")}
    print(f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return int(any(not row["well"] for row in results))


def _parser():
    parser = argparse.ArgumentParser(prog="build.py", description="The one tool of Dubline.", epilog="Each verb has its own --help.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name, function, text, passes="", out=None):
        """A verb; `passes` says what becomes of arguments that it does not know itself."""
        one = verbs.add_parser(name, help=text, description=text, epilog=passes)
        one.set_defaults(verb=function, passes=passes)
        one.add_argument("--bpy", type=lambda version: ".".join(version.split(".")[:2]), choices=BLENDERS, help="Blender version; that of the running Python by default")
        if out:
            one.add_argument("--out", default=out, help="where it goes (default: %(default)s)")
        return one

    verb("setup", setup, "make the environment: .venv beside this file, from the lock files in requirements/")
    verb("models", models, "list, fetch, verify or import voice models", "list, fetch [NAME …], verify [NAME …], import DIR [NAME …]; --from official|packages chooses the kind of source, --json is for programs.")
    verb("demo", demo, "dub the sample film and write its report", "Further arguments go to the demo.", "out/demo")
    one = verb("test", test, "run the whole suite", "Further arguments go to pytest; with files named, only they run, on this Python's Blender.")
    one.add_argument("--lane", choices=("fast", "full", "fuzz"), default="full", help="fast: this Python's Blender only; full: all that this computer can run (default); fuzz: hostile files alone, for --minutes")
    one.add_argument("--minutes", type=float, default=5.0, help="of the lane fuzz (default: %(default)g)")
    one = verb("bench", bench, "measure against the peer package" + "".join(f", or with `{name}` {what}" for name, (_, what) in BENCHES.items()), "Further arguments go to the bench.")
    one.add_argument("--out", help="where it goes (default: out/bench.json; with a name out/bench-NAME.json)")
    verb("lint", lint, "check style, the engine's types and the house rules")
    verb("package", package, "build the extension's zips in dist/, or a pack of its models", "Arguments go to package.py: --platform NAME|core|all, --models [NAME …], --out FOLDER.")
    verb("gui", gui, "dub by mouse and keys in real Blender windows, with a picture of every step in out/gui", "Arguments go to the session: --blender 4.3|5.2|both, --measure, --zip FILE, --out FOLDER.")
    verb("dub", dub, "dub films: FILM.blend … and arguments, or first plan, check, export, render or clean", "Arguments go to the add-on's batch entry; `build.py dub dub --help` tells them, `build.py dub check --help` those of check, and so on.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
