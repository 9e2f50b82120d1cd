"""Trains the encoder: what a timbre will sound like to CAM++ first, then from sound back to timbre, against an opponent who looks for the mood.

The second has three teachers: the timbre that made a clip; the speaker embedding that its own answer would have, which must be
that of the clip; and, for real people, whose timbre nobody knows, that embedding alone.
"""
from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from ...hear.feeling import BANDS, HOP, RATE, normal
from ...voices.space import Space
from .. import schedule
from ..checkpoint import keep, resumed
from .corpus import Example
from .network import Foretold, Network

CROP = (1.2, 2.6)
"""Seconds of speech in one example."""

COLOUR = 2.5
"""Decibels by which a crop is coloured at most, each of three slow waves over the bands: another microphone."""

HIDDEN_BANDS, HIDDEN_FRAMES = 6, 15
"""Most bands and frames of a crop that are hidden (Park et al., "SpecAugment", Interspeech 2019)."""

ALIKE, PRIOR, MOOD = 4.0, 0.2, 0.3
"""Weights of embeddings' likeness, of the prior and of the opponent against the places' squared error."""

RIDGE = 30.0
"""Of the regression that foretells embeddings; from 1 to 100 it makes no difference."""

FASTER = 3.0
"""How much longer the opponent's steps are."""


@dataclass(frozen=True)
class Recipe:
    """All that decides a training beside its examples."""

    epochs: int = 40
    batch: int = 48
    rate: float = 2e-3
    """Highest step of Adam; it warms up over a twentieth and then falls as a cosine."""
    decay: float = 1e-2
    reversal: float = 0.3
    """Where the gradient reversal's weight ends; 0 trains without an opponent."""
    seed: int = 1


