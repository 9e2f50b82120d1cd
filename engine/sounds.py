"""The shell's way to a whole sound: its background without the voice, and what is said in it."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from . import wire
from .events import Failed, Progress, Separated, Transcribed
from .script import Recording
from .speak import Engine
from .tracks import Separation, Track, Transcription

ALL_DONE, SOME_FAILED = 0, 1


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """The verbs `background` and `transcribe`. verbs: of argparse; common: parent of the other verbs."""
    background = verbs.add_parser("background", parents=[common], help="write what sounds beside the voice of a sound file")
    background.add_argument("sounds", nargs="+", metavar="SOUND", help="WAV, FLAC, OGG or MP3")
    background.add_argument("--out", default="backgrounds", metavar="DIR", help="where it is written, named after its content (default: %(default)s)")
    background.set_defaults(verb=_background)

    words = verbs.add_parser("transcribe", parents=[common], help="tell what is said in a sound file, sentence by sentence; wants faster-whisper and the model whisper-base")
    words.add_argument("sounds", nargs="+", metavar="SOUND", help="WAV, FLAC, OGG or MP3")
    words.add_argument("--language", default="", help="that is spoken; found out by default")
    words.set_defaults(verb=_transcribe)


def _background(options: argparse.Namespace) -> int:
    return _hear(options, Separation(_tracks(options), str(Path(options.out).resolve())))


def _transcribe(options: argparse.Namespace) -> int:
    return _hear(options, Transcription(_tracks(options), options.language))


def _tracks(options: argparse.Namespace) -> tuple[Track, ...]:
    return tuple(Track(path, Recording(path)) for path in options.sounds)


def _hear(options: argparse.Namespace, wanted: Separation | Transcription) -> int:
    """Tells what is heard as it comes, and returns the exit code."""
    failed: list[Failed] = []
    shown = [""]

    def tell(event: Any) -> None:
        if isinstance(event, Progress):
            told = f"[{int(event.done * 10 + 1e-6) / 10:4.0%}] {event.uid}"
            if told != shown[0]:
                print(told, file=sys.stderr)
            shown[0] = told
            return
        if options.json:
            print(wire.dumps(event), flush=True)
        elif isinstance(event, Separated):
            print(f"{event.uid} -> {event.path}")
        elif isinstance(event, Transcribed):
            for one in event.transcript.sentences:
                print(f"{one.start:9.2f} {one.end:9.2f}  {one.text}")
        if isinstance(event, Failed):
            failed.append(event)
            print(f"{event.uid} failed: {event.message} {event.remedy}", file=sys.stderr)

    Engine(options.models, options.threads).hear(1, wanted, tell)
    return SOME_FAILED if failed else ALL_DONE
