"""A voice family that is an engine apart: what is asked of it for a plan, and what becomes of its answer."""
from __future__ import annotations

import hashlib
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from .. import apart, foretell
from ..apart import setup
from ..apart.caller import Caller, Gave, Patience
from ..apart.length import guessed
from ..apart.talk import Utterance, Uttered
from ..emotion import EIGHT, SETTINGS, mixed, played
from ..events import Hello
from ..hear import recording
from ..phrases import Unit
from ..problems import LineProblem
from ..script import Emotion, Heard, Mood, Plan, Recording, Speech, Voice, Wish
from . import OURS, Cancelled, Stop, load
from . import Family as Voices
from .breaths import Piece, joined, phrased, units, whole
from .reference import SENTENCES, Reference
from .shadow import Shadow
from .styles import Styles
from .text import pronounce

ROUGH = (
    "How long {engine} takes for these words is not known before it speaks: the estimate is our own voice's.",
    "When each word sounds is found in the sound afterwards, to some hundredths of a second.",
)
"""What a plan cannot tell of such an engine."""

MANNER = "2"
"""Of asking and of joining; rises whenever the same plan would sound different."""

LOUDEST = 0.999
"""Peak of an emotion's recording that is handed on."""


@dataclass(frozen=True)
class Trial:
    """How an engine did on one sentence."""

    engine: str
    version: str
    device: str
    memory: int
    """Bytes of the device at most; 0 where it does not say."""
    loading: float
    """Seconds before it could speak, 0 where it was loaded already."""
    seconds: float
    """That the sentence took."""
    length: float
    """Seconds of the sentence."""
    samples: np.ndarray
    warnings: tuple[str, ...]


