"""What is done in the window and what must be seen then: one function a step, its `yield` parts the two."""
from __future__ import annotations

import time

from .screen import until
from .window import SHARE, Window

WORDS = ("The storm is coming, and we are not ready.", "Then light the lamps and call everyone home.")
FILM = f"{SHARE}/film/film.blend"


def opens(gui: Window):
    """Blender opens its video editing window."""
    gui.area()
    yield
    about = gui.ask("about")
    gui.see("Blender says its version", about["blender"].startswith(gui.root.blender), about)


def install(gui: Window):
    """The built zip is installed and enabled."""
    gui.note(f"installed {gui.archive}")
    said = gui.ask("install", file=gui.archive, patience=180)
    gui.ask("prefer", models=f"{SHARE}/models")
    yield
    gui.see("the add-on is enabled", said["enabled"], said)


def tab(gui: Window):
    """The sequencer is made large, its sidebar opened, and the tab Dub chosen."""
    gui.ask("film", lines=[WORDS[0]])
    gui.keys("ctrl+space")
    until(lambda: len(gui.ask("areas")) < 4, 10)
    time.sleep(1)
    gui.keys("Home")
    if not any(region["type"] == "UI" and region["width"] > 1 for region in gui.area()["regions"]):
        gui.keys("n")
    time.sleep(1.5)
    found = until(lambda: gui.screen.find("Dub", gui.tabs, turned=True), 15)
    if found:
        gui.click(found, "the tab 'Dub'")
    time.sleep(1)
    yield
    gui.see("the tab can be read", found is not None)
    gui.see("the panel's buttons can be read", gui.reads("Dub selected"))


def dub(gui: Window):
    """One line is dubbed by its button."""
    gui.push("Dub selected")
    until(lambda: gui.run["lines"], 10)
    gui.until_run_ends()
    yield
    gui.see("a take", len(gui.takes) == 1, [gui.takes, gui.run])


STEPS = (opens, install, tab, dub)
