"""Colour tags that tell something of a line: how it will fit, and that it changed since its take. Its own tag is kept and comes back."""
from __future__ import annotations

from ..engine.script import Outlook
from . import compat, props
from .stale import Sight

TAGS = {"too fast": "COLOR_01", "fast": "COLOR_02", "comfortable": "COLOR_04", "slow": "COLOR_05", "too slow": "COLOR_06"}
"""Blender's red, orange, green, blue and violet."""

STALE = "COLOR_03"
"""Its yellow."""


def told(outlook: Outlook) -> str:
    """One sentence for the panel and the shell."""
    borrowed = f", {(outlook.early + outlook.late) * 1000:.0f} ms of it borrowed" if outlook.early or outlook.late else ""
    return f"{outlook.verdict.capitalize()}: {outlook.natural:.2f} s of speech in {outlook.available:.2f} s, {outlook.ratio:.0%} of its length{borrowed}"


def tint(strip, verdict: str, wished: bool):
    """Shows the verdict on the strip, or takes it off again when that is not wished."""
    _show(strip, "verdict", TAGS[verdict] if wished else None)


def tint_all(scene, outlooks: dict[str, Outlook]):
    """The strips of all these lines, by uid."""
    for strip in compat.all_strips(scene.sequence_editor) if scene and scene.sequence_editor else ():
        state = props.state(strip)
        if "of" not in state and state.get("uid") in outlooks:
            tint(strip, outlooks[state["uid"]].verdict, scene.dubline.tint)


def mark(sight: Sight, stale) -> int:
    """Shows on which of the lines' strips a take is out of date, and takes it off the others; how many were changed. stale: uids."""
    wrong = [(strip, uid in stale) for uid, (strip, meant, *_edges) in sight.strips.items() if (uid in stale) != ("stale" in meant.state.get("shown", ()))]
    for strip, shown in wrong:
        _show(strip, "stale", STALE if shown else None)
    return len(wrong)


def _show(strip, why: str, color: str | None):
    known = props.state(strip)
    own, shown = known.get("tag"), known.get("shown", {})
    if own is not None and not shown:  # of a time when there was only the verdict
        shown = {"verdict": strip.color_tag}
    if own is None or strip.color_tag != _uppermost(shown):  # the person has chosen another meanwhile
        own = strip.color_tag
    shown = {key: value for key, value in {**shown, why: color}.items() if value}
    props.update(strip, tag=own if shown else None, shown=shown or None)
    strip.color_tag = _uppermost(shown) or own


def _uppermost(shown: dict[str, str]) -> str | None:
    return shown.get("stale") or shown.get("verdict")
