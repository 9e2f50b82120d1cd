"""A Blender with a window on the virtual screen: started, asked, touched by mouse and keys, and judged by what is seen."""
from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from itertools import count
from pathlib import Path

from .roots import Obstacle, Root
from .screen import SIZE, Box, Screen, until, where

HERE = Path(__file__).parent
SHARE = "/share"
"""In the root: what the driver and Blender both see. Made anew for every session."""

TABS = 24
"""Pixels of the column of tabs at a sidebar's right edge."""


class Missed(Exception):
    """Something that a step needs to go on was not there, as a sentence."""


class Window:
    """One Blender, from its start to its end."""

    def __init__(self, root: Root, out: Path, models: Path, archive: Path, others: Path | None = None):
        self.root, self.out = root, out
        self.share = root.folder / SHARE.lstrip("/")
        shutil.rmtree(self.share, ignore_errors=True)
        for name in ("user", "film", "models", "talk"):
            (self.share / name).mkdir(parents=True)
        for name in ("inside.py", "watch.py"):
            shutil.copyfile(HERE / name, self.share / name)
        self.archive = self._shared(archive)
        self.others = self._shared(others) if others else ""
        """The zip that a person may take by mistake: it is for the Blenders of other makers."""
        self.did: list[str] = []
        self.saw: list[dict] = []
        self.figures: dict = {}
        self.before = None
        """What one step leaves for the next to compare with."""
        self.clicks = 0
        """Clicks since a step set it to 0: what a person's hand would have done."""
        self._numbers = count(1)
        self.models = models
        self._blender: subprocess.Popen | None = None
        self.screen = Screen(root, self.share)

    def _shared(self, archive: Path) -> str:
        shutil.copyfile(archive, self.share / archive.name)
        return f"{SHARE}/{archive.name}"

    # Its life

    def start(self):
        """Blender with its Video Editing template, as large as the screen."""
        command = self.root.command(
            "blender", "--factory-startup", "--app-template", "Video_Editing", "--window-geometry", "0", "0", *SIZE, "--python", f"{SHARE}/inside.py",
            DISPLAY=self.screen.display, HOME=f"{SHARE}/film", BLENDER_USER_RESOURCES=f"{SHARE}/user", DUBLINE_GUI=f"{SHARE}/talk",
        )  # fmt: skip
        # mounts of its own: nobody else sees them, and they end with it
        mounts = 'mount -t proc proc "$0/proc" && mount --bind -o ro "$1" "$0/share/models" && shift && exec "$@"'
        log = open(self.out / "blender.log", "ab")  # noqa: SIM115  Blender's for as long as it lives
        self._blender = subprocess.Popen(["unshare", "--mount", "sh", "-c", mounts, str(self.root.folder), str(self.models), *command], stdout=log, stderr=log)
        log.close()
        if not until(lambda: self._blender.poll() is not None or self._answers(), 240):
            raise Obstacle(f"Blender's window does not answer; see {self.out / 'blender.log'}")
        if self._blender.poll() is not None:
            raise Obstacle(f"Blender ended with {self._blender.returncode}; see {self.out / 'blender.log'}")

    def _answers(self) -> bool:
        try:
            return bool(self.ask("about", patience=5))
        except Missed:
            return False

    @property
    def lives(self) -> bool:
        return self._blender is not None and self._blender.poll() is None

    def wait_for_end(self, patience: float = 30) -> int | None:
        """Blender's exit code, None when it did not end."""
        try:
            return self._blender.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        """Ends what still runs, gently first."""
        if self.lives:
            self._blender.terminate()
            if self.wait_for_end(15) is None:
                self._blender.send_signal(signal.SIGKILL)
                self._blender.wait(15)
        self.screen.close()

    # Questions

    def ask(self, what: str, patience: float = 60, **given):
        """Asks the program inside. Raises Missed."""
        number = next(self._numbers)
        talk = self.share / "talk"
        part = talk / "wish.part"
        part.write_text(json.dumps({"number": number, "what": what, "given": given}), encoding="utf-8")
        part.replace(talk / "wish.json")
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if (talk / "answer.json").exists():
                said = json.loads((talk / "answer.json").read_text(encoding="utf-8"))
                (talk / "answer.json").unlink()
                if said["number"] == number:
                    if "error" in said:
                        raise Missed(f"{what}: {said['error']}")
                    return said["answer"]
            if self._blender.poll() is not None:
                raise Missed(f"Blender ended with {self._blender.returncode} while it was asked: {what}")
            time.sleep(0.03)
        raise Missed(f"Blender did not answer within {patience} s: {what}")

    def area(self, kind: str = "SEQUENCE_EDITOR", view: str = "SEQUENCER") -> dict:
        """The largest area of a kind, in the window that was opened last. Raises Missed."""
        found = [area for area in self.ask("areas") if area["type"] == kind and area["view"] in (view, "SEQUENCER_PREVIEW", "")]
        if not found:
            raise Missed(f"No {kind} is shown")
        return max(found, key=lambda area: (area["window"], area["width"] * area["height"]))

    def box(self, region: str, kind: str = "SEQUENCE_EDITOR") -> Box:
        """Where a region of an area is on the screen."""
        found = next((one for one in self.area(kind)["regions"] if one["type"] == region and one["width"] > 1), None)
        if found is None:
            raise Missed(f"{kind} shows no {region}")
        return Box(found["x"], SIZE[1] - found["y"] - found["height"], found["width"], found["height"])

    @property
    def run(self) -> dict:
        return self.ask("run") or {"which": None, "ended": True, "lines": [], "cancelled": False, "summary": "", "worst_tick_ms": 0.0, "worker": None, "progress": 0.0}

    @property
    def strips(self) -> list[dict]:
        return self.ask("timeline")

    @property
    def takes(self) -> list[dict]:
        """Strips that play takes."""
        return [strip for strip in self.strips if "of" in strip["state"]]

    def file(self, path: str) -> Path:
        """A file that Blender names, as this side sees it."""
        return self.root.folder / path.lstrip("/")

    # Hands

    def note(self, text: str):
        """What was done, for steps.json."""
        self.did.append(text)

    def click(self, box: Box, what: str, times: int = 1, button: int = 1):
        x, y = box.middle
        self.clicks += times
        self.note(f"clicked {what} at {x}, {y}" + (f", {times} times" if times > 1 else ""))
        # from elsewhere: a button below a resting mouse stays as grey as it was when the mouse came
        for place in ((SIZE[0] // 3, SIZE[1] // 2), (x, y)):
            self.screen.point(*place)
            self.settle()
        self.screen.click(x, y, button=button, times=times)

    def settle(self):
        """Waits until Blender has taken in where the mouse is: a busy computer may let a click come before that."""
        for _ in range(3):
            self.ask("about")

    def drag(self, start: tuple[int, int], end: tuple[int, int]):
        self.screen.point(*start)
        for button, place in ((1, start), (0, ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)), (0, end), (-1, end)):
            self.settle()
            self.screen.pull(button, *place)

    def keys(self, *names: str, over: str = "WINDOW"):
        """Presses keys with the mouse over a region of the sequencer."""
        self.screen.point(*self.box(over).middle)
        self.settle()
        self.note(f"pressed {', '.join(names)}")
        self.screen.press(*names)

    @property
    def panels(self) -> Box:
        """The sidebar without its tabs."""
        box = self.box("UI")
        return Box(box.x, box.y, box.width - TABS, box.height)

    @property
    def tabs(self) -> Box:
        box = self.box("UI")
        return Box(box.x + box.width - TABS, box.y, TABS, box.height)

    def type(self, text: str, *, fresh: bool = False):
        """Types a text and Return; fresh: in place of what the field holds."""
        self.settle()
        if fresh:
            self.screen.press("ctrl+a")
        self.note(f"typed {text!r}")
        self.screen.type(text)
        self.screen.press("Return")
        self.settle()

    def button(self, text: str, below: str = "") -> Box:
        """Looks for a button in the sidebar by what stands on it, under what stands there as well; turns the wheel when it is not in sight. Raises Missed."""
        box = self.panels
        found = until(lambda: self.screen.find(text, box, below=below), 3)
        # what hangs out of sight may be above as well: first to the top, then down page by page
        for way, turns in ((4, 60), *[(5, 10)] * 6):
            if found is None and not (way == 4 and self.ask("scrolled") == 0):
                # at the very edge, where no list takes the wheel for itself
                self.screen.click(box.x + 5, box.middle[1], button=way, times=turns)
                time.sleep(0.5)
                found = where(text, self.screen.read(box), below)
        found = found or self.screen.find(text, box, below=below)
        if found is None:
            raise Missed(f"No {text!r} can be read in the sidebar")
        return found

    def push(self, text: str, below: str = ""):
        """Clicks a button of the sidebar."""
        self.click(self.button(text, below), f"{text!r}")

    def pick(self, text: str):
        """Clicks an entry of the menu that is open; the mouse must not leave it on the way. Raises Missed."""
        box = self.panels
        found = until(lambda: self.screen.find(text, box), 10)
        if found is None:
            raise Missed(f"No {text!r} can be read in a menu")
        self.clicks += 1
        self.note(f"chose {text!r}")
        self.screen.click(*found.middle)
        self.settle()

    def fill(self, label: str, text: str, below: str = ""):
        """Clicks the field to the right of its label and types."""
        panels, found = self.panels, self.button(label, below)
        # Blender gives a label two fifths of a row
        self.click(Box(panels.x + panels.width * 7 // 10, found.y, 1, found.height), f"the field {label!r}")
        self.type(text, fresh=True)

    def begin(self, text: str, below: str = ""):
        """Clicks a button that begins a run. Raises Missed."""
        before = self.run["which"]
        if text == "All":
            # so short a word is not read on every ground, and there is a second one below
            panels, first = self.panels, self.button("Dub selected")
            self.click(Box(panels.x + panels.width * 3 // 4, first.y, 1, first.height), "'All'")
        else:
            self.push(text, below)
        if not until(lambda: self.run["which"] != before, 60):
            raise Missed(f"Nothing began by {text!r}")

    def speak(self, text: str, below: str = "", patience: float = 500):
        """Clicks a button that begins a run, and waits for its end. Raises Missed."""
        self.begin(text, below)
        self.wait_for_run(patience)

    def wait_for_run(self, patience: float = 500):
        """Waits until no line is spoken any more. Raises Missed."""
        if not until(lambda: self.run["ended"], patience):
            raise Missed(f"The run has not ended after {patience} s: {self.run}")

    def first_take(self, patience: float = 400):
        """Waits until the run has finished a line. Raises Missed."""
        if not until(lambda: any(line["status"] == "done" for line in self.run["lines"]), patience, 0.05):
            raise Missed(f"No line was finished in {patience} s: {self.run}")

    def click_strip(self, name: str, button: int = 1):
        """Clicks a strip of the timeline."""
        strip = next(strip for strip in self.strips if strip["name"] == name)
        x, y = self.ask("spot", frame=sum(strip["edges"]) / 2, channel=strip["channel"] + 0.3)
        self.click(Box(round(x), SIZE[1] - round(y), 1, 1), f"the strip {name!r}", button=button)
        time.sleep(2.5)  # the panels of another line stand elsewhere, and their takes are looked up first
        self.settle()

    def choose_file(self, name: str):
        """Types a file's name into the file browser that is open, and confirms. Raises Missed."""
        if not until(lambda: self.ask("about")["windows"] > 1, 15):
            raise Missed("No file browser opened")
        time.sleep(1.5)
        field = self.box("EXECUTE", "FILE_BROWSER")
        self.screen.click(field.x + field.width // 3, field.y + field.height // 2, times=2)
        self.screen.press("ctrl+a")
        self.screen.type(name)
        self.screen.press("Return")
        time.sleep(0.7)
        self.note(f"typed {name} into the file browser")
        self.screen.press("Return")
        if not until(lambda: self.ask("about")["windows"] == 1, 15):
            raise Missed("The file browser stays open")

    # Judgement

    def see(self, what: str, truth, figures=None):
        """Notes whether something was seen."""
        self.saw.append({"what": what, "held": bool(truth), **({"figures": figures} if figures is not None else {})})

    def reads(self, text: str, patience: float = 15) -> bool:
        """Whether a text can be read in the sidebar."""
        return until(lambda: self.screen.find(text, self.panels) is not None, patience, 0.5)
