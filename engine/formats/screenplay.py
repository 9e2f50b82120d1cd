"""A script as one writes it, close to Fountain: `CHARACTER (mood): line`, or the name, the mood and the words below each other.

`@id` before or behind a line names it, so that a marker of that name can place it. The grammar is in docs/formats/script.md.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..directions import named as parted_name
from ..problems import LineProblem
from .cue import MOST_CUES, MOST_SIGNS, Cue, Script, bad, joined, passed_over, unfit
from .names import in_capitals, named, sounding

LONGEST = 4 * 2**20
"""Characters of a script: twenty feature films."""

ID = r"@(\w[\w.-]{0,39})"

FIRST_ID = re.compile(rf"{ID}(?:\s+|$)")

LAST_ID = re.compile(rf"\s{ID}$")

TITLE = re.compile(r"(title|credit|authors?|source|notes|draft date|date|contact|copyright|revision|font)\s*:", re.IGNORECASE)
"""Keys of Fountain's title page, which stands before everything and ends with an empty line."""

HEADING = re.compile(r"(INT|EXT|INT\.?/EXT|EXT\.?/INT|I/E)[. ]|EST\.|\.[^.\s]|[#=>~!]", re.IGNORECASE)
"""How lines begin that nobody speaks: scenes, sections, synopses, transitions, lyrics, and action marked as such."""

TRANSITION = re.compile(r".*\bTO:|FADE (IN|OUT)[:.]?|THE END\.?")

EMPHASIS = re.compile(r"(\*{1,3}|_)(?=[^\s*_])([^*_\n]{1,300})(?<=[^\s*_])\1")


@dataclass
class _Open:
    """A line whose words are still being read."""

    number: int
    speaker: str = ""
    mood: str = ""
    id: str = ""
    block: bool = False
    """Whether the name stands above the words."""
    words: list[str] = field(default_factory=list)


def read(text: str, roles: Iterable[str] = (), name: str = "The script") -> Script:
    """The script's lines in their order; their numbers are those of the text's lines. Raises LineProblem `bad_script`.

    roles: names that are a speaker's in any spelling; name: what problems call the script.
    """
    if len(text) > LONGEST:
        raise bad(name, f"it is longer than {LONGEST >> 20} million characters", "Split it")
    reader = _Reader(roles)
    lines = _without(_without(text.replace("\r\n", "\n").replace("\r", "\n"), "/*", "*/"), "[[", "]]").split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_SIGNS:
            reader.close()
            reader.problems.append(passed_over(f"Line {number}", f"it is longer than {MOST_SIGNS} characters"))
        else:
            reader.take(number, line.strip(), lines[number].strip() if number < len(lines) else "")
        if len(reader.cues) + len(reader.problems) > MOST_CUES:
            raise bad(name, f"it has more than {MOST_CUES} lines that are spoken", "Split it")
    reader.close()
    return Script(tuple(reader.cues), tuple(reader.problems), unspoken=reader.unspoken)


class _Reader:
    def __init__(self, roles: Iterable[str]):
        self.known = {role.strip().casefold() for role in roles}
        self.cues: list[Cue] = []
        self.problems: list[LineProblem] = []
        self.unspoken = 0
        self.open: _Open | None = None
        self.id = ""
        """That stood alone and waits for its line."""
        self.ids: set[str] = set()
        self.titles = True
        """While the title page may still go on."""
        self.action = False
        """While a paragraph goes on that nobody speaks."""

    def take(self, number: int, line: str, following: str) -> None:
        """One line of the text. following: the next one, since a name in capitals is one only with words below it."""
        if not line:
            self.close()
            self.titles = self.titles and not self.cues and not self.unspoken and not self.action
            self.action = False
            return
        if self.titles and not self.open and (TITLE.match(line) or self.action):
            self.action = True
            return
        self.titles = False
        line = EMPHASIS.sub(r"\2", line)
        first, last, line = _ids(line)
        if not line:
            self.close()
            self.id = first
        elif self.open and not first and not self._begins(line):
            self.open.id = self.open.id or last
            self._words(self.open, line)
        elif not self.action or first or self._begins(line):
            self._begin(number, first or last or self.id, line, following)

    def _begins(self, line: str) -> bool:
        """Whether a new line begins among others, by its name. Under a name of its own line, and in action, `Remember: go` is words."""
        name, _mood, _words = named(line, self.known)
        loose = self.open is not None and not self.open.block
        return bool(name) and (loose or in_capitals(name) or name.casefold() in self.known)

    def _begin(self, number: int, id: str, line: str, following: str) -> None:
        alone = self.open is None and not self.action
        self.close()
        self.action = False
        if not id and (HEADING.match(line) or TRANSITION.fullmatch(line)):
            return
        name, mood, words = named(line, self.known)
        bare, moods = _bare(line)
        if name:
            self.open = _Open(number, name, mood, id, words=[words])
        elif following and alone and self._is_name(bare):
            self.open = _Open(number, bare, ", ".join(moods), id, True)
        elif id:
            self.open = _Open(number, id=id, words=[line])
        else:
            self.unspoken += 1
            self.action = True
        self.id = "" if self.open else self.id

    def _is_name(self, bare: str) -> bool:
        return 0 < len(bare) <= 40 and (in_capitals(bare) or bare.casefold() in self.known)

    def _words(self, open: _Open, line: str) -> None:
        """A further line of the open one; a parenthesis alone is its mood, or later a direction."""
        if line.startswith(("(", "（")) and line.endswith((")", "）")):
            how = sounding(line[1:-1])
            if not any(open.words):
                open.mood = ", ".join(filter(None, (open.mood, how)))
            elif how:
                open.words.append(f"[{how}]")
        else:
            open.words.append(line.removeprefix("~"))

    def close(self) -> None:
        """Ends the open line."""
        line, self.open = self.open, None
        if line is None:
            return
        text = joined(line.words)
        reason = unfit(text) or (f"the name @{line.id} is there already" if line.id in self.ids else "")
        if reason:
            self.problems.append(passed_over(f"Line {line.number}", reason))
            return
        self.ids |= {line.id} - {""}
        self.known |= {line.speaker.casefold()} - {""}
        self.cues.append(Cue(text, None, None, line.speaker, line.mood, line.id, number=line.number))


def _ids(line: str) -> tuple[str, str, str]:
    """The name of the line before its words, the one behind them, and the line without it."""
    if found := FIRST_ID.match(line):
        return found[1], "", line[found.end() :]
    found = LAST_ID.search(line)
    return ("", found[1], line[: found.start()].rstrip()) if found else ("", "", line)


def _bare(name: str) -> tuple[str, list[str]]:
    """A name without what stands behind it in parentheses, and the moods that this tells."""
    moods: list[str] = []
    while True:
        name = name.removesuffix("^").rstrip().rstrip(":：").rstrip()
        bare, how = parted_name(name)
        if bare == name:
            return name, moods
        name, moods = bare, [*filter(None, [sounding(how)]), *moods]


def _without(text: str, opening: str, closing: str) -> str:
    """The text without its notes; their line ends stay, so that lines keep their numbers. One never closed is none."""
    kept, at = [], 0
    while (first := text.find(opening, at)) >= 0:
        last = text.find(closing, first + len(opening))
        if last < 0:
            break
        kept += [text[at:first], "\n" * text.count("\n", first, last)]
        at = last + len(closing)
    return "".join([*kept, text[at:]])
