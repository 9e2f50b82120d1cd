"""The shell's way to the engine: say a line, run a job, dub a script, voices and models, tell a feeling, transfer a performance, transcribe a sound, part voice and background, put an effect on a sound, serve a worker's pipe.

Exit codes: 0 all lines are takes, 1 some lines failed (each is named) or nobody read on, 2 nothing could be run.
"""
from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import __version__, diagnosis, effects, models, people, sounds, transfer, wire
from .apart import shell
from .emotion import played, told
from .events import Done, Failed, Planned, Progress
from .formats import feeling_text
from .plan import check_wish
from .problems import LineProblem
from .script import Cast, Emotion, Heard, Job, Line, Mood, Recording, Take, Voice, Wish
from .speak import Engine

ALL_DONE, SOME_FAILED, NOT_RUN = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code = options.verb(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads it has read enough, such as head; Python would complain once more when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_FAILED
    except (LineProblem, wire.WireError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        if options.json:
            print(json.dumps({"error": str(error), "code": getattr(error, "code", "bad_input")}))
        return NOT_RUN
    except KeyboardInterrupt:
        print("cancelled; finished takes are kept", file=sys.stderr)
        return SOME_FAILED


def _say(options: argparse.Namespace) -> int:
    timbre, _, prosody = options.voice.partition("/")
    given = options.seconds is not None or options.ratio or options.tokens
    wish = Wish(
        "controlled" if given else "free", options.ratio, options.tokens, options.smoothness, overflow=options.overflow,
        sync=options.sync, match=options.match, level=options.level, pitch=options.pitch, effect=options.effect, seed=options.seed,
        feelings=tuple(map(feeling_text.read, options.emotion)), intensity=options.intensity, performance=options.performance,
    )  # fmt: skip
    original = Recording(*_recording(options.original)) if options.original else None
    line = Line("line", options.text, options.voice, options.lang, 0.0, options.seconds or 0.0, wish, original)
    cast = Cast(default=Voice(timbre, prosody, options.family))
    out = Path(options.out)
    job = Job((line,), cast, str(options.takes or out.parent / "takes"), options.rate, options.channels, options.quantum)
    code, takes = _speak(options, job)
    for take in takes:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(take.path, out)
        _note(f"{out}: {take.samples} samples, {take.samples / take.plan.rate:.3f} s")
    return code


def _recording(given: str) -> tuple[str, float]:
    """`FILE` or `FILE@SECONDS`. Raises LineProblem."""
    path, _, start = given.rpartition("@")
    if not path:
        return given, 0.0
    try:
        return path, float(start)
    except ValueError:
        return given, 0.0  # an @ of the file's own name


def _plan(options: argparse.Namespace) -> int:
    """What every line would be like, without speaking one."""
    from .formats import yaml_script

    path = Path(options.script)
    if path.suffix.lower() == ".json":
        job = wire.loads(path.read_bytes())
        if not isinstance(job, Job):
            raise wire.WireError(f"{path} holds a {type(job).__name__}, not a Job")
    else:
        lines, cast = yaml_script.read(path)
        job = Job(lines, cast)
    failed = 0
    for event in Engine(options.models, options.threads).run(1, replace(job, speak=False)):
        if options.json:
            print(wire.dumps(event))
        elif isinstance(event, Planned):
            seen = event.outlook
            print(f"{event.uid:16} {seen.natural:7.2f} s natural, {seen.available:7.2f} s needed, x{seen.ratio:4.2f}  {seen.verdict:12} {_moods(seen.moods, seen.heard)} {' '.join(seen.advice)}".rstrip())
        if isinstance(event, Failed):
            failed += 1
            _note(f"{event.uid} cannot be spoken: {event.message} {event.remedy}")
    return SOME_FAILED if failed else ALL_DONE


def _moods(moods: Iterable[Mood], heard: Heard | None) -> str:
    """`[angry 0.60]`, the moods of a line in their order; nothing for a neutral one."""
    return " ".join(f"[{told(played(mood, heard))}]" for mood in moods)


def _run(options: argparse.Namespace) -> int:
    job = wire.loads(Path(options.job).read_bytes())
    if not isinstance(job, Job):
        raise wire.WireError(f"{options.job} holds a {type(job).__name__}, not a Job")
    return _speak(options, job)[0]


def _dub(options: argparse.Namespace) -> int:
    from .formats import yaml_script

    script = Path(options.script)
    lines, cast = yaml_script.read(script)
    takes = options.takes or script.parent / "takes"
    return _speak(options, Job(lines, cast, str(takes), options.rate, options.channels, options.quantum))[0]


def _speak(options: argparse.Namespace, job: Job) -> tuple[int, list[Take]]:
    """Runs the job, tells every line's fate and returns the exit code and the takes."""
    engine = Engine(options.models, options.threads)
    failed, takes = 0, []
    for event in engine.run(1, job):
        if options.json:
            print(wire.dumps(event), flush=True)
        if isinstance(event, Progress):
            _note(f"[{event.done:4.0%}] {event.uid}")
        elif isinstance(event, Done):
            takes.append(event.take)
            _note(f"       {event.uid} -> {event.take.path}{_verdict(event)}")
        elif isinstance(event, Failed):
            failed += 1
            _note(f"       {event.uid} failed: {event.message} {event.remedy}")
    return (SOME_FAILED if failed else ALL_DONE), takes


def _verdict(event: Done) -> str:
    take = event.take
    parts = [f"length x{take.speech.ratio:.2f}", *filter(None, [_moods(take.plan.moods, take.plan.heard)])]
    if take.overflow_ms:
        parts.append(f"overflow {take.overflow_ms:.0f} ms")
    if take.underrun_ms:
        parts.append(f"{take.underrun_ms:.0f} ms silent at the end")
    parts += ["from disk"] * (not event.fresh)
    return f" ({', '.join(parts)}) {' '.join(take.warnings)}".rstrip()


def _models(options: argparse.Namespace) -> int:
    known = models.catalogue()
    given: Any
    given, chosen = (options.what[0], options.what[1:]) if options.action == "import" and options.what else (None, options.what)
    if options.action == "import" and given is None:
        raise LineProblem("bad_wish", reason="Import from which folder?")
    names = chosen or [name for name, model in known.items() if options.action == "list" or not model.optional]
    if options.action == "verify" and not chosen:
        names = [name for name in known if models.state(name, options.models) != "missing"] or names
    faults: list[str] = []
    for name in names:
        bar = _bar(name)
        if options.action == "fetch":
            models.fetch(name, options.models, bar, kinds=options.kinds)
        elif options.action == "import":
            models.import_from(name, Path(given), options.models, bar)
        elif options.action == "verify":
            faults += models.verify(name, options.models, bar)
    for fault in faults:
        _note(fault)
    states = {name: models.state(name, options.models) for name in names}
    if options.json:
        print(json.dumps(states))
    else:
        for name, state in states.items():
            print(f"{name:18} {state:10} {known[name].size / 1e6:6.1f} MB  {known[name].title}. Licence: {known[name].licence}")
    return SOME_FAILED if faults else ALL_DONE


def _bar(name: str) -> Callable[[int, int], None]:
    """Shows the bytes of a model on stderr: a moving bar for a person, a line every quarter for a log."""
    shown = [-1]

    def show(done: int, total: int) -> None:
        moving = sys.stderr.isatty()
        share = done / total if total else 1.0
        step = int(share * (100 if moving else 4))
        if step != shown[0]:
            shown[0] = step
            line = f"{name} [{'#' * int(share * 30):30}] {share:4.0%} of {total / 1e6:.0f} MB"
            print(("\r" if moving else "") + line, end="" if moving and share < 1 else "\n", file=sys.stderr, flush=True)

    return show


def _emotion(options: argparse.Namespace) -> int:
    """What is understood of feelings, alone and mixed: numbers for a program, bars for a person."""
    if options.feelings[0] == "analyse" and len(options.feelings) == 2:
        return transfer.analyse(options)
    from .described import Reader
    from .spoken import spoken

    reader = Reader(options.models)
    wish = Wish(feelings=tuple(map(feeling_text.read, options.feelings)), intensity=options.intensity)
    check_wish(wish)
    said = spoken("-", wish, reader.read, Engine(options.models).attend)
    emotion = played(said.moods[0], said.heard) if said.moods else Emotion()
    for warning in said.warnings:
        _note(warning)
    if options.json:
        print(json.dumps(wire.plain(emotion)))
        return ALL_DONE
    print(told(emotion))
    for name, value in wire.plain(emotion).items():
        if value:
            print(f"{name:12} {value:5.2f} {'#' * round(abs(value) * 40)}")
    return ALL_DONE


def _effect(options: argparse.Namespace) -> int:
    target = Path(options.target)
    samples, rate, lower = effects.apply_to_file(options.name, Path(options.source), target, options.rate, options.ulaw)
    if options.json:
        print(json.dumps({"path": str(target), "samples": samples, "rate": rate, "lower_db": round(lower, 2)}))
    _note(f"{target}: {samples} samples at {rate} Hz" + (f", {lower:.1f} dB quieter to have room" if lower >= 0.05 else ""))
    return ALL_DONE


def _serve(options: argparse.Namespace) -> int:
    from .cluster import Cluster
    from .host import serve

    serve(Cluster(options.models, options.dask, options.threads, options.fetch) if options.dask else Engine(options.models, options.threads))
    return ALL_DONE


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="machine-readable answers on stdout")
    common.add_argument("--models", type=Path, default=models.folder(), help="folder of the voice models")
    common.add_argument("--threads", type=int, default=1, help="threads of the decoder")
    common.add_argument("--family", default="kokoro", help="model family of the voice")
    sound = argparse.ArgumentParser(add_help=False)
    sound.add_argument("--takes", type=Path, help="folder where takes are kept; `takes` beside the result by default")
    sound.add_argument("--rate", type=int, default=48000, help="sample rate in Hz")
    sound.add_argument("--channels", type=int, default=2)
    sound.add_argument("--quantum", type=float, default=0.0, help="free lengths become multiples of these seconds")

    parser = argparse.ArgumentParser(prog="engine", description="Lines in, takes out.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    say = verbs.add_parser("say", parents=[common, sound], help="speak one line into a WAV")
    say.add_argument("text")
    say.add_argument("--voice", default="af_heart", help="stock voice, or timbre/prosody")
    say.add_argument("--seconds", type=float, help="length of the slot; the natural length without")
    say.add_argument("--lang", default="", help="language; the voice's own by default")
    say.add_argument("--out", default="line.wav")
    say.add_argument("--overflow", choices=("whole", "refuse"), default="whole")
    say.add_argument("--ratio", type=float, default=0.0, help="target_duration_ratio: length as a share of the natural one, 0.75 to 1.25")
    say.add_argument("--tokens", type=int, default=0, help="target_token_count: length in frames of 25 ms")
    say.add_argument("--smoothness", type=float, default=Wish.smoothness, help="duration_smoothness, 0 to 1 (default: %(default)s)")
    say.add_argument("--original", metavar="FILE[@SECONDS]", help="recording whose phrases and loudness the line follows")
    say.add_argument("--sync", type=float, default=Wish.sync, help="how far it follows the phrases, 0 to 1 (default: %(default)s)")
    say.add_argument("--level", type=float, default=Wish.level, help="loudness in LUFS without an original (default: %(default)s)")
    say.add_argument("--no-match", dest="match", action="store_false", help="take the level also with an original")
    say.add_argument("--pitch", type=float, default=0.0, help="semitones")
    say.add_argument("--emotion", action="append", default=[], metavar="FEELING[@WEIGHT]", help=f"{feeling_text.FORM}; repeat to mix, as in --emotion angry@0.3 --emotion 'voice shaking@0.5'")
    say.add_argument("--intensity", type=float, default=Wish.intensity, help="how strongly it is played, 0 to 1 (default: %(default)s)")
    say.add_argument("--performance", type=float, default=0.0, help="how closely the phrases of a recording among them are followed, 0 to 1 (default: %(default)s)")
    say.add_argument("--effect", choices=tuple(effects.EFFECTS), default="", help="what the finished sound goes through")
    say.add_argument("--seed", type=int, default=0, help="another reading of the same line")
    say.set_defaults(verb=_say)

    run = verbs.add_parser("run", parents=[common], help="run a job file")
    run.add_argument("job", help="JSON of a Job")
    run.set_defaults(verb=_run)

    dub = verbs.add_parser("dub", parents=[common, sound], help="dub a YAML script")
    dub.add_argument("script")
    dub.set_defaults(verb=_dub)

    outlook = verbs.add_parser("plan", parents=[common], help="tell how lines will fit, without speaking them")
    outlook.add_argument("script", help="a YAML script, or the JSON of a Job")
    outlook.set_defaults(verb=_plan)

    people.add(verbs, common)
    shell.add(verbs, common)

    store = verbs.add_parser("models", parents=[common], help="list, fetch, verify or import voice models")
    store.add_argument("action", nargs="?", choices=("list", "fetch", "verify", "import"), default="list")
    store.add_argument("what", nargs="*", metavar="DIR or NAME", help="for import the folder first; then models by name, those that dubbing needs by default")
    store.add_argument("--from", dest="kinds", action="append", default=[], choices=("official", "packages"), help="kind of source to use; repeat for an order")
    store.set_defaults(verb=_models)

    emotion = verbs.add_parser("emotion", parents=[common], help="tell what is understood of feelings, and their mix")
    emotion.add_argument("feelings", nargs="+", metavar="FEELING[@WEIGHT]", help=f"{feeling_text.FORM}; `analyse FILE` tells all that is heard of a recording")
    emotion.add_argument("--plain", metavar="FILE[FROM-TO]", help="with analyse: the same person in their usual manner")
    emotion.add_argument("--picture", metavar="OUT.svg", help="with analyse: draws melody and feelings over time")
    emotion.add_argument("--intensity", type=float, default=Wish.intensity, help="how strongly it is played, 0 to 1 (default: %(default)s)")
    emotion.set_defaults(verb=_emotion)

    transfer.add(verbs, common, sound)
    sounds.add(verbs, common)
    diagnosis.add(verbs, common)

    effect = verbs.add_parser("effect", parents=[common], help="put an effect on a sound file", description=" ".join(f"{name}: {told}" for name, told in effects.EFFECTS.items()))
    effect.add_argument("name", choices=tuple(effects.EFFECTS))
    effect.add_argument("source", metavar="IN", help="any usual sound file")
    effect.add_argument("target", metavar="OUT", help="WAV of 16 bits, as long as the source")
    effect.add_argument("--rate", type=int, help="sample rate in Hz; the source's own by default, 8000 is the telephone's own")
    effect.add_argument("--ulaw", action="store_true", help="write the telephone's G.711 code itself, 8 bits a sample; wants --rate 8000")
    effect.set_defaults(verb=_effect)

    one = verbs.add_parser("serve", parents=[common], help="answer requests on standard input")
    one.add_argument("--dask", default="", metavar="ADDRESS", help="a Dask scheduler that shares the lines out, as tcp://computer:8786")
    one.add_argument("--fetch", action="store_true", help="its workers may fetch models that they lack")
    one.set_defaults(verb=_serve)
    return parser


if __name__ == "__main__":
    sys.exit(main())
