"""The shell's way to the voices of people: list, enrol, show, remove, pass on, mix, and find what was made with them."""
from __future__ import annotations

import argparse
import contextlib
import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import uses, wire
from .admit import admit, tidy
from .problems import LineProblem
from .script import Newcomer, Recording
from .speak import Engine
from .voices import mix, parcel
from .voices.library import Enrolled, Library
from .voices.styles import Styles

ALL_DONE = 0


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """The verb `voices` and its actions. verbs: of argparse; common: parent of the other verbs."""
    parser = verbs.add_parser("voices", parents=[common], help="list voices; enrol, show, remove, pass on and mix those of people")
    parser.set_defaults(verb=listed)
    actions = parser.add_subparsers(metavar="ACTION")
    # the same options behind the action; there, one that is not given must not undo one that was given before
    again = argparse.ArgumentParser(add_help=False)
    again.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="machine-readable answers on stdout")
    for option, kind in (("--models", Path), ("--threads", int), ("--family", str)):
        again.add_argument(option, type=kind, default=argparse.SUPPRESS, help=argparse.SUPPRESS)

    def action(name: str, verb: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, parents=[again], help=told, description=told)
        made.set_defaults(verb=verb)
        return made

    action("list", listed, "list every voice with its language")

    new = action("add", enrolled, "enrol a person by a recording of five to fifteen seconds")
    new.add_argument("name", help="what the voice will be called: small letters, digits, - and _")
    new.add_argument("recording", help="sound or film")
    new.add_argument("--consent", required=True, metavar="GROUND", help='the words on which the voice may be used, as "she agreed in writing on 3 May"')
    new.add_argument("--whose", help="the person; the voice's name by default")
    new.add_argument("--by", default=_user(), help="who says so (default: %(default)s)")
    new.add_argument("--language", default=Newcomer.language, help="that the voice speaks by itself (default: %(default)s)")
    new.add_argument("--licence", default="", help="under which the voice may be passed on; not at all without")
    new.add_argument("--thorough", action="store_true", help="learn the voice: takes minutes, and wants PyTorch")
    new.add_argument("--keep-recording", action="store_true", help="keep the speech that was used with the voice")
    new.add_argument("--from-to", metavar="S-E", help="seconds of the recording")
    new.add_argument("--replace", action="store_true", help="a voice of that name gives way")

    action("show", shown, "tell all that is kept of a person's voice but its numbers").add_argument("name")

    gone = action("remove", removed, "delete a person's voice with all that is kept of it")
    gone.add_argument("name")
    gone.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="where takes are, to tell which were made with it")

    out = action("export", exported, "write a person's voice into one file")
    out.add_argument("name")
    out.add_argument("file", nargs="?", type=Path, help=f"NAME{parcel.ENDING} by default")

    into = action("import", imported, "take in a voice that was exported")
    into.add_argument("file", type=Path)
    into.add_argument("--as", dest="name", default="", metavar="NAME", help="another name")
    into.add_argument("--replace", action="store_true", help="a voice of that name gives way")

    both = action("mix", mixed, "make a voice between two, stock or enrolled")
    both.add_argument("name")
    both.add_argument("first", metavar="A")
    both.add_argument("second", metavar="B", nargs="?", help="A itself by default, to change only its brightness or size")
    both.add_argument("--weight", type=float, default=0.5, help="of B, 0 to 1 (default: %(default)s)")
    both.add_argument("--bright", type=float, default=0.0, metavar="DB", help=f"brighter, or darker under 0; {mix.BRIGHTEST:.0f} dB at most")
    both.add_argument("--size", type=float, default=0.0, help="-1 to 1: a smaller or younger speaker, or a bigger one")
    both.add_argument("--replace", action="store_true", help="a voice of that name gives way")

    found = action("uses", used, "list the takes that were made with a voice, or with any that carries the same consent")
    found.add_argument("name", help="voice, or id of a consent")
    found.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="where takes are; folders in it are searched, too")


def listed(options: argparse.Namespace) -> int:
    """Every voice of the family with its language."""
    voices = Engine(options.models).family(options.family).voices()
    if options.json:
        print(json.dumps(voices))
    else:
        for name, language in sorted(voices.items(), key=lambda item: (item[1], item[0])):
            print(f"{name:16} {language}")
    return ALL_DONE


