"""The README holds: its shell examples run, its script is spoken, its numbers and names are those of the code."""
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import soundfile

import build
import environments
from engine import __main__ as shell
from engine import __version__, zips
from engine import models as catalogue
from engine.described import Reader
from engine.directions import named as directed
from engine.directions import split
from engine.effects import EFFECTS, TELEPHONE_BAND, TELEPHONE_RATE
from engine.emotion import CAP, EIGHT, NEUTRAL, SETTINGS
from engine.fit import CEILING
from engine.formats import yaml_script
from engine.lay import STRETCH
from engine.neighbours import EASY, GUARD, HURRIED
from engine.phrases import TOKEN
from engine.plan import LONGEST_RATIO, SHORTEST_RATIO
from engine.prosody import BOUNDS, LOWEST_LEVEL, MANNERS, READING, TREMOR
from engine.script import Emotion, Feeling, Recording, Wish

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"(?:<!-- (?P<mark>\S+) -->\n)?```(?P<kind>\w*)\n(?P<body>.*?)```", re.DOTALL)
PROSE = BLOCKS.sub("", README)

MADE = (".venv", ".models", "out/", "dist/")
"""What running the tool leaves: not in a fresh clone."""

ENDINGS = (".py", ".md", ".toml", ".in", ".txt", ".png", "/")


def blocks(mark="", kind="") -> list[str]:
    """Code of the README that follows this mark or is of this kind."""
    return [b["body"] for b in BLOCKS.finditer(README) if (b["mark"] or "") == mark and b["kind"].startswith(kind)]


def commands(mark="") -> list[list[str]]:
    """Shell commands of the README, as words."""
    lines = "".join(blocks(mark, "bash")).replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def named(verb: str) -> list[str]:
    """What follows `python build.py` in prose and code."""
    return re.findall(rf"{re.escape(verb)} (\w+)", README)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with the README's script in it, and the recording that its examples name."""
    (script,) = blocks("script.yaml")
    (tmp_path / "script.yaml").write_text(script, encoding="utf-8")
    recording = Path("demo/data/kennedy_inaugural_1961.flac")
    (tmp_path / recording).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / recording, tmp_path / recording)
    return tmp_path


