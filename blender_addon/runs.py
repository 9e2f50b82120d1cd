"""What is known of a run while it is made and afterwards: what became of every line, and what there is to tell of it."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from ..engine.script import Job, Line, Outlook, Take
from . import hearing, read, verdict


@dataclass
class Report:
    """What a run knows of one line, for the panel and for batch."""

    uid: str
    label: str
    """The strip's name."""
    status: str = "waiting"
    """waiting, speaking, done, planned, failed, locked: left alone because the person locked the line, or cancelled: not reached, and as it was before"""
    message: str = ""
    code: str = ""
    """Of `engine.problems`, when it failed."""
    line: Line | None = None
    take: Take | None = None
    outlook: Outlook | None = None
    strip: str = ""
    fresh: bool = True
    warnings: list[str] = field(default_factory=list)

    def fail(self, code: str, told: str):
        self.status, self.code, self.message = "cancelled" if code == "cancelled" else "failed", code, told


@dataclass
class Run:
    """One press of a button."""

    scene: str
    slots: dict[str, read.Slot]
    reports: dict[str, Report]
    job: Job | None = None
    """None when there is nothing to submit."""
    number: int | None = None
    """The host's; None before it is submitted."""
    progress: float = 0.0
    ended: bool = False
    cancelled: bool = False
    warnings: list[str] = field(default_factory=list)
    known: dict[str, dict] = field(default_factory=dict)
    """What the texts on strips mean, for `place.Board`."""
    speaks: bool = True
    """False: it only tells how the lines will fit."""
    places: bool = True
    """False: it speaks for an ear, and no strip plays it."""
    further: list[Job] = field(default_factory=list)
    """Other readings of the same lines that are still to be made; lines remember them, none is placed."""
    reading: int = 1
    """Which of them is being made."""
    hearing: hearing.Hearing | None = None
    """The backgrounds of its originals on their way, once all its lines are there."""
    worst_tick: float = 0.0
    """Seconds of the longest tick."""

    # panels ask again and again for what does not change any more once it has ended

    @cached_property
    def broken(self) -> bool:
        """Whether lines failed; asked once it has ended."""
        return bool(self.count("failed"))

    @cached_property
    def lacks_model(self) -> bool:
        """Whether lines failed for want of a model; asked once it has ended."""
        return any(report.code in ("no_model", "bad_model") for report in self.reports.values())

    def count(self, status: str) -> int:
        return sum(report.status == status for report in self.reports.values())

    @property
    def told(self) -> list[tuple[str, str, list[str]]]:
        """(status, text, labels of the lines) of all there is to tell; lines with the same to tell stand together."""
        return self._told if self.ended else self._tell()

    @cached_property
    def _told(self) -> list[tuple[str, str, list[str]]]:
        return self._tell()

    def _tell(self) -> list[tuple[str, str, list[str]]]:
        found: dict[tuple[str, str], list[str]] = {}
        for report in self.reports.values():
            texts = [report.message] if report.status in ("speaking", "failed", "locked") else []
            texts += report.warnings
            if report.status == "planned":  # a verdict and its advice belong together
                calm = report.outlook.verdict == "comfortable" and not report.warnings
                texts = [] if calm else [" ".join([f"{report.message}.", *report.warnings])]
            for text in texts:
                found.setdefault((report.status, text), []).append(report.label)
        return [(status, text, labels) for (status, text), labels in found.items()]

    @property
    def summary(self) -> str:
        """One sentence for the status bar."""
        return self._summary if self.ended else self._sum_up()

    @cached_property
    def _summary(self) -> str:
        return self._sum_up()

    def _sum_up(self) -> str:
        done, failed, locked, untouched = (self.count(status) for status in ("done", "failed", "locked", "cancelled"))
        if locked and locked == len(self.reports):
            names = ", ".join(report.label for report in self.reports.values())
            return f"Locked, so left alone: {names[:200]}. Unlock what shall be spoken"
        if not self.places:
            return "The audition failed" if failed else "The audition was cancelled" if untouched else "The audition is made"
        if not self.speaks:
            verdicts = Counter(report.outlook.verdict for report in self.reports.values() if report.outlook)
            told = ", ".join(f"{verdicts[name]} {name}" for name in verdict.TAGS if verdicts[name])
            return f"Checked {self.count('planned')} of {len(self.reports)} lines: {told or 'none can be spoken'}"
        readings = f", {self.reading} readings of each" if self.reading > 1 else ""
        failing, left = f", {failed} failed" if failed else "", f", {locked} locked" if locked else ""
        if untouched:
            return f"Cancelled: {done} of {len(self.reports)} lines done, {untouched} unchanged{failing}{left}"
        return f"Dubbed {done} of {len(self.reports)} lines{readings}{failing}{left}"


@dataclass
class Watched:
    """What the last look at a scene found, for the panel."""

    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Uid of a line -> what changed of it since its take, in plain words; () where nothing did. Lines without a take are missing."""
    missing: tuple[str, ...] = ()
    """Names of text strips with words and without a take."""

    @cached_property
    def stale(self) -> list[str]:
        """Uids of the lines that changed."""
        return [uid for uid, reasons in self.changed.items() if reasons]
