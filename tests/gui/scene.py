"""What an animator does with a scene, by mouse and keys: a first line, its takes, a cast, another voice, feelings, what changed, the original."""
from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from .screen import SIZE, Box, until
from .steps import FILM, Window, saves, sees_take, undoes

FIRST = "The storm is coming, and we are not ready."

SUBTITLES = """1
00:00:05,000 --> 00:00:07,500
BEN: Then light the lamps and call everyone home.

2
00:00:08,000 --> 00:00:10,500
ANNA: There is no time left for all of them.

3
00:00:11,000 --> 00:00:14,000
BEN: We will wait here until the last boat is in.

4
00:00:14,500 --> 00:00:17,500
ANNA: Look there, I can see a light on the water.
"""

SPEECH = Path(__file__).parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"

FEW = {"from the installed extension to the first dubbed line": 4, "to redo a line": 1, "to recast a character and redo its lines": 2}
"""Clicks that a person may need."""


def sees_few(gui: Window, what: str):
    """Sees that the clicks since they were counted are no more than FEW."""
    gui.see(f"it took {gui.clicks} clicks {what}, no more than {FEW[what]}", 0 < gui.clicks <= FEW[what], gui.clicks)


def texts(gui: Window) -> dict[str, dict]:
    """Text strips by what they say, in time."""
    return {strip["text"]: strip for strip in gui.strips if strip["type"] == "TEXT"}


def spoken(gui: Window) -> dict[str, str]:
    """Which sound every line plays, by what it says."""
    files = {take["state"]["of"]: take["file"] for take in gui.takes}
    return {text: files.get(strip["state"].get("uid"), "") for text, strip in texts(gui).items()}


# A line


def first_line(gui: Window):
    """The first line: Add line, its words, and Dub selected."""
    gui.push("Add line")
    time.sleep(1)
    gui.type(f"ANNA: {FIRST}")
    gui.screen.press("Return")
    until(lambda: texts(gui), 10)
    gui.keys("Home")
    gui.speak("Dub selected")
    sees_few(gui, "from the installed extension to the first dubbed line")
    yield
    (line,) = texts(gui).values()
    sees_take(gui, line["name"])
    gui.see("the panel says that one line was dubbed", gui.reads("Dubbed 1 of 1 lines"))
    gui.see("the panel says that the film is not saved", gui.reads("not saved yet"))


def redoes(gui: Window):
    """Redo speaks the line another way, into the same strip; so does its key."""
    (before,) = gui.takes
    gui.clicks = 0
    gui.speak("Redo")
    sees_few(gui, "to redo a line")
    (between,) = gui.takes
    which = gui.run["which"]
    gui.keys("ctrl+alt+r")
    until(lambda: gui.run["which"] != which, 30)
    gui.wait_for_run()
    yield
    (line,) = texts(gui).values()
    take = sees_take(gui, line["name"])
    gui.see("each is another sound", len({take["file"], between["file"], before["file"]}) == 3, [before["file"], between["file"], take["file"]])
    gui.see("the new sound lies beside the film, which is saved by now", take["file"].startswith(f"{os.path.dirname(FILM)}/dubs/"), take["file"])
    gui.see("it lies where the old one lay", (take["edges"], take["channel"]) == (before["edges"], before["channel"]), [before, take])
    gui.see("the old sound is kept", gui.file(before["file"]).exists())


def switches_takes(gui: Window):
    """Another take is chosen in the list, and Shift+T flips between it and the last one."""
    (last,) = gui.takes
    gui.push("Take 1", below="Takes")
    gui.push("Use take")
    until(lambda: gui.takes[0]["file"] != last["file"], 15)
    (chosen,) = gui.takes
    flipped = []
    for _ in range(2):
        before = gui.takes
        gui.keys("shift+t")
        until(lambda before=before: gui.takes != before, 15)
        flipped += gui.takes
    yield
    gui.see("the strip plays another sound", chosen["file"] != last["file"], [last["file"], chosen["file"]])
    gui.see("it flips to the last one and back", [take["file"] for take in flipped] == [last["file"], chosen["file"]], [take["file"] for take in flipped])
    gui.see("the strip stays where it is", all((take["edges"], take["channel"], take["name"]) == (last["edges"], last["channel"], last["name"]) for take in (chosen, *flipped)))


