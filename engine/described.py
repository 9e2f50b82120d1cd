"""What a direction in English or Chinese words says of feeling: `angrily, voice shaking`, 「冷冷地说」 -> a point of the space.

A multilingual sentence encoder tells what a phrase is about, a head that was trained here (`train/described.py`) which
emotion that is. Manner of voice, degree words and denials are looked up in `described.tsv`, since the encoder hardly
tells "angry" from "not angry"; a manner in other words than those listed is told by the head too. The model card is docs/models/words-to-emotion.md.
"""
from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from . import emotion as space
from . import models as catalogue
from .problems import LineProblem
from .script import Emotion
from .sentences import MODEL, Encoder

HEAD = Path(__file__).with_name("described.npz")
"""The trained head; its arrays are named in `Head`."""

CUES = Path(__file__).with_name("described.tsv")
"""Words that are looked up: what they do, its amount, the words."""

MOST = 600
"""Characters of a description that are read; nobody says more about one line."""

MOST_PIECES = 24
"""Pieces of a description that are read."""

PIECES = re.compile(
    r"[,.;:!?，。；：！？、\n/|—–…()\[\]{}（）【】\"“”「」]+|(?<!\w)(?:but|yet|though|although|and|then|while|or|nor)(?!\w)|但是|但|却|而且|并且|而|又|且|然后|同时|或者|或"
)
"""Marks and words between which a description says one thing."""

CARRIES = ("or", "nor", "或", "或者", "、")
"""Between these a denial holds for what follows too: without fear or anger."""

DENIES = frozenset("他她我你它们也都又并却但还可是像乎的地着说音气 ")
"""Behind these, and at a beginning, 不, 没 and 别 deny; elsewhere they are inside a word such as 从容不迫."""

TRADITIONAL = str.maketrans(
    "聲顫憤氣驚懼懷憂鬱傷淚興奮樂歡極為強點並沒無別緊張慮靜溫輕說話語調訝異厭惡噁諷懶憊穩緩靈嘆歎嚇壓頭憐憫愛開與這樣個麼從裡讓覺悅滿騰聽見還動發顧顏臉絕慘淒涼戰慄膽竊嚴厲罵煩惱縮難過鎮應歲貓悶緒懇詫訴喚喪親熱殺敵對視諒慚",
    "声颤愤气惊惧怀忧郁伤泪兴奋乐欢极为强点并没无别紧张虑静温轻说话语调讶异厌恶恶讽懒惫稳缓灵叹叹吓压头怜悯爱开与这样个么从里让觉悦满腾听见还动发顾颜脸绝惨凄凉战栗胆窃严厉骂烦恼缩难过镇应岁猫闷绪恳诧诉唤丧亲热杀敌对视谅惭",
)
"""Characters of such descriptions, as Taiwan and Hong Kong write them."""

WEIGHTLESS = re.compile(
    r"[^\w]+|(?<!\w)(?:i|you|he|she|it|they|we|my|your|his|her|its|their|our|a|an|the|this|that|is|are|was|be|would|should|must|do|does"
    r"|in|with|of|to|as|at|by|say|says|said|speak|speaks|speaking|spoken|sound|sounds|sounding|voice|tone|very|now|all|any|more|anymore)(?!\w)|[他她我你它的地着了说道用以声音嗓语气]"
)
"""Words that alone say nothing of a feeling."""

MERE = 0.6
"""Amount from which a word for a manner of voice is only that; sobbing, which has less, is a feeling too."""

BLEND = 0.35
"""Share of the whole description in what each of its pieces means."""

SECOND = 0.5
"""An emotion is named beside the first if it is at least this likely, as a share of the first's likelihood."""

UNSURE = 0.25
"""Likelihood below which nothing is taken to be said."""

HEARD = 0.2
"""Amount from which a manner of voice is taken from the head, where no word that is looked up names one."""

