"""A virtual screen and the hands and eyes before it: mouse, keys, pictures, and the words that can be read on them."""
from __future__ import annotations

import csv
import io
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .roots import Obstacle, Root

SIZE = (1600, 1000)
GREYS = ("30%,55%", "34%,80%")
"""What is ground and what is letters, in Blender's own grey theme: the first pair reads what is switched off as well, the second what is bright."""

ENLARGED = 3
"""Times that a picture is enlarged before it is read: Blender's letters are 11 pixels high."""


@dataclass(frozen=True)
class Box:
    """A part of the screen; y grows downwards."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def crop(self) -> str:
        return f"{self.width}x{self.height}+{self.x}+{self.y}"


@dataclass(frozen=True)
class Word:
    """A word that was read, and where it stands."""

    text: str
    box: Box
    line: tuple[str, ...]


class Screen:
    """Owns the X server; everything else runs against it in the same root."""

    def __init__(self, root: Root, folder: Path):
        self.root, self.folder = root, folder
        self._inside = f"/{folder.relative_to(root.folder).as_posix()}"
        with open(folder / "xvfb.log", "wb") as log:
            words = ("Xvfb", "-displayfd", "1", "-screen", "0", "{}x{}x24".format(*SIZE), "-nolisten", "tcp")
            self._server = subprocess.Popen(root.command(*words), stdout=subprocess.PIPE, stderr=log, text=True)
        number = self._server.stdout.readline().strip()
        if not number:
            raise Obstacle(f"No virtual screen: {(folder / 'xvfb.log').read_text()[-500:]}")
        self.display = f":{number}"

    def close(self):
        self._server.terminate()
        self._server.wait(20)
        self._server.stdout.close()

    def _run(self, *words) -> str:
        return self.root.run(*words, DISPLAY=self.display, OMP_THREAD_LIMIT="1")

    def point(self, x: int, y: int):
        """Moves the mouse there as a hand does: a jump alone does not wake the button below it."""
        self._run("xdotool", "mousemove", x - 8, y, "sleep", 0.15, "mousemove", x, y, "sleep", 0.3)

    def click(self, x: int, y: int, button: int = 1, times: int = 1):
        self.point(x, y)
        self._run("xdotool", "click", "--repeat", times, "--delay", 80, button)

    def pull(self, button: int, x: int, y: int):
        """Moves there; then holds the button down (1), lets it go (-1), or leaves it as it is (0)."""
        self._run("xdotool", "mousemove", x, y, *{1: ("mousedown", 1), -1: ("mouseup", 1)}.get(button, ()))

    def press(self, *keys: str):
        """Keys by their names, such as ctrl+z."""
        for key in keys:
            self._run("xdotool", "key", key, "sleep", 0.1)

    def type(self, text: str):
        self._run("xdotool", "type", "--delay", 30, text)

    def picture(self, path: Path):
        """Takes a picture of the whole screen."""
        self._run("import", "-silent", "-window", "root", f"{self._inside}/picture.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((self.folder / "picture.png").read_bytes())

    def look(self) -> dict:
        """What a new picture is like: 0 to 1 how bright, how uneven, and its number of colours."""
        self.picture(self.folder / "look.png")
        said = self._run("convert", f"{self._inside}/picture.png", "-format", "%[fx:mean] %[fx:standard_deviation] %k", "info:").split()
        return {"brightness": round(float(said[0]), 3), "unevenness": round(float(said[1]), 3), "colours": int(said[2])}

    def read(self, box: Box, turned: bool = False, grey: str = GREYS[0]) -> list[Word]:
        """The words in a part of the screen now. turned: those that run from top to bottom, as on Blender's tabs."""
        self._run("import", "-silent", "-window", "root", f"{self._inside}/read.png")
        return words(self.root, f"{self._inside}/read.png", box, turned, grey)

    def find(self, text: str, box: Box, turned: bool = False, below: str = "") -> Box | None:
        """Where this text stands, the topmost, and if wished under another: its words one after another on one line, compared without case."""
        for grey in GREYS:
            found = where(text, self.read(box, turned, grey), below)
            if found is not None:
                return found
        return None


def words(root: Root, picture: str, box: Box, turned: bool = False, grey: str = GREYS[0]) -> list[Word]:
    """The words in a part of a picture that lies in the root."""
    turn = ["-rotate", "-90"] if turned else []
    # what a reader of printed pages knows: dark letters on an even light ground, so buttons' own grey is washed out
    root.run("convert", picture, "-crop", box.crop, "+repage", *turn, "-colorspace", "Gray", "-level", grey, "-negate", "-filter", "Lanczos", "-resize", f"{ENLARGED}00%", f"{picture}.large.png", OMP_THREAD_LIMIT="1")
    said = root.run("tesseract", f"{picture}.large.png", "-", "--psm", "11", "-c", "tessedit_create_tsv=1", OMP_THREAD_LIMIT="1")
    found = []
    for row in csv.DictReader(io.StringIO(said), delimiter="\t", quoting=csv.QUOTE_NONE):
        if not (row["text"] or "").strip():
            continue
        left, top, width, height = (round(int(row[key]) / ENLARGED) for key in ("left", "top", "width", "height"))
        if turned:  # back by a quarter: what was read as the top edge is the right one
            left, top, width, height = box.width - top - height, left, height, width
        line = (row["block_num"], row["par_num"], row["line_num"])
        found.append(Word(row["text"].strip(), Box(box.x + left, box.y + top, width, height), line))
    return found


def where(text: str, read: list[Word], below: str = "") -> Box | None:
    """Where a text stands among words that were read, and if wished under another text: the topmost that has its capitals, else the topmost."""
    if below:
        top = where(below, read)
        read = [word for word in read if top is not None and word.box.y > top.y + top.height]
    wanted = text.casefold().split()
    places = []
    for first in range(len(read) - len(wanted) + 1):
        run = read[first : first + len(wanted)]
        if [plain(word.text) for word in run] == [plain(word) for word in wanted] and len({word.line for word in run}) == 1:
            x, y = min(word.box.x for word in run), min(word.box.y for word in run)
            right, bottom = max(word.box.x + word.box.width for word in run), max(word.box.y + word.box.height for word in run)
            places.append((" ".join(word.text for word in run) != text, y, x, Box(x, y, right - x, bottom - y)))
    return min(places, key=lambda found: found[:3])[3] if places else None


def plain(word: str) -> str:
    """Letters and digits alone: icons beside a word are read as signs."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def until(true, patience: float, pause: float = 0.25):
    """Waits for an answer that is true and gives it; gives the last answer when patience ends."""
    end = time.monotonic() + patience
    while True:
        answer = true()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(pause)
