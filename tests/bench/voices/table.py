"""What is promised of enrolled voices, whether it is kept, and the tables a person reads."""
from __future__ import annotations

from ..__main__ import judged as judge
from ..__main__ import tell
from .measuring import GEARS

PROMISES = (
    ("people", "likeness.stock.normalised", None, None, "likeness of the nearest stock voice, from stranger 0 to own second recording 1 (CAM++)"),
    ("people", "likeness.quick.normalised", ">=", 0.4, "of the quick gear, on texts not in the recording"),
    ("people", "likeness.thorough.normalised", ">=", 0.65, "of the thorough gear"),
    ("people", "likeness.quick.ranks_first", ">=", 0.8, "people who are nearest to their own quick voice among all"),
    ("people", "likeness.thorough.ranks_first", ">=", 1.0, "and to their own thorough voice"),
    ("people", "quality.quick.mean", ">=", 4.1, "DistillMOS of quick voices, mean"),
    ("people", "quality.quick.least_person", ">=", 3.8, "and of the worst person"),
    ("people", "quality.thorough.mean", ">=", 4.1, "DistillMOS of thorough voices, mean"),
    ("people", "quality.thorough.least_person", ">=", 3.8, "and of the worst person"),
    ("people", "words.more.quick", "<=", 1.0, "word error over the stock voice, points, quick"),
    ("people", "words.more.thorough", "<=", 1.0, "the same, thorough"),
    ("people", "times.quick_wall", "<=", 2.0, "seconds of a quick enrolment, one core, worst"),
    ("people", "times.thorough_cpu", "<=", 300, "CPU seconds of a thorough one, worst"),
    ("people", "holds.samples", "<=", 0, "length error of a take in its slot, samples, worst"),
    ("people", "holds.onset_ms", "<=", 25, "phrases' beginnings off the original's, ms, worst"),
    ("leak", "timbre", ">=", 1.0, "a man's timbre calm and agitated nearer to himself than to any other man"),
)
"""Part, figure, how it compares with what, and what it means; without a target it is only told."""


def judged(report: dict) -> list[dict]:
    """Every promise about what was measured."""
    return [judge(report[part], tuple(path.split(".")), *rest) for part, path, *rest in PROMISES if part in report and _there(report[part], path)]


def _there(report: dict, path: str) -> bool:
    for key in path.split("."):
        if key not in report:
            return False
        report = report[key]
    return True


def show(report: dict, promises: list[dict], broken: list[str]) -> None:
    """Prints the tables."""
    if "people" in report:
        found = report["people"]["likeness"]
        print(f"\n{found['people']} people; strangers are alike by {found['strangers']}, a person's two recordings by {found['same']}")
        for gear in GEARS:
            if gear in found:
                print(f"{gear:>9}: {found[gear]['normalised']:.2f} of the way ({found[gear]['cosine']:.3f}), first in rank {found[gear]['ranks_first']:.0%}, by language {found[gear]['languages']}, from strangers in that language {found[gear]['against_their_strangers']}")
                print(f"{'':>11}{found[gear]['people']}")
        print("words misheard, per cent:", report["people"]["words"]["error"])
    tell(promises, broken)