@pytest.mark.model
def test_the_shell_examples_run(folder, models):
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "DUBLINE_MODELS": str(models.resolve())}
    examples = commands("tested")
    assert examples
    for program, *arguments in examples:
        assert program == "python"
        done = subprocess.run([sys.executable, *arguments], cwd=folder, env=surroundings, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, f"{arguments}:\n{done.stdout}{done.stderr}"
    told = int(re.search(r"`line\.wav` has (\d+) samples", README)[1])
    assert soundfile.info(folder / "line.wav").frames == told
    lines, _cast = yaml_script.read(folder / "script.yaml")
    sidecars = [json.loads(path.read_text(encoding="utf-8"))["take"] for path in (folder / "takes").glob("*.json") if not path.name.endswith(".check.json")]
    assert {line.text for line in lines} <= {take["plan"]["text"] for take in sidecars}
    slots = [take for take in sidecars if take["plan"]["seconds"]]
    assert slots and all(take["samples"] == round(take["plan"]["seconds"] * take["plan"]["rate"]) for take in slots)


@pytest.mark.model
def test_a_person_is_enrolled_as_it_says(folder, models, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    for model in models.resolve().iterdir():
        if model.name != "people":
            (library / model.name).symlink_to(model, target_is_directory=model.is_dir())
    samples, rate = soundfile.read(folder / "demo/data/kennedy_inaugural_1961.flac")
    soundfile.write(folder / "recording.wav", samples, rate)
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "DUBLINE_MODELS": str(library)}
    examples = commands("people")
    assert examples
    for program, *arguments in examples:
        assert program == "python"
        done = subprocess.run([sys.executable, *arguments], cwd=folder, env=surroundings, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, f"{arguments}:\n{done.stdout}{done.stderr}"
    assert soundfile.info(folder / "line.wav").duration > 1
    assert {path.name for path in (library / "people").iterdir() if not path.name.startswith(".")} == {"mine-2", "duo"}


def test_the_script_says_what_its_comments_say(folder):
    (first, second, third), cast = yaml_script.read(folder / "script.yaml")
    assert (first.seconds, first.wish) == (2.8, Wish())
    assert (second.uid, second.language, second.start, second.seconds) == ("scene-2-line-1", "zh", 4.0, 3.2)
    assert second.wish.mode == "controlled" and second.wish.overflow == "refuse" and second.wish.seed == 3
    assert (second.wish.level, second.wish.borrow) == (-23, 0.2)
    assert (third.wish.mode, third.wish.ratio, third.wish.smoothness, third.seconds) == ("controlled", 1.1, 0.5, 0.0)
    speech = str(folder / "demo/data/kennedy_inaugural_1961.flac")
    assert third.wish.feelings == (
        Feeling(0.3, preset="angry"), Feeling(0.5, words="sadly, voice shaking"),
        Feeling(0.4, recording=Recording(speech, 3.0, 5.0), plain=Recording(speech)), Feeling(0.2, emotion=Emotion(afraid=0.6, pauses=0.4)),
    )  # fmt: skip
    assert (third.wish.intensity, third.wish.performance, third.wish.effect) == (0.8, 0.5, "telephone")
    voice = next(role.voice for role in cast.roles if role.name == second.speaker)
    assert (voice.timbre, voice.prosody) == ("zm_yunjian", "zm_yunxi")


def test_what_is_not_built_is_said_to_be_so(tmp_path):
    assert "`speaker_reference` is known" in README
    entry = {"text": "Hello", "speaker_reference": "anna.wav"}
    (tmp_path / "later.yaml").write_text(json.dumps(entry), encoding="utf-8")
    with pytest.raises(yaml_script.LineProblem) as refused:
        yaml_script.read(tmp_path / "later.yaml")
    assert refused.value.code == "not_yet"


def test_every_file_it_names_is_there():
    roots = {path.name for path in ROOT.iterdir()}
    names = {name for name in re.findall(r"`([\w./*-]+)`", PROSE) if name.endswith(ENDINGS) or name.split("/")[0] in roots}
    names |= set(re.findall(r"\]\(([^)#:]+)\)", PROSE)) | set(re.findall(r'src="([^":]+)"', PROSE))
    names |= {word for words in commands() for word in words if word.endswith(".py")}
    names = {name for name in names if not name.startswith(MADE)}
    assert {"docs/images/report.png", "engine/script.py", "tests/addon/"} <= names
    assert not [name for name in sorted(names) if not list(ROOT.glob(name))]


def test_every_verb_it_names_is_one():
    for known, parser, program in ((named("build.py"), build._parser, "build.py"), (named("-m engine"), shell._parser, "engine")):
        verbs = parser()._subparsers._group_actions[0].choices
        assert known and set(known) <= set(verbs), f"{program} has no {set(known) - set(verbs)}"


INSTALLED = PROSE[PROSE.index("## Install in Blender"):PROSE.index("## Without a window")]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", (INSTALLED, GUIDE), ids=("README", "guide"))
def test_every_label_of_the_add_on_is_spelled_as_it_is_there(text):
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "blender_addon").glob("*.py"))
    labels = {" ".join(label.split()) for label in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)}
    assert len(labels) > 8
    assert not [label for label in sorted(labels) if f'"{label}"' not in code]


def test_every_option_of_the_add_on_is_one():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "blender_addon").glob("*.py"))
    headless = [words[words.index("dub"):] for words in commands() if "film.blend" in words]
    assert len(headless) == 3
    options = {word for words in headless for word in words if word.startswith("--")}
    assert options and not [option for option in options if f'"{option}"' not in code]


def test_every_page_and_picture_of_the_guide_is_there():
    named = set(re.findall(r"\]\(([^)#:]+)\)", GUIDE)) | set(re.findall(r'src="([^":]+)"', GUIDE))
    assert len(named) > 8 and not [name for name in sorted(named) if not (ROOT / "docs" / name).is_file()]


