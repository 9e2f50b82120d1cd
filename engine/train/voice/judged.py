"""What the encoder can do, on voices that taught it nothing: timbres found again, and moods that are still told in its embedding."""
from __future__ import annotations

import numpy as np
import torch

from ...hear.feeling import normal
from ..emotion.judged import probe
from .corpus import MOODS, Example
from .network import Foretold, Network
from .training import Material


@torch.no_grad()
def heard(network: Network, examples: list[Example], version: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings, places and priors of whole clips in one of their versions."""
    rows = []
    for example in examples:
        mel = torch.from_numpy(normal(example.levels[version].astype(np.float32)))[None]
        speaker = torch.from_numpy(example.embeddings[version].astype(np.float32))[None]
        embedding = network.encoder(mel, speaker)
        rows.append((embedding[0].numpy(), network.place(embedding)[0].numpy(), network.prior(embedding)[0].numpy()))
    return tuple(np.stack(part) for part in zip(*rows, strict=True))


def placed(network: Network, others: list[Example]) -> dict[str, tuple[np.ndarray, float]]:
    """Where the network hears real people: mean place and median F0 in Hz of each who is voiced at all."""
    _embeddings, places, _priors = heard(network, others)
    found = {}
    for name in sorted({example.name for example in others}):
        rows = [row for row, example in enumerate(others) if example.name == name]
        heights = [float(np.exp(others[row].prior[0])) for row in rows if np.isfinite(others[row].prior[0])]
        if heights:
            found[name] = (places[rows].mean(axis=0), float(np.median(heights)))
    return found


def recovered(network: Network, ear: Foretold, known: Material, examples: list[Example], version: int) -> dict:
    """How well timbres are found again: share of the places' variance, likeness foretold of the answer, and semitones of F0 missed."""
    _embeddings, places, priors = heard(network, examples, version)
    wanted = known.places(examples).numpy()
    normal_prior, there = (part.numpy() for part in known.priors(examples))
    with torch.no_grad():
        answers = ear(torch.from_numpy(places), torch.from_numpy(normal_prior[:, 0])).numpy()
        best = ear(torch.from_numpy(wanted), torch.from_numpy(normal_prior[:, 0])).numpy()
    clean = np.stack([example.embeddings[0] for example in examples])
    off = (priors - normal_prior)[:, 0][there[:, 0] > 0] * known.prior[1][0] * 12 / np.log(2)
    return {
        "variance": round(float(1 - ((places - wanted) ** 2).sum() / ((wanted - wanted.mean(axis=0)) ** 2).sum()), 3),
        "likeness": round(float((answers * clean).sum(axis=1).mean()), 3), "likeness_of_the_truth": round(float((best * clean).sum(axis=1).mean()), 3),
        "semitones_missed": round(float(np.median(np.abs(off))), 2),
    }  # fmt: skip


def moods(network: Network, taught: list[Example], unseen: list[Example]) -> dict:
    """How often a linear probe names the mood among nine, on the embeddings of unseen voices; moods are drawn in equal numbers with neutral."""
    def part(examples):
        chosen = balanced(examples)
        return heard(network, chosen)[0], np.array([example.mood for example in chosen])

    (known, labels), (asked, answers) = part(taught), part(unseen)
    raw = [np.stack([example.embeddings[0] for example in balanced(examples)]) * 192**0.5 for examples in (taught, unseen)]
    return {"probe": round(probe(known, labels, asked, answers), 3), "probe_of_campplus": round(probe(raw[0], labels, raw[1], answers), 3), "chance": round(1 / len(MOODS), 3)}


def balanced(examples: list[Example]) -> list[Example]:
    """As many neutral clips as of each mood on the average."""
    moved = [example for example in examples if MOODS[example.mood] != "neutral"]
    plain = [example for example in examples if MOODS[example.mood] == "neutral"]
    return [*moved, *plain[: max(1, len(moved) // (len(MOODS) - 1))]]
