"""A job becomes events: line by line, plan -> look up or say -> fit -> take; a failed line never stops the others."""
from __future__ import annotations

import contextlib
import math
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from . import __version__, takes
from .admit import admit
from .events import PROTOCOL, Admitted, Done, Ended, Failed, Hello, Planned, Progress, Separated, Transcribed
from .fit import fit
from .hear import background, transcript
from .hear.original import Original, listen
from .hear.performance import Performance
from .hear.performance import listen as attentive
from .judge import Judge, suffered
from .neighbours import Space, Standing, arranged
from .plan import check_wish, plan, role_of, wish_of
from .problems import LineProblem
from .script import Feeling, Job, Line, Newcomer, Outlook, Plan, Recording, Take, Wish
from .spoken import LONGEST_TEXT, Spoken, spoken
from .tracks import Separation, Track, Transcription
from .voices import OURS, Cancelled, Family, load
from .voices.text import LANGUAGES

CAPABILITIES = ("exact_length", "phrase_sync", "plan", "phone_times", "word_times", "pitch", "split_timbre", "emotion")

MOST_LOWERED, LOWERED = 2, 0.65
"""How often a line that suffered is said again less strongly, and the factor on its intensity each time."""


class Engine:
    """Voice families over one model folder; keeps what it has loaded, so the first line of a family is the slow one."""

    def __init__(self, models: Path, threads: int = 1):
        self.models = Path(models)
        self.threads = threads
        self._families: dict[str, Family] = {}
        self._foretold: dict[tuple, float] = {}
        self._heard: dict[tuple, Original] = {}
        self._said: dict[tuple, Spoken] = {}
        self._attended: dict[tuple, Performance] = {}
        self._reader: Any = None
        self._within: Callable[[float, str], None] = lambda done, doing: None
        """Hears which share of the line that is made now is done."""

    def hello(self) -> Hello:
        """Who we are."""
        return Hello("dubline", __version__, PROTOCOL, tuple(LANGUAGES), CAPABILITIES)

    def family(self, name: str) -> Family:
        """The family, loaded once. Raises LineProblem."""
        if name not in self._families:
            self._families[name] = load(name, self.models, self.threads, lambda: self.family(OURS))
        return self._families[name]

    def run(self, run: int, job: Job, stop: Callable[[], bool] = lambda: False, tell: Callable = lambda event: None) -> Iterator:
        """Events of the whole job: for every line one Done, Planned or Failed, at the end one Ended. A job without lines makes ready for those around.

        tell: hears Progress also while a line is made, from an engine that takes its time.
        """
        if job.speak and not job.lines:
            self._warm(job, stop)
        weights = [1.0 + (max(0.0, line.seconds) if math.isfinite(line.seconds) else 0.0) for line in job.lines]
        total = sum(weights)
        behind = 0.0
        done = failed = 0
        spaces = self.spaces(job)
        for line, weight in zip(job.lines, weights, strict=True):
            if job.speak:
                yield Progress(run, line.uid, behind / total, self._doing(line, job))

            def within(done: float, doing: str, line: Line = line, behind: float = behind, weight: float = weight) -> None:
                tell(Progress(run, line.uid, (behind + done * weight) / total, doing))

            self._within = within
            event = self._line(run, line, job, stop, spaces)
            behind += weight
            done += isinstance(event, (Done, Planned))
            failed += isinstance(event, Failed)
            yield event
        yield Ended(run, done, failed, stop())

    def _warm(self, job: Job, stop: Callable[[], bool]) -> None:
        """Loads what the lines around will want: says one of them and forgets it."""
        for line in job.around[:1]:
            with contextlib.suppress(LineProblem, Cancelled, ImportError, OSError):  # told when a line is asked for
                role = role_of(line, job.cast)
                family = self.family(role.voice.family)
                family.say(plan(line, job, role, family.voices(), family.fingerprint(role.voice)), stop)

    def spaces(self, job: Job) -> dict[str, Space]:
        """What its neighbours leave every line, by uid. A line that cannot be foretold is missing; it fails by itself."""
        standing = []
        for line in (*job.lines, *job.around):
            try:
                standing.append(self._standing(line, job))
            except (LineProblem, ImportError, OSError):
                continue
        return arranged(standing, job.quantum)

    def _standing(self, line: Line, job: Job) -> Standing:
        role = role_of(line, job.cast)
        family = self.family(role.voice.family)
        name = role.voice.prosody or role.voice.timbre
        voices = family.voices()
        if name not in voices:
            raise LineProblem("unknown_voice", voice=name)
        wish = wish_of(line, role)
        check_wish(wish)
        said = self._spoken(line, wish)
        key = (said.text, line.language or role.language or voices[name], role.voice, said.moods, said.heard)
        if key not in self._foretold:
            if not said.text:
                raise LineProblem("empty_text")
            if len(said.text) > LONGEST_TEXT:
                raise LineProblem("text_too_long", count=len(said.text), most=LONGEST_TEXT)
            self._foretold[key] = family.foretell(*key)
        if not (math.isfinite(line.seconds) and math.isfinite(line.start)):
            raise LineProblem("no_slot")
        return Standing(line.uid, line.speaker, line.start, max(0.0, line.seconds), self._foretold[key], wish)

    def _spoken(self, line: Line, wish: Wish) -> Spoken:
        """The line's text and moods. Raises LineProblem."""
        key = (line.text, wish.feelings, wish.intensity, wish.performance > 0, *(_changed(feeling.recording) for feeling in wish.feelings))
        if key not in self._said:
            self._said[key] = spoken(line.text, wish, self._read, self.attend)
        return self._said[key]

    def attend(self, feeling: Feeling) -> Performance:
        """What is heard of a feeling's recording, once for as long as its file stays the same. Raises LineProblem."""
        recording: Any = feeling.recording
        key = (recording, feeling.plain, _changed(recording), _changed(feeling.plain))
        if key not in self._attended:
            self._attended[key] = attentive(recording, feeling.plain, self.models)
        return self._attended[key]

    def _read(self, words: str) -> Any:
        from .described import Reader

        self._reader = self._reader or Reader(self.models)
        return self._reader.read(words)

    def _doing(self, line: Line, job: Job) -> str:
        """What the person waits for next."""
        try:
            loaded = self.family(role_of(line, job.cast).voice.family).loaded
        except LineProblem:
            return "reading"
        return "speaking" if loaded else "loading the voice, the first time for some seconds"

    def enrol(self, run: int, newcomer: Newcomer, tell: Callable, stop: Callable[[], bool] = lambda: False) -> None:
        """Tells the events of an enrolment as they come: Progress, then one Admitted or Failed, at the end one Ended."""

        def made() -> Admitted:
            voice = admit(newcomer, self.models, lambda done, doing: tell(Progress(run, newcomer.name, done, doing)), stop)
            return Admitted(run, voice.name, voice.id, voice.consent.id, voice.seconds, voice.notes)

        event = self._answered(run, newcomer.name, made)
        tell(event)
        tell(Ended(run, int(isinstance(event, Admitted)), int(isinstance(event, Failed)), stop()))

    def hear(self, run: int, wanted: Separation | Transcription, tell: Callable, stop: Callable[[], bool] = lambda: False) -> None:
        """Tells the events of a separation or transcription as they come: Progress, then one Separated, Transcribed or Failed a track, at the end one Ended."""
        failed, count = 0, max(1, len(wanted.tracks))
        for number, track in enumerate(wanted.tracks):

            def progress(done: float, number: int = number, track: Track = track) -> None:
                tell(Progress(run, track.uid, (number + done) / count, "listening"))

            def made(track: Track = track, progress: Callable[[float], None] = progress) -> Separated | Transcribed:
                if stop():
                    raise Cancelled
                progress(0.0)
                return self._heard_track(run, track, wanted, progress, stop)

            event = self._answered(run, track.uid, made)
            failed += isinstance(event, Failed)
            tell(event)
        tell(Ended(run, len(wanted.tracks) - failed, failed, stop()))

    def _heard_track(self, run: int, track: Track, wanted: Separation | Transcription, progress: Callable[[float], None], stop: Callable[[], bool]) -> Separated | Transcribed:
        if isinstance(wanted, Separation):
            path, fresh = background.laid(track, Path(wanted.folder), self.models, progress, stop)
            return Separated(run, track.uid, str(path), fresh)
        return Transcribed(run, track.uid, transcript.transcribed(track.recording, wanted.language, self._recogniser, progress, stop))

    @cached_property
    def _recogniser(self) -> Any:
        return transcript.recogniser(self.models, self.threads)

    def _line(self, run: int, line: Line, job: Job, stop: Callable[[], bool], spaces: dict[str, Space]) -> Done | Planned | Failed:
        def made() -> Done | Planned:
            if stop():
                raise Cancelled
            if not job.speak:
                return Planned(run, line.uid, self.outlook(line, job, spaces))
            take, fresh = self.make(line, job, stop, spaces)
            if job.check:
                take = self._review(take, line, job, stop, spaces)
            return Done(run, line.uid, take, fresh)

        return self._answered(run, line.uid, made)

    def _answered(self, run: int, uid: str, made: Callable) -> Any:
        """The event that `made` gives, or why it gives none."""
        try:
            return made()
        except Cancelled:
            problem = LineProblem("cancelled")
        except LineProblem as found:
            problem = found
        except Exception as error:  # noqa: BLE001  the border of one line: its error must not take the others along
            with contextlib.suppress(OSError):  # the log's disk may be full
                traceback.print_exc()
            problem = _known(error)
        return Failed(run, uid, problem.code, problem.message, problem.remedy)

    def outlook(self, line: Line, job: Job, spaces: dict[str, Space] | None = None) -> Outlook:
        """What the line will be like. Raises LineProblem for one that cannot be spoken."""
        spaces = self.spaces(job) if spaces is None else spaces
        standing = self._standing(line, job)
        if not standing.open_end and not line.seconds > 0:
            raise LineProblem("no_slot")
        said = self._spoken(line, wish_of(line, role_of(line, job.cast)))
        outlook: Any = spaces[line.uid].outlook
        rough = filter(None, [self.family(role_of(line, job.cast).voice.family).rough])
        return replace(outlook, moods=said.moods, heard=said.heard, advice=(*outlook.advice, *said.warnings, *rough))

    def make(
        self, line: Line, job: Job, stop: Callable[[], bool] = lambda: False, spaces: dict[str, Space] | None = None
    ) -> tuple[Take, bool]:
        """The line's take, and whether it had to be made. Raises LineProblem and Cancelled.

        spaces: of the job, if they are known already.
        """
        wanted, beside = self.planned(line, job, spaces)
        folder = Path(job.takes)
        found = takes.look_up(folder, wanted)
        if found is not None:
            return found, False
        return self.speak(wanted, folder, stop, beside), True

    def planned(self, line: Line, job: Job, spaces: dict[str, Space] | None = None) -> tuple[Plan, tuple[str, ...]]:
        """All that decides the line's take, and what else is to be said of it. Raises LineProblem."""
        role = role_of(line, job.cast)
        family = self.family(role.voice.family)
        space = (self.spaces(job) if spaces is None else spaces).get(line.uid)
        wish = wish_of(line, role)
        check_wish(wish)
        original, said = self._original(line, wish), self._spoken(line, wish)
        people, fingerprint = family.people(role.voice), family.fingerprint(role.voice)
        wanted = plan(line, job, role, family.voices(), fingerprint, original.stretches, original.loudness, space, said, people)
        return wanted, (*said.warnings, *original.warnings, *(space.warnings if space else ()))

    def speak(self, wanted: Plan, folder: Path, stop: Callable[[], bool], beside: tuple[str, ...] = ()) -> Take:
        """The plan's take, made anew. beside: what else is to be said of it. Raises LineProblem and Cancelled."""
        family = self.family(wanted.voice.family)
        started = time.process_time()
        speech, samples, warnings = family.say(wanted, stop, self._within)
        fitted = fit(speech, samples, family.rate, wanted)
        if wanted.most and fitted.speech.end > wanted.most:
            raise LineProblem("runs_into_next", over_ms=(fitted.speech.end - wanted.most) * 1000)
        return takes.store(folder, wanted, fitted, time.process_time() - started, (*beside, *warnings, *fitted.warnings))

    def _review(self, take: Take, line: Line, job: Job, stop: Callable[[], bool], spaces: dict[str, Space] | None) -> Take:
        """The take with what the judges say of it; a weaker one where it suffered and the job says so. Raises as `make` does."""
        if job.check not in takes.MODES:
            raise LineProblem("bad_wish", reason=f"A check is {' or '.join(takes.MODES)}, not {job.check!r}.")
        neutral = self._neutral(take.plan, Path(job.takes), stop) if job.check == "full" and take.plan.moods else None
        wish = wish_of(line, role_of(line, job.cast))
        lowered = ""
        for again in range(MOST_LOWERED + 1):
            if take.check is None or takes.MODES.index(take.check.mode) < takes.MODES.index(job.check):
                take = takes.keep_check(take, self._judge.judged(take, job.check, neutral))
            check: Any = take.check
            own = self._judge.judged(neutral, job.check) if neutral and check.word_error else None
            why = suffered(check, own)
            if not (why and job.back_off and again < MOST_LOWERED and take.plan.moods):
                break
            weaker = replace(wish, intensity=round(wish.intensity * LOWERED, 3))
            lowered = f"The intensity was lowered to {weaker.intensity:.2f}: {why}"
            wish, line = weaker, replace(line, wish=weaker)
            take, _fresh = self.make(line, job, stop, spaces)
        return takes.keep_check(take, replace(check, lowered=lowered)) if lowered else take

    def _neutral(self, wanted: Plan, folder: Path, stop: Callable[[], bool]) -> Take:
        """The same line in the voice's own manner, that a take is compared with. Raises as `make` does."""
        plain = replace(wanted, moods=(), heard=None, wish=replace(wanted.wish, feelings=(), performance=0.0))
        return takes.look_up(folder, plain) or self.speak(plain, folder, stop)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.models, self.threads)

    def _original(self, line: Line, wish: Wish) -> Original:
        """What the line's original says, if the wish asks for it; heard once for as long as its file stays the same."""
        recording = line.original
        if recording is None or not (wish.match or wish.sync):
            return Original()
        key = (recording, _changed(recording))
        if key not in self._heard:
            self._heard[key] = listen(recording)
        return self._heard[key]


def _known(error: Exception) -> LineProblem:
    """What an error that nobody foresaw means for a person."""
    if isinstance(error, ImportError):
        return LineProblem("no_library", reason=error.msg)
    if isinstance(error, MemoryError):
        return LineProblem("no_memory")
    if isinstance(error, OSError):
        return LineProblem("cannot_read", reason=": ".join(filter(None, (error.strerror or str(error), error.filename and str(error.filename)))))
    return LineProblem("engine_error", reason=f"{type(error).__name__}: {error}")


def _changed(recording: Recording | None) -> int:
    """When the recording's file was last written; 0 where there is none."""
    try:
        return Path(recording.path).stat().st_mtime_ns if recording else 0
    except OSError:
        return 0
