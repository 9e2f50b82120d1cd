"""Which words are said in one breath, and when: the line's words matched to the original's phrases and to anchors. Pure.

A line without an original and without anchors is one phrase that fills its slot. With an original, its words are divided
among the stretches in which the original speaks, so that each phrase begins and ends with its partner.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .fit import EDGE, room
from .script import Contour, Plan, Stretch


def words_of(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


TOKEN = 0.025
"""Seconds of one token of `target_token_count`: a duration frame of the model."""

GAP = 0.06
"""Seconds of silence that stay between two phrases, however the first one hurries: shorter is no pause but a stop's
closure (Goldman-Eisler, 1968, takes 0.25 s for a pause; a closure lasts 0.05 to 0.1 s)."""

MOST_WORDS = 60
"""Words of one phrase; nobody has breath for more, and it keeps the search small."""

MOST_BRIDGED = 4
"""Pauses of the original that one phrase may speak over, more only where there are too few words."""

BRIDGED = 2.0
"""Cost of a second of the original's silence that a phrase speaks over, in squared log rates."""

SHY = 8.0
"""Factor on the cost of a break where the text has none, when a performance is followed and no mouth is seen: a pause in the midst
of a clause costs 0.9 of DistillMOS (four lines of 2.5 s in four phrases)."""

PASSED = 0.12
"""Cost of a mark of punctuation that is no break between phrases."""

BREAK = {"mark": 0.0, "clause": 0.15, "phrase": 0.3, "word": 0.6, "tight": 2.0}
"""Cost of a phrase that ends there: at punctuation, before a word that begins a clause or a prepositional phrase, before
another function word, between any two words, after or before a word that leans on its neighbour."""

CLAUSE = words_of(
    "and but or nor so yet because although though while when where who whom whose which that if unless until since as than "
    "before after about above across against along among around at behind below beneath beside between beyond by despite "
    "down during except for from in inside into like near of off on onto out outside over past through to toward towards "
    "under up upon with within without what how why "
    "und aber oder et mais ou que qui quand avec dans pour sur y pero o cuando porque con en para por e ma che quando "
    "per di mas com em de"
)
"""Words that open a clause or a prepositional phrase; a breath before them is natural (Gee and Grosjean, Cognitive
Psychology 15, 1983: pauses lie between phonological phrases, function words go with what follows)."""

LEANING = CLAUSE | words_of(
    "a an the my your his her its our their this these those i you he she it we they is are was were be am do does did have "
    "has had will would can could shall should may might must very too "
    "le la les un une el los las il lo gli der die das ein eine"
)
"""Words after which nobody breathes."""

CLITICS = frozenset("的地得了着过吗吧呢啊呀们")
"""Chinese particles that lean on the word before."""


@dataclass(frozen=True)
class Unit:
    """One word and the pause that follows it at the voice's own pace."""

    text: str
    sound: float
    """Seconds of the word."""
    pause: float = 0.0
    """Seconds of the marks after it."""
    mark: bool = False
    """Whether punctuation stands after it."""
    index: int = 0
    """Where the word begins in the plan's text."""


@dataclass(frozen=True)
class Part:
    """Words first to last - 1, said without a planned pause, and where in the take they go."""

    first: int
    last: int
    start: float
    seconds: float | None
    """Length that is wished from first to last sound; None: natural."""
    limit: float = math.inf
    """When the last sound must be over, since the next part or the slot's end comes."""
    partners: tuple[int, int] | None = None
    """The first of the stretches that it follows, and the one after the last; None where it follows none."""


