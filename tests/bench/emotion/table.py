"""What is promised of emotion, whether it is kept, and the tables a person reads."""
from __future__ import annotations

from engine.emotion import EIGHT

from ..__main__ import judged as judge
from ..__main__ import tell
from .measuring import AXES

PROMISES = (
    ("clips", "axes.right", ">=", 0.95, "lines that move the right way, over all emotions and axes"),
    ("clips", "axes.cells_right", None, None, "emotions x axes with at least 95 % of their lines right"),
    ("clips", "axes.cells", None, None, "of so many that are to move"),
    ("clips", "steps.all", ">=", 0.95, "lines in which intensities 0.2, 0.5 and 0.8 are ordered, over all axes"),
    ("clips", "quality.worst_fall", "<=", 0.15, "DistillMOS under neutral, the worst of the eight"),
    ("words", "worst_of_eight", "<=", 1.0, "word error over neutral, points, the worst of the eight"),
    ("words", "worst_of_settings", "<=", 3.0, "the same of whisper and shout"),
    ("voice", "alike", ">=", 0.70, "likeness to the same voice's neutral speech (CAM++)"),
    ("voice", "first", ">=", 0.95, "lines nearer to their own voice than to any other of that sex"),
    ("slots", "samples_worst", "<=", 0, "length error of a file in its slot, samples, worst"),
    ("acted", "accuracy", ">=", 0.7, "angry and neutral told apart by a judge taught on real actors; chance is 0.5"),
    ("acted", "angrier.sad", ">=", 0.7, "an angry line sounds angrier to it than a sad one; chance is 0.5"),
)
"""Part, figure, how it compares with what, and what it means; without a target it is only told."""


def judged(report: dict) -> list[dict]:
    """Every promise about the parts that were measured."""
    return [judge(report[part], *rest) for part, *rest in PROMISES if part in report]


def show(report: dict, promises: list[dict], broken: list[str]) -> None:
    """Prints the tables."""
    if "clips" in report:
        _axes(report["clips"]["axes"])
        quality, steps = report["clips"]["quality"], report["clips"]["steps"]
        print("\nDistillMOS  " + "  ".join(f"{mood} {value}" for mood, value in quality["mos"].items()))
        print("in order    " + "  ".join(f"{axis} {value:.0%}" for axis, value in steps.items() if axis in AXES and value is not None))
    if "instruments" in report:
        _instruments(report["instruments"])
    if "words" in report:
        print("misheard, % " + "  ".join(f"{mood} {value}" for mood, value in report["words"]["error"].items()))
    if "voice" in report:
        print("likeness    " + "  ".join(f"{mood} {part['alike']} ({part['first']:.0%})" for mood, part in report["voice"]["moods"].items()))
    if "acted" in report:
        _acted(report["acted"])
    tell(promises, broken)


def _axes(found: dict) -> None:
    print("wanted > delivered, median (share of lines in the right direction); level in semitones, tilt in dB, the rest factors")
    print(f"{'':12}" + "".join(f"{axis:>24}" for axis in AXES))
    for mood in EIGHT:
        cells = (found["moods"][mood][axis] for axis in AXES)
        print(f"{mood:12}" + "".join(f"{cell['wanted']:>9.2f} > {cell['delivered']:<5.2f} {_share(cell):>6}" for cell in cells))


def _instruments(found: dict) -> None:
    print(f"\nwhat the instruments read of a known change to {found['clips']} neutral clips, true > read (scatter); a pause of {found['pause']['true']} s as {found['pause']['read']}")
    print(f"{'':14}" + "".join(f"{axis:>23}" for axis in AXES))
    rows = [*found["changes"].items(), ("other readings", found["noise"])]
    for name, cells in rows:
        print(f"{name:14}" + "".join(f"{_reading(cells[axis]):>23}" for axis in AXES))


def _reading(cell: dict) -> str:
    return "-" if cell["read"] is None else f"{cell['true']:.2f} > {cell['read']:.2f} ({cell['scatter']:.2f})"


def _share(cell: dict) -> str:
    return f"{cell['right']:.0%}" if "right" in cell else "-"


def _acted(found: dict) -> None:
    print(f"\nA linear judge taught on real acted speech; on that speech itself: {found['carries']}")
    print(f"{'spoken':>12}" + "".join(f"{'as ' + label:>12}" for label in found["labels"]) + f"{'angry is angrier':>18}")
    for mood, row in found["confusion"].items():
        print(f"{mood:>12}" + "".join(f"{count:>12}" for count in row.values()) + (f"{found['angrier'][mood]:>18.0%}" if mood in found["angrier"] else ""))
