"""What markers named `@id` say: the line of that name in the scene's script, its speaker and its mood."""
from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ..engine.formats import screenplay
from ..engine.formats.cue import Cue
from ..engine.problems import LineProblem

SIGN = "@"
"""Stands before a line's name, in the script and as the name of a marker."""

NAME = re.compile(rf"{SIGN}\w[\w.-]{{0,39}}")


class Scripted:
    """A scene's script, read when a marker first asks for it."""

    def __init__(self, scene):
        self.scene = scene

    @cached_property
    def _lines(self) -> dict[str, Cue] | LineProblem:
        text = self.scene.dubline.script
        if text is None:
            return {}
        try:
            found = screenplay.read(text.as_string(), [role.name for role in self.scene.dubline.roles], text.name)
        except LineProblem as problem:
            return problem
        return {SIGN + cue.id: cue for cue in found.cues if cue.id}

    def _cue(self, name: str) -> Cue | None:
        return self._lines.get(name) if NAME.fullmatch(name) and isinstance(self._lines, dict) else None

    def said(self, name: str) -> str:
        """The words of a marker: those of its line, else its name."""
        cue = self._cue(name)
        return name if cue is None else f"[{cue.mood}] {cue.text}" if cue.mood else cue.text

    def speaker(self, names: Sequence[str]) -> str | None:
        """Who says what markers of these names say; None where the first of them stands for no line of the script."""
        cue = self._cue(names[0]) if names else None
        return None if cue is None else cue.speaker

    def lacking(self, names: Sequence[str]) -> LineProblem | None:
        """Why one of the names stands for no line."""
        for name in names:
            if NAME.fullmatch(name) and self._cue(name) is None:
                if isinstance(self._lines, LineProblem):
                    return self._lines
                text = self.scene.dubline.script
                return LineProblem("no_such_line", id=name[1:], script=text.name) if text else LineProblem("no_script", id=name[1:])
        return None
