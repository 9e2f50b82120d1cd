"""What is done in the window and what must be seen then: one function a step, with a `yield` between the two, where the picture is taken.

Here is how a session begins and ends, and what must not go wrong in between; `scene.py` has what an animator does.
"""
from __future__ import annotations

import os
import time
import wave
import zipfile

from .screen import SIZE, Box, until
from .window import SHARE, Missed, Window

WORDS = (
    "The storm is coming, and we are not ready.",
    "Then light the lamps and call everyone home.",
    "There is no time left for all of them.",
    "We will wait here until the last boat is in.",
)
FPS = 24
FILM = f"{SHARE}/film/film.blend"


def opens(gui: Window):
    """Blender opens its video editing window."""
    gui.area()
    yield
    about = gui.ask("about")
    gui.see("Blender says its version", about["blender"].startswith(gui.root.blender), about)


def refuses(gui: Window):
    """The zip for blender.org's Blenders is refused where the Python is another."""
    try:
        said = gui.ask("install", file=gui.others, patience=180)
    except Missed as missed:
        said = {"answer": str(missed).strip().splitlines()[-1], "enabled": gui.ask("about")["enabled"]}
    yield
    gui.see("the reason is told", "This Python version" in str(said["answer"]), said)
    gui.see("the add-on is not enabled", not said["enabled"])


def installs(gui: Window):
    """The built zip is installed and enabled."""
    began = time.monotonic()
    said = gui.ask("install", file=gui.archive, patience=180)
    gui.note(f"installed {gui.archive} in {time.monotonic() - began:.1f} s")
    gui.ask("prefer", models=f"{SHARE}/models")
    yield
    gui.see("the add-on is enabled", said["enabled"], said)
    about = gui.ask("about")
    gui.see("what it speaks with came out of the zip", str(about["onnxruntime"]).startswith(f"{SHARE}/user/"), about)