@dataclass(frozen=True)
class Material:
    """What all examples have in common."""

    space: Space
    prior: tuple[np.ndarray, np.ndarray]
    """Mean and spread of what is known of pitch and rate [2]."""

    def places(self, examples: list[Example]) -> torch.Tensor:
        return torch.from_numpy(self.space.place(np.stack([example.timbre for example in examples])).astype(np.float32))

    def priors(self, examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        """Normal values [B, 2], and which are known."""
        values = np.stack([example.prior for example in examples])
        known = np.isfinite(values)
        return torch.from_numpy(np.where(known, (values - self.prior[0]) / self.prior[1], 0).astype(np.float32)), torch.from_numpy(known.astype(np.float32))


def material(space: Space, examples: list[Example]) -> Material:
    """Of the examples that teach."""
    values = np.stack([example.prior for example in examples])
    return Material(space, (np.nanmean(values, axis=0), np.nanstd(values, axis=0)))


def foretold(examples: list[Example], known: Material) -> Foretold:
    """From places to embeddings, by every clip's clean sound: the ridge regression."""
    places, heights = known.places(examples), known.priors(examples)[0][:, :1]
    given = torch.cat([places, heights, torch.ones(len(examples), 1)], dim=1).double()
    wanted = torch.from_numpy(np.stack([example.embeddings[0] for example in examples])).double()
    found = torch.linalg.solve(given.T @ given + RIDGE * torch.eye(given.shape[1]), given.T @ wanted).float()
    network = Foretold(places.shape[1])
    with torch.no_grad():
        network.straight.weight.copy_(found[:-1].T)
        network.straight.bias.copy_(found[-1])
    return network.eval().requires_grad_(False)


def train(examples: list[Example], real: list[Example], known: Material, ear: Foretold, recipe: Recipe, folder: Path) -> Network:
    """Trains and gives the network. Goes on from `folder`'s checkpoint where there is one of the same recipe.

    real: of people whose timbre nobody knows. Every epoch draws by its own seed, so that a run that was broken off ends as one
    that was not.
    """
    torch.manual_seed(recipe.seed)
    network = Network(len(known.space.axes))
    groups = [
        {"params": [*network.encoder.parameters(), *network.place.parameters(), *network.prior.parameters()], "faster": 1.0},
        {"params": network.opponent.parameters(), "faster": FASTER},
    ]
    optimiser = torch.optim.AdamW(groups, recipe.rate, weight_decay=recipe.decay)
    folder.mkdir(parents=True, exist_ok=True)
    first = resumed(folder / "checkpoint.npz", recipe, network, optimiser)
    with (folder / "log.csv").open("a" if first else "w", newline="") as file:
        log = csv.writer(file)
        if not first:
            log.writerow(("epoch", "step", "reversal", "places", "alike", "alike_real", "prior", "mood", "moods_named"))
        for epoch in tqdm(range(first, recipe.epochs), initial=first, total=recipe.epochs, desc=folder.name, unit="epoch"):
            log.writerow((epoch, *(f"{value:.4g}" for value in _epoch(epoch, network, optimiser, examples, real, known, ear, recipe))))
            file.flush()
            keep(folder / "checkpoint.npz", recipe, epoch + 1, network, optimiser)
    return network.eval()


def _epoch(epoch: int, network: Network, optimiser, examples: list[Example], real: list[Example], known: Material, ear: Foretold, recipe: Recipe) -> list[float]:
    """One turn over the examples; the means of what the log tells."""
    draw = np.random.default_rng([recipe.seed, epoch])
    torch.manual_seed(recipe.seed * 1000 + epoch)
    network.train()
    everyone = [*examples, *real]
    parts = np.array_split(draw.permutation(len(everyone)), max(1, round(len(everyone) / recipe.batch)))
    told = []
    for number, rows in enumerate(parts):
        progress = (epoch + number / len(parts)) / recipe.epochs
        weight = schedule.reversal(recipe.reversal, progress)
        for group in optimiser.param_groups:
            group["lr"] = schedule.step(recipe.rate, progress) * group["faster"]
        chosen = [everyone[row] for row in rows]
        mel, speaker = _given(chosen, draw)
        place, prior, named = network(mel, speaker, weight)
        ours = torch.tensor([example.voice >= 0 for example in chosen])
        wanted, there = known.priors(chosen)
        clean = torch.from_numpy(np.stack([example.embeddings[0] for example in chosen]))
        alike = 1 - (ear(place, wanted[:, 0]) * clean).sum(dim=1)
        off = ((place[ours] - known.places([example for example in chosen if example.voice >= 0])) ** 2).mean() if ours.any() else place.sum() * 0
        moods = torch.tensor([example.mood for example in chosen])
        mood = functional.cross_entropy(named[ours], moods[ours]) if ours.any() else named.sum() * 0
        wide = functional.relu(place[~ours].abs() - 2).pow(2).sum(dim=1).mean() if (~ours).any() else place.sum() * 0
        about = (((prior - wanted) ** 2) * there).sum() / there.sum().clamp(min=1)
        loss = off + ALIKE * alike.mean() + PRIOR * about + MOOD * mood + 0.1 * wide
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        named_right = float((named[ours].argmax(dim=1) == moods[ours]).float().mean()) if ours.any() else 0.0
        told.append([schedule.step(recipe.rate, progress), weight, float(off.detach()), float(alike[ours].mean().detach()) if ours.any() else 0.0, float(alike[~ours].mean().detach()) if (~ours).any() else 0.0, float(about.detach()), float(mood.detach()), named_right])
    return np.mean(told, axis=0).tolist()


def _given(chosen: list[Example], draw: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Crops [B, BANDS, frames] and speaker embeddings [B, 192], each example in one of its versions."""
    length = round(draw.uniform(*CROP) * RATE / HOP)
    versions = [int(draw.integers(len(example.levels))) for example in chosen]
    crops = np.stack([crop(example.levels[version], length, draw) for example, version in zip(chosen, versions, strict=True)])
    speakers = np.stack([example.embeddings[version] for example, version in zip(chosen, versions, strict=True)])
    return torch.from_numpy(crops), torch.from_numpy(speakers.astype(np.float32))


def crop(levels: np.ndarray, length: int, draw: np.random.Generator) -> np.ndarray:
    """A stretch of the clip as the network is given it, coloured, with a band and a moment of it hidden; a short clip begins anew."""
    levels = np.pad(levels, ((0, 0), (0, max(0, length - levels.shape[1]))), mode="wrap")
    begin = int(draw.integers(levels.shape[1] - length + 1))
    at = np.linspace(0, np.pi, BANDS)[:, None]
    colour = sum(draw.normal(0, COLOUR / order) * np.cos(order * at + draw.uniform(0, 2 * np.pi)) for order in (1, 2, 3))
    part = normal(levels[:, begin : begin + length].astype(np.float32) + colour.astype(np.float32))
    low, width = int(draw.integers(BANDS)), int(draw.integers(HIDDEN_BANDS + 1))
    first, count = int(draw.integers(length)), int(draw.integers(HIDDEN_FRAMES + 1))
    part[low : low + width] = 0
    part[:, first : first + count] = 0
    return part
