"""Runs a reader on hostile input again and again, and tells a hang, a gulp of memory or a foreign error from a refusal.

Without being asked for more each target gets a fixed number of examples, always the same ones. DUBLINE_FUZZ=SECONDS gives all of them
together that many seconds of new ones.
"""
from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

from hypothesis import HealthCheck, given, settings

SECONDS = float(os.environ.get("DUBLINE_FUZZ") or 0)
"""For all targets."""

PATIENCE = 60
"""Seconds after which an example counts as a hang: the slowest takes two, alone on one of two cores."""

MEMORY = 3 << 30
"""Bytes that an example may ask of the system beyond what is there: what a reader allows is 32 MiB of text and ten minutes of sound."""

EXECUTIONS: dict[str, int] = {}
"""Target -> examples that were tried."""

TARGETS: set[str] = set()
"""Tests that share SECONDS."""


class Hung(BaseException):
    """No answer within PATIENCE; no Exception, so that nobody catches it by chance."""


def fuzz(target: Callable, strategy, examples: int = 60):
    """Calls target(example) for many examples. It raises nothing where all is well."""
    name = f"{target.__module__.rpartition('.')[2]}.{target.__name__}"

    def counted(example):
        EXECUTIONS[name] = EXECUTIONS.get(name, 0) + 1
        with guarded():
            target(example)

    checks = dict(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    if not SECONDS:
        settings(max_examples=examples, derandomize=True, **checks)(given(strategy)(counted))()
        return
    ends = time.monotonic() + SECONDS / max(1, len(TARGETS))
    while time.monotonic() < ends:
        settings(max_examples=100, **checks)(given(strategy)(counted))()


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Raises Hung or MemoryError where it takes too long or too much; where the system cannot tell, it only runs."""
    if sys.platform == "win32":
        yield
        return
    import resource

    def rang(_signal, _frame):
        raise Hung(f"no answer in {PATIENCE} s")

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        with open("/proc/self/statm") as pages:
            resource.setrlimit(resource.RLIMIT_AS, (int(pages.read().split()[0]) * resource.getpagesize() + MEMORY, hard))
    before = signal.signal(signal.SIGALRM, rang)
    signal.alarm(PATIENCE)
    # where a C library hangs, no exception reaches it
    faulthandler.dump_traceback_later(3 * PATIENCE, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
