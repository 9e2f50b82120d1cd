"""An engine apart that misbehaves as it is told, through the real worker: `python rogue.py MISDEED` beside the usual arguments."""
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine import events  # noqa: E402
from engine.apart import __main__ as worker  # noqa: E402
from engine.apart.bindings import tones  # noqa: E402

MISDEED = sys.argv.pop(1)


class Rogue(tones.Binding):
    def version(self):
        if MISDEED == "slow":
            time.sleep(2)
        if MISDEED == "die before hello":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().version()

    def load(self):
        if MISDEED == "die while loading":
            os.kill(os.getpid(), signal.SIGKILL)
        if MISDEED == "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        if MISDEED == "hold up":
            ctypes.PyDLL(None).sleep(6)  # as a library that keeps Python's lock does
        super().load()

    def say(self, wanted, tell, stop):
        told = 0

        def telling(done, doing):
            nonlocal told
            told += 1
            tell(done, doing)
            if told == 10 and "die" in wanted.text:
                os.kill(os.getpid(), signal.SIGKILL)

        if MISDEED == "print":
            print("what a library prints" * 1000)
            os.write(1, b'{"is":"Ended","run":1,"done":0,"failed":0}\nnoise\xff\n')
        if "memory" in wanted.text:
            raise type("OutOfMemoryError", (RuntimeError,), {})("tried to allocate 9 GiB")
        if "broken" in wanted.text:
            raise ValueError("shapes (3,) and (4,)")
        if MISDEED == "never done":
            while not stop():
                time.sleep(0.02)
        if MISDEED == "heeds nobody":
            time.sleep(1000)
        sound = super().say(wanted, telling, stop)
        if MISDEED == "die after speaking":
            Path(wanted.out).write_bytes(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
        return sound


tones.Binding = Rogue
if MISDEED == "other protocol":
    worker.PROTOCOL = events.PROTOCOL + 1
if MISDEED == "garbage":
    os.write(1, b"no message\n")
if MISDEED == "unknown message":
    os.write(1, b'{"is":"Boat"}\n')
worker.main()
