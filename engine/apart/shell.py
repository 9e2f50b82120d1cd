"""The shell's way to engines apart: `engines` lists them, sets one up, installs it, downloads its weights and lets it say a sentence."""
from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import wire
from ..problems import LineProblem
from . import NAMES, binding, install, setup

if TYPE_CHECKING:
    from ..voices.apart import Trial


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """The verb. common: what every verb is told."""
    engines = verbs.add_parser("engines", parents=[common], help="list, set up, install or try engines that live in a Python of their own")
    engines.add_argument("action", nargs="?", choices=("list", "set", "licence", "install", "download", "test"), default="list")
    engines.add_argument("name", nargs="?", choices=NAMES)
    engines.add_argument("--python", help="with set: the interpreter that has the engine; with install: the one that makes it an environment, or uv; by default what is here")
    engines.add_argument("--folder", help="with set: the folder of the engine's files")
    engines.add_argument("--device", help="with set: as the engine calls it, such as cuda:0")
    engines.add_argument("--half", action="store_true", default=None, help="with set: half precision")
    engines.add_argument("--index", default="", help="with install: where PyTorch's build comes from, an address or a word of its own index such as cpu or cu130, or pypi; what fits this computer by default")
    engines.add_argument("--accept", metavar="NAME OF THE LICENCE", default="", help="with licence: that you have read it and accept it")
    engines.add_argument("--out", type=Path, help="with test: where the sentence is kept as WAV")
    engines.set_defaults(verb=run)


def run(options: argparse.Namespace) -> int:
    """Runs the verb and returns its exit code. Raises LineProblem."""
    if options.action == "list":
        return _list(options)
    if options.name is None:
        raise LineProblem("bad_wish", reason=f"Which engine? There are {', '.join(NAMES)}.")
    return {"set": _set, "licence": _licence, "install": _install, "download": _download, "test": _test}[options.action](options)


def _list(options: argparse.Namespace) -> int:
    found = {name: setup.read(options.models, name) for name in NAMES}
    if options.json:
        print(json.dumps({name: wire.plain(known) for name, known in found.items()}))
        return 0
    for name, known in found.items():
        told = binding(name)
        state = "not set up" if not known.python else "its licence is not accepted" if known.accepted != told.LICENCE else f"{known.python}"
        print(f"{name:12} {told.TITLE:14} {state}")
    return 0


def _set(options: argparse.Namespace) -> int:
    given = {key: getattr(options, key) for key in ("python", "folder", "device", "half") if getattr(options, key) is not None}
    # not to where a link leads: the link is what makes an environment of a Python
    given |= {key: str(Path(given[key]).expanduser().absolute()) for key in ("python", "folder") if given.get(key)}
    setup.write(options.models, options.name, replace(setup.read(options.models, options.name), **given))
    return _list(options)


def _licence(options: argparse.Namespace) -> int:
    told = binding(options.name)
    for sentence in (told.LICENCE or "There is no licence to accept.", *told.LICENCE_TOLD):
        print(sentence)
    if options.accept and options.accept == told.LICENCE:
        setup.write(options.models, options.name, replace(setup.read(options.models, options.name), accepted=told.LICENCE))
        _note("accepted")
    elif told.LICENCE:
        _note(f"to accept it: --accept {told.LICENCE!r}")
    return 0


def _install(options: argparse.Namespace) -> int:
    print(install.environment(options.models, options.name, options.python or "", _tell, lambda: False, options.index))
    return 0


def _download(options: argparse.Namespace) -> int:
    print(install.weights(options.models, options.name, _tell, lambda: False))
    return 0


def _test(options: argparse.Namespace) -> int:
    from ..voices.apart import Family

    family = Family(options.models, options.threads, options.name)
    try:
        trial = family.trial(lambda: False, _tell)
    finally:
        family.close()
    if options.out:
        import soundfile

        soundfile.write(str(options.out), trial.samples, family.rate, subtype="PCM_16")
    numbers = {"engine": trial.engine, "version": trial.version, "device": trial.device, "memory": trial.memory,
               "loading": round(trial.loading, 1), "seconds": round(trial.seconds, 2), "length": round(trial.length, 2)}  # fmt: skip
    print(json.dumps(numbers) if options.json else report(trial))
    for warning in trial.warnings:
        _note(warning)
    return 0


def report(trial: Trial) -> str:
    """A trial in one line for a person."""
    memory = f", {trial.memory / 1e9:.1f} GB" if trial.memory else ""
    return f"{trial.version}: {trial.length:.1f} s of speech in {trial.seconds:.1f} s on {trial.device}{memory}, loaded in {trial.loading:.0f} s"


def _tell(done: float, doing: str) -> None:
    _note(f"[{done:4.0%}] {doing}")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