# A scene


def imports_subtitles(gui: Window):
    """Subtitles come in as lines with their speakers and times."""
    gui.file(FILM).with_name("storm.srt").write_text(SUBTITLES, encoding="utf-8")
    gui.push("Script")
    gui.push("Import subtitles")
    gui.choose_file("storm.srt")
    until(lambda: len(texts(gui)) == 5, 15)
    gui.keys("Home", "KP_Subtract")
    yield
    found = list(texts(gui).values())[1:]
    gui.see("each cue is a text strip at its time", [strip["edges"] for strip in found] == [[121, 181], [193, 253], [265, 337], [349, 421]], found)
    gui.see("each has its speaker", [strip["state"].get("speaker") for strip in found] == ["BEN", "ANNA", "BEN", "ANNA"], found)


def casts(gui: Window):
    """The cast is found in the lines, and all lines are dubbed, each character on a channel of its own."""
    gui.push("Cast from lines")
    until(lambda: len(gui.ask("cast")) == 2, 10)
    gui.speak("All")
    yield
    roles = gui.ask("cast")
    gui.see("both are there with a voice each", {role["name"] for role in roles} == {"ANNA", "BEN"} and len({role["voice"] for role in roles}) == 2, roles)
    gui.see("every line is dubbed", all(spoken(gui).values()) and len(gui.takes) == 5, spoken(gui))
    gui.see("a channel each", len({take["channel"] for take in gui.takes}) == 2, [take["channel"] for take in gui.takes])


def recasts(gui: Window):
    """Another voice for the chosen character makes its lines changed ones; one more click speaks those alone."""
    roles, before = gui.before = gui.ask("cast"), spoken(gui)
    gui.button("Assign to selected")  # turns the wheel until the card is in sight
    gui.clicks = 0
    gui.fill("Voice", "bm_george", below="Cast from lines")
    until(lambda: gui.ask("cast") != roles, 10)
    gui.speak("Dub changed lines")
    sees_few(gui, "to recast a character and redo its lines")
    until(lambda: gui.ask("changes") == [0, 0], 30)
    yield
    after = spoken(gui)
    whose = {text: strip["state"].get("speaker") or text.partition(":")[0] for text, strip in texts(gui).items()}
    changed = [role["name"] for role, old in zip(gui.ask("cast"), roles, strict=True) if role["voice"] != old["voice"]]
    gui.see("one character has another voice", len(changed) == 1 and any(role["voice"] == "bm_george" for role in gui.ask("cast")), [roles, gui.ask("cast")])
    gui.see("its lines have new takes, the others their old ones", {whose[text] for text in after if after[text] != before[text]} == set(changed) and {whose[text] for text in after if after[text] == before[text]}.isdisjoint(changed), [before, after])


def undoes_recast(gui: Window):
    """Ctrl+Z takes back the new takes and the voice; Ctrl+Shift+Z brings both again."""
    after, presses = (gui.ask("cast"), spoken(gui)), 0
    # a Blender takes the voice for a step of its own, or for one with what was done next
    while presses < 2 and gui.ask("cast") == after[0]:
        before = gui.ask("cast"), spoken(gui)
        gui.keys("ctrl+z")
        until(lambda before=before: (gui.ask("cast"), spoken(gui)) != before, 10)
        presses += 1
    undone = gui.ask("cast"), spoken(gui)
    for _ in range(presses):
        before = gui.ask("cast"), spoken(gui)
        gui.keys("ctrl+shift+z")
        until(lambda before=before: (gui.ask("cast"), spoken(gui)) != before, 10)
    yield
    gui.see("takes and voice are those before", undone == gui.before, [presses, undone, gui.before])
    gui.see("and all is as it was", (gui.ask("cast"), spoken(gui)) == after, presses)