class Family:
    """Everybody whom the engine can imitate: people whose recording is kept, and our stock voices by a sentence that they say."""

    rough = " ".join(ROUGH)

    def __init__(self, models: Path, threads: int = 1, name: str = "tones", patience: Patience | None = None, ours: Callable[[], Voices] | None = None):
        """ours: gives our own family, whose voices are imitated and by which words are found; by default it is loaded here when it is needed."""
        self.name = name
        self._told = apart.binding(name)
        self.rate = self._told.RATE
        self.rough = self.rough.format(engine=self._told.TITLE)
        self._models, self._threads, self._patience = Path(models), threads, patience or Patience()
        ours = ours or cache(lambda: load(OURS, self._models, threads))
        self._styles, self._reference, self._shadow = Styles(models), Reference(models, ours), Shadow(ours)
        self._caller: Caller | None = None
        self._made_for: setup.Setup | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="dubline-apart-")

    @property
    def loaded(self) -> bool:
        return self._caller is not None and self._caller.loaded

    def voices(self) -> dict[str, str]:
        return self._styles.names()

    def people(self, voice: Voice) -> tuple[str, ...]:
        return self._styles.people(Voice(voice.timbre))

    def fingerprint(self, voice: Voice) -> str:
        hello = self._hello()
        of_voice = self._reference.digest(voice.timbre, self._told.TITLE) if self._told.IMITATES else voice.timbre
        return hashlib.sha256("\n".join([self.name, MANNER, hello.version, hello.model, of_voice]).encode()).hexdigest()

    def foretell(self, text: str, language: str, voice: Voice, moods: tuple[Mood, ...] = (), heard: Heard | None = None) -> float:
        self._speaks(language)
        name = voice.timbre
        try:
            return foretell.seconds(pronounce(text, language).chunks, self._styles.stock(name)) / self._styles.pace(name)
        except LineProblem as problem:
            if problem.code not in ("no_front_end", "no_model"):
                raise
            return guessed(text)  # it reads by itself what nobody here can read

    def say(self, plan: Plan, stop: Stop, tell: Callable[[float, str], None] | None = None) -> tuple[Speech, np.ndarray, tuple[str, ...]]:
        _answers, speech, samples, warnings = self._say(plan, stop, tell or (lambda done, doing: None))
        return self._aligned(plan, speech, samples, stop), samples, warnings

    def _say(self, plan: Plan, stop: Stop, tell: Callable[[float, str], None]) -> tuple[list[Uttered], Speech, np.ndarray, tuple[str, ...]]:
        self._speaks(plan.language)
        out = Path(self._folder.name) / "line.wav"
        try:
            hello = self._hello(stop)
            pieces = phrased(plan, self._units(plan)) if "exact_length" in hello.capabilities else [whole(plan)]
            warnings = [*_left_out(plan, self._told.TITLE, len(pieces) > 1)]
            voice = str(self._reference.path(plan.voice.timbre, self._told.TITLE, stop)) if self._told.IMITATES else ""
            answers, sounds, behind, letters = [], [], 0, sum(len(piece.text) for piece in pieces)
            for piece in pieces:
                utterance = self._utterance(plan, piece, voice, hello, out, warnings)

                def within(done: float, doing: str, behind: int = behind, piece: Piece = piece) -> None:
                    tell((behind + done * len(piece.text)) / letters, doing)

                answers.append(self._ready()[0].say(utterance, stop, within))
                sounds.append(_read(out, self.rate))
                if len(sounds[-1]) != answers[-1].samples or not answers[-1].samples:
                    raise LineProblem("engine_length", engine=self._told.TITLE, given=len(sounds[-1]), wanted=answers[-1].samples)
                behind += len(piece.text)
        except Gave as gave:
            raise Cancelled from gave
        if not all(answer.exact for answer in answers):
            warnings.append(f"{self._told.TITLE} could not be held to the length: it is near it, and what is over is silent or runs on.")
        speech, samples = joined(plan, pieces, answers, sounds, self.rate)
        told = [warning for answer in answers for warning in answer.warnings]
        return answers, speech, samples, tuple(dict.fromkeys((*told, *warnings)))

    def _aligned(self, plan: Plan, speech: Speech, samples: np.ndarray, stop: Stop) -> Speech:
        """The speech with times of its words and phones; without them where our own voice, which they are found by, cannot say the words."""
        try:
            found = [self._shadow.times(phrase.text, plan.language, plan.voice.timbre, phrase, samples, self.rate, stop) for phrase in speech.phrases]
        except (LineProblem, ImportError, OSError):
            return speech
        return replace(speech, phones=tuple(one for times in found for one in times.phones), words=tuple(one for times in found for one in times.words), aligned=True)

    def _units(self, plan: Plan) -> list[Unit]:
        """The line's words, about as long as our own voice says them; none where nobody here can read them."""
        name = plan.voice.timbre
        try:
            chunks = pronounce(plan.text, plan.language, self._models).chunks
        except LineProblem as problem:
            if problem.code not in ("no_front_end", "no_model"):
                raise
            return []
        return units(chunks, self._styles.stock(name), 1 / self._styles.pace(name))

    def trial(self, stop: Stop, tell: Callable[[float, str], None] = lambda done, doing: None) -> Trial:
        """Says a sentence, and tells how that went. Raises LineProblem and Cancelled."""
        language = next(iter(self._told.LANGUAGES))
        name = next(name for name, spoken in self.voices().items() if spoken == language)
        plan = Plan(SENTENCES[language], language, Voice(name, name, self.name), 0.0, Wish(mode="free"), self.rate, 1, 0.0, "", "")
        began, loaded = time.monotonic(), self.loaded
        (answer,), _speech, samples, warnings = self._say(plan, stop, tell)
        hello = self._hello(stop)
        loading = 0.0 if loaded else max(0.0, time.monotonic() - began - answer.seconds)
        return Trial(hello.engine, hello.version, answer.device, answer.memory, loading, answer.seconds, answer.samples / self.rate, samples, warnings)

    def close(self) -> None:
        """Ends the engine."""
        if self._caller is not None:
            self._caller.close()
            self._caller = None

    def _ready(self) -> tuple[Caller, setup.Setup]:
        """The caller that the person's settings ask for, and those. Raises LineProblem."""
        wanted = setup.ready(self._models, self.name)
        if self._caller is None or wanted != self._made_for:
            self.close()
            command = [wanted.python, "-m", ".".join(apart.__name__.split(".")[-2:]), self.name]
            command += ["--folder", str(setup.files(self._models, self.name, wanted)), "--idle", str(wanted.idle)]
            command += ["--device", wanted.device] * bool(wanted.device) + ["--half"] * wanted.half
            log = setup.home(self._models) / f"{self.name}.log"
            self._caller, self._made_for = Caller(self._told.TITLE, command, log, self._threads, self._patience), wanted
        return self._caller, wanted

    def _hello(self, stop: Stop = lambda: False) -> Hello:
        """Who it is, where it can speak. Raises LineProblem and Gave."""
        (caller, wanted), told = self._ready(), self._told
        hello = caller.hello(stop)
        if not hello.version:
            raise LineProblem("engine_python", engine=told.TITLE, reason=f"{told.PACKAGES[0]} is not installed in {wanted.python}")
        if hello.missing:
            folder = setup.files(self._models, self.name, wanted)
            raise LineProblem("engine_files", engine=told.TITLE, folder=str(folder), files=", ".join(hello.missing))
        return hello

    def _speaks(self, language: str) -> None:
        if language not in self._told.LANGUAGES:
            raise LineProblem("engine_language", engine=self._told.TITLE, language=language, languages=", ".join(self._told.LANGUAGES))

    def _utterance(self, plan: Plan, piece: Piece, voice: str, hello: Hello, out: Path, warnings: list[str]) -> Utterance:
        wish = plan.wish
        vector, clip, strength = self._emotion(plan, piece, hello, warnings)
        return Utterance(
            piece.text, plan.language, voice, str(out), round(piece.seconds * self.rate), piece.ratio, wish.shortest, wish.longest, vector, clip, strength, wish.seed
        )

    def _emotion(self, plan: Plan, piece: Piece, hello: Hello, warnings: list[str]) -> tuple[tuple[float, ...], str, float]:
        """Vector, clip and the clip's strength of a piece, as far as the engine has them."""
        if not plan.moods:
            return (), "", 0.0
        title, sources = self._told.TITLE, [feeling for feeling in plan.wish.feelings if feeling.weight > 0]
        recorded = [feeling.recording for feeling in sources if feeling.recording is not None]
        if any(piece.first < mood.index < piece.last for mood in plan.moods):
            warnings.append(f"The line's emotion changes on its way; {title} plays the mean of it.")
        alone = len(recorded) == len(sources) == len(plan.moods) == 1 and plan.moods[0].heard > 0
        if alone and "emotion_clip" in hello.capabilities:
            return (), self._clip(recorded[0]), plan.moods[0].heard
        if recorded:
            warnings.append(f"{title} takes either one recording or a mix of eight emotions: what was recognised in the recording is part of the mix.")
        if "emotion_vector" not in hello.capabilities:
            warnings.append(f"{title} cannot be given an emotion: the line is neutral.")
            return (), "", 0.0
        point = _mean(plan, piece)
        ignored = [name for name in SETTINGS if getattr(point, name)]
        if ignored:
            warnings.append(f"{title} has no {', '.join(ignored)}: that is left out.")
        # the means of what is within the limits are within them, too
        vector = tuple(round(getattr(point, name), 3) for name in EIGHT)
        return (vector if any(vector) else ()), "", 0.0

    def _clip(self, given: Recording) -> str:
        """The recording's stretch as a file of its own, whose name is its content's: the engine knows it again."""
        samples, rate = recording.read(given)
        mono = samples.mean(axis=1)
        peak = float(np.abs(mono).max(initial=0.0))
        pcm = (mono * (32767 * min(1.0, LOUDEST / peak) if peak else 32767)).astype("<i2").tobytes()
        path = Path(self._folder.name) / f"{hashlib.sha256(pcm).hexdigest()[:20]}.wav"
        if not path.exists():
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate)
                file.writeframes(pcm)
        return str(path)


