"""Who wants a batch run to end: a person at a terminal, or a farm that takes a task back."""
from __future__ import annotations

import contextlib
import signal
import threading


@contextlib.contextmanager
def asked_to_stop():
    """A list that is empty until somebody wants the run to end: presses Ctrl-C, or is a farm that takes a task back."""
    asked: list[int] = []

    def heard(number, _frame):
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    if threading.current_thread() is not threading.main_thread():  # only that one is told of signals
        yield asked
        return
    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: Blender's own, which Python cannot put back