def gives_feeling(gui: Window):
    """How a line is said is written in words, and shown as what was understood of them."""
    line = next(strip for text, strip in texts(gui).items() if "last boat" in text)
    gui.click_strip(line["name"])
    gui.push("As cast", below="Emotion")
    gui.pick("Words")
    gui.fill("Words", "afraid, voice shaking", below="Intensity")
    before = spoken(gui)
    gui.speak("Dub selected")
    gui.button("Understood")
    yield
    after = spoken(gui)
    gui.see("the line alone has a new take", [text for text in after if after[text] != before[text]] == [line["text"]], [before, after])
    gui.see("what was understood can be read", gui.reads("Understood"))


def marks_changed(gui: Window):
    """A line whose words are changed in the panel is marked, and one button speaks it alone."""
    line = next(strip for text, strip in texts(gui).items() if "no time" in text)
    before = spoken(gui)
    gui.click_strip(line["name"])
    gui.click(gui.button("no time left", below="Line"), "the line's words")
    gui.type("There is no time left for any of them.", fresh=True)
    until(lambda: gui.ask("changes") == [1, 0], 30)
    yield
    gui.see("the panel says that one line changed, and why", gui.reads("Changed: 1") and gui.reads("Changed since its take"))
    gui.speak("Changed: 1")
    gui.see("that line alone was spoken", [report["fresh"] for report in gui.run["lines"]] == [True], gui.run["lines"])
    gui.see("no line is a changed one", gui.reads("Changed: 0", patience=40))
    gui.see("the others play what they played", sum(file != before.get(text) for text, file in spoken(gui).items()) == 1, [before, spoken(gui)])


def exports(gui: Window):
    """The lines go out as subtitles at the times of their takes."""
    gui.push("Export")
    gui.choose_file("dubbed.srt")
    path = gui.file(FILM).with_name("dubbed.srt")
    until(path.exists, 15)
    yield
    said = path.read_text(encoding="utf-8") if path.exists() else ""
    gui.see("every line is in the file, with its speaker", said.count("-->") == 5 and said.count("ANNA") == 3 and "any of them" in said, said)


def shows_menu(gui: Window):
    """The right mouse button offers what can be done with a line."""
    line = next(strip for text, strip in texts(gui).items() if "lamps" in text)
    gui.click_strip(line["name"])
    gui.click_strip(line["name"], button=3)
    yield
    gui.see("Dub selected is in the menu", gui.screen.find("Dub selected", Box(0, 0, gui.panels.x, SIZE[1])) is not None)
    gui.screen.press("Escape")


# The original


def keeps_background(gui: Window):
    """An original's voice is taken out of it: what is left is a strip of its own, and the original is muted."""
    shutil.copyfile(SPEECH, gui.file(FILM).with_name(SPEECH.name))
    gui.ask("film", lines=["So let us begin anew, remembering on both sides that civility is not a sign of weakness."], frames=210)
    gui.ask("original", file=f"{os.path.dirname(FILM)}/{SPEECH.name}", channel=3)
    gui.keys("Home")
    gui.speak("Dub selected")
    gui.click_strip("Original")
    gui.push("Keep the background")
    until(lambda: sum(strip["type"] == "SOUND" for strip in gui.strips) == 3, 240)
    yield
    sounds = {strip["name"]: strip for strip in gui.strips if strip["type"] == "SOUND"}
    kept = [strip for name, strip in sounds.items() if name != "Original" and "of" not in strip["state"]]
    gui.see("there is one background, as long as the original", len(kept) == 1 and kept[0]["edges"] == sounds["Original"]["edges"], list(sounds.values()))
    gui.see("the original is muted, its background is heard", sounds["Original"]["mute"] and kept and not kept[0]["mute"])
    gui.push("Restore originals")
    gui.see("the original is heard again", until(lambda: not next(strip for strip in gui.strips if strip["name"] == "Original")["mute"], 10))


STEPS = (
    first_line,
    saves,
    redoes,
    switches_takes,
    undoes,
    imports_subtitles,
    casts,
    recasts,
    undoes_recast,
    gives_feeling,
    marks_changed,
    exports,
    shows_menu,
    keeps_background,
)
"""In the order that they need."""

SMOKE = (first_line, saves, redoes, switches_takes, undoes)
"""What shows that it works at all."""
