"""A film for tests: makes strips, presses buttons, and hears what Blender would play."""
import os
import sys
import wave
from importlib import import_module
from pathlib import Path

import bpy
import numpy as np
import soundfile

from ..conftest import PACKAGE, ROOT

RATE = 48000

SPEECH = ROOT / "demo" / "data" / "kennedy_inaugural_1961.flac"


def room(name):
    """A module of the add-on as Blender has it."""
    return sys.modules[f"{PACKAGE}.{name}"]


class Film:
    def __init__(self, folder: Path, fps: int = 24, fps_base: float = 1.0):
        room = f"{PACKAGE}.blender_addon"
        self.compat = import_module(f"{room}.compat")
        self.props = import_module(f"{room}.props")
        self.reader = import_module(f"{room}.read")
        self.words = import_module(f"{room}.words")
        self.batch = import_module(f"{room}.batch")
        self.session = import_module(f"{room}.session").session
        self.folder = folder
        self.film = folder / "film.blend"
        self.pace(fps, fps_base)
        self.scene.dubline.default_voice = "tone:sine"
        self.scene.sequence_editor_create()

    @property
    def scene(self):
        return bpy.context.scene

    @property
    def editor(self):
        return self.scene.sequence_editor

    @property
    def preferences(self):
        return bpy.context.preferences.addons[PACKAGE].preferences

    def pace(self, fps, fps_base=1.0):
        self.scene.render.fps, self.scene.render.fps_base = fps, fps_base

    def save(self):
        bpy.ops.wm.save_as_mainfile(filepath=str(self.film))

    def reload(self):
        bpy.ops.wm.save_mainfile()
        bpy.ops.wm.open_mainfile(filepath=str(self.film))

    def named(self, name):
        return self.compat.all_strips(self.editor)[name]

    def text(self, words, first=1, length=48, channel=2, name="Line", selected=True):
        strip = self.compat.new_text(self.editor, name, "", channel, first, length)
        self.words.set_text(strip, words)
        strip.select = selected
        return strip

    def sound(self, seconds=2.0, first=1, channel=1, name="Original", level=0.25, hertz=1000.0, selected=False):
        """A stereo tone as original dialogue."""
        time = np.arange(round(seconds * RATE)) / RATE
        samples = level * np.sin(2 * np.pi * hertz * time)
        path = self.folder / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.repeat(samples[:, None], 2, axis=1) * 32767).astype("<i2").tobytes())
        strip = self.compat.strips(self.editor).new_sound(name=name, filepath=str(path), channel=channel, frame_start=first)
        strip.select = selected
        return strip

    def role(self, name, voice="tone:low", **more):
        role = self.scene.dubline.roles.add()
        role.name, role.voice = name, voice
        for key, value in more.items():
            setattr(role, key, value)
        return role

    def only(self, *strips):
        """Selects these and nothing else."""
        for strip in self.compat.all_strips(self.editor):
            strip.select = strip in strips

    def dub(self, scope="ALL"):
        bpy.ops.dubline.dub(scope=scope)
        return self.reports

    def redo(self, *strips):
        self.only(*strips)
        bpy.ops.dubline.redo()
        return self.reports

    @property
    def reports(self):
        """Strip's name -> what the last run says of it."""
        return {report.label: report for report in self.session.run.reports.values()}

    @property
    def dubs(self):
        """Strips that play takes, in time."""
        found = [s for s in self.compat.all_strips(self.editor) if "of" in self.props.state(s)]
        return sorted(found, key=lambda strip: (self.compat.start(strip), strip.channel))

    def span(self, strip):
        return self.compat.start(strip), self.compat.end(strip)

    def hear(self, first, last) -> np.ndarray:
        """The mix of frames first to last, mono float at 48 kHz; FLAC, since Blender's WAV repeats its last block."""
        self.scene.frame_start, self.scene.frame_end = first, last
        path = self.folder / "mix.flac"
        path.unlink(missing_ok=True)
        bpy.ops.sound.mixdown(
            filepath=str(path), container="FLAC", codec="FLAC", format="S16", mixrate=RATE, channels="STEREO",
            check_existing=False, relative_path=False,
        )
        samples, rate = soundfile.read(str(path))
        assert rate == RATE
        return samples[:, 0]

    def path_of(self, dub) -> str:
        return os.path.normpath(bpy.path.abspath(dub.sound.filepath))


def loudness(samples) -> float:
    """RMS."""
    return float(np.sqrt(np.mean(np.square(samples))))


def first_sound(samples, floor=0.01) -> int:
    """Index of the first sample above the floor."""
    return int(np.argmax(np.abs(samples) > floor))