PLAIN = 0.4
"""Likelihood from which a phrase is taken at its full strength."""

GAMMA = 2.0
"""Width of the head's kernel on the encoder's unit vectors, exp(gamma (cos - 1))."""

GRAMS = 0.3
"""Weight of the words' parts beside the encoder."""


@dataclass(frozen=True)
class Understood:
    """What a description was taken to say."""

    emotion: Emotion
    """The raw point, before `emotion.limited`."""
    told: str
    """The same in words: `angry 0.90, tremble 0.60`."""
    certainty: float
    """0: it says nothing about feeling; 1: it is as plain as the phrases of the training."""


@dataclass(frozen=True)
class Piece:
    """A part of a description that says one thing."""

    words: str
    """Without degree words and denials; may be empty."""
    degree: float
    """Factor on its strength."""
    left: float
    """What a denial leaves of it: 1 without one, 0 with a plain one."""
    settings: dict[str, float]
    """Manner of voice that it names."""
    sure: float = 0.9
    """How certain that is."""
    mere: bool = False
    """Whether it says nothing else: a shaking voice beside anger is no fear."""


class Head:
    """The trained weights: likelihoods of AXES, a strength and SETTINGS from the encoder's vector and the words' parts."""

    AXES = (*space.EIGHT, "neutral", "nothing")
    """neutral is said of a voice without emotion, nothing is what says nothing of a voice."""

    def __init__(self, path: Path = HEAD):
        with np.load(path, allow_pickle=False) as arrays:
            self.landmarks = arrays["landmarks"].astype(np.float32)
            self.weights = arrays["weights"].astype(np.float32)
            self.bias = arrays["bias"].astype(np.float32)
            self.grams = {gram: row for row, gram in enumerate(arrays["grams"].tolist())}
            self.rarity = arrays["rarity"].astype(np.float32)
            self.gram_weights = arrays["gram_weights"].astype(np.float32)

    def __call__(self, vectors: np.ndarray, texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(likelihoods (n, 10), strengths (n,), settings (n, 6)) of the encoder's unit vectors (n, 512) of texts."""
        found = nearness(vectors, self.landmarks) @ self.weights + self.bias
        for row, text in enumerate(texts):
            known = [self.grams[gram] for gram in sorted(grams(text)) if gram in self.grams]
            rarity = self.rarity[known]
            if known:
                found[row] += (GRAMS**0.5 * rarity / np.linalg.norm(rarity)) @ self.gram_weights[known]
        count = len(self.AXES)
        likely = np.clip(found[:, :count], 0.0, 1.0)
        return likely / np.maximum(1.0, likely.sum(axis=1, keepdims=True)), np.clip(found[:, count], 0.2, 1.0), np.clip(found[:, count + 1 :], -1.0, 1.0)


def nearness(vectors: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(n, landmarks) kernel of the encoder's vectors with phrases of the training."""
    return np.exp(GAMMA * (vectors @ landmarks.T - 1.0))


def grams(text: str) -> set[str]:
    """Parts of words that carry meaning: words, their beginnings, middles and ends, Chinese characters and pairs of these."""
    found: set[str] = set()
    for word in re.findall(r"[a-z']+", text):
        held = f"<{word}>"
        found.add(held)
        found.update(held[i : i + n] for n in (4, 5, 6) for i in range(len(held) - n + 1))
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        found.update(run)
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return found


class Reader:
    """Reads descriptions; encoder and head are loaded by the first that is not empty (about a second, 150 MB)."""

    def __init__(self, models: Path | None = None):
        """models: folder that holds the encoder's folder, the usual one by default."""
        self._models = models

    @cached_property
    def encoder(self) -> Encoder:
        """Raises LineProblem `no_reader`."""
        try:
            return Encoder(catalogue.find(MODEL, self._models))
        except (LineProblem, ImportError, OSError) as error:
            raise LineProblem("no_reader", reason=f"the model {MODEL} cannot be used ({getattr(error, 'message', error)})") from error

    @cached_property
    def head(self) -> Head:
        return Head()

    def read(self, text: str) -> Understood:
        """What the words say. Raises LineProblem `no_reader`; no text is wrong, but many say nothing."""
        return combined(*self._weighed(pieces(text)))

    def _weighed(self, parts: list[Piece]) -> tuple[list[Piece], np.ndarray, np.ndarray]:
        """The pieces with their likelihoods (n, 10) and strengths (n,)."""
        texts = [part.words for part in parts]
        if not any(texts):
            return parts, np.zeros((len(parts), len(Head.AXES))), np.zeros(len(parts))
        # a denied piece would give its meaning to the others
        whole = " ".join(part.words for part in parts if part.left == 1.0)
        texts = [*texts, whole]
        likely, strength, heard = self.head(self.encoder(texts), texts)
        parts = [part if part.settings else replace(part, settings=_heard(row), sure=min(0.9, np.abs(row).max())) for part, row in zip(parts, heard, strict=False)]
        for row, part in enumerate(parts):
            if not part.words:
                likely[row] = 0.0
            elif part.left == 1.0:
                likely[row] += BLEND * (likely[-1] - likely[row])
        return parts, likely[:-1], strength[:-1]


def _heard(amounts: np.ndarray) -> dict[str, float]:
    # a ridge regression on few examples shrinks what it tells
    return {name: 1.5 * float(amount) for name, amount in zip(space.SETTINGS, amounts, strict=True) if abs(amount) >= HEARD}


def combined(parts: list[Piece], likely: np.ndarray, strength: np.ndarray) -> Understood:
    """What the pieces say together. likely: (pieces, AXES); strength: of each piece's emotion."""
    settings = _settings(parts)
    eight = np.zeros(8)
    sure = likely[:, :9].max(axis=1, initial=0.0)
    felt = likely[:, :8].max(axis=1, initial=0.0)
    speaks = (felt >= UNSURE) & (felt > likely[:, 8:].max(axis=1, initial=0.0))
    speaks &= [not part.mere for part in parts] if any(s and not part.mere for s, part in zip(speaks, parts, strict=True)) else True
    best = max((felt[row] for row, part in enumerate(parts) if speaks[row] and part.left), default=0.0)
    for row, part in enumerate(parts):
        if not speaks[row] or not part.left or felt[row] < 0.6 * best:
            continue
        shares = likely[row, :8] / felt[row]
        amount = min(1.0, strength[row] * part.degree) * part.left
        eight = np.maximum(eight, np.where(shares >= SECOND, shares, 0.0) * amount * np.sqrt(felt[row] / max(best, PLAIN)))
    certainty = max([float(sure.max(initial=0.0)), *(float(part.sure) for part in parts if part.settings)])
    if certainty < UNSURE:
        certainty *= 0.5
    values = dict(zip(space.EIGHT, eight, strict=True)) | settings
    point = Emotion(**{field.name: round(float(values.get(field.name, 0.0)), 2) + 0.0 for field in fields(Emotion)})
    return Understood(point, space.told(point), round(min(1.0, certainty), 2))


def _settings(parts: Iterable[Piece]) -> dict[str, float]:
    """The strongest of each manner of voice; what is denied anywhere is off, and pace and pauses turn."""
    found: dict[str, float] = {}
    denied: dict[str, float] = {}
    for part in parts:
        for name, value in part.settings.items():
            if part.left == 0.0:
                # not slowly is quickly, but not sadly is not
                denied[name] = -0.6 * value if name in space.BOTH_WAYS and abs(value) > 0.45 else 0.0
                continue
            value = max(-1.0, min(1.0, value * part.degree)) * part.left
            if abs(value) > abs(found.get(name, 0.0)):
                found[name] = value
    return found | denied


def pieces(text: str) -> list[Piece]:
    """The parts of a description, with what is looked up in them."""
    text = cleaned(text)
    hidden = _hidden(text)
    found: list[Piece] = []
    at, left = 0, 1.0
    for mark in [*PIECES.finditer(hidden), None]:
        end = mark.start() if mark else len(text)
        left = _read(text[at:end], hidden[at:end], left, found)
        if mark is None or len(found) >= MOST_PIECES:
            break
        left = left if mark[0].strip() in CARRIES else 1.0
        at = mark.end()
    return found


def cleaned(text: str) -> str:
    """The description in one spelling: one width, small letters, simplified characters, single spaces."""
    text = unicodedata.normalize("NFKC", re.sub("[\ud800-\udfff]", " ", text[: 2 * MOST])).lower().translate(TRADITIONAL)
    return " ".join(text.replace("’", "'").split())[:MOST]


def _hidden(text: str) -> str:
    """The text with fixed expressions struck out, length kept."""
    return cue("fixed").regex.sub(lambda found: "_" * len(found[0]), text)


def _read(text: str, hidden: str, left: float, found: list[Piece]) -> float:
    """Adds the pieces of a stretch between two marks; returns what denials have left at its end."""
    at = 0
    for denial in [*cue("not").regex.finditer(hidden), None]:
        end = denial.start() if denial else len(text)
        _add(text[at:end], hidden[at:end], left, found)
        if denial:
            left, at = cue("not").amounts[(denial.lastindex or 0) - 1], denial.end()
    return left


def _add(text: str, hidden: str, left: float, found: list[Piece]) -> None:
    degrees = cue("degree")
    amounts = [degrees.amounts[(word.lastindex or 0) - 1] for word in degrees.regex.finditer(hidden)]
    spans = [word.span() for word in degrees.regex.finditer(hidden)]
    words = list(text)
    for start, end in spans:
        words[start:end] = " " * (end - start)
    said = " ".join("".join(words).split())
    if not WEIGHTLESS.sub("", said):
        return
    # of "so very" the stronger counts, of "very slightly" the weaker
    degree = min(amounts) if any(amount < 0.8 for amount in amounts) else max(amounts, default=1.0)
    settings: dict[str, float] = {}
    rest = said
    for name in space.SETTINGS:
        seen = [(word[0], cue(name).amounts[(word.lastindex or 0) - 1]) for word in cue(name).regex.finditer(said)]
        if seen:
            settings[name] = max((amount for _word, amount in seen), key=abs)
        for word, amount in seen:
            rest = rest.replace(word, "") if abs(amount) >= MERE else rest
    found.append(Piece(said, degree, left, settings, mere=bool(settings) and not WEIGHTLESS.sub("", rest)))


@dataclass(frozen=True)
class Cue:
    """Words that are looked up; the number of the group that matched gives the amount."""

    regex: re.Pattern
    amounts: tuple[float, ...]


@cache
def cue(kind: str) -> Cue:
    """The words of CUES of a kind, the longer before the shorter."""
    with CUES.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row and not row[0].startswith("#")]
    entries = [(word, float(amount)) for name, amount, words in rows if name == kind for word in words.split(" | ")]
    entries.sort(key=lambda entry: -len(entry[0]))
    return Cue(re.compile("|".join(f"({_pattern(word)})" for word, _amount in entries)), tuple(amount for _word, amount in entries))


def _pattern(word: str) -> str:
    if word in ("不", "没", "别"):
        return f"(?<![^{''.join(sorted(DENIES))}]){word}"
    if word[0] in "不没":  # in 一点也不开心 the denial is the longer expression
        return f"(?<![也都毫并又既绝决从]){re.escape(word)}" if len(word) < 5 else re.escape(word)
    if word[0] >= "\u2e80":
        return re.escape(word)
    return rf"(?<!\w){re.escape(word)}(?!\w)".replace(r"\*", r"\w*")
