"""The worker with few steps and one beam, which random weights need no more of: `python quick.py indextts --folder F`."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.apart import __main__ as worker  # noqa: E402
from engine.apart.bindings import lever  # noqa: E402

lever.STEPS, lever.BEAMS, lever.MOST_CODES = 2, 1, 300

worker.main()
