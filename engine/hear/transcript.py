"""What is said in a recording of any length, sentence by sentence: where somebody speaks, which words, in which language."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np

from ..problems import LineProblem
from ..script import Recording, Stretch, Word
from ..tracks import Sentence, Transcript
from ..voices import Cancelled
from . import need
from .activity import detected, stretches
from .recording import sane
from .words import BY_CHARACTER, MODEL, RATE, Recogniser

BLOCK = 60.0
"""Seconds that are read at a time."""

PIECE = 28.0
"""Seconds that the recogniser hears at once; it hears half a minute, and the silence it wants around."""

APART = 2.0
"""Seconds of silence that no piece holds: the recogniser makes words of it."""

LEAD = 0.25
"""Seconds around speech that are heard with it: the detector notices a soft onset late."""

SURE = 0.8
"""Probability of a language from which no further piece is asked."""

ASKED = 4
"""Pieces that are asked at most."""

PAUSE = 0.7
"""Seconds of silence between two words that end a sentence without a mark, as somebody thinks on in 0.2 to 0.6 s."""

LONGEST, WIDEST, WIDEST_SIGNS = 7.0, 84, 32
"""Seconds and characters of a sentence, and characters where a word is one or two: a subtitle's two lines of 42, or 16
(Netflix Timed Text Style Guide), and the time that one may stand."""

NEAR = 0.3
"""Seconds by which the recogniser's edge of a sentence may lie within the sound."""

UNSPACED = (*BY_CHARACTER, "yue", "th", "lo", "my", "km", "bo")
"""Languages that are written without spaces between words."""

ENDING = re.compile(r"[.!?…。！？]['\"”’»)\]]*$")
SHORTENED = re.compile(r"^(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|No|[A-Z])\.$")
"""Words whose point ends no sentence."""
BREATH = re.compile(r"[,;:–—、，；：]['\"”’»)\]]*$")


def recogniser(models: Path, threads: int = 1) -> Recogniser:
    """Raises LineProblem `no_recogniser` and `cannot_transcribe`."""
    if not there(models):
        raise LineProblem("no_recogniser", folder=str(models))
    for package in ("faster_whisper", "soundfile", "soxr", "onnxruntime"):
        need(package, "words", "cannot_transcribe")
    return Recogniser(models, threads)


def there(models: Path) -> bool:
    """Whether the recogniser's model lies in the folder."""
    return (Path(models) / MODEL / "model.bin").is_file()


def transcribed(
    recording: Recording, language: str, hears: Recogniser, progress: Callable[[float], None] = lambda done: None, stop: Callable[[], bool] = lambda: False
) -> Transcript:
    """What is said in the recording, however long. language: empty, it is found out.

    Raises LineProblem `missing_media`, `bad_sound`, `unknown_language`, and Cancelled when `stop` says so.
    """
    seconds, blocks = _read(recording)
    found = pieces(blocks, stop)
    first: list[tuple[float, np.ndarray]] = []
    code = hears.code(language) if language else _language(found, first, hears)
    words: list[Word] = []
    edges: list[Stretch] = []
    for at, piece in chain(first, found):
        if stop():
            raise Cancelled
        words += (Word(word.text, round(at + word.start, 3), round(at + word.end, 3)) for word in hears.words(piece, code))
        edges += (Stretch(at + one.start, at + one.end) for one in stretches(piece, RATE))
        progress(min(1.0, (at + len(piece) / RATE) / max(seconds, 0.1)))
    return Transcript(code, on_edges(sentences(words, code), edges))


def _read(recording: Recording) -> tuple[float, Iterator[np.ndarray]]:
    """Seconds of the stretch, and its mono float32 samples at RATE, block by block. Raises LineProblem `missing_media` and `bad_sound`."""
    import soundfile

    path = Path(recording.path)
    if not path.is_file():
        raise LineProblem("missing_media", path=recording.path)
    try:
        with soundfile.SoundFile(path) as sound:
            sane(path, sound.samplerate, sound.channels)
            first = min(round(recording.start * sound.samplerate), sound.frames)
            count = min(round(recording.seconds * sound.samplerate) or sound.frames, sound.frames - first)
            return count / sound.samplerate, _blocks(path, first, count)
    except soundfile.LibsndfileError as error:
        raise LineProblem("bad_sound", path=str(path), reason=str(error)) from error


def _blocks(path: Path, first: int, count: int) -> Iterator[np.ndarray]:
    import soundfile
    import soxr

    with soundfile.SoundFile(path) as sound:
        sound.seek(first)
        stream = soxr.ResampleStream(sound.samplerate, RATE, 1)
        while count > 0:
            block = sound.read(min(count, round(BLOCK * sound.samplerate)), dtype="float32", always_2d=True).mean(axis=1)
            count = count - len(block) if len(block) else 0
            yield stream.resample_chunk(np.nan_to_num(block), last=not count)


