"""What the encoder can and cannot do: on voices and men whom it does not know, and what its embedding tells of the speaker."""
from __future__ import annotations

import numpy as np
import torch

from ...emotion import EIGHT
from ...hear.feeling import normal
from .corpus import NAMES, Example
from .network import Network

PAIRS = (("angry", "neutral"), ("angry", "afraid"), ("afraid", "neutral"))

EXCITED, QUIET = ("happy", "angry", "afraid", "surprised"), ("sad", "melancholic", "calm")
"""Emotions whose arousal is over and under neutral's in `corpus.PLANE`, without disgust, which our engine speaks quietly."""

NEUTRALS = 5
"""Neutral clips by which a speaker is known where he is."""

BINS = 10
"""Steps of certainty that are compared with how often it was right."""


class Heard:
    """What the network says of the examples, one row each, of one of their versions."""

    def __init__(self, network: Network, examples: list[Example], version: int = 0, known: bool = False):
        """known: whether the network is told of up to NEUTRALS other neutral clips of the speaker."""
        self.examples = examples
        network.eval()
        with torch.no_grad():
            heard = [torch.from_numpy(normal(example.levels[min(version, len(example.levels) - 1)].astype(np.float32))) for example in examples]
            embedding = torch.cat([network.encoder(one[None]) for one in heard])
            strengths, plane, logits = network.heads(embedding - self._plain(embedding) if known else embedding)
        self.embedding, self.plane, self.logits, self.strengths = embedding.numpy(), plane.numpy(), logits.numpy(), torch.sigmoid(strengths).numpy()

    def _plain(self, embedding: torch.Tensor) -> torch.Tensor:
        draw = np.random.default_rng(1)
        rows = []
        for number, example in enumerate(self.examples):
            same = [i for i, other in enumerate(self.examples) if i != number and other.speaker == example.speaker and other.name == "neutral" and other.kind not in ("manner", "row")]
            chosen = draw.choice(same, min(len(same), NEUTRALS), replace=False) if same else []
            rows.append(embedding[chosen].mean(dim=0) if same else torch.zeros(embedding.shape[1]))
        return torch.stack(rows)

    @property
    def names(self) -> np.ndarray:
        return np.array([example.name for example in self.examples])

    @property
    def speakers(self) -> np.ndarray:
        return np.array([example.speaker for example in self.examples])

    def likely(self, temperature: float = 1.0) -> np.ndarray:
        """[rows, 9], each summing to one."""
        scaled = self.logits / temperature
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def where(self, chosen: np.ndarray) -> Heard:
        """Those that are chosen by a mask."""
        part = object.__new__(Heard)
        part.examples = [example for example, here in zip(self.examples, chosen, strict=True) if here]
        for name in ("embedding", "strengths", "plane", "logits"):
            setattr(part, name, getattr(self, name)[chosen])
        return part


def joined(parts: list[Heard]) -> Heard:
    """All of them in one."""
    whole = object.__new__(Heard)
    whole.examples = [example for part in parts for example in part.examples]
    for name in ("embedding", "strengths", "plane", "logits"):
        setattr(whole, name, np.concatenate([getattr(part, name) for part in parts]))
    return whole


def recognised(heard: Heard) -> dict:
    """How often the likeliest of nine is the one that was spoken, mixes left out; arousal's and valence's correlations over all."""
    single = heard.where(heard.names != "mix")
    told = np.array(NAMES)[single.logits.argmax(axis=1)]
    wanted = np.array([example.plane for example in heard.examples])
    table = [[int(np.sum((single.names == row) & (told == column))) for column in NAMES] for row in NAMES]
    strong = np.array([example.kind in ("strong", "neutral") for example in single.examples])
    return {
        "clips": len(told),
        "right": rounded(np.mean(told == single.names)),
        "right_strong": rounded(np.mean((told == single.names)[strong])),
        "by_name": {name: rounded(np.mean(told[single.names == name] == name)) for name in NAMES if (single.names == name).any()},
        "arousal_r": rounded(np.corrcoef(heard.plane[:, 0], wanted[:, 0])[0, 1]),
        "valence_r": rounded(np.corrcoef(heard.plane[:, 1], wanted[:, 1])[0, 1]),
        "table": table,
    }


def steps(heard: Heard) -> dict:
    """How often, in a voice's clips of one emotion, the stronger one is heard as stronger, by name."""
    found: dict[str, list[bool]] = {}
    for name, row in zip(EIGHT, range(8), strict=True):
        for speaker in np.unique(heard.speakers):
            values = {example.kind: heard.strengths[i, row] for i, example in enumerate(heard.examples) if example.speaker == speaker and example.name == name}
            if {"strong", "mild"} <= set(values):
                found.setdefault(name, []).append(bool(values["strong"] > values["mild"]))
    return {"in_order": rounded(np.mean([one for row in found.values() for one in row])), "by_name": {name: rounded(np.mean(row)) for name, row in found.items()}}


