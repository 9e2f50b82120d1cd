"""How models come to this computer from Blender: downloaded from their official homes, or taken from a folder or a zip; and which are lacking."""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ..engine import models, sentences
from ..engine.plan import role_of
from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Voice
from ..engine.voices import MODELS, text
from .errands import GOES_ON, Errand


def lacking(job: Job, folder: Path) -> tuple[str, ...]:
    """Names of the models without which lines of the job cannot be spoken."""
    names: dict[str, None] = {}
    for line in job.lines:
        with contextlib.suppress(LineProblem):  # the line says so itself
            voice = role_of(line, job.cast).voice
            names |= dict.fromkeys(MODELS.get(voice.family, ()))
            if voice.family in MODELS:
                names |= dict.fromkeys(text.MODELS.get(_language(line, voice), ()))
                names |= dict.fromkeys((sentences.MODEL,) if any(feeling.words for feeling in line.wish.feelings) else ())
    return tuple(name for name in names if models.state(name, folder) != "ready")


def _language(line: Line, voice: Voice) -> str:
    """The code of the line's language, or of its stock voice's. Raises LineProblem."""
    if line.language:
        return text.resolve(line.language)
    return next((code for code, known in text.LANGUAGES.items() if voice.timbre.startswith(known.prefix)), "")


def fetch(folder: Path, given: Path | None = None, names: tuple[str, ...] = ()) -> Errand:
    """Models on their way to this computer.

    folder: where they are kept; given: a folder or zip of this computer to take them from, the catalogue's sources by default;
    names: of the models, those that speech needs by default.
    """

    def work(tell: Callable[[float, str], None], stop: Callable[[], bool]) -> str:
        for name, model in models.catalogue().items():
            if name not in names if names else model.optional:
                continue
            doing = f"Fetching {model.title}"

            def progress(done: int, total: int, doing: str = doing):
                tell(done / max(1, total), doing)

            tell(0.0, doing)
            if given is None:
                models.fetch(name, folder, progress, stop)
            else:
                models.import_from(name, given, folder, progress, stop)
        return "The model is here" if names else "The voice model is here"

    return Errand(work, GOES_ON)
