"""What was foretold of a line, in a sentence and as the colour tag of its strip; a strip's own tag is kept and comes back."""
from __future__ import annotations

from ..engine.script import Outlook
from . import compat, props

TAGS = {"too fast": "COLOR_01", "fast": "COLOR_02", "comfortable": "COLOR_04", "slow": "COLOR_05", "too slow": "COLOR_06"}
"""Blender's red, orange, green, blue and violet."""


def told(outlook: Outlook) -> str:
    """One sentence for the panel and the shell."""
    borrowed = f", {(outlook.early + outlook.late) * 1000:.0f} ms of it borrowed" if outlook.early or outlook.late else ""
    return f"{outlook.verdict.capitalize()}: {outlook.natural:.2f} s of speech in {outlook.available:.2f} s, {outlook.ratio:.0%} of its length{borrowed}"


def tint(strip, verdict: str, wished: bool):
    """Shows the verdict on the strip, or takes it off again when that is not wished."""
    own = props.state(strip).get("tag")
    if wished:
        if own is None:
            props.update(strip, tag=strip.color_tag)
        strip.color_tag = TAGS[verdict]
    elif own is not None:
        props.update(strip, tag=None)
        strip.color_tag = own


def tint_all(scene, outlooks: dict[str, Outlook]):
    """The strips of all these lines, by uid."""
    for strip in compat.all_strips(scene.sequence_editor) if scene and scene.sequence_editor else ():
        state = props.state(strip)
        if "of" not in state and state.get("uid") in outlooks:
            tint(strip, outlooks[state["uid"]].verdict, scene.dubline.tint)