def aroused(heard: Heard) -> dict:
    """How often, in one voice, a clip of an EXCITED emotion at full intensity is heard as more aroused than one of a QUIET one."""
    strong = np.array([example.kind == "strong" for example in heard.examples])
    voices = [
        auc(*(heard.plane[strong & (heard.speakers == speaker) & np.isin(heard.names, names), 0] for names in (EXCITED, QUIET)))
        for speaker in np.unique(heard.speakers)
    ]
    return {"mean": rounded(np.mean(voices)), "worst": rounded(min(voices))}


def distinctions(heard: Heard) -> dict:
    """AUC of each pair of PAIRS by the difference of their logits, and of anger against neutral by arousal, each man's own and their mean."""
    found = {}
    for one, other in PAIRS:
        scores = heard.logits[:, NAMES.index(one)] - heard.logits[:, NAMES.index(other)]
        found[f"{one}-{other}"] = _by_man(heard, scores, one, other)
    found["angry-neutral by arousal"] = _by_man(heard, heard.plane[:, 0], "angry", "neutral")
    among = [NAMES.index(name) for name in ("angry", "afraid", "neutral")]
    told = np.array(NAMES)[among][heard.logits[:, among].argmax(axis=1)]
    found["right of three"] = rounded(np.mean(told == heard.names))
    found["right of nine"] = rounded(np.mean(np.array(NAMES)[heard.logits.argmax(axis=1)] == heard.names))
    return found


def _by_man(heard: Heard, scores: np.ndarray, one: str, other: str) -> dict:
    men = {man: auc(scores[(heard.speakers == man) & (heard.names == one)], scores[(heard.speakers == man) & (heard.names == other)]) for man in np.unique(heard.speakers)}
    return {"mean": rounded(np.mean(list(men.values()))), "worst": rounded(min(men.values()))}


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """How often one of the first is greater than one of the second."""
    difference = positive[:, None] - negative[None]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def leakage(taught: Heard, unseen: Heard) -> dict:
    """What linear probes read off the embedding: the speaker, among unseen ones, and the emotion, of unseen speakers.

    The speaker's probe is taught on half of each unseen speaker's clips and asked about the other half, and the other way round; the
    emotion's is taught on the speakers of the training.
    """
    half = np.zeros(len(unseen.examples), bool)
    for speaker in np.unique(unseen.speakers):
        half[np.flatnonzero(unseen.speakers == speaker)[::2]] = True
    turns = [probe(unseen.embedding[mask], unseen.speakers[mask], unseen.embedding[~mask], unseen.speakers[~mask]) for mask in (half, ~half)]
    single, asked = taught.names != "mix", unseen.names != "mix"
    return {
        "speaker": rounded(np.mean(turns)),
        "speaker_by_chance": rounded(1 / len(np.unique(unseen.speakers))),
        "emotion": rounded(probe(taught.embedding[single], taught.names[single], unseen.embedding[asked], unseen.names[asked])),
    }


def probe(taught: np.ndarray, labels: np.ndarray, asked: np.ndarray, answers: np.ndarray) -> float:
    """Share that a multinomial logistic regression gets right; the ridge is the least of its kind that lets it converge."""
    mean, spread = taught.mean(axis=0), taught.std(axis=0) + 1e-6
    rows, others = (torch.from_numpy(((part - mean) / spread).astype(np.float32)) for part in (taught, asked))
    names = np.unique(labels)
    target = torch.from_numpy(np.searchsorted(names, labels))
    layer = torch.nn.Linear(rows.shape[1], len(names))
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200)

    def loss():
        optimiser.zero_grad()
        value = torch.nn.functional.cross_entropy(layer(rows), target) + 1e-3 * layer.weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    with torch.no_grad():
        return float(np.mean(names[layer(others).argmax(dim=1).numpy()] == answers))


def temperature(parts: list[Heard]) -> float:
    """What the logits are divided by so that they mean what they say (Guo et al., "On calibration of modern neural networks",
    ICML 2017): the one of least cross entropy, every part of the parts counting alike."""
    tried = np.exp(np.linspace(np.log(0.3), np.log(8), 200))

    def cost(value: float, heard: Heard) -> float:
        single = heard.where(heard.names != "mix")
        rows = single.likely(value)
        return float(-np.mean(np.log(rows[np.arange(len(rows)), [NAMES.index(name) for name in single.names]] + 1e-12)))

    return float(tried[int(np.argmin([np.mean([cost(value, part) for part in parts]) for value in tried]))])


def certainty(heard: Heard, value: float) -> dict:
    """How certain it is, how often it is right, and the expected calibration error over BINS steps."""
    single = heard.where(heard.names != "mix")
    rows = single.likely(value)
    sure, right = rows.max(axis=1), np.array(NAMES)[rows.argmax(axis=1)] == single.names
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    error = sum(np.mean(places == place) * abs(np.mean(sure[places == place]) - np.mean(right[places == place])) for place in np.unique(places))
    return {"certain": rounded(np.mean(sure)), "right": rounded(np.mean(right)), "error": rounded(error)}


def rounded(value) -> float:
    return round(float(value), 3)
