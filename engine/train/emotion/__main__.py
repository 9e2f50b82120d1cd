"""Makes the encoder of `engine.hear.feeling`: `python -m engine.train.emotion [STEP …]`.

Steps, in this order, all by default; each goes on where it was broken off:
  speak   our own engine speaks the training's lines (half an hour on one core)
  train   the encoder with and without the gradient reversal, then with real speech, and so with each man left out
  judge   what it can and cannot do, as JSON
  export  the ONNX that the product runs
"""
from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ... import models
from ...hear import feeling
from ...voices import load
from .. import asked
from ..checkpoint import weights
from . import judged, spoken
from .corpus import Example, own, real
from .export import exported
from .network import Network
from .training import Recipe, train

VALIDATION = ("af_sky", "am_puck", "bf_lily", "bm_daniel", "zf_xiaoyi", "zm_yunyang")
"""Voices of the training's lines by which choices were made and certainty is set; neither taught nor judged by."""

BASE = Recipe()
"""Our own engine's speech alone."""

WITHOUT = replace(BASE, reversal=0.0)
"""The same without the gradient reversal, to tell what it does."""

REAL = Recipe(epochs=10, rate=1.5e-3, reversal=BASE.reversal, grown=True, real=0.6, seed=2)
"""Goes on from BASE with real men beside."""

STEPS = ("speak", "train", "judge", "export")


@dataclass(frozen=True)
class Corpus:
    """The examples by what they are for, and everybody's names."""

    taught: list[Example]
    validation: list[Example]
    unseen: list[Example]
    men: list[Example]
    speakers: list[str]


def main(arguments=None) -> int:
    parser = asked.parser("emotion", __doc__, STEPS, feeling.NETWORK)
    options = parser.parse_args(arguments)
    asked.known(parser, options.steps, STEPS)
    torch.set_num_threads(options.threads)
    if options.smoke:
        with tempfile.TemporaryDirectory() as folder:
            return smoke(Path(folder))
    run(options.data, options.out, [step for step in STEPS if step in options.steps or not options.steps])
    return 0


def run(data: Path, out: Path, steps: list[str]):
    """Does the steps."""
    wanted = spoken.clips(load("kokoro", models.folder()).voices())
    if "speak" in steps:
        for _clip in tqdm(spoken.speak(wanted, models.folder(), data), total=len(wanted), desc="speaking", unit="clip"):
            pass
    if {"train", "judge", "export"} & set(steps):
        corpus = gathered(list(tqdm(own(wanted, data), total=len(wanted), desc="listening", unit="clip")), real())
        trained(corpus, data, out, steps, BASE, WITHOUT, REAL)


def gathered(ours: list[Example], men: list[Example]) -> Corpus:
    """The corpus of all examples."""
    speakers = [*sorted({example.speaker for example in ours}), *sorted({example.speaker for example in men})]
    seen = [example for example in ours if not example.held_out]
    return Corpus(
        [example for example in seen if example.speaker not in VALIDATION], [example for example in seen if example.speaker in VALIDATION],
        [example for example in ours if example.held_out], men, speakers,
    )  # fmt: skip


def trained(corpus: Corpus, data: Path, out: Path, steps: list[str], base: Recipe, without: Recipe, real_: Recipe) -> dict:
    """Trains, judges and exports; a training that is finished costs nothing. Gives the figures."""
    plain = train(corpus.taught, corpus.speakers, base, data / "base")
    start = weights(data / "base" / "checkpoint.npz")
    final = train([*corpus.taught, *corpus.men], corpus.speakers, real_, data / "real", start)
    left_out = []
    for man in sorted({example.speaker for example in corpus.men}):
        others = [example for example in corpus.men if example.speaker != man]
        network = train([*corpus.taught, *others], corpus.speakers, real_, data / f"without-{man}", start)
        left_out.append((man, network))
    unknown = {known: judged.joined([judged.Heard(network, [example for example in corpus.men if example.speaker == man], 0, known) for man, network in left_out]) for known in (False, True)}
    parts = [judged.Heard(final, corpus.validation, version, known) for version in (0, 1) for known in (False, True)]
    temperature = judged.temperature([judged.joined(parts), judged.joined(list(unknown.values()))])
    figures = {}
    if "judge" in steps:
        bare = train(corpus.taught, corpus.speakers, without, data / "without-reversal")
        figures = told(corpus, {"with reversal": plain, "without reversal": bare, "exported": final}, unknown, temperature)
        (data / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(figures, indent=1))
    if "export" in steps:
        exported(final, temperature, out)
        print(f"{out}: {out.stat().st_size / 1e6:.2f} MB")
    return figures


def told(corpus: Corpus, networks: dict[str, Network], unknown: dict[bool, judged.Heard], temperature: float) -> dict:
    """All figures of the card. unknown: what was heard of each man by a network that was not taught by him, by whether his neutral manner was known."""
    final = networks["exported"]
    figures: dict = {"examples": {"taught": len(corpus.taught), "validation": len(corpus.validation), "unseen": len(corpus.unseen), "men": len(corpus.men)}, "temperature": round(temperature, 3)}
    languages = np.array([example.language for example in corpus.unseen])
    for known, name in ((False, "unknown"), (True, "known")):
        unseen, altered = (judged.Heard(final, corpus.unseen, version, known) for version in (0, 1))
        kinds = np.array([example.kind for example in unknown[known].examples])
        figures[f"speaker's manner {name}"] = {
            "unseen voices": judged.recognised(unseen), "altered": judged.recognised(altered),
            **{language: judged.recognised(unseen.where(languages == language)) for language in np.unique(languages)},
            "validation voices": judged.recognised(judged.Heard(final, corpus.validation, 0, known)),
            "intensities": judged.steps(unseen), "arousal": judged.aroused(unseen),
            "real, men left out": {kind: judged.distinctions(unknown[known].where(kinds == kind)) for kind in np.unique(kinds)},
            "certainty": {"unseen voices": judged.certainty(unseen, temperature), "altered": judged.certainty(altered, temperature), "real, men left out": judged.certainty(unknown[known], temperature)},
        }  # fmt: skip
        for which in ("with reversal", "without reversal"):
            heard = judged.Heard(networks[which], corpus.men, 0, known)
            figures[f"speaker's manner {name}"][f"by our own speech alone, {which}"] = {
                "unseen voices": judged.recognised(judged.Heard(networks[which], corpus.unseen, 0, known)),
                "real": {kind: judged.distinctions(heard.where(kinds == kind)) for kind in np.unique(kinds)},
            }
    figures["probes"] = {name: judged.leakage(judged.Heard(network, corpus.taught), judged.Heard(network, corpus.unseen)) for name, network in networks.items()}
    return figures


def smoke(folder: Path) -> int:
    """The whole way in under a minute: humming instead of speech, small epochs, and the network is thrown away."""
    from .humming import clips

    ours, men = clips()
    base = replace(BASE, epochs=2)
    figures = trained(gathered(ours, men), folder, folder / "feeling.onnx", list(STEPS), base, replace(base, reversal=0.0), replace(REAL, epochs=1))
    return int(not figures)


if __name__ == "__main__":
    sys.exit(main())
