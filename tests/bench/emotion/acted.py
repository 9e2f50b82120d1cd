"""A linear judge of emotion that real actors taught and none of our rules: angry and neutral, and afraid where asked for.

The only real acted speech that packages carry in usable number is Polish: 150 clips each of anger, fear and neutral by five
men, single words. There is none of sadness, joy or disgust, so nothing is said about those.
"""
from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from engine.loudness import loudness
from engine.train.pinned import package

SPEECH = ("nkululeko==1.14.1", "a1eb6d5c5047cda99561d1f872a5f841b3e77bccc19d754b32437cbd3f2208d2", "nkululeko-1.14.1/data/polish/polish_speech_emotions.zip")
"""The package that carries the clips, its SHA-256, and their place in it: Mięsikowska and Świsulski, "Emotions in Polish
speech recordings", Gdańsk University of Technology, 2020, doi 10.34808/h46c-hb44, CC BY."""

LABELS = {"a": "angry", "n": "neutral", "s": "afraid"}
"""Letters in the clips' names: m1.a_nie_2.wav is the first man, aggression, the word "nie", its second time."""

LEVEL = -23.0
"""LUFS that every clip is brought to first: these features heed the level, which also tells how near the microphone was."""

NEUTRALS = 5
"""Neutral clips by which a speaker is known, in training as in the bench, where each voice has so many lines."""

SHRINK = 4
"""Neutral clips that all speakers' usual spread counts for beside one's own, which a handful tells poorly."""

FAR = 6.0
"""Spreads beyond which a feature's distance tells no more."""

RIDGE = 10.0
"""How strongly weights are held small, against the clips' number."""

WORDS = 3
"""Words in a row that are as long as a line of the bench, 2.5 s on average."""


@dataclass(frozen=True)
class Judge:
    """Tells labels by a ridge regression on how far a clip's features are from the same speaker's neutral ones."""

    labels: tuple[str, ...]
    spread: np.ndarray
    """Usual standard deviation of each feature over one speaker's neutral clips."""
    weights: np.ndarray
    """[features + 1, labels]; the last row is the bias."""
    carries: dict = field(default_factory=dict)
    """What the judge can do on real speech of a man whom it does not know: `accuracy`, and `auc` of angry against neutral,
    of `words` and of `phrases` of WORDS words; `clips` by label, and `absent`, which it knows nothing of."""

    def told(self, features: np.ndarray, neutral_features: np.ndarray) -> str:
        """The likeliest label."""
        return self.labels[int(np.argmax(self.scores(features, neutral_features)))]

    def scores(self, features: np.ndarray, neutral_features: np.ndarray) -> np.ndarray:
        """One number for each label, about 1 where it holds and -1 where not.

        neutral_features: [clips, features] of the same speaker. The clip itself may be among them, and is not compared
        with itself. Raises ValueError when none is left.
        """
        return np.append(_distance(features, neutral_features, self.spread), 1.0) @ self.weights

    def anger(self, features: np.ndarray, neutral_features: np.ndarray) -> float:
        """How much rather angry than neutral; orders clips where a label would be too coarse."""
        scores = self.scores(features, neutral_features)
        return float(scores[self.labels.index("angry")] - scores[self.labels.index("neutral")])


def features(mono: np.ndarray, rate: int) -> np.ndarray:
    """The 88 functionals of eGeMAPS (Eyben et al., "The Geneva Minimalistic Acoustic Parameter Set", IEEE Transactions on
    Affective Computing 7, 2016) of mono samples at `rate` Hz, brought to LEVEL. Raises ValueError for silence."""
    level = loudness(mono, rate)
    if level is None:
        raise ValueError("silence has no features")
    return _smile().process_signal(mono * 10 ** ((LEVEL - level) / 20), rate).to_numpy(np.float64)[0]


@cache
def trained(labels: tuple[str, ...] = ("angry", "neutral")) -> Judge:
    """The judge of these labels, out of LABELS; fetches the speech when it is not here. The same every time.

    Raises what `package` raises.
    """
    words, phrases = _corpus()
    words, phrases = _standing(words, labels, words.spread), _standing(phrases, labels, words.spread)
    carries = {
        "speech": "Polish, single words, five men, each left out in turn", "clips": dict(Counter(words.labels.tolist())),
        "words": _left_out(words, words, labels), "phrases": _left_out(words, phrases, labels),
        "absent": "no real sad, happy, disgusted or surprised speech in usable number: nothing is told about it",
    }  # fmt: skip
    return Judge(labels, words.spread, _fitted(words, labels), carries)


@dataclass(frozen=True)
class Clips:
    """Real clips, one a row."""

    men: np.ndarray
    labels: np.ndarray
    values: np.ndarray
    """Features, or their distances from the same man's neutral ones."""
    spread: np.ndarray

    def where(self, chosen: np.ndarray) -> Clips:
        """Those that are chosen by a mask."""
        return Clips(self.men[chosen], self.labels[chosen], self.values[chosen], self.spread)


