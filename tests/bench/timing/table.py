"""What is promised of timing, whether it is kept, and the tables a person reads."""
from __future__ import annotations

from ..__main__ import judged as judge
from ..__main__ import tell
from .making import RATIOS
from .measuring import FAR
from .rivals import RIVALS

PROMISES = (
    ("lines", "count.en", ">=", 40, "English lines"),
    ("lines", "count.zh", ">=", 20, "Chinese lines"),
    ("lines", "length.all.samples_worst", "<=", 0, "length error of a file, samples, worst"),
    ("lines", "length.all.audible_ms.max", "<=", 10.0, "audible speech against its plan, ms, worst of all ratios"),
    ("lines", "length.all.audible_ms.p95", None, None, "the same, 95 of 100 takes"),
    ("lines", "words.all.both_ms.median", "<=", 40.0, "word times against forced alignment, ms, median"),
    ("lines", "recogniser_words.zh.starts_ms.median", None, None, "Chinese word starts against the recogniser's, ms, median"),
    *(("lines", ("fall", str(ratio), "all", "mean"), "<=", 0.10, f"DistillMOS lost at {ratio}") for ratio in FAR),
    ("lines", "understood.en.more_at_ends", "<=", 1.0, "word error more than at 1.0, points, English, the worse of 0.75 and 1.25"),
    ("lines", "understood.zh.more_at_ends", "<=", 1.0, "character error more than at 1.0, points, Chinese"),
    *(("lines", ("quality", str(ratio), f"over_{rival}", "mean"), ">" if rival != "wsola" else ">=", 0.0, f"DistillMOS over {rival} at {ratio}")
      for rival in ("signalsmith", "rubberband", "wsola") for ratio in RATIOS if ratio != 1),
    *(("lines", ("stretch", str(ratio), "nearer", name), ">", 0.0, f"{name}s nearer to their natural length than by WSOLA at {ratio}")
      for ratio in FAR for name in ("stop", "fricative")),
    ("sync", "sync_1.all.within_a_frame", ">=", 0.95, "phrases that begin within a picture at 24 a second, with sync"),
    ("sync", "sync_0.all.within_a_frame", None, None, "the same without sync"),
    ("planning", "cpu_seconds", "<=", 2.0, "CPU seconds of planning 500 lines"),
)  # fmt: skip
"""Part, figure, how it compares with what, and what it means; without a target it is only told."""


def judged(report: dict) -> list[dict]:
    """Every promise about the parts that were measured."""
    return [judge(report[part], *rest) for part, *rest in PROMISES if part in report]


def show(report: dict, promises: list[dict], broken: list[str]) -> None:
    """Prints the tables."""
    if "lines" in report:
        _lines(report["lines"])
    if "sync" in report:
        _sync(report["sync"])
    if "smoothness" in report:
        found = report["smoothness"]
        print(f"\nduration_smoothness, {found['lines']} lines: DistillMOS, and how much more than at 0")
        for key, value in found.items():
            if key != "lines":
                print(f"{key:>14}  {value['mos']:.3f}  {value['more']:+.3f} ± {value['error']:.3f}")
    tell(promises, broken)


def _lines(found: dict) -> None:
    print(f"{found['count']['en']} English and {found['count']['zh']} Chinese lines, {len(found['voices'])} voices")
    print(f"\n{'ratio':>6} {'samples':>8} {'audible ms: median':>19} {'p95':>6} {'max':>6} {'> 10':>5} {'words ms: median':>17} {'starts':>7} {'ends':>6}")
    for ratio in map(str, RATIOS):
        part, words = found["length"][ratio], found["words"][ratio]
        audible = part["audible_ms"]
        print(f"{ratio:>6} {part['samples_worst']:8} {audible['median']:19} {audible['p95']:6} {audible['max']:6} {part['missed']:5} {words['both_ms']['median'] or '':>17} {words['starts_late_ms'] or 0:+7} {words['ends_late_ms'] or 0:+6}")
    print(f"\n{'DistillMOS':>10} {'ours':>6} " + " ".join(f"{rival:>12} {'ours more':>15}" for rival in RIVALS))
    for ratio in map(str, RATIOS):
        part = found["quality"][ratio]
        rivals = (f"{part[rival]:12.3f} {part['over_' + rival]['mean']:+7.3f} ± {part['over_' + rival]['error']:.3f}" for rival in RIVALS if rival in part)
        print(f"{ratio:>10} {part['ours']:6.3f} " + " ".join(rivals))
    print("\nmisheard, %        " + " ".join(f"{ratio:>6}" for ratio in RATIOS))
    for language, variants in found["understood"].items():
        for variant, by_ratio in variants.items():
            if isinstance(by_ratio, dict):
                print(f"  {language} {variant:12} " + " ".join(f"{by_ratio.get(str(ratio), ''):>6}" for ratio in RATIOS))
    print("\nmean stretch by the aligner")
    for ratio, kinds in found["stretch"].items():
        for kind, classes in kinds.items():
            print(f"  {ratio:>5} {kind:6} " + "  ".join(f"{name} {value}" for name, value in classes.items()))


def _sync(found: dict) -> None:
    print(f"\n{'phrase onsets':>14} {'phrases':>8} {'within a frame':>15} {'median ms':>10} {'worst ms':>9}")
    for strength in ("sync_1", "sync_0"):
        for name, part in found[strength].items():
            print(f"{strength:>7} {name:>10} {part['phrases']:4} {part['within_a_frame']:15.1%} {part['median_ms']:10} {part['worst_ms']:9}")
