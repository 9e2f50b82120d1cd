"""Which libraries of the engine this installation has: the core zip goes without those that are made for one system; and which zip has them."""
from __future__ import annotations

from importlib.util import find_spec

from ..engine import zips
from .translation import rpt_

PARTS = ("onnxruntime", "soundfile", "soxr", "espeakng_loader", "parselmouth", "pedalboard")


def lacking() -> str:
    """A sentence that says what is not here and what to do; empty where all of it is."""
    absent = [name for name in PARTS if find_spec(name) is None]
    if not absent:
        return ""
    if one := zips.fitting():
        told = rpt_("This installation of Dubline cannot speak, for it goes without {parts}. Install {zip}, the zip for this system and this Blender; plans, subtitles and cast work without it.")
        return told.format(parts=", ".join(absent), zip=one.file)
    told = rpt_("This installation of Dubline cannot speak, for it goes without {parts}, and no zip is made for {system} with Python {python}. Choose a Python that has them in the preferences; plans, subtitles and cast work without.")
    return told.format(parts=", ".join(absent), system=zips.this_platform(), python=zips.PYTHON)
