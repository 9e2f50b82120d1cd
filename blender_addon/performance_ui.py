"""What the panels show of a performance: who performs, what was heard of it, and what judges say of the take."""
from __future__ import annotations

from . import feelings, recordings
from .layouts import bars, say
from .translation import iface_, worded

MOST_ROWS = 12
"""Of feeling over time."""


def draw_recording(layout, scene, strip, source: dict):
    """The performer, and what was heard."""
    layout.prop(strip, "dubline_performer")
    kind = source.get("who", {}).get("kind", "ORIGINAL")
    if kind == "STRIP":
        layout.prop(strip, "dubline_performer_strip", icon="SEQUENCE")
    elif kind == "FILE":
        for name in ("performer_file", "from", "to"):
            layout.prop(strip, f"dubline_{name}")
    layout.prop(strip, "dubline_performance", slider=True)
    layout.prop(strip, "dubline_plain")
    usual = source.get("usual", {}).get("kind", "NONE")
    if usual in ("STRIP", "FILE"):
        layout.prop(strip, f"dubline_plain_{usual.lower()}")
    heard = source.get("heard", {})
    if recordings.stale(scene, strip, source):
        say(layout, "The recording was changed since it was heard: listen again", "FILE_REFRESH")
    elif heard.get("problem"):
        say(layout, heard["problem"], "ERROR")
    layout.operator("dubline.listen", icon="VIEWZOOM")
    if "emotion" not in heard:
        return
    if heard["by_whom"]:
        who = {"both": "voice and face"}.get(heard["by_whom"], heard["by_whom"])
        say(layout, iface_("Recognised by {who}: {emotion}; certainty {share:.0%}").format(who=iface_(who), emotion=worded(heard["told"]), share=heard["certainty"]), "CHECKMARK")
    bars(layout, heard["emotion"])
    say(layout, heard["measures"], "SOUND")
    for warning in heard["warnings"]:
        say(layout, warning, "INFO")
    if feelings.heard(source).get("by_whom"):
        layout.operator("dubline.edit_as_sliders", icon="OPTIONS")


def draw_senses(layout, senses: list):
    """Emotion over time, a row each."""
    for start, end, name, strength, certainty, by_whom in senses[:MOST_ROWS]:
        row = layout.row()
        row.label(text=iface_("{start:.1f} to {end:.1f} s").format(start=start, end=end))
        row.progress(factor=min(max(strength, 0.0), 1.0), text=f"{iface_(name)} {strength:.2f}")
        row.label(text=f"{certainty:.0%} {iface_(by_whom)}")
    if len(senses) > MOST_ROWS:
        layout.label(text=iface_("and {count} more").format(count=len(senses) - MOST_ROWS))


def draw_check(layout, check: dict):
    """What judges say of the take; an alarm where it is damaged, or speaker or words suffered."""
    for number, sentence in enumerate(check["told"]):
        say(layout, sentence, "NONE" if number else "ERROR" if check["bad"] else "CHECKMARK")
    layout.label(text=iface_("Check: {mode}, {seconds:.1f} CPU s").format(mode=iface_(check["mode"].capitalize()), seconds=check["seconds"]))


def draw_steps(layout):
    """The next take in one press."""
    row = layout.row(align=True)
    row.operator("dubline.less", icon="REMOVE").scope = "ACTIVE"
    row.operator("dubline.redo", text="Another reading", icon="FILE_REFRESH").scope = "ACTIVE"
    row.operator("dubline.more", icon="ADD").scope = "ACTIVE"