def shows_tab(gui: Window):
    """The sequencer is made large, its sidebar opened, and the tab Dub chosen."""
    gui.ask("film", lines=[])
    gui.keys("ctrl+space")
    until(lambda: len({area["type"] for area in gui.ask("areas")}) < 4, 10)
    time.sleep(1)
    gui.keys("Home")
    if not any(region["type"] == "UI" and region["width"] > 1 for region in gui.area()["regions"]):
        gui.keys("n")
        time.sleep(1.5)
    found = until(lambda: gui.screen.find("Dub", gui.tabs, turned=True), 20)
    gui.clicks = 0
    if found:
        gui.click(found, "the tab 'Dub'")
    edge = gui.box("UI")
    gui.drag((edge.x + 1, edge.y + edge.height // 2), (edge.x - 120, edge.y + edge.height // 2))
    gui.note("drew the sidebar wider")
    yield
    gui.see("the tab can be read", found is not None)
    gui.see("the panel's buttons can be read", gui.reads("Dub selected") and gui.reads("Add line"))


def saves(gui: Window):
    """Ctrl+S saves the film under a name typed into the file browser."""
    gui.keys("ctrl+s")
    gui.choose_file(os.path.basename(FILM))
    until(lambda: gui.ask("about")["film"] == FILM, 10)
    yield
    about = gui.ask("about")
    gui.see("the film is on disk", gui.file(FILM).exists() and about["film"] == FILM and not about["unsaved"], about)


def undoes(gui: Window):
    """Ctrl+Z takes back what was done last to the take, Ctrl+Shift+Z does it again."""
    after = gui.takes
    gui.keys("ctrl+z")
    until(lambda: gui.takes != after, 10)
    undone = gui.takes
    gui.keys("ctrl+shift+z")
    until(lambda: gui.takes == after, 10)
    yield
    gui.see("the old sound came back", [take["file"] for take in undone] != [take["file"] for take in after] and len(undone) == 1, [undone, after])
    gui.see("the new sound came again", gui.takes == after, gui.takes)


def cancels(gui: Window):
    """Esc ends a run of many lines; what is finished stays."""
    gui.ask("film", lines=[f"{words} That was number {number}." for number in range(4) for words in WORDS])
    gui.keys("Home")
    gui.begin("All")
    gui.first_take()
    began = time.monotonic()
    gui.keys("Escape")
    until(lambda: gui.run["ended"], 60, 0.05)
    seconds = time.monotonic() - began
    yield
    run = gui.run
    counts = {status: sum(line["status"] == status for line in run["lines"]) for status in ("done", "cancelled")}
    gui.see("the run was cancelled", run["ended"] and run["cancelled"], {**counts, "seconds": round(seconds, 1)})
    gui.see("some lines are finished, the others are not", counts["done"] and counts["cancelled"] and sum(counts.values()) == len(run["lines"]), counts)
    gui.see("every finished line has its take", len(gui.takes) == counts["done"] and all(gui.file(take["file"]).exists() for take in gui.takes))
    gui.see("the lines that were not spoken say why", all("cancel" in line["message"].lower() for line in run["lines"] if line["status"] == "cancelled"), run["lines"][-1])


def undoes_a_run(gui: Window):
    """Ctrl+Z takes back all takes of the cancelled run; the lines stay."""
    gui.keys("ctrl+z")
    until(lambda: not gui.takes, 10)
    yield
    gui.see("no take is left", not gui.takes, gui.takes)
    gui.see("all lines are there", sum(strip["type"] == "TEXT" for strip in gui.strips) == 16)


def grows(gui: Window):
    """Lines that come later are dubbed on one channel, though music was laid above the first dubs."""
    gui.ask("film", lines=WORDS[:2])
    gui.keys("Home")
    gui.speak("All")
    gui.ask("original", file=silence(gui), channel=6, first=900)
    gui.ask("film", lines=WORDS[2:], after=2)
    gui.keys("Home")
    gui.speak("All")
    yield
    channels = [take["channel"] for take in gui.takes]
    gui.see("every line has its take", len(channels) == 4, channels)
    gui.see("the later takes share a channel", len(set(channels[2:])) == 1, channels)


def mutes_original(gui: Window):
    """A dub mutes the sound it replaces; Restore originals gives it its voice again."""
    gui.ask("film", lines=WORDS[:1])
    gui.ask("original", file=silence(gui), channel=3)
    gui.keys("Home")
    gui.speak("All")
    muted = [strip for strip in gui.strips if strip["name"] == "Original"]
    yield
    gui.see("the original is muted", muted and muted[0]["mute"], muted)
    gui.push("Restore originals")
    gui.see("the original is heard again", until(lambda: not next(strip for strip in gui.strips if strip["name"] == "Original")["mute"], 10))


def offers_missing_model(gui: Window):
    """Without the voice model a dialog says what is missing, how large it is, under which licence and from where it comes."""
    gui.ask("film", lines=["A line that nobody has spoken yet."])
    gui.ask("prefer", models=f"{SHARE}/film/new models")
    gui.push("Dub selected")
    whole = Box(0, 0, *SIZE)
    offered = until(lambda: gui.screen.find("Choose a File", whole), 15)
    yield
    gui.see("the dialog offers a file", offered)
    for text in ("Download 121 MB", "Allow Online Access", "Size: 121 MB", "Licence: Apache", "github.com"):
        gui.see(f"it tells {text!r}", gui.screen.find(text, whole))
    gui.see("no take was placed", not gui.takes)


def takes_a_model_pack(gui: Window):
    """A model pack is chosen in that dialog; then the line is spoken without another press."""
    home = gui.models / "kokoro-v1.0"
    with zipfile.ZipFile(gui.share / "film" / "pack.zip", "w") as pack:
        for path in sorted(home.rglob("*")):
            if path.is_file() and path.suffix in (".onnx", ".bin") and "stages" not in path.parts:
                pack.write(path, f"kokoro-v1.0/{path.relative_to(home).as_posix()}")
    before = gui.run["which"]
    offered = gui.screen.find("Choose a File", Box(0, 0, *SIZE))
    if offered is None:
        raise Missed("The dialog is not there any more")
    gui.click(offered, "'Choose a File'")
    gui.choose_file("pack.zip")
    began = until(lambda: gui.run["which"] != before, 120)
    if began:
        gui.wait_for_run()
    yield
    gui.see("the model is in the folder of models", gui.file(f"{SHARE}/film/new models/kokoro-v1.0/kokoro-v1.0.int8.onnx").exists())
    gui.see("the dub went on by itself", began)
    sees_take(gui, "Line 1")
    gui.ask("prefer", models=f"{SHARE}/models")


def survives_dead_worker(gui: Window):
    """When the speaking process dies, its lines fail with a sentence, and the next press speaks again."""
    gui.ask("film", lines=[f"{words} This time it is number {number}." for number, words in enumerate(WORDS)])
    gui.keys("Home")
    gui.begin("All")
    gui.first_take()
    gui.ask("kill_worker")
    gui.note("killed the speaking process")
    until(lambda: gui.run["ended"], 30)
    yield
    run = gui.run
    gui.see("lines failed with the process", run["ended"] and any(line["code"] == "worker_died" for line in run["lines"]), run)
    gui.speak("All")
    gui.see("the next press speaks all lines", all(line["status"] == "done" for line in gui.run["lines"]) and len(gui.takes) == 4, gui.run["summary"])


def opens_again(gui: Window):
    """Saved, and opened again, the film has its takes, and an unchanged line answers from disk."""
    gui.keys("ctrl+s")
    until(lambda: not gui.ask("about")["unsaved"], 15)
    before = gui.strips
    gui.keys("ctrl+o")
    gui.choose_file(os.path.basename(FILM))
    until(lambda: gui.ask("about")["film"] == FILM and gui.strips == before, 20)
    after = gui.strips
    gui.speak("All")
    yield
    gui.see("every strip is as it was", after == before, [before[:2], after[:2]])
    gui.see("every sound is on disk", all(gui.file(take["file"]).exists() for take in gui.takes))
    gui.see("nothing was spoken anew", gui.run["lines"] and not any(line["fresh"] for line in gui.run["lines"]), gui.run)
    gui.see("nothing was doubled", len(gui.takes) == 4, len(gui.takes))
    was = {take["state"]["of"]: take["file"] for take in gui.takes}
    gui.speak("Redo")
    gui.see("lines of a film that was opened can be redone", all(take["file"] != was[take["state"]["of"]] for take in gui.takes), gui.run)


def goes_and_comes(gui: Window):
    """Disabled, the add-on takes its tab and its process along; enabled, it is back."""
    worker = gui.run["worker"]
    gui.ask("enable", on=False)
    gone = until(lambda: gui.screen.find("Dub", gui.tabs, turned=True) is None, 15)
    died = until(lambda: not os.path.exists(f"/proc/{worker}"), 15)
    gui.ask("enable", on=True)
    # Blender forgets what an add-on prefers when that is disabled
    gui.ask("prefer", models=f"{SHARE}/models")
    back = until(lambda: gui.screen.find("Dub", gui.tabs, turned=True), 15)
    # some Blenders still have it chosen, and a click on a chosen tab folds the sidebar
    if back and not gui.reads("Dub selected", patience=5):
        gui.click(back, "the tab 'Dub'")
    yield
    gui.see("the tab was gone", gone)
    gui.see("the speaking process was gone", worker and died, worker)
    gui.see("the tab is back, and what it shows", back and gui.reads("Dub selected"))


def quits(gui: Window):
    """Ctrl+Q ends Blender and the speaking process with it."""
    gui.speak("All")
    worker = gui.run["worker"]
    gui.keys("ctrl+s")
    until(lambda: not gui.ask("about")["unsaved"], 15)
    yield
    gui.keys("ctrl+q")
    code = gui.wait_for_end(30)
    gui.see("Blender ended well", code == 0, code)
    gui.see("the speaking process ended", worker and until(lambda: not os.path.exists(f"/proc/{worker}"), 15), worker)


def silence(gui: Window) -> str:
    """A recording of three seconds."""
    path = f"{os.path.dirname(FILM)}/original.wav"
    with wave.open(str(gui.file(path)), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(bytes(48000 * 2 * 3))
    return path


def sees_take(gui: Window, line: str) -> dict:
    """Sees that a line has one take, above it and as long, with a sound that speaks. Raises Missed."""
    strips = {strip["name"]: strip for strip in gui.strips}
    takes = [strip for strip in gui.takes if strip["state"]["of"] == strips[line]["state"].get("uid")]
    gui.see(f"{line!r} has one take", len(takes) == 1, {"takes": takes, "run": gui.run})
    if len(takes) != 1:
        raise Missed(f"{line!r} has {len(takes)} takes: {gui.run}")
    (take,) = takes
    gui.see("it is as long as its line and above it", take["edges"] == strips[line]["edges"] and take["channel"] > strips[line]["channel"], [take["edges"], take["channel"]])
    path = gui.file(take["file"])
    gui.see("its sound file is there", path.exists(), take["file"])
    with wave.open(str(path)) as sound:
        loudest = max(abs(sample) for sample in memoryview(sound.readframes(sound.getnframes())).cast("h")) if sound.getsampwidth() == 2 else None
        seconds = sound.getnframes() / sound.getframerate()
    wanted = (take["edges"][1] - take["edges"][0]) / FPS
    gui.see("it lasts as long as the line and can be heard", abs(seconds - wanted) < 0.001 and (loudest is None or loudest > 1000), {"seconds": seconds, "wanted": wanted, "loudest": loudest})
    return take


def beginning(mistaken: bool) -> tuple:
    """What every session needs first; mistaken: whether a zip for other Blenders is tried before."""
    return (opens, *((refuses,) if mistaken else ()), installs, shows_tab)


STEPS = (
    cancels,
    undoes_a_run,
    grows,
    mutes_original,
    offers_missing_model,
    takes_a_model_pack,
    survives_dead_worker,
    opens_again,
    goes_and_comes,
    quits,
)
"""In the order that they need."""
