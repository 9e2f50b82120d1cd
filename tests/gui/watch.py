"""Runs inside Blender: how long anything of ours holds its main thread, by what Python itself reports of every call; nothing of the product is touched.

Blender calls us to draw, to ask, to read a property, to take an event. Each such call from outside is one stretch, and its
time is that of the whole stretch with all that it calls.
"""
import sys
import threading
import time

TOOL = sys.monitoring.PROFILER_ID


class Watch:
    """Stretches by the name of the function that Blender called: how many, how long in all, and the longest, in milliseconds."""

    def __init__(self, folder):
        # Blender calls nobody of the engine, and to watch each of its steps would cost more than they do
        self.folder, self.main = str(folder / "blender_addon"), threading.get_ident()
        self.stretches = {}
        self.outer, self.depth, self.began = None, 0, (0.0, 0.0)
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(TOOL, "dubline-watch")
        sys.monitoring.register_callback(TOOL, events.PY_START, self._starts)
        sys.monitoring.register_callback(TOOL, events.PY_RETURN, self._returns)
        sys.monitoring.register_callback(TOOL, events.PY_UNWIND, self._ends)
        sys.monitoring.set_events(TOOL, events.PY_START | events.PY_RETURN | events.PY_UNWIND)

    def close(self):
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)

    def _starts(self, code, _offset):
        if not code.co_filename.startswith(self.folder):
            return sys.monitoring.DISABLE
        if self.outer is None:
            if threading.get_ident() == self.main:
                self.outer, self.depth, self.began = code, 1, (time.perf_counter(), time.thread_time())
        elif code is self.outer and threading.get_ident() == self.main:
            self.depth += 1
        return None

    def _returns(self, code, offset, value):
        if not code.co_filename.startswith(self.folder):
            return sys.monitoring.DISABLE
        return self._ends(code, offset, value)

    def _ends(self, code, _offset, _what):
        if code is not self.outer or threading.get_ident() != self.main:
            return
        self.depth -= 1
        if self.depth == 0:
            cpu, wall = (time.thread_time() - self.began[1]) * 1000, (time.perf_counter() - self.began[0]) * 1000
            known = self.stretches.setdefault(code.co_qualname, {"calls": 0, "cpu_ms": 0.0, "wall_ms": 0.0, "worst_cpu_ms": 0.0, "worst_wall_ms": 0.0})
            known["calls"] += 1
            known["cpu_ms"] += cpu
            known["wall_ms"] += wall
            known["worst_cpu_ms"] = max(known["worst_cpu_ms"], cpu)
            known["worst_wall_ms"] = max(known["worst_wall_ms"], wall)
            self.outer = None

    def total(self) -> tuple[float, float]:
        """Milliseconds so far, by the thread's own clock and by the wall's."""
        return sum(one["cpu_ms"] for one in self.stretches.values()), sum(one["wall_ms"] for one in self.stretches.values())


class Turns:
    """How long Blender's loop takes from one turn to the next, whoever holds it."""

    def __init__(self):
        self.last, self.gaps, self.going = time.perf_counter(), [], True

    def __call__(self):
        now = time.perf_counter()
        self.gaps.append((now - self.last) * 1000)
        self.last = now
        return 0.004 if self.going else None
