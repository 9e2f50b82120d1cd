"""How models come to this computer from Blender: downloaded from their official homes, or taken from a folder or a zip; and which are lacking."""
from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from ..engine import models, sentences
from ..engine.plan import role_of
from ..engine.problems import LineProblem
from ..engine.script import Job, Line, Voice
from ..engine.voices import MODELS, text


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


class Fetch:
    """Models on their way to this computer, in a thread of its own."""

    def __init__(self, folder: Path, given: Path | None = None, names: tuple[str, ...] = ()):
        """folder: where models are kept; given: a folder or zip of this computer to take them from, the catalogue's sources by default;
        names: of the models, those that speech needs by default."""
        self.share = 0.0
        self.message = "Fetching the model" if names else "Fetching the voice model"
        self.problem = "The fetching ended by an error of its own; Blender's console shows it"
        self.ended = self.whole = False
        """Whether it goes on no more, and whether all is here."""
        self._stop = False
        self._thread = threading.Thread(target=self._work, args=(folder, given, names), name="dubline-fetch", daemon=True)
        self._thread.start()

    def stop(self):
        """Soon; what was downloaded is used by the next try."""
        self._stop = True

    def _work(self, folder, given, names):
        try:
            for name, model in models.catalogue().items():
                if name not in names if names else model.optional:
                    continue
                self.message = f"Fetching {model.title}"
                if given is None:
                    models.fetch(name, folder, self._progress, lambda: self._stop)
                else:
                    models.import_from(name, given, folder, self._progress, lambda: self._stop)
            self.share, self.problem, self.whole = 1.0, "", True
            self.message = "The model is here" if names else "The voice model is here"
        except models.Stopped:
            self.problem, self.message = "", "Stopped; the next try goes on from here"
        except LineProblem as problem:
            self.problem = str(problem)
        finally:
            self.message = self.problem or self.message
            self.ended = True

    def _progress(self, done: int, total: int):
        self.share = done / max(1, total)