def test_its_numbers_are_those_of_the_code():
    wish, known = Wish(), catalogue.catalogue()
    prose = " ".join(PROSE.split())
    assert f"no speech as a whole shorter than {wish.shortest:g} or longer than {wish.longest:g} of its natural length" in prose
    assert f"({SHORTEST_RATIO:g} to {LONGEST_RATIO:g}) times its natural length" in prose and "25 ms" in prose and TOKEN == 0.025
    assert f"never comes nearer than {GUARD:g} s to another line" in prose and f"at most {wish.jump:g} times as slow" in prose
    assert f"| under {HURRIED:g} | fast |" in README and f"| to {EASY:g} | comfortable |" in README
    assert f"at or under −{-CEILING:g} dBTP" in prose and f"(−{-wish.level:g} LUFS)" in prose and f"at most {STRETCH * 100:g} per cent" in prose
    assert f"{', '.join(EIGHT)}" in prose and f"together they are at most {CAP:g}" in prose
    assert "whisper, shout, tremble, breathy (0 to 1), pace and pauses" in prose and len(SETTINGS) == 6
    assert f"pitch moves by {BOUNDS.level:g} semitones at most, downwards by {-LOWEST_LEVEL:g}, and pace by a factor of {math.exp(BOUNDS.rate):.1f}" in prose
    assert f"shakes {TREMOR[0]:.0f} to {TREMOR[1]:.0f} times a second" in prose and f"up to {READING * 100:g} per cent more or less" in prose
    assert f"({TELEPHONE_BAND[0]:g} to {TELEPHONE_BAND[1]:g} Hz, G.711 at {TELEPHONE_RATE / 1000:g} kHz)" in prose
    assert set(re.search(r"effect: (.*?) +# (.*) or (\w+)\n", README).expand(r"\1, \2, \3").split(", ")) == set(EFFECTS)
    *speaking, recogniser, speakers = (known[name].size / 1e6 for name in build.MODELS)
    assert f"(what dubbing needs, {sum(speaking):.0f} MB; what judges it: a recogniser, {recogniser:.0f} MB, and a network that knows speakers, {speakers:.0f} MB)" in README
    voices = [file for file in known[build.MODELS[0]].files if file.name.startswith("voices/")]
    assert f"{len(voices)} stock voices" in README
    for python, blender in environments.DEFAULTS.items():
        assert f"{blender} on Python {python}" in " ".join(PROSE.split())
    assert all(blender in README for blender in environments.BLENDERS)
    assert f"dist/dubline-{__version__}-PLATFORM.zip" in README
    for one in zips.every().values():
        assert one.name == one.platform or f"with Python {one.pythons[0]}" in README and f"`dist/distributions/{one.file}`" in README
    least = tomllib.loads((ROOT / "manifest.toml").read_text(encoding="utf-8"))["blender"]["blender_version_min"]
    assert f"asks for Blender {least.removesuffix('.0')} or newer" in README


def test_its_directions_are_followed_and_its_words_understood():
    reader = Reader()
    for given, said in (("[angrily] Get out.", "Get out."), ("（颤抖着）别过来。", "别过来。")):
        text, (direction,) = split(given)
        assert f"`{given}`" in PROSE and text == said and reader.read(direction.words).emotion != NEUTRAL
    assert f"from {reader.read('whispering').emotion.whisper:g} on, as `[whispering]` has it" in " ".join(PROSE.split())
    assert "`ANNA (softly): Good night.`" in PROSE and directed("ANNA (softly)") == ("ANNA", "softly") and reader.read("softly").emotion != NEUTRAL
    assert "`angrily, voice shaking` or `有点难过`" in " ".join(PROSE.split()) and 0 < reader.read("有点难过").emotion.sad < reader.read("难过").emotion.sad


def test_the_table_of_emotions_is_that_of_the_code():
    for name in EIGHT:
        (row,) = re.findall(rf"^\| {name} \|(.+)\|$", README, re.MULTILINE)
        moved = (("rising ends", MANNERS[name].final >= 1.5), ("falling ends", MANNERS[name].final <= -1.5), ("shaking", MANNERS[name].tremor >= 0.05), ("breath", MANNERS[name].air >= 0.1))
        assert [word for word, wanted in moved if (word in row) != wanted] == [], name
        pitch, spread, pace, pauses, swing, sound = (cell.strip() for cell in row.split("|"))
        manner = MANNERS[name]
        for cell, value, less, more in (
            (pitch, manner.level, "lower", "higher"), (spread, manner.spread, "narrower", "wider"), (pace, manner.rate, "slower", "faster"),
            (pauses, manner.pauses, "shorter", "longer"), (swing, manner.accents, "nearer", "farther"), (sound, manner.tilt, "darker", "brighter"),
        ):  # fmt: skip
            cell = cell.split(", ")[0]
            assert cell.startswith(more if value > 0 else less) if value else not cell, f"{name}: {cell!r}"
