"""What a face in a film shows over time: Haar cascade to find it, mini-XCEPTION to tell its expression.

Needs OpenCV (cv2), which reads the film, too; the network lies beside this file, see NOTICE.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import inference
from ..problems import LineProblem
from ..script import Emotion, Recording, Sense
from . import need
from .recording import LONGEST, read

MODEL = Path(__file__).with_name("face.onnx")
INPUT, OUTPUT = "faces", "probabilities"
"""Names in the graph: [faces, 64, 64, 1] from -1 black to 1 white -> [faces, 7]."""
SIDE = 64

LABELS = ("angry", "disgusted", "afraid", "happy", "sad", "surprised", "neutral")
"""The network's outputs, in our words. Neutral is no strength of any: it is where the space begins. Calm is no expression
of FER2013, on which the network was taught, and so never seen."""

AFFECT = {
    "angry": (0.59, -0.51), "disgusted": (0.35, -0.60), "afraid": (0.60, -0.64), "happy": (0.51, 0.81),
    "sad": (-0.27, -0.63), "surprised": (0.67, 0.40), "neutral": (0.0, 0.0),
}  # fmt: skip
"""Label -> arousal and valence, as people placed the words: Russell and Mehrabian, "Evidence for a three-factor theory of
emotions", Journal of Research in Personality 11, 1977."""

EVERY, WINDOW = 0.125, 0.5
"""Seconds from one looked-at picture to the next, and those that one Sense averages: a single picture's label flickers."""

RIGHT = 0.66
"""Share of FER2013's faces that the network tells rightly (Arriaga et al. 2017): no certainty is greater."""
SHARP = 64.0
"""Pixels of a face's side from which on nothing is lost; a smaller one is as much less certain."""

WIDE = 640
"""Pixels of the longer side in which faces are looked for; the face itself is cut out of the full picture."""
SMALLEST = 32
"""Pixels there of the smallest face."""
FULL = 4
"""Every so many pictures the whole picture is searched; in between only around the faces that are known, ten times as
fast, unless one of them is lost, as at a cut."""
AROUND, CHANGE = 0.5, 1.3
"""How far around, in sides, and the factor by which a face may have grown or shrunk."""
NEIGHBOURS = 5
"""How many overlapping finds make a face: OpenCV's usual choice between missing faces and seeing them in wallpaper."""
MARGIN = 0.11
"""Share of the side that is cut out around the find, as the package that the network comes from does at usual sizes."""

HELD, SAME = 0.5, 0.3
"""Seconds that a face may be lost, and overlap over union that a find must have with it, to be still the same one."""
STEADY = 3
"""Pictures in which something must be found to be a face."""
BESIDE, RIVAL = 0.5, 0.6
"""A second face is told from this many seconds on, and this share of the first one's size."""


@dataclass(frozen=True)
class Sight:
    """What was seen in a film."""

    senses: tuple[Sense, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(eq=False)
class _Track:
    """One face, followed."""

    times: list[float] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)
    """[x, y, width, height] in the film's pixels."""
    crops: list[np.ndarray] = field(default_factory=list)

    @property
    def size(self) -> float:
        return float(np.median([box[2] for box in self.boxes]))

    @property
    def weight(self) -> float:
        """Large and long-lasting faces first."""
        return self.size * len(self.times)

    def near(self, time: float, box: np.ndarray) -> float:
        """How well a find continues this face, 0 not at all: overlap over union."""
        if time - self.times[-1] > HELD:
            return 0.0
        a, b = self.boxes[-1], box
        width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
        height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
        shared = max(width, 0) * max(height, 0)
        return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def seen(path: str, start: float = 0.0, seconds: float = 0.0) -> tuple[Sense, ...]:
    """As `look`, without its warnings."""
    return look(path, start, seconds).senses


