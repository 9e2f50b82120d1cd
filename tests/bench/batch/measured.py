"""The batch command in this process, and what it cost by its end, driver and workers apart: `python -m tests.bench.batch.measured FIGURES dub FILM.blend …`."""
from __future__ import annotations

import json
import os
import resource
import sys
from importlib import import_module
from pathlib import Path

from mount import mount


def seconds(who: int) -> float:
    """Of CPU, in programs and in the system for them."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    figures = Path(sys.argv.pop(1))
    mount("dubline")
    code = import_module("dubline.blender_addon.command").done()
    figures.write_text(json.dumps({"driver": seconds(resource.RUSAGE_SELF), "workers": seconds(resource.RUSAGE_CHILDREN)}), encoding="utf-8")
    os._exit(code)
