"""The shell's way from a recording or film to another voice and other words: hear, speak, judge; and to what is heard alone."""
from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any, TextIO

from . import drawn, wire
from .emotion import EIGHT, played, told
from .events import Done, Failed
from .formats import feeling_text
from .hear.performance import Performance, listen
from .judge import verdict
from .problems import LineProblem
from .script import Cast, Feeling, Job, Line, Recording, Take, Voice, Wish
from .speak import Engine
from .takes import MODES

ALL_DONE, SOME_FAILED = 0, 1


def add(verbs: Any, common: argparse.ArgumentParser, sound: argparse.ArgumentParser) -> None:
    """The verb `transfer` and its options. verbs: of argparse; common, sound: parents of the other verbs."""
    parser = verbs.add_parser("transfer", parents=[common, sound], help="speak other words in another voice the way somebody does in a recording or film")
    parser.add_argument("clip", metavar="FILE[FROM-TO]", help="whose performance it is; 15 s at most")
    parser.add_argument("--text", required=True)
    parser.add_argument("--voice", default="af_heart", help="stock voice, or timbre/prosody")
    parser.add_argument("--lang", default="", help="language of the text; the voice's own by default")
    parser.add_argument("--out", default="line.wav")
    parser.add_argument("--seconds", type=float, help="length of the slot; the performance decides without")
    parser.add_argument("--performance", type=float, default=1.0, help="how closely its phrases are followed, 0 to 1 (default: %(default)s)")
    parser.add_argument("--intensity", type=float, default=1.0, help="how strongly its manner is played, 0 to 1 (default: %(default)s)")
    parser.add_argument("--plain", metavar="FILE[FROM-TO]", help="the same person in their usual manner: tells raised pitch from a high voice")
    parser.add_argument("--emotion", action="append", default=[], metavar="FEELING[@WEIGHT]", help=f"mixed with it: {feeling_text.FORM}")
    parser.add_argument("--weight", type=float, default=1.0, help="of the recording in that mix (default: %(default)s)")
    parser.add_argument("--check", choices=("off", *MODES), default="light", help="what judges are asked of the take (default: %(default)s)")
    parser.add_argument("--back-off", action="store_true", help="say it less strongly, at most twice, when speaker or words suffered")
    parser.add_argument("--seed", type=int, default=0, help="another reading")
    parser.add_argument("--picture", metavar="OUT.svg", help="draws source and dub, one over the other")
    parser.set_defaults(verb=transfer)


def transfer(options: argparse.Namespace) -> int:
    """Runs the verb; raises LineProblem where nothing can be run."""
    clip = _recording(options.clip)
    plain = _recording(options.plain) if options.plain else None
    timbre, _, prosody = options.voice.partition("/")
    source = Feeling(options.weight, recording=clip, plain=plain)
    wish = Wish(
        "controlled" if options.seconds else "free", feelings=(source, *map(feeling_text.read, options.emotion)),
        intensity=options.intensity, performance=options.performance, seed=options.seed,
    )  # fmt: skip
    line = Line("line", options.text, options.voice, options.lang, 0.0, options.seconds or 0.0, wish)
    out = Path(options.out)
    job = Job(
        (line,), Cast(default=Voice(timbre, prosody, options.family)), str(options.takes or out.parent / "takes"), options.rate, options.channels,
        options.quantum, check="" if options.check == "off" else options.check, back_off=options.back_off,
    )  # fmt: skip
    engine = Engine(options.models, options.threads)
    heard = engine.attend(source)
    _tell(heard)
    for event in engine.run(1, job):
        if options.json and isinstance(event, (Done, Failed)):
            print(wire.dumps(event), flush=True)
        if isinstance(event, Failed):
            _note(f"failed: {event.message} {event.remedy}")
            return SOME_FAILED
        if isinstance(event, Done):
            out.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(event.take.path, out)
            _told_of(event.take, out)
            if options.picture:
                Path(options.picture).write_text(drawn.pair(heard, Path(event.take.path)), encoding="utf-8")
    return ALL_DONE


def analyse(options: argparse.Namespace) -> int:
    """What is heard of recordings: JSON for a program, a table for a person, a picture where it is asked for."""
    found = listen(_recording(options.feelings[1]), _recording(options.plain) if options.plain else None, options.models)
    if options.picture:
        Path(options.picture).write_text(drawn.alone(found), encoding="utf-8")
    if options.json:
        print(json.dumps(wire.plain(found), ensure_ascii=False))
    else:
        _tell(found, sys.stdout)
    return ALL_DONE


def _recording(text: str) -> Recording:
    found = feeling_text.recording(text)
    if found is None:
        raise LineProblem("bad_wish", reason=f"{text!r} is no name of a sound or film, such as clip.mp4 or clip.mp4[2-6.5].")
    return found


def _tell(found: Performance, to: TextIO | None = None) -> None:
    """In words and bars."""
    to = to or sys.stderr
    measures = found.heard.prosody
    print(
        f"F0 {measures.f0:.0f} Hz, {measures.level:+.1f} semitones from usual{'' if found.heard.usual else ' as it seems'}, spread {measures.spread:.1f}; "
        f"{measures.dynamics:.0f} dB between soft and loud; {measures.rate:.1f} syllables/s; pauses {measures.pauses:.0%}; {len(found.stretches)} phrases", file=to,
    )  # fmt: skip
    if found.whole:
        whole = found.whole
        print(f"feels {told(found.heard.emotion)} ({whole.source}, certainty {whole.certainty:.2f}), arousal {whole.arousal:+.2f}, valence {whole.valence:+.2f}", file=to)
        for name in EIGHT:
            if value := getattr(found.heard.emotion, name):
                print(f"{name:12} {value:5.2f} {'#' * round(value * 40)}", file=to)
    for sense in found.senses:
        strongest = max(EIGHT, key=lambda name: getattr(sense.emotion, name))
        print(f"  {sense.start:5.1f} to {sense.end:5.1f} s  {strongest:12} {getattr(sense.emotion, strongest):.2f}  certainty {sense.certainty:.2f}  {sense.source}", file=to)
    for warning in found.warnings:
        print(f"note: {warning}", file=to)


def _told_of(take: Take, out: Path) -> None:
    moods = ", then ".join(told(played(mood, take.plan.heard)) for mood in take.plan.moods) or "neutral"
    _note(f"{out}: {take.samples} samples, {take.samples / take.plan.rate:.3f} s, played {moods}")
    for sentence in (*take.warnings, *((take.check.lowered,) if take.check and take.check.lowered else ()), *(verdict(take.check) if take.check else ())):
        _note(f"  {sentence}")
    if take.check:
        _note(f"  The check took {take.check.compute_seconds:.1f} CPU s, speaking {take.compute_seconds:.1f}.")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