def parts(units: list[Unit], plan: Plan) -> list[Part]:
    """The line's parts in order, in seconds from the take's first sample."""
    wish, space = plan.wish, room(plan)
    natural = length(units)
    performed = plan.heard.phrases if plan.heard and wish.performance > 0 else ()
    if space is None:
        seconds = None if wish.mode == "free" else wish.tokens * TOKEN if wish.tokens else wish.ratio * natural
        return _performed(units, performed, seconds, plan) if len(performed) > 1 else [Part(0, len(units), EDGE, seconds)]
    if len(performed) > 1 and not plan.stretches and not plan.anchors:
        return _limited(_performed(units, performed, space, plan), EDGE + space)
    end = EDGE + space
    fixed = _fixed(units, plan, end)
    stretches = plan.stretches if wish.sync > 0 else ()
    found: list[Part] = []
    for first, last, begin, finish in fixed:
        inside = [s for s in stretches if begin <= (s.start + s.end) / 2 < finish] if first or begin > EDGE else [s for s in stretches if (s.start + s.end) / 2 < finish]
        some = (_matched(units[first:last], inside, plan) or [Part(0, last - first, EDGE, space)]) if inside else [Part(0, last - first, begin, finish - begin)]
        if first and some:  # the word of an anchor begins with it, wherever the original does
            some[0] = replace(some[0], start=begin)
        found += [replace(part, first=part.first + first, last=part.last + first) for part in some]
    if stretches and wish.sync < 1:
        found = _loosened(found, units, natural, space, wish.sync)
    return _limited(found, end)


def length(units: list[Unit]) -> float:
    """Seconds of the words at the voice's own pace, pauses between them included."""
    return sum(unit.sound + unit.pause for unit in units) - (units[-1].pause if units else 0.0)


def _performed(units: list[Unit], phrases: tuple[Contour, ...], seconds: float | None, plan: Plan) -> list[Part]:
    """The words divided as a performance's phrases are, as long against each other and with its pauses.

    seconds: of the whole; None lets the sounds have their natural length and the pauses the performance's.
    """
    pauses = [after.start - before.end for before, after in zip(phrases, phrases[1:], strict=False)]
    own = sum(unit.sound for unit in units)
    if seconds is not None and sum(pauses) > 0:
        # in a slot pauses give first, before words are hurried
        room = max(GAP * len(pauses), seconds - own)
        pauses = [min(pause, pause * room / sum(pauses)) for pause in pauses]
    factor = own / sum(phrase.end - phrase.start for phrase in phrases)
    whole = own + sum(pauses)
    at, stretches = EDGE, []
    for phrase, pause in zip(phrases, [*pauses, 0.0], strict=True):
        end = at + (phrase.end - phrase.start) * factor * ((seconds or whole) / whole)
        stretches.append(Stretch(at, end))
        at = end + pause * ((seconds or whole) / whole)
    found = _matched(units, stretches, plan, SHY) or [Part(0, len(units), EDGE, seconds)]
    if plan.wish.performance < 1:
        found = _loosened(found, units, length(units), seconds or length(units), plan.wish.performance)
    return _limited(found, math.inf)


def _fixed(units: list[Unit], plan: Plan, end: float) -> list[tuple[int, int, float, float]]:
    """(first word, last word, begin, finish) of the spans between anchors."""
    places: list[tuple[int, float]] = []
    for anchor in sorted(plan.anchors, key=lambda anchor: anchor.at):
        word = next((i for i, unit in enumerate(units) if unit.index >= anchor.index), None)
        if word is not None and EDGE < anchor.at < end and (not places or (word > places[-1][0] and anchor.at > places[-1][1] + GAP)):
            places.append((word, anchor.at))
    if not places or places[0][0] > 0:
        places.insert(0, (0, EDGE))
    spans = []
    for (word, at), (next_word, until) in zip(places, [*places[1:], (len(units), end)], strict=True):
        pause = units[next_word - 1].pause if next_word < len(units) else 0.0
        pause = min(max(GAP, pause), (until - at) / 4) if next_word < len(units) else 0.0
        spans.append((word, next_word, at, until - pause))
    return spans


