"""Which libraries of the engine this installation has: the core zip goes without those that are made for one system."""
from __future__ import annotations

from importlib.util import find_spec

from .translation import rpt_

PARTS = ("onnxruntime", "soundfile", "soxr", "espeakng_loader", "parselmouth", "pedalboard")


def lacking() -> str:
    """A sentence that says what is not here and what to do; empty where all of it is."""
    absent = [name for name in PARTS if find_spec(name) is None]
    if not absent:
        return ""
    told = "This installation of Dubline cannot speak, for it goes without {parts}. Install the zip that is made for this system and this Blender; plans, subtitles and cast work without it."
    return rpt_(told).format(parts=", ".join(absent))
