"""Readings that are on their way: some lines at each tick, so that a long film does not hold the window, and yet the scene as it was at one moment."""
from __future__ import annotations

import time

import bpy

from . import compat, read

TELLING = ("depsgraph_update_post", "undo_post", "redo_post")
"""Blender's handlers that tell of a change."""

MOST_BEGUN = 5
"""Times that a reading is begun: a person who changes the film all the time waits for it at last."""


class Look:
    """One reading. Whatever changes in the film before it is whole, it begins anew."""

    def __init__(self, scene, wanted: dict):
        """wanted: as `read.read_on` takes it."""
        only = wanted.get("only")
        self.scene = scene.name
        self.share = 0.0
        self.ended = False
        """Whether it is whole, or nothing comes of it."""
        self.begun = 0
        self._wanted = wanted
        # names, since undo and deletion free strips
        self._only = None if only is None else [strip.name for strip in only]
        self._reading, self._there, self._changed = None, frozenset(), True
        for name in TELLING:
            getattr(bpy.app.handlers, name).append(self._hear)

    def tick(self, budget: float) -> read.Reading | None:
        """Reads on for so many seconds; what was read, once it is whole."""
        if self.ended:
            return None
        until, going_on = time.perf_counter() + budget, False
        try:
            scene = bpy.data.scenes.get(self.scene)
            if scene is None:
                return None
            # a strip that is gone must not be touched, whoever took it away
            if self._changed or not self._there <= _pointers(scene):
                self._begin(scene)
            while not going_on:
                self.share = next(self._reading)
                going_on = self.begun < MOST_BEGUN and time.perf_counter() >= until
        except StopIteration as whole:
            return whole.value
        finally:
            if not going_on:
                self.close()
        return None

    def close(self):
        """Ends it."""
        self.ended, self._reading = True, None
        for name in TELLING:
            handlers = getattr(bpy.app.handlers, name)
            if self._hear in handlers:  # another film takes them away
                handlers.remove(self._hear)

    def _begin(self, scene):
        wanted = self._wanted
        if self._only is not None:
            every = compat.all_strips(scene.sequence_editor)
            wanted = {**wanted, "only": [every[name] for name in self._only if name in every]}
        self._reading, self._there, self._changed = read.read_on(scene, **wanted), _pointers(scene), False
        self.begun += 1
        self.share = 0.0

    def _hear(self, *_args):
        self._changed = True


def _pointers(scene) -> frozenset[int]:
    """Of all its strips."""
    return frozenset(strip.as_pointer() for strip in compat.all_strips(scene.sequence_editor)) if scene.sequence_editor else frozenset()
