"""What many enrolled people together say: likeness between stranger and self, ranks, understanding, quality, and what of a mood stays in a timbre."""
from __future__ import annotations

import statistics

import numpy as np

from .measuring import GEARS


def likeness(rows: list[dict], takes: list[dict]) -> dict:
    """Of each gear's speech to another recording of the same person: 0 is the mean between persons, 1 that of a person's two recordings."""
    others = {row["name"]: _unit(row["other"]) for row in rows}
    same = statistics.mean(float(_unit(row["own"]) @ others[row["name"]]) for row in rows)
    strangers = statistics.mean(float(_unit(row["own"]) @ others[name]) for row in rows for name in others if name != row["name"])
    found: dict = {"strangers": round(strangers, 3), "same": round(same, 3), "people": len(rows)}
    for gear in GEARS:
        mine = [take for take in takes if take["gear"] == gear]
        if not mine:
            continue
        by_person = {}
        first = []
        for row in rows:
            spoken = [take for take in mine if take["person"] == row["name"]]
            if not spoken:
                continue
            by_person[row["name"]] = statistics.mean(float(_unit(take["embedding"]) @ others[row["name"]]) for take in spoken)
            centre = _unit(sum(_unit(take["embedding"]) for take in spoken))
            first.append(max(others, key=lambda name: float(centre @ others[name])) == row["name"])
        values = {name: (value - strangers) / (same - strangers) for name, value in by_person.items()}
        languages = {language: [take for take in mine if take["language"] == language] for language in sorted({take["language"] for take in mine})}
        found[gear] = {
            "normalised": round(statistics.mean(values.values()), 3), "cosine": round(statistics.mean(by_person.values()), 3), "ranks_first": round(statistics.mean(first), 3),
            "people": {name: round(value, 2) for name, value in values.items()},
            "languages": {language: round((_own(some, others) - strangers) / (same - strangers), 3) for language, some in languages.items()},
            "against_their_strangers": {language: round((_own(some, others) - _strange(some, others)) / (same - _strange(some, others)), 3) for language, some in languages.items()},
        }  # fmt: skip
    return found


def _own(takes: list[dict], others: dict[str, np.ndarray]) -> float:
    """Mean likeness of takes to their own person."""
    return statistics.mean(float(_unit(take["embedding"]) @ others[take["person"]]) for take in takes)


def _strange(takes: list[dict], others: dict[str, np.ndarray]) -> float:
    """And to everybody else: in another language than the recordings' it is lower, for the judge hears languages as well."""
    return statistics.mean(float(_unit(take["embedding"]) @ others[name]) for take in takes for name in others if name != take["person"])


def quality(takes: list[dict], noisy: set[str]) -> dict:
    """DistillMOS of English takes of people whose recording was clean: mean and least by gear."""
    found = {}
    for gear in GEARS:
        mine = [take["mos"] for take in takes if take["gear"] == gear and take["language"].startswith("en") and take["person"] not in noisy]
        if mine:
            by_person = [statistics.mean(take["mos"] for take in takes if take["gear"] == gear and take["language"].startswith("en") and take["person"] == name) for name in {take["person"] for take in takes if take["gear"] == gear} - noisy]
            found[gear] = {"mean": round(statistics.mean(mine), 3), "least": round(min(mine), 3), "least_person": round(min(by_person), 3)}
    return found


def words(pages: list[dict]) -> dict:
    """Per cent of words misheard by gear, and points over the stock voice."""
    error = {}
    for gear in GEARS:
        for language in sorted({page["language"] for page in pages}):
            mine = [page for page in pages if page["gear"] == gear and page["language"] == language]
            if mine:
                error[f"{gear} {language}"] = round(100 * sum(page["errors"] for page in mine) / sum(page["words"] for page in mine), 2)
    more = {gear: round(error[f"{gear} en-us"] - error["stock en-us"], 2) for gear in GEARS if f"{gear} en-us" in error}
    return {"error": error, "more": more, "differences": {gear: [d for page in pages if page["gear"] == gear for d in page["differences"]] for gear in GEARS}}


def times(rows: list[dict]) -> dict:
    """Seconds of enrolling."""
    found = {"quick_wall": round(max(row["quick"]["wall"] for row in rows), 2), "quick_cpu": round(max(row["quick"]["cpu"] for row in rows), 2)}
    slow = [row["thorough"] for row in rows if "thorough" in row]
    if slow:
        found |= {"thorough_cpu": round(max(one["cpu"] for one in slow)), "thorough_wall": round(max(one["wall"] for one in slow)), "thorough_cpu_mean": round(statistics.mean(one["cpu"] for one in slow))}
    return found


def leak(rows: list[dict]) -> dict:
    """Whether a man's timbre, calm and agitated, is nearer to himself than to any other man, in either mood; and the same of CAM++."""
    found = {}
    for key in ("place", "embedding"):
        right = []
        for row in rows:
            own = [_off(row[key], other[key]) for other in rows if other["man"] == row["man"] and other["label"] != row["label"]]
            away = [_off(row[key], other[key]) for other in rows if other["man"] != row["man"]]
            right += [distance < min(away) for distance in own]
        found["timbre" if key == "place" else "campplus"] = round(statistics.mean(right), 3)
    return found | {"pairs": len(right)}


def _off(one: np.ndarray, other: np.ndarray) -> float:
    """One less their cosine."""
    return 1 - float(_unit(one) @ _unit(other))


def _unit(vector) -> np.ndarray:
    vector = np.asarray(vector, np.float64)
    return vector / np.linalg.norm(vector)
