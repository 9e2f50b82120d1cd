"""Makes the encoder of `engine.voices.enrol`: `python -m engine.train.voice [STEP …]`.

Steps, in this order, all but the first by default; each goes on where it was broken off:
  habits  measures how the stock voices speak, `engine/voices/habits.json` (five minutes; wanted again only for another voice model)
  speak   our own engine speaks as people who never were (two seconds a clip on one core)
  hear    what CAM++ and the mel spectrogram say of every clip, clean and as rooms and telephones leave it
  train   a first encoder; our own engine then speaks as this one hears real people, and all of it teaches the final one, with and
          without the gradient reversal
  judge   what it can and cannot do, as JSON, and the run's course as a picture
  export  the ONNX that the product runs
"""
from __future__ import annotations

import csv
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ... import models
from ...voices import enrol, habits
from ...voices.space import Space, of
from .. import asked
from . import judged, spoken
from .corpus import Example, examples, real
from .export import exported
from .network import Network
from .people import people
from .training import Recipe, foretold, material, train

VOICES = 640
"""Drawn for the training and its judging: as many as taught the network that is shipped."""

UNSEEN = 10
"""Of every so many voices one that teaches nothing."""

BASE = Recipe()

STEPS = ("habits", "speak", "hear", "train", "judge", "export")


def main(arguments=None) -> int:
    parser = asked.parser("voice", __doc__, STEPS, enrol.NETWORK)
    parser.add_argument("--voices", type=int, default=VOICES, help="how many are drawn (default: %(default)s)")
    options = parser.parse_args(arguments)
    asked.known(parser, options.steps, STEPS)
    torch.set_num_threads(options.threads)
    if options.smoke:
        with tempfile.TemporaryDirectory() as folder:
            return smoke(Path(folder))
    run(options.data, options.out, [step for step in STEPS if step in (options.steps or STEPS[1:])], options.voices)
    return 0


def run(data: Path, out: Path, steps: list[str], voices: int) -> None:
    """Does the steps."""
    home = models.folder()
    if "habits" in steps:
        habits.write(spoken.measured_habits(home, data / "habits"))
    wanted = list(spoken.clips(home, voices)) if set(steps) - {"habits"} else []
    if "speak" in steps:
        for _clip in tqdm(spoken.speak(wanted, home, data), total=len(wanted), desc="speaking", unit="clip"):
            pass
    if {"hear", "train", "judge", "export"} & set(steps):
        ours = examples(wanted, data, home)
        with tempfile.TemporaryDirectory() as folder:
            others = real(people(Path(folder)), data, home)
        if {"train", "judge", "export"} & set(steps):
            trained(ours, others, of(home), data, out, steps, BASE)


def trained(ours: list[Example], others: list[Example], space: Space, data: Path, out: Path, steps: list[str], base: Recipe) -> dict:
    """Trains, judges and exports; a training that is finished costs nothing. others: real people. Gives the figures."""
    taught, unseen = ([example for example in ours if bool(example.voice % UNSEEN) is here] for here in (True, False))
    known = material(space, taught)
    if others:
        first = train(taught, others, known, foretold(taught, known), base, data / "first")
        taught += _near(first, others, data)
    ear = foretold(taught, known)
    final = train(taught, others, known, ear, base, data / "final")
    figures: dict = {}
    if "judge" in steps:
        bare = train(taught, others, known, ear, replace(base, reversal=0.0), data / "without-reversal")
        figures = {"clips": {"taught": len(taught), "unseen": len(unseen), "real": len(others)}}
        for name, network in (("with reversal", final), ("without reversal", bare)):
            figures[name] = {"clean": judged.recovered(network, ear, known, unseen, 0), "altered": judged.recovered(network, ear, known, unseen, 1), "mood": judged.moods(network, taught, unseen)}
        (data / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        (data / "course.svg").write_text(course(data / "final" / "log.csv"), encoding="utf-8")
        print(json.dumps(figures, indent=1))
    if "export" in steps:
        exported(final, known, out)
        print(f"{out}: {out.stat().st_size / 1e6:.2f} MB")
    return figures


def _near(first: Network, others: list[Example], data: Path) -> list[Example]:
    """Clips near real people as the first network hears them. They are drawn once: what is spoken already tells where."""
    home, kept = models.folder(), data / "near.json"
    if not kept.exists():
        places = judged.placed(first, others)
        kept.write_text(json.dumps({name: [place.tolist(), f0] for name, (place, f0) in places.items()}), encoding="utf-8")
    heard = {name: (np.array(place), f0) for name, (place, f0) in json.loads(kept.read_text(encoding="utf-8")).items()}
    wanted = list(spoken.near(home, heard))
    for _clip in tqdm(spoken.speak(wanted, home, data), total=len(wanted), desc="speaking near people", unit="clip"):
        pass
    return examples(wanted, data, home)


def course(log: Path) -> str:
    """The run as an SVG: each figure of the log over the epochs, from 0 to its highest."""
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in ("epoch", "step")]
    parts = []
    for number, name in enumerate(names):
        values = [float(row[name]) for row in rows]
        most = max(values) or 1.0
        points = " ".join(f"{10 + 480 * at / max(1, len(values) - 1):.1f},{60 + 80 * number - 50 * value / most:.1f}" for at, value in enumerate(values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="#356" stroke-width="1.5"/><text x="500" y="{40 + 80 * number}">{name}: {values[-1]:.3g} of {most:.3g}</text>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{20 + 80 * len(names)}" font-family="sans-serif" font-size="13">{"".join(parts)}</svg>\n'


def smoke(folder: Path) -> int:
    """The whole way in under a minute: two drawn voices of the real model where it is here, small epochs, and the network is thrown away."""
    home = models.folder()
    wanted = list(spoken.clips(home, UNSEEN + 2))[: 2 * spoken.CLIPS] + list(spoken.clips(home, UNSEEN + 2))[-2 * spoken.CLIPS :]
    for _clip in spoken.speak(wanted, home, folder):
        pass
    ours = examples(wanted, folder, home)
    figures = trained(ours, [], of(home), folder, folder / "timbre.onnx", list(STEPS), replace(BASE, epochs=2, batch=4))
    return int(not figures)


if __name__ == "__main__":
    sys.exit(main())
