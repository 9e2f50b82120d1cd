"""The phrases that `engine.described` is judged by, in tests/engine/described_*.tsv, and the table of how it does."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..described import Reader, Understood
from ..emotion import EIGHT

FOLDER = Path(__file__).parents[2] / "tests" / "engine"


@dataclass(frozen=True)
class Asked:
    """One phrase and what must be understood of it."""

    language: str
    phrase: str
    wanted: tuple[tuple[tuple[str, ...], float, float], ...]
    """(fields of Emotion, least, most) of their sum."""

    def met(self, understood: Understood) -> bool:
        sums = ((sum(getattr(understood.emotion, name) for name in names), least, most) for names, least, most in self.wanted)
        return all(least - 1e-9 <= value <= most + 1e-9 for value, least, most in sums)


def _rows(name: str) -> list[list[str]]:
    lines = (FOLDER / f"described_{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def emotions() -> list[tuple[str, tuple[str, ...], str]]:
    """(language, emotions that may come first, phrase)."""
    return [(language, tuple(wanted.split("|")), phrase) for language, wanted, phrase in _rows("emotions")]


def degrees(name: str) -> list[Asked]:
    """The rows of `degrees`, `settings` or `manner`."""
    found = []
    for language, phrase, wanted in _rows(name):
        conditions = []
        for condition in wanted.split("; "):
            names, bounds = condition.split(" ")
            least, most = bounds.split("..")
            conditions.append((tuple(names.split("+")), float(least), float(most)))
        found.append(Asked(language, phrase, tuple(conditions)))
    return found


def first(understood: Understood) -> str:
    """The strongest of the eight; `neutral` if none is above 0.1, `nothing` if that is because nothing was understood."""
    name = max(EIGHT, key=lambda axis: getattr(understood.emotion, axis))
    if getattr(understood.emotion, name) > 0.1:
        return name
    return "neutral" if understood.certainty >= 0.3 else "nothing"


def right(language: str, names: tuple[str, ...] = EIGHT, reader: Reader | None = None) -> float:
    """Share of a language's phrases of these emotions whose first emotion is right."""
    reader = reader or Reader()
    mine = [(wanted, phrase) for spoken, wanted, phrase in emotions() if spoken == language and wanted[0] in names]
    return sum(first(reader.read(phrase)) in wanted for wanted, phrase in mine) / len(mine)


def report(reader: Reader, felt, graded: dict[str, list[Asked]]) -> str:
    """Shares that are right, in words, and the confusion of the eight as a table of Markdown."""
    lines = []
    confusion: Counter[tuple[str, str]] = Counter()
    for language in ("en", "zh"):
        strict = loose = count = 0
        for spoken, wanted, phrase in felt:
            if spoken == language and wanted[0] in EIGHT:
                got = first(reader.read(phrase))
                strict, loose, count = strict + (got == wanted[0]), loose + (got in wanted), count + 1
                confusion[wanted[0] if got not in wanted else got, got] += 1
        lines.append(f"{language}: first of eight {loose} of {count} ({loose / count:.1%}), by the first label alone {strict}")
        none = [(wanted[0], first(reader.read(phrase))) for spoken, wanted, phrase in felt if spoken == language and wanted[0] not in EIGHT]
        lines.append(f"{language}: no emotion given where none is {sum(got not in EIGHT for _wanted, got in none)} of {len(none)}")
        for name, asked in graded.items():
            met = [row.met(reader.read(row.phrase)) for row in asked if row.language == language]
            lines.append(f"{language}: {name} {sum(met)} of {len(met)} ({sum(met) / len(met):.1%})")
    names = [*EIGHT, "neutral", "nothing"]
    lines += ["", "| wanted \\ got | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines += ["| " + " | ".join([wanted, *(str(confusion[wanted, got] or "") for got in names)]) + " |" for wanted in EIGHT]
    return "\n".join(lines)
