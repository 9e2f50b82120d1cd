"""Something that takes its time beside Blender and belongs to no film: an installation, a download, a trial. In a thread of its own."""
from __future__ import annotations

import threading
from collections.abc import Callable

from ..engine.problems import LineProblem
from ..engine.sources import Stopped
from ..engine.voices import Cancelled

GOES_ON = "Stopped; the next try goes on from here"
"""What is told of a download."""


class Errand:
    """Runs `work(tell, stop)`, which gives the sentence that is told at the end; `stopped` is told when it was stopped."""

    def __init__(self, work: Callable[[Callable[[float, str], None], Callable[[], bool]], str], stopped: str = "Stopped"):
        self.share, self.message, self.problem = 0.0, "Beginning", ""
        self.ended = self.done = False
        """Whether it goes on no more, and whether it came to its end."""
        self._stop, self._stopped = False, stopped
        self._thread = threading.Thread(target=self._run, args=(work,), name="dubline-errand", daemon=True)
        self._thread.start()

    def tick(self) -> bool:
        """True while it goes on."""
        return not self.ended

    def cancel(self):
        """Soon."""
        self._stop = True

    def drop(self):
        """The same: nobody waits for it."""
        self.cancel()

    def _run(self, work):
        problem = told = "It ended by an error of its own; Blender's console shows it"
        try:
            told, problem = work(self._tell, lambda: self._stop), ""
            self.share, self.done = 1.0, True
        except (Stopped, Cancelled):
            told, problem = self._stopped, ""
        except LineProblem as reason:
            told = problem = str(reason)
        finally:
            self.message, self.problem = told, problem
            self.ended = True

    def _tell(self, done: float, doing: str):
        self.share, self.message = done, doing