def _mean(plan: Plan, piece: Piece) -> Emotion:
    """The emotion of a piece as one point: its moods by how much of its text each has."""
    moods = plan.moods if plan.moods[0].index == 0 else (Mood(0, Emotion()), *plan.moods)
    ends = [*(mood.index for mood in moods[1:]), len(plan.text)]
    return mixed([(max(0, min(end, piece.last) - max(mood.index, piece.first)), played(mood, plan.heard)) for mood, end in zip(moods, ends, strict=True)])


def _left_out(plan: Plan, title: str, phrased: bool) -> list[str]:
    """What the plan asks and an engine apart has not, a sentence each. phrased: whether it says the line phrase by phrase."""
    wish, found = plan.wish, []
    names = [name for name, plain in (("pitch", 0.0), ("pitch_range", 1.0), ("energy", 0.0), ("performance", 0.0)) if getattr(wish, name) != plain]
    if names:
        found.append(f"{title} cannot be told {', '.join(names).replace('_', ' ')}: that is left out.")
    if (len(plan.stretches) > 1 or plan.anchors) and not phrased:
        found.append(f"{title} says the line in one breath: the original's phrases and anchors are not followed.")
    if plan.voice.prosody != plan.voice.timbre:
        found.append(f"{title} takes timing and melody from the voice itself: the prosody of {plan.voice.prosody} is left out.")
    return found


def _read(path: Path, rate: int) -> np.ndarray:
    """float32 mono. Raises LineProblem `bad_sound`."""
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, rate):
                raise ValueError("it is not mono of 16 bits at the engine's rate")
            pcm = file.readframes(file.getnframes())
    except (OSError, EOFError, ValueError, wave.Error) as error:
        raise LineProblem("bad_sound", path=str(path), reason=f"{error}.") from error
    if sys.byteorder == "big":
        return np.frombuffer(pcm, ">i2").astype(np.float32) / 32768
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