def pieces(blocks: Iterable[np.ndarray], stop: Callable[[], bool] = lambda: False) -> Iterator[tuple[float, np.ndarray]]:
    """(seconds at which it begins, samples) of every piece in which somebody speaks; each is cut where nobody does, as far as that can be."""
    held, at = np.zeros(0, np.float32), 0
    for block in chain(blocks, [None]):
        if stop():
            raise Cancelled
        held = held if block is None else np.concatenate([held, block])
        groups = _groups(held, list(detected(held, RATE))) if len(held) else []
        # the last one may go on in the next block
        for begin, end in groups if block is None else groups[:-1]:
            yield (at + begin) / RATE, held[begin:end]
        kept = groups[-1][0] if groups else max(0, len(held) - round(LEAD * RATE))
        held, at = held[kept:], at + kept


def _groups(mono: np.ndarray, spans: list[tuple[float, float]]) -> list[tuple[int, int]]:
    """First sample and the one after the last of what is heard at once."""
    found: list[list[float]] = []
    for begin, end in spans:
        while end - begin > PIECE - 2 * LEAD:  # nobody takes a breath
            cut = _quietest(mono, begin + PIECE / 2, begin + PIECE - 2 * LEAD)
            found.append([begin, cut])
            begin = cut
        if found and begin - found[-1][1] < APART and end - found[-1][0] <= PIECE - 2 * LEAD:
            found[-1][1] = end
        else:
            found.append([begin, end])
    last, groups = 0.0, []
    for number, (begin, end) in enumerate(found):
        following = found[number + 1][0] if number + 1 < len(found) else len(mono) / RATE
        first, last = max(last, begin - LEAD), min(end + LEAD, (end + following) / 2)
        groups.append((round(first * RATE), round(last * RATE)))
    return groups


def _quietest(mono: np.ndarray, low: float, high: float) -> float:
    """The middle of the softest 20 ms between two times."""
    size = round(0.02 * RATE)
    part = mono[round(low * RATE) : round(high * RATE)]
    power = np.square(part[: len(part) // size * size].reshape(-1, size)).sum(axis=1)
    return low + (int(power.argmin()) + 0.5) * size / RATE


def _language(found: Iterator[tuple[float, np.ndarray]], first: list, hears: Recogniser) -> str:
    """Of the speech, by as many of the first pieces as it takes, which are put into `first`; empty where nobody speaks."""
    odds: Counter[str] = Counter()
    for one in islice(found, ASKED):
        first.append(one)
        odds.update(hears.likely(one[1]))
        code, sure = odds.most_common(1)[0]
        if sure / len(first) >= SURE:
            break
    return max(odds, key=odds.__getitem__, default="")


def sentences(words: list[Word], code: str) -> list[Sentence]:
    """Words that follow each other as sentences: ended by a mark or a pause, and none too long for a subtitle."""
    found: list[list[Word]] = []
    for word in words:
        if not found or _ends(found[-1][-1], word):
            found.append([])
        found[-1].append(word)
    joint = "" if code in UNSPACED else " "
    return [Sentence(joint.join(word.text for word in part), part[0].start, part[-1].end, tuple(part)) for one in found for part in _short(one, joint)]


def _ends(word: Word, following: Word) -> bool:
    return bool(ENDING.search(word.text)) and not SHORTENED.match(word.text) or following.start - word.end >= PAUSE


def _short(words: list[Word], joint: str) -> Iterator[list[Word]]:
    """The sentence in parts, each short enough: at a comma, else at the longest pause, and near the middle."""
    signs = len(joint.join(word.text for word in words))
    length = words[-1].end - words[0].start
    if len(words) < 2 or (signs <= (WIDEST if joint else WIDEST_SIGNS) and length <= LONGEST):
        yield words
        return
    total = sum(len(word.text) for word in words)

    def price(number: int) -> float:
        share = sum(len(word.text) for word in words[:number]) / total
        pause = words[number].start - words[number - 1].end
        return abs(share - 0.5) - (0.3 if BREATH.search(words[number - 1].text) else 0.0) - min(pause, PAUSE)

    cut = min(range(1, len(words)), key=price)
    yield from _short(words[:cut], joint)
    yield from _short(words[cut:], joint)


def on_edges(found: list[Sentence], edges: list[Stretch]) -> tuple[Sentence, ...]:
    """The sentences from where the sound begins to where it ends, if the recogniser said nearly that; none runs into the next."""
    done: list[Sentence] = []
    for number, one in enumerate(found):
        first, last = one.words[0], one.words[-1]
        silent = [not any(edge.start <= at <= edge.end for edge in edges) for at in (one.start, one.end)]
        start = _edge(one.start, [edge.start for edge in edges if not silent[0] or edge.start >= one.start], silent[0])
        end = _edge(one.end, [edge.end for edge in edges if not silent[1] or edge.end <= one.end], silent[1])
        start = max(start, done[-1].end if done else 0.0) if start < first.end else one.start
        end = min(end, found[number + 1].start if number + 1 < len(found) else end) if end > last.start else one.end
        words = [*one.words]
        words[0] = replace(words[0], start=round(start, 3))
        words[-1] = replace(words[-1], end=round(max(end, words[-1].start), 3))
        done.append(replace(one, start=words[0].start, end=words[-1].end, words=tuple(words)))
    return tuple(done)


def _edge(at: float, edges: list[float], silent: bool) -> float:
    """The nearest edge of the sound. silent: nothing sounds at the time, so the edge may be farther."""
    best = min(edges, key=lambda edge: abs(edge - at), default=at)
    return best if silent or abs(best - at) <= NEAR else at