def look(path: str, start: float = 0.0, seconds: float = 0.0) -> Sight:
    """What the largest and steadiest face shows from `start` on, one Sense for each half second in which it is found.

    start, seconds: in the film; no seconds: to its end. Times of the Senses count from `start`. A file without pictures
    and pictures without a face give none. Raises LineProblem `missing_media`, `bad_film` and `cannot_hear`.
    """
    if not Path(path).is_file():
        raise LineProblem("missing_media", path=path)
    cv2 = need("cv2", "faces")
    need("onnxruntime", "faces")
    finder = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / "haarcascade_frontalface_alt2.xml"))
    tracks: list[_Track] = []
    times: list[float] = []
    for number, (time, grey) in enumerate(_pictures(cv2, path, start, min(seconds or LONGEST, LONGEST))):
        times.append(time)
        known = [track.boxes[-1] for track in tracks if time - track.times[-1] <= HELD]
        boxes = [box for box in (_found(cv2, finder, grey, place) for place in known) if len(box)] if number % FULL else []
        if number % FULL == 0 or len(boxes) < len(known):
            boxes = [_found(cv2, finder, grey)]
        _follow(cv2, tracks, time, grey, np.concatenate(boxes) if boxes else np.zeros((0, 4)))
    steady = sorted((track for track in tracks if len(track.times) >= STEADY), key=lambda track: -track.weight)
    chosen: list[_Track] = []
    for track in steady:
        # behind a cut it may be another place in the picture, at one time only one face
        if all(track.times[-1] < other.times[0] or track.times[0] > other.times[-1] for other in chosen):
            chosen.append(track)
    warnings = _rivals([track for track in steady if track not in chosen], chosen, start)
    return Sight(_senses(chosen, times, start), warnings)


def told(probabilities: np.ndarray) -> tuple[Emotion, float, float]:
    """The point of our space, arousal and valence of the seven probabilities in LABELS' order."""
    shares = dict(zip(LABELS, (float(share) for share in probabilities), strict=True))
    arousal, valence = (sum(share * AFFECT[label][axis] for label, share in shares.items()) for axis in (0, 1))
    return Emotion(**{label: round(share, 3) for label, share in shares.items() if label != "neutral"}), round(arousal, 3), round(valence, 3)


def label(sense: Sense) -> str:
    """The likeliest of LABELS."""
    shares = {name: getattr(sense.emotion, name) for name in LABELS if name != "neutral"}
    shares["neutral"] = 1.0 - sum(shares.values())
    return max(shares, key=shares.__getitem__)


def _pictures(cv2: Any, path: str, start: float, seconds: float) -> Iterator[tuple[float, np.ndarray]]:
    """(time, grey picture) about every EVERY seconds of the stretch. Raises LineProblem `bad_film`."""
    film = cv2.VideoCapture(path)
    try:
        if not film.isOpened():
            _sounds(path)
            return
        rate = film.get(cv2.CAP_PROP_FPS) or 25.0
        if start > 1.0:
            film.set(cv2.CAP_PROP_POS_MSEC, (start - 1.0) * 1000)
        due, number = start, round(max(start - 1.0, 0.0) * rate)
        while film.grab():
            # some containers tell no times; their pictures are counted
            time = film.get(cv2.CAP_PROP_POS_MSEC) / 1000 or number / rate
            number += 1
            if time >= start + seconds:
                return
            if time < due - 0.5 / rate:
                continue
            read, picture = film.retrieve()
            if read and picture is not None:
                due += EVERY * (1 + int(max(time - due, 0.0) / EVERY))
                yield time, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    except cv2.error as error:
        raise LineProblem("bad_film", path=path, reason=error.err or "a picture is damaged") from error
    finally:
        film.release()


def _sounds(path: str) -> None:
    """Raises LineProblem `bad_film` for a file that has neither pictures nor sound."""
    try:
        read(Recording(path, 0.0, 0.1))
    except LineProblem as problem:
        raise LineProblem("bad_film", path=path, reason="it has no pictures that can be decoded") from problem


