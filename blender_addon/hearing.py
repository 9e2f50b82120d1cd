"""Sounds of the film that are heard as a whole, in a host of their own: a film's is decoded first, then the engine hears one after the other."""
from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..engine.events import Ended, Failed, Progress, Separated, Transcribed
from ..engine.hear import background
from ..engine.problems import LineProblem
from ..engine.script import Recording
from ..engine.tracks import Separation, Track, Transcription
from . import backgrounds, film_sound, originals, performers

FOLDER = "backgrounds"
"""In the takes' folder: where backgrounds are kept."""


class Hearing:
    """Dubbing goes on meanwhile, and what hearing needed is given back."""

    def __init__(self, new_host: Callable, wanted: Separation | Transcription, labels: dict[str, str], takes: Path):
        """labels: uid -> name of the strip; takes: folder in which a film's sound lies until it is heard."""
        self.share = 0.0
        self.message = "Starting"
        self.heard: dict[str, Separated | Transcribed] = {}
        self.problems: dict[str, str] = {}
        """Uid -> why it was not heard."""
        self.labels = labels
        self.cancelled = self.ended = False
        self._new_host, self._wanted, self._takes = new_host, wanted, takes
        self._tracks = {track.uid: track for track in wanted.tracks}
        self._films = [track.uid for track in wanted.tracks if not film_sound.plain(track.recording.path)]
        self._decoded: dict[Recording, Recording] = {}
        self._decoding: film_sound.Decoding | None = None
        self._scratch: tempfile.TemporaryDirectory | None = None
        self._host = self._run = None

    def tick(self) -> bool:
        """Takes in what has been heard. True while it goes on."""
        if self.ended:
            return False
        if self._films:
            self._decode()
        elif self._run is None:
            self._submit()
        else:
            for event in self._host.poll():
                self._take_in(event)
        return not self.ended

    def cancel(self):
        """Soon; what was heard to its end stays."""
        self.cancelled = True
        if self._decoding is not None:
            self._decoding.stop()
        if self._run is not None:
            self._host.cancel(self._run)

    def drop(self):
        """Without waiting for its word."""
        if self.ended:
            return
        self.ended = True
        if self._decoding is not None:
            self._decoding.stop()
        if self._host is not None:
            self._host.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    def told(self) -> list[str]:
        """Why which strip was not heard, a text each."""
        return [missed(self.labels[uid], text) if isinstance(self._wanted, Separation) else unsaid(self.labels[uid], text) for uid, text in self.problems.items()]

    def _decode(self):
        """Goes on with the first film that is not decoded yet."""
        uid = self._films[0]
        track = self._tracks[uid]
        recording = self._stretch(track.recording)
        try:
            if self.cancelled:
                raise LineProblem("cancelled")
            if recording not in self._decoded:
                if self._decoding is None:
                    self.message = f"Decoding the sound of {self.labels[uid]}"
                    self._decoding = film_sound.Decoding(recording, self._place())
                if not self._decoding.ended:
                    return
                self._decoded[recording] = self._decoding.result()
                self._decoding = None
            self._tracks[uid] = replace(track, recording=self._decoded[recording])
        except LineProblem as problem:
            self._decoding = None
            self._miss(uid, problem)
        self._films.pop(0)

    def _stretch(self, recording: Recording) -> Recording:
        """What of a film is to be decoded."""
        return Recording(recording.path) if isinstance(self._wanted, Separation) else Recording(recording.path, recording.start, recording.seconds)

    def _place(self) -> Path:
        """Raises LineProblem `cannot_lay`."""
        try:
            if self._scratch is None:
                self._takes.mkdir(parents=True, exist_ok=True)
                self._scratch = tempfile.TemporaryDirectory(prefix=".heard-", dir=self._takes, ignore_cleanup_errors=True)
        except OSError as error:
            raise LineProblem("cannot_lay", folder=str(self._takes), reason=error.strerror or str(error)) from error
        return Path(self._scratch.name) / f"{len(self._decoded)}.flac"

    def _submit(self):
        tracks = tuple(track for uid, track in self._tracks.items() if uid not in self.problems)
        if not tracks:
            self.drop()
            return
        self._host = self._new_host()
        self._run = self._host.submit(replace(self._wanted, tracks=tracks))
        if self.cancelled:
            self._host.cancel(self._run)

    def _take_in(self, event):
        if isinstance(event, Progress):
            label = self.labels[event.uid]
            self.share = event.done
            self.message = f"Keeping the background of {label}" if isinstance(self._wanted, Separation) else f"Writing down the words of {label}"
        elif isinstance(event, Failed):
            self._miss(event.uid, event)
        elif isinstance(event, (Separated, Transcribed)):
            self.heard[event.uid] = event
        elif isinstance(event, Ended):
            self.drop()

    def _miss(self, uid: str, problem: LineProblem | Failed):
        if problem.code != "cancelled":
            self.problems[uid] = f"{problem.message} {problem.remedy}"
        else:
            self.cancelled = True
            self._tracks.pop(uid, None)


def missed(label: str, why) -> str:
    """Of an original without a background."""
    return f"The background of {label} is not kept: {why}"


def unsaid(label: str, why) -> str:
    """Of a strip whose words are not written down."""
    return f"{label} is not transcribed: {why}"


def separation(scene, strips, takes: Path, new_host: Callable) -> tuple[Hearing | None, list[str]]:
    """The way of these originals' backgrounds, and why which has none; None where there is nothing to wait for."""
    folder, tracks, labels, ready, told = takes / FOLDER, [], {}, {}, []
    for strip in strips:
        problem = backgrounds.unfit(strip)
        if problem is not None:
            told.append(missed(strip.name, problem))
            continue
        path, uid = os.path.normpath(performers.path_of(strip)), performers.uid_of(strip)
        content = "" if film_sound.plain(path) else film_sound.content(path)
        labels[uid] = strip.name
        if content and (made := background.place(folder, content)).is_file():  # the film need not be decoded for it again
            ready[uid] = Separated(0, uid, str(made), False)
        else:
            tracks.append(Track(uid, Recording(path), content))
    if not labels:
        return None, told
    found = Hearing(new_host, Separation(tuple(tracks), str(folder)), labels, takes)
    found.heard.update(ready)
    return found, told


def laid(scene, hearing: Hearing, whole: bool, budget: float = math.inf) -> tuple[int, list[str]]:
    """Lays the backgrounds that are there beside their originals, as many as the time allows; how many, and why which cannot be.

    whole: see `originals.keep_background`; budget: seconds.
    """
    count, told, until = 0, [], time.perf_counter() + budget
    while hearing.heard and time.perf_counter() < until:
        uid = next(iter(hearing.heard))
        event = hearing.heard.pop(uid)
        strip = performers.find(scene, uid) if scene is not None else None
        if strip is None:
            continue  # it was removed meanwhile; the file stays for the next time
        try:
            originals.keep_background(scene, strip, event.path, whole)
            count += 1
        except LineProblem as problem:
            told.append(missed(strip.name, problem))
    return count, told
