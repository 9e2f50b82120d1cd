"""The speaker's name before a line's words, and the mood behind the name: `ANNA: …`, `BEN (softly): …`, `小明：…`."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

COLON = re.compile(r"[:：]")

FARTHEST = 300
"""Characters of a name with its directions, at most; so hostile texts are told at once."""

NAME = re.compile(r"(?P<name>[^:：\n]{1,40}?)\s*(?P<colon>[:：])(?P<rest>\s*\S.*)", re.DOTALL)

HOW = re.compile(r"(?P<name>[^()（）:：\n]{1,40}?)\s*(?P<how>(?:[(（][^()（）:：\n]{1,80}[)）]\s*){1,3})(?P<rest>[:：].*)", re.DOTALL)
"""A name with a direction or more behind it, as screenplays write."""

WHERE = {"v.o.", "vo", "o.s.", "os", "o.c.", "oc", "off", "cont'd", "cont’d", "continued", "画外音", "旁白", "画外"}
"""What screenplays put there that says where a voice comes from, and not how it sounds."""


def named(text: str, roles: Iterable[str] = ()) -> tuple[str, str, str]:
    """(speaker, mood, words) of `NAME (mood): words`; without a name the whole text is words.

    A name is a character of the cast in any spelling, or looks like one: capitals, up to three words that each begin
    with a capital, or up to eight Chinese characters. So `At 10:30` and `There is one thing: go` stay words.
    """
    bare = text.lstrip()
    colon = COLON.search(bare, 0, FARTHEST)
    if colon is None:
        return "", "", text
    known = {role.strip().casefold() for role in roles}
    directed = HOW.fullmatch(bare)
    if directed and bare[: directed.start("rest")].strip().casefold() not in known:
        name, _mood, words = named(directed["name"] + directed["rest"], known)
        moods = (sounding(how) for how in re.findall(r"[^()（）]+", directed["how"]))
        return (name, ", ".join(filter(None, moods)), words) if name else ("", "", text)
    found = NAME.fullmatch(bare)
    return (found["name"], "", found["rest"]) if found and _is_name(found, known) else ("", "", text)


def sounding(how: str) -> str:
    """What stands in a name's parentheses, if it says how the voice sounds."""
    how = how.strip()
    return "" if how.casefold() in WHERE else how


def in_capitals(name: str) -> bool:
    """Whether it has letters, and no small ones."""
    return name.upper() == name and any(sign.isalpha() for sign in name)


def _is_name(found: re.Match, known: set[str]) -> bool:
    name, rest = found["name"], found["rest"]
    if name.casefold() in known:
        return True
    words = name.split()
    han = all(unicodedata.name(sign, "").startswith("CJK UNIFIED") for sign in name)
    titled = all(word[0].isupper() for word in words)
    spaced = found["colon"] == "：" or rest[0].isspace()
    return (han and len(name) <= 8) or (spaced and len(words) <= 3 and name[-1].isalnum() and (in_capitals(name) or titled))