def _found(cv2: Any, finder: Any, grey: np.ndarray, place: np.ndarray | None = None) -> np.ndarray:
    """[faces, 4]: x, y, width and height in the picture's pixels; with a `place` only the largest one around it."""
    scale, x, y, sizes = min(1.0, WIDE / max(grey.shape)), 0, 0, {"minSize": (SMALLEST, SMALLEST)}
    if place is not None:
        x, y = (max(0, int(corner - AROUND * place[2])) for corner in place[:2])
        grey = grey[y : int(place[1] + (1 + AROUND) * place[3]), x : int(place[0] + (1 + AROUND) * place[2])]
        side = place[2] * scale
        sizes = {"minSize": (int(side / CHANGE),) * 2, "maxSize": (int(side * CHANGE),) * 2}
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    boxes = np.asarray(finder.detectMultiScale(cv2.equalizeHist(small), 1.1, NEIGHBOURS, **sizes), np.float64).reshape(-1, 4) / scale
    boxes[:, :2] += x, y
    return boxes if place is None or not len(boxes) else boxes[[boxes[:, 2].argmax()]]


def _follow(cv2: Any, tracks: list[_Track], time: float, grey: np.ndarray, boxes: np.ndarray) -> None:
    """Gives each find to the face that it continues, or begins a new one."""
    free = list(tracks)
    for box in sorted(boxes, key=lambda box: -box[2]):
        best = max(free, key=lambda track: track.near(time, box), default=None)
        if best is None or best.near(time, box) < SAME:
            best = _Track()
            tracks.append(best)
        else:
            free.remove(best)
        best.times.append(time)
        best.boxes.append(box)
        best.crops.append(_cut(cv2, grey, box))


def _cut(cv2: Any, grey: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The face as the network takes it; beyond the picture's edge its edge goes on."""
    x, y, side = box[0] - box[2] * MARGIN, box[1] - box[3] * MARGIN, round(box[2] * (1 + 2 * MARGIN))
    left, top = round(x), round(y)
    rows = np.clip(np.arange(top, top + side), 0, grey.shape[0] - 1)
    columns = np.clip(np.arange(left, left + side), 0, grey.shape[1] - 1)
    face = np.ascontiguousarray(grey[np.ix_(rows, columns)])
    return cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR)


def _senses(chosen: list[_Track], times: list[float], start: float) -> tuple[Sense, ...]:
    """A Sense for each window with a face."""
    if not chosen:
        return ()
    session = inference.session(MODEL)
    finds = []
    for number, track in enumerate(chosen):
        faces = (np.stack(track.crops)[..., None] / 127.5 - 1.0).astype(np.float32)
        shares = session.run([OUTPUT], {INPUT: faces})[0]
        finds += [(time, number, box[2], share) for time, box, share in zip(track.times, track.boxes, shares, strict=True)]
    looked = np.floor((np.array(times) - start) / WINDOW + 1e-6).astype(int)
    senses = []
    for window in np.unique(looked):
        inside = [find for find in finds if np.floor((find[0] - start) / WINDOW + 1e-6) == window]
        if not inside:
            continue
        # of two faces around a cut the one that is longer in the window
        most = max({find[1] for find in inside}, key=lambda number: sum(find[1] == number for find in inside))
        inside = [find for find in inside if find[1] == most]
        shares = np.mean([find[3] for find in inside], axis=0)
        sharp = min(1.0, float(np.mean([find[2] for find in inside])) / SHARP)
        steady = len(inside) / int((looked == window).sum())
        emotion, arousal, valence = told(shares)
        certainty = round(RIGHT * float(shares.max()) * sharp * steady, 3)
        end = min((window + 1) * WINDOW, round(times[-1] - start + EVERY, 3))
        senses.append(Sense(float(window * WINDOW), end, emotion, arousal, valence, certainty, "face"))
    return tuple(senses)


def _rivals(others: list[_Track], chosen: list[_Track], start: float) -> tuple[str, ...]:
    """A sentence when another face might be the one that is meant."""
    beside = []
    for track in others:
        with_it = [one for one in chosen if one.times[0] <= track.times[-1] and track.times[0] <= one.times[-1]]
        if with_it and track.times[-1] - track.times[0] >= BESIDE and track.size >= RIVAL * max(one.size for one in with_it):
            beside.append(track)
    if not beside:
        return ()
    first, last = min(track.times[0] for track in beside) - start, max(track.times[-1] for track in beside) - start
    return (f"Several faces are seen between {first:.1f} and {last:.1f} s; the largest and steadiest one was read. Choose a stretch with the speaker alone if it is another one.",)
