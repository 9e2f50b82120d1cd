"""What the shell asks of a training: its steps, its folders, a smoke run."""
from __future__ import annotations

import argparse
from pathlib import Path

from .. import models


def parser(name: str, told: str, steps: tuple[str, ...], out: Path) -> argparse.ArgumentParser:
    """Of `python -m engine.train.NAME`. told: its help; out: where the network goes by default."""
    found = argparse.ArgumentParser(prog=f"python -m engine.train.{name}", description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(steps)}")
    found.add_argument("--data", type=Path, default=models.folder() / "for-training" / name, help="speech, checkpoints, logs and figures (default: %(default)s)")
    found.add_argument("--out", type=Path, default=out, help="the network (default: %(default)s)")
    found.add_argument("--smoke", action="store_true", help="all steps on a few sounds and for two epochs, in a folder that is thrown away")
    found.add_argument("--threads", type=int, default=1, help="default: %(default)s; with another number figures may differ in their last digits")
    return found


def known(found: argparse.ArgumentParser, asked: list[str], steps: tuple[str, ...]) -> None:
    """Ends with a sentence where a step is asked for that there is not."""
    if unknown := set(asked) - set(steps):
        found.error(f"there is no step {', '.join(sorted(unknown))}")
