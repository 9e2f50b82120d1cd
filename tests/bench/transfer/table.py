"""What is promised of performances that are carried over, whether it is kept, and the tables a person reads."""
from __future__ import annotations

from ..__main__ import judged as judge
from ..__main__ import tell
from .measuring import AXES

PROMISES = (
    ("pairs", "measures.least_correlation", ">=", 0.8, "correlation of wanted and delivered, the worst axis, performance 0"),
    ("pairs", "measures.right", ">=", 0.9, "pairs and axes that move the right way, performance 0"),
    ("pairs", "performed.least_correlation", None, None, "the same correlation, performance 1"),
    ("pairs", "performed.right", None, None, "the same signs, performance 1"),
    ("pairs", "phrases.performed.median", ">=", 0.6, "melody of phrases against the source's, median, performance 1"),
    ("pairs", "phrases.measures.median", None, None, "the same, performance 0"),
    ("pairs", "quality.fall", "<=", 0.2, "DistillMOS under the voice's own manner"),
    ("voice", "nearer_to_target", ">=", 1.0, "takes nearer to their voice than to the person who performs (CAM++)"),
    ("voice", "fall", "<=", 0.1, "likeness to the voice's neutral speech under that of its neutral speech, mean"),
    ("voice", "fall_within_0.1", None, None, "takes that keep it within 0.1"),
    ("words", "more", "<=", 1.0, "word error over neutral, points, the worse of performance 0 and 1"),
    ("slots", "samples_worst", "<=", 0, "length error of a file in its slot, samples, worst"),
)
"""Part, figure, how it compares with what, and what it means; without a target it is only told."""


def judged(report: dict) -> list[dict]:
    """Every promise about the parts that were measured."""
    return [judge(report[part], tuple(path.split(".")) if path != "fall_within_0.1" else (path,), *rest) for part, path, *rest in PROMISES if part in report]


def show(report: dict, promises: list[dict], broken: list[str]) -> None:
    """Prints the tables."""
    for kind in ("measures", "performed") if "pairs" in report else ():
        print(f"\n{kind}: axis, correlation of wanted and delivered, slope, right signs (pairs), mean size wanted and delivered")
        for axis in AXES:
            one = report["pairs"][kind]["axes"][axis]
            print(f"{axis:>10} {one['correlation']:6.2f} {one['slope']:6.2f} {one['right']:6.0%} ({one['pairs']})  {one['wanted']:.2f} {one['delivered']:.2f}")
    for row in report.get("sources", {}).get("rows", ()):
        print(f"{row['source']:24} {row['label']:10} {row['told']}")
    if "faces" in report:
        for kind, found in report["faces"]["kinds"].items():
            print(f"faces, {kind}: the right label in {found['right']:.0%} of {found['windows']} half seconds, the sign of valence in {found['sign']:.0%}, seen in {found['seen']:.0%}")
    tell(promises, broken)
