"""What the add-on costs in a window: how long it holds Blender's main thread while lines are made, how long its panels take to draw, and a look for changed lines."""
from __future__ import annotations

import statistics

from .window import Missed, Window

LINES, MANY = 200, 1000
STALL, DRAW, LOOK = 16.0, 2.0, 20.0
"""Milliseconds of the main thread: the longest stretch of ours from the press on until all lines are made, one drawing of the panels, and
one look at which of MANY lines changed."""

REDRAWS, CHECKS = 40, 20


def makes_lines(gui: Window):
    """Two hundred lines are made while everything of ours in the main thread is timed."""
    gui.ask("film", lines=[f"Line number {number} of a long film, spoken for the clock." for number in range(LINES)], voice="tone:sine")
    gui.keys("Home")
    gui.ask("watch")
    gui.speak("All", patience=1500)
    watched, run = gui.ask("watched"), gui.run
    gui.figures["making"] = {"lines": LINES, "done": sum(line["status"] == "done" for line in run["lines"]), "worst_tick_wall_ms": run["worst_tick_ms"], "turns": watched["turns"], "stretches": dict(watched["stretches"])}
    yield
    pressed = [name for name in watched["stretches"] if name.endswith(".invoke")]
    if len(pressed) != 1:
        raise Missed(f"One press was made, but Blender called {pressed}")
    gui.figures["making"]["press"] = watched["stretches"][pressed[0]]
    name, worst = next(iter(watched["stretches"].items()))
    gui.see("every line was made", gui.figures["making"]["done"] == LINES, run["summary"])
    gui.see(f"from the press on nothing of ours holds the main thread for more than {STALL:.0f} ms", worst["worst_cpu_ms"] <= STALL, {name: worst})


def draws_panels(gui: Window):
    """With a thousand dubbed strips the sidebar is drawn again and again."""
    names = gui.ask("film", lines=[f"Line number {number} of a film of a thousand." for number in range(MANY)], voice="tone:sine")
    gui.ask("dub", patience=3000)
    gui.keys("Home")
    gui.figures["drawing"] = {"strips": len(gui.strips), "takes": len(gui.takes)}
    takes = [take["name"] for take in gui.takes]
    for what, chosen, active in (("line", names[:1], names[500]), ("take", takes[:1], takes[500]), ("everything", names + takes, names[500])):
        gui.ask("select", names=chosen, active=active)
        said = gui.ask("redraw", times=REDRAWS, patience=300)
        cpu, wall = zip(*said["costs"], strict=True)
        gui.figures["drawing"][what] = {
            "median_cpu_ms": round(statistics.median(cpu), 3), "worst_cpu_ms": round(max(cpu), 3), "median_wall_ms": round(statistics.median(wall), 3),
            "worst_wall_ms": round(max(wall), 3), "by_name": said["by_name"],
        }  # fmt: skip
    costs = gui.ask("check", times=CHECKS, patience=300)
    gui.figures["checking"] = {"strips": len(gui.strips), "median_cpu_ms": round(statistics.median(costs), 3), "worst_cpu_ms": round(max(costs), 3)}
    yield
    gui.see(f"a look at which of {MANY} lines changed takes no more than {LOOK:.0f} ms", gui.figures["checking"]["median_cpu_ms"] <= LOOK, gui.figures["checking"])
    told = gui.figures["drawing"]
    gui.see("every line is dubbed", told["takes"] == MANY, told["takes"])
    for what in ("line", "take", "everything"):
        gui.see(f"the panels are drawn within {DRAW:.0f} ms, {what} chosen", told[what]["median_cpu_ms"] <= DRAW, {key: told[what][key] for key in ("median_cpu_ms", "worst_cpu_ms", "median_wall_ms")})


STEPS = (makes_lines, draws_panels)
