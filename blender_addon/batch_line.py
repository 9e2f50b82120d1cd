"""The headless command line: what can be asked of it, and what of that cannot be meant."""
from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import bpy


class CannotRun(Exception):
    """Why nothing could be done with a film, in a sentence."""


class NothingAsked(CannotRun):
    """Nothing of the scene or film is what was asked for: of several the others may have it."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dubline", description="Dub films without a window.")
    verbs = top.add_subparsers(dest="verb", required=True)
    told = "Exit codes: 0 all good, 1 some lines or films failed (each is named), 2 nothing could be done."
    dub = verbs.add_parser("dub", help="speak lines and place their takes", epilog=told)
    plan = verbs.add_parser("plan", help="tell how lines will fit; nothing is spoken", epilog=told)
    check = verbs.add_parser("check", help="tell which lines have no take, one that is not theirs any more, or one whose file is gone", epilog=told)
    export = verbs.add_parser("export", help="write mix, stems, subtitles or a pack", epilog=told)
    render = verbs.add_parser("render", help="render the film with its own settings", epilog=told)
    clean = verbs.add_parser("clean", help="remove takes that no film names, and files that a killed run left half-written", epilog=told)
    clean.set_defaults(scene=None, all_scenes=False)
    for verb in (dub, plan, check, export, render, clean):
        verb.add_argument("films", nargs="*", metavar="FILM.blend", help="films to open, one after another; without any the film that is open")
        verb.add_argument("--report", metavar="FILE", help="write what became of every line as JSON; - is standard output")
        verb.add_argument("--page", metavar="FILE.html", help="write a page about it for people")
        verb.add_argument("--json", dest="events", nargs="?", const="-", default="", metavar="FILE", help="tell what happens as JSON, an event a line, on standard output or into a file")
        verb.add_argument("--quiet", action="store_true", help="say only what failed")
        verb.add_argument("--models", metavar="FOLDER", help="where the voice models are")
        verb.add_argument("--takes", metavar="FOLDER", help="where takes are kept; `dubs` beside the film by default")
    for verb in (dub, plan, check, export, render):
        where = verb.add_mutually_exclusive_group()
        where.add_argument("--scene", action="append", metavar="NAME", help="a scene, again for another; the film's active scene by default")
        where.add_argument("--all-scenes", action="store_true", help="every scene with strips")
    for verb in (dub, plan):
        which = verb.add_mutually_exclusive_group()
        which.add_argument("--all", dest="scope", action="store_const", const="all", default="all", help="every line (the default); takes that are there are not made again")
        which.add_argument("--selected", dest="scope", action="store_const", const="selected", help="lines of the strips that were selected when it was saved")
        which.add_argument("--changed", dest="scope", action="store_const", const="changed", help="lines that changed since their takes were made")
        which.add_argument("--needed", dest="scope", action="store_const", const="needed", help="lines that changed since their takes were made, and those that have none yet")
        verb.add_argument("--speaker", action="append", metavar="NAME", help="only this character's lines, again for another")
        verb.add_argument("--line", action="append", metavar="UID", help="only this line, by its uid or its strip's name, again for another")
        verb.add_argument("--script", metavar="FILE", help="lay the lines of these subtitles or this table first, as Import subtitles does")
        verb.add_argument("--existing", choices=("update", "replace", "add"), default="update", help="what becomes of lines that came from a script before (default: %(default)s)")
        verb.add_argument("--column", choices=("translation", "original"), default="translation", help="of a table, what is spoken (default: %(default)s)")
        verb.add_argument("--language", default="", metavar="CODE", help="of the script's lines")
        verb.add_argument("--voice", metavar="NAME", help="speaks lines whose speaker is not in the cast")
        verb.add_argument("--cast", action="append", default=[], metavar="CHARACTER=VOICE", help="this character's voice, again for another")
        verb.add_argument("--save", action="store_true", help="save the film under its own name")
        verb.add_argument("--save-as", metavar="FILE", help="save the film under this name; a folder takes several films")
        verb.add_argument("--threads", type=int, metavar="N", help="threads of one line")
        verb.add_argument("--workers", type=int, metavar="N", help="processes that speak at the same time; 0: as many as this computer has cores and memory for (default: 1)")
        verb.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler whose workers speak, as tcp://computer:8786; the engine's Python must have `distributed`")
        verb.add_argument("--dask-fetch", action="store_true", help="workers of the scheduler may fetch the voice model where it lacks")
        verb.add_argument("--host", choices=("worker", "here"), help="speech in processes of its own, or in this one")
        verb.add_argument("--check", choices=("off", "light", "full"), help="what judges are asked of every take")
        verb.add_argument("--original", choices=("mute", "duck", "background", "keep"), help="what becomes of the original sound")
    dub.add_argument("--plan", action="store_true", help="the same as the verb plan")
    dub.add_argument("--shard", type=_shard, metavar="I/N", help="only the I-th of every N lines: N computers share a film's takes without talking; a run without it places them")
    export.add_argument("--to", metavar="FOLDER", required=True, help="where the files go")
    export.add_argument("--mix", action="store_true", help="what the film sounds like, FLAC")
    export.add_argument("--stems", action="store_true", help="each character, all dialogue, all that is none, FLAC")
    export.add_argument("--subtitles", choices=("srt", "vtt", "ass", "csv"), action="append", default=[], help="the lines at the times of their takes, again for another form")
    export.add_argument("--pack", action="store_true", help="sounds named by their content and a manifest, to be served as they are")
    clean.add_argument("--days", type=float, default=1.0, metavar="N", help="only takes that are older: another run may not have placed younger ones yet (default: %(default)g)")
    clean.add_argument("--dry-run", action="store_true", help="only tell what would go")
    return top


def _shard(given: str) -> tuple[int, int]:
    number, _, count = given.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{given!r} is not I/N, as 2/5 for the second of five")
    return int(number), int(count)


def refuse(options):
    """What cannot be meant. Raises CannotRun."""
    saves = getattr(options, "save", False) or getattr(options, "save_as", None)
    if saves and not options.films and not options.save_as and not bpy.data.filepath:
        raise CannotRun("the film has no name yet: use --save-as")
    if saves and getattr(options, "shard", None):
        raise CannotRun("a shard makes takes and places them nowhere else: save in a run without --shard, which finds them all")
    if getattr(options, "dask", None) and options.host == "here":
        raise CannotRun("--dask needs the engine in a process of its own, not --host here")
    if options.verb == "export" and not (options.mix or options.stems or options.subtitles or options.pack):
        raise CannotRun("say what to export: --mix, --stems, --subtitles or --pack")
    if options.verb == "dub" and options.plan:
        options.verb = "plan"
    if options.verb == "plan" and options.scope not in ("all", "selected"):
        raise CannotRun("a plan tells of all lines or of the selected ones")
    if len(options.films) > 1:
        if getattr(options, "save_as", None) and Path(options.save_as).is_file():
            raise CannotRun(f"{options.save_as} is a file: several films are saved into a folder")
        if getattr(options, "save_as", None) or options.verb == "export":
            name, count = Counter(Path(film).stem.casefold() for film in options.films).most_common(1)[0]
            if count > 1:
                raise CannotRun(f"{count} of the films are called {name}, and one would overwrite what the other leaves: give each a run and a folder of its own")