def _matched(units: list[Unit], stretches: list[Stretch], plan: Plan, shy: float = 1.0) -> list[Part]:
    """The cheapest division of the words among the stretches: monotone, every word and every stretch used once.

    A part may speak over several stretches; then the original's pauses between them are bridged. Empty where there are more words than
    MOST_WORDS for each stretch. shy: factor on the cost of breaks where the text has none.
    """
    count, many = len(units), len(stretches)
    reach = many if shy > 1 else max(MOST_BRIDGED + 1, many - count + 1)
    sums = np.cumsum([0.0, *(unit.sound + unit.pause for unit in units)])
    marks = np.cumsum([0, *(unit.mark for unit in units)])
    breaks = [shy * _break(units, i) for i in range(count + 1)]
    best = np.full((count + 1, many + 1), math.inf)
    back = np.zeros((count + 1, many + 1, 2), int)
    best[0, 0] = 0.0
    for word in range(1, count + 1):
        since = np.arange(max(0, word - MOST_WORDS) if count > MOST_WORDS else 0, word)
        natural = np.maximum(sums[word] - sums[since] - units[word - 1].pause, 0.01)
        own = (marks[word - 1] - marks[since]) * PASSED + breaks[word]
        for spoken in range(1, many + 1):
            for before in range(max(0, spoken - reach), spoken):
                seconds = stretches[spoken - 1].end - stretches[before].start
                silent = seconds - sum(s.end - s.start for s in stretches[before:spoken])
                costs = best[since, before] + own + silent * BRIDGED + _rate(seconds / natural, plan)
                at = int(np.argmin(costs))
                if costs[at] < best[word, spoken]:
                    best[word, spoken], back[word, spoken] = costs[at], (since[at], before)
    # a text that is too short for the last stretches leaves them silent, at their length's cost
    ends = [best[count, spoken] + sum(s.end - s.start for s in stretches[spoken:]) * BRIDGED for spoken in range(many + 1)]
    word, spoken = count, int(np.argmin(ends))
    found = []
    while word and np.isfinite(best[word, spoken]):
        first, before = map(int, back[word, spoken])
        start, end = stretches[before].start, stretches[spoken - 1].end
        found.append(Part(first, word, max(EDGE, start), end - max(EDGE, start), partners=(before, spoken)))
        word, spoken = first, before
    return found[::-1]


def _rate(ratio: np.ndarray, plan: Plan) -> np.ndarray:
    """Cost of parts that are spoken at these shares of their natural length.

    Dear where words would not fit; where they are too few, the phrase still begins with its partner and ends early.
    """
    held = np.minimum(ratio, plan.wish.longest)
    hurry = np.maximum(0.0, np.log(plan.wish.shortest / ratio))
    return np.log(held) ** 2 + 12 * hurry**2 + 0.5 * np.log(ratio / held) ** 2


def _break(units: list[Unit], at: int) -> float:
    """Cost of a break before units[at]."""
    if at in (0, len(units)) or units[at - 1].mark:
        return BREAK["mark"]
    before, after = units[at - 1].text.lower().strip("'’\"“”"), units[at].text.lower().strip("'’\"“”")
    if before in LEANING or after[:1] in CLITICS:
        return BREAK["tight"]
    return BREAK["clause" if after in CLAUSE or after == "there" else "phrase" if after in LEANING else "word"]


def _loosened(found: list[Part], units: list[Unit], natural: float, space: float, strength: float) -> list[Part]:
    """Parts between their places without and with the original, by strength 0 to 1."""
    factor = space / max(natural, 0.01)
    at, result = 0.0, []
    for part in found:
        words = units[part.first : part.last]
        own = length(words) * factor
        start = EDGE + at * factor
        seconds = own + strength * ((part.seconds or own) - own)
        result.append(replace(part, start=start + strength * (part.start - start), seconds=seconds))
        at += sum(unit.sound + unit.pause for unit in words)
    return result


def _limited(found: list[Part], end: float) -> list[Part]:
    """Every part with the time at which it must be over, which its wished length does not pass."""
    limits = [part.start - GAP for part in found[1:]] + [end]
    return [
        replace(part, limit=limit, seconds=None if part.seconds is None else max(0.02, min(part.seconds, limit - part.start)))
        for part, limit in zip(found, limits, strict=True)
    ]
