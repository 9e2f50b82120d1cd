"""How work goes on beside a window: the timer that an operator lives by, what it shows meanwhile, Esc, and the end.

Work has `tick()`, True while it goes on, `share` and `message` of how far it is, `ended`, `cancel()`, which ends it soon, and `drop()`, at once.
"""
from __future__ import annotations

import time
from collections.abc import Callable

import bpy

from .errands import Errand
from .translation import rpt_, sentence

PAUSE = 0.05
"""Seconds between two ticks in a window."""


def begin(operator, context) -> set[str]:
    """Has the window's timer go on with the operator."""
    operator._timer = context.window_manager.event_timer_add(PAUSE, window=context.window)
    context.window_manager.modal_handler_add(operator)
    return {"RUNNING_MODAL"}


def over(operator, context, event, work) -> bool:
    """Lets an event of the window go on with the work, or cancel it; whether it has ended."""
    if event.type == "ESC" and event.value == "PRESS":
        work.cancel()
    if event.type != "TIMER":
        return False
    going = work.tick()
    context.workspace.status_text_set(rpt_("{doing} {share:.0%}   Esc: cancel").format(doing=sentence(work.message), share=work.share))
    redraw(context)
    if not going:
        end(operator, context)
    return not going


def end(operator, context):
    """Gives the timer and the status bar back."""
    context.window_manager.event_timer_remove(operator._timer)
    context.workspace.status_text_set(None)
    redraw(context)


def redraw(context):
    """Has whatever shows our work drawn anew."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("SEQUENCE_EDITOR", "PREFERENCES"):
                area.tag_redraw()


def watch(errand: Errand, then: Callable[[], None] = lambda: None):
    """Redraws until the errand has ended, where no operator can live so long, and does what is to be done then."""

    def look() -> float | None:
        redraw(bpy.context)
        if not errand.ended:
            return PAUSE
        then()
        return None

    bpy.app.timers.register(look, first_interval=PAUSE)


def awaited(operator, errand: Errand) -> set[str]:
    """Waits until the errand has ended, and reports what came of it."""
    while not errand.ended:
        time.sleep(PAUSE)
    operator.report({"ERROR"} if errand.problem else {"INFO"}, sentence(errand.message))
    return {"CANCELLED"} if errand.problem else {"FINISHED"}
