"""Something that takes its time beside Blender and belongs to no film: an installation, a download, a trial. In a thread of its own."""
from __future__ import annotations

import threading
from collections.abc import Callable

from ..engine.problems import LineProblem
from ..engine.sources import Stopped
from ..engine.voices import Cancelled


class Errand:
    """Runs `work(tell, stop)`, which gives the sentence that is told at the end."""

    def __init__(self, work: Callable[[Callable[[float, str], None], Callable[[], bool]], str]):
        self.share, self.message = 0.0, ""
        self.problem = "It ended by an error of its own; Blender's console shows it"
        self.ended = False
        self._stop = False
        self._thread = threading.Thread(target=self._run, args=(work,), name="dubline-errand", daemon=True)
        self._thread.start()

    def stop(self):
        """Soon; what was downloaded is used by the next try."""
        self._stop = True

    def drop(self):
        """The same: nobody waits for it."""
        self.stop()

    def _run(self, work):
        try:
            told = work(self._tell, lambda: self._stop)
            self.share, self.problem, self.message = 1.0, "", told
        except (Stopped, Cancelled):
            self.problem, self.message = "", "Stopped; the next try goes on from here"
        except LineProblem as problem:
            self.problem = str(problem)
        finally:
            self.message = self.problem or self.message
            self.ended = True

    def _tell(self, done: float, doing: str):
        self.share, self.message = done, doing