def _distance(clip: np.ndarray, neutral: np.ndarray, spread: np.ndarray) -> np.ndarray:
    others = neutral[(neutral != clip).any(axis=1)]
    if not len(others):
        raise ValueError("no neutral clip but this one")
    mean = others.mean(axis=0)
    variance = (np.square(others - mean).sum(axis=0) + SHRINK * spread**2) / (len(others) - 1 + SHRINK)
    return np.clip((clip - mean) / np.sqrt(np.maximum(variance, 1e-18)), -FAR, FAR)


def _standing(clips: Clips, labels: tuple[str, ...], spread: np.ndarray) -> Clips:
    """The clips of these labels as distances from NEUTRALS neutral ones of the same man, drawn anew for each."""
    draw = np.random.default_rng(1)
    rows = []
    for number, man in enumerate(clips.men):
        known = np.flatnonzero((clips.men == man) & (clips.labels == "neutral"))
        known = draw.choice(known[known != number], NEUTRALS, replace=False)
        rows.append(_distance(clips.values[number], clips.values[known], spread))
    return Clips(clips.men, clips.labels, np.array(rows), spread).where(np.isin(clips.labels, labels))


def _fitted(clips: Clips, labels: tuple[str, ...]) -> np.ndarray:
    """Weights [features + 1, labels] by ridge regression to 1 and -1, each label counting alike."""
    scale = clips.values.std(axis=0) + 1e-9
    rows = np.column_stack([clips.values / scale, np.ones(len(clips.values))])
    weighed = rows * np.array([1 / np.mean(clips.labels == label) for label in clips.labels])[:, None]
    held = RIDGE * len(rows) * np.eye(rows.shape[1])
    held[-1, -1] = 0
    goal = np.where(clips.labels[:, None] == np.array(labels), 1.0, -1.0)
    return np.linalg.solve(rows.T @ weighed + held, weighed.T @ goal) / np.append(scale, 1.0)[:, None]


def _left_out(taught: Clips, asked: Clips, labels: tuple[str, ...]) -> dict:
    """Share of right labels and AUC of angry against neutral, each man judged by what the four others taught, then averaged."""
    right, ordered = [], []
    for man in np.unique(taught.men):
        weights, his = _fitted(taught.where(taught.men != man), labels), asked.where(asked.men == man)
        scores = np.column_stack([his.values, np.ones(len(his.values))]) @ weights
        right.append(np.mean(np.array(labels)[scores.argmax(axis=1)] == his.labels))
        anger = scores[:, labels.index("angry")] - scores[:, labels.index("neutral")]
        ordered.append(np.mean(anger[his.labels == "angry"][:, None] > anger[his.labels == "neutral"]))
    return {"accuracy": round(float(np.mean(right)), 3), "worst_man": round(float(min(right)), 3), "auc": round(float(np.mean(ordered)), 3), "clips": len(asked.men)}


@cache
def _corpus() -> tuple[Clips, Clips]:
    """Every word, and every other three of a man's six words in one emotion said in a row."""
    said = _sounds()
    rate = next(iter(said.values()))[1]
    words = [(key[0], key[1], samples) for key, (samples, _rate) in said.items()]
    phrases = []
    for man, letter, time in sorted({(man, letter, time) for man, letter, _word, time in said}):
        row = [samples for key, (samples, _rate) in said.items() if (key[0], key[1], key[3]) == (man, letter, time)]
        phrases += [(man, letter, np.concatenate(row[first :: len(row) // WORDS])) for first in range(len(row) // WORDS)]
    return _listened(words, rate), _listened(phrases, rate)


def _listened(sounds: list[tuple], rate: int) -> Clips:
    men, letters, waves = zip(*sounds, strict=True)
    men, labels = np.array(men), np.array([LABELS[letter] for letter in letters])
    values = np.array([features(wave, rate) for wave in waves])
    own = [values[(men == man) & (labels == "neutral")].var(axis=0, ddof=1) for man in np.unique(men)]
    return Clips(men, labels, values, np.sqrt(np.mean(own, axis=0)))


def _sounds() -> dict:
    """(man, letter, word, time) -> mono samples and Hz, sorted."""
    import soundfile

    pin, sha256, member = SPEECH
    with tarfile.open(package(pin, sha256)) as tape, zipfile.ZipFile(io.BytesIO(tape.extractfile(member).read())) as clips:
        found = {}
        for name in sorted(name for name in clips.namelist() if name.endswith(".wav")):
            man, _, rest = name.rpartition("/")[2].removesuffix(".wav").partition(".")
            found[man, *rest.split("_")] = soundfile.read(io.BytesIO(clips.read(name)), dtype="float32")
    return found


@cache
def _smile():
    import opensmile

    return opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
