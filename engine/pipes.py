"""The pipe of a worker: of its own, so that nothing a library prints or reads is taken for a message. Standard library alone, for any Python from 3.10 on."""
from __future__ import annotations

import os
import signal
import sys
from typing import BinaryIO


def private() -> tuple[BinaryIO, BinaryIO]:
    """Where answers go and where requests come from, on descriptors of their own; what is printed goes where errors go."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    # on Windows a library that looks at descriptor 0 while it is loaded waits until we have read the next request
    # (numpy issue 24290), so that too is another
    requests = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    # Ctrl-C in a terminal reaches the whole group of processes; what becomes of the work is for the caller to say
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return answers, requests