def enrolled(options: argparse.Namespace) -> int:
    """Enrols a person."""
    newcomer = Newcomer(
        options.name, _stretch(options.recording, options.from_to), options.name if options.whose is None else options.whose, options.consent,
        options.by, options.language, options.licence, options.thorough, options.keep_recording, options.replace,
    )  # fmt: skip
    voice = admit(newcomer, options.models, lambda done, doing: _note(f"[{done:4.0%}] {doing}"))
    for note in voice.notes:
        _note(f"note: {note}")
    return _told(voice, options)


def shown(options: argparse.Namespace) -> int:
    """What is kept of a voice."""
    return _told(Library(options.models).find(options.name), options)


def removed(options: argparse.Namespace) -> int:
    """Deletes a voice, and tells what was made with it."""
    found = _uses(options)
    mixes = Library(options.models).remove(options.name)
    for use in found:
        _note(tidy(f"made with it: {use.path}  {use.text[:60]}"))
    for name in mixes:
        _note(f"{name} carries the same consent; it is still there")
    _note(f"{options.name} is removed" + (f"; {len(found)} takes made with it are still there" if found else ""))
    if options.json:
        print(json.dumps({"removed": options.name, "uses": [wire.plain(use) for use in found], "mixes": mixes}, ensure_ascii=False))
    return ALL_DONE


def exported(options: argparse.Namespace) -> int:
    """Writes a parcel."""
    target = options.file or Path(f"{options.name}{parcel.ENDING}")
    voice = parcel.pack(Library(options.models), options.name, target)
    if not voice.licence:
        _note("note: It has no licence: carry it to computers of your own, and pass it on to nobody.")
    _note(f"{target}: {voice.id}")
    if options.json:
        print(json.dumps({"path": str(target), "voice": voice.id}))
    return ALL_DONE


def imported(options: argparse.Namespace) -> int:
    """Takes a parcel in."""
    return _told(parcel.take_in(Library(options.models), options.file, options.name, options.replace), options)


def mixed(options: argparse.Namespace) -> int:
    """Makes a voice between two."""
    library, styles = Library(options.models), Styles(options.models)
    library.free(options.name, options.replace)
    first, second = (mix.part(styles, name) for name in (options.first, options.second or options.first))
    voice = mix.mixed(options.name, first, second, options.weight, options.bright, options.size, mix.size(styles) if options.size else None)
    library.keep(voice, replace=options.replace)
    return _told(voice, options)


def used(options: argparse.Namespace) -> int:
    """Lists uses."""
    found = _uses(options)
    if options.json:
        print(json.dumps([wire.plain(use) for use in found], ensure_ascii=False))
    else:
        for use in found:
            print(tidy(f"{use.path}  {use.voice}  {use.consent}  {use.text[:60]}"))
    _note(f"{len(found)} uses of {options.name}")
    return ALL_DONE


def _uses(options: argparse.Namespace) -> tuple[uses.Use, ...]:
    for folder in options.folders:
        if not folder.is_dir():
            raise LineProblem("bad_wish", reason=f"{str(folder)!r} is no folder.")
    consents = [options.name]
    with contextlib.suppress(LineProblem):  # one that is gone is known by its name
        consents += [consent.id for consent in Library(options.models).find(options.name).consents]
    return uses.of(options.name, consents, options.folders)


def _told(voice: Enrolled, options: argparse.Namespace) -> int:
    if options.json:
        plain = wire.plain(voice)
        print(json.dumps({**plain, "id": voice.id, "consent_ids": [consent.id for consent in voice.consents]}, ensure_ascii=False))
        return ALL_DONE
    print(f"{voice.id}  {voice.language}, {voice.gear}, {voice.f0:.0f} Hz, habit of {voice.habit} {voice.semitones:+.1f} semitones")
    for consent in voice.consents:
        print(f"consent {consent.id}: {consent.whose}; {consent.ground}; {consent.recorded}{f', by {consent.by}' if consent.by else ''}")
    print(f"licence: {voice.licence or 'none, so it may not be passed on'}")
    if voice.source:
        print(f"made from {voice.seconds:.1f} s of speech, SHA-256 {voice.source}; {'the recording is kept' if voice.recording else 'no recording is kept'}")
    print(f"made: {voice.made}")
    for note in voice.notes:
        print(f"note: {note}")
    return ALL_DONE


def _stretch(path: str, seconds: str | None) -> Recording:
    if seconds is None:
        return Recording(path)
    begin, _, end = seconds.partition("-")
    try:
        start, stop = float(begin), float(end)
    except ValueError:
        start, stop = 1.0, 0.0
    if not 0 <= start < stop:
        raise LineProblem("bad_wish", reason=f"{seconds!r} is no stretch in seconds, such as 2-9.5.")
    return Recording(path, start, stop - start)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""  # a system that knows no users


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
