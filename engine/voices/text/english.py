"""English as it is written (numbers, money, dates, abbreviations) and as Kokoro was taught to say it."""
from __future__ import annotations

import re
from functools import lru_cache

from .espeak import espeak, speak
from .written import Piece, Rule, cut

VOICES = {"en-us": "gmw/en-US", "en-gb": "gmw/en"}

LETTERS = {  # spellings that the library reads as the letter's name wherever they stand
    "a": "eigh", "b": "bee", "c": "see", "d": "dee", "e": "ee", "f": "ef", "g": "gee", "h": "aitch", "i": "eye", "j": "jay",
    "k": "kay", "l": "ell", "m": "em", "n": "en", "o": "oh", "p": "pee", "q": "cue", "r": "ar", "s": "ess", "t": "tee",
    "u": "yew", "v": "vee", "w": "double-you", "x": "ex", "y": "why", "z": "zee",
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
TENS = {2: "twenties", 3: "thirties", 4: "forties", 5: "fifties", 6: "sixties", 7: "seventies", 8: "eighties", 9: "nineties"}
PARTS = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth"}
MONEY = {"$": ("dollar", "dollars", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence"),
         "€": ("euro", "euros", "cent", "cents"), "¥": ("yen", "yen", "sen", "sen")}
GREAT = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
UNITS = {
    "km": "kilometre", "m": "metre", "cm": "centimetre", "mm": "millimetre", "mi": "mile", "yd": "yard", "kg": "kilogram",
    "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce", "l": "litre", "ml": "millilitre",
    "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "sec": "second", "secs": "second",
    "ms": "millisecond", "kw": "kilowatt", "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte",
    "tb": "terabyte", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz", "hz": "hertz",
}
OTHER_UNITS = {  # one and many differ by more than an s
    "ft": ("foot", "feet"), "mph": ("mile per hour", "miles per hour"), "km/h": ("kilometre per hour", "kilometres per hour"),
    "kph": ("kilometre per hour", "kilometres per hour"), "m/s": ("metre per second", "metres per second"),
    "°c": ("degree Celsius", "degrees Celsius"), "°f": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"), "km2": ("square kilometre", "square kilometres"), "m2": ("square metre", "square metres"),
    "hertz": ("hertz", "hertz"), "%": ("percent", "percent"),
}
ABBREVIATIONS = {  # with their full stop; the value may not hold one
    "dr": "Doctor", "mr": "Mister", "mrs": "Missis", "ms": "Miz", "prof": "Professor", "capt": "Captain", "lt": "Lieutenant",
    "sgt": "Sergeant", "col": "Colonel", "gen": "General", "sen": "Senator", "rep": "Representative", "gov": "Governor",
    "rev": "Reverend", "hon": "Honourable", "jr": "Junior", "sr": "Senior", "ave": "Avenue", "blvd": "Boulevard", "rd": "Road",
    "mt": "Mount", "vs": "versus", "approx": "approximately", "dept": "department", "inc": "Incorporated",
    "ltd": "Limited", "co": "Company", "corp": "Corporation", "fig": "figure", "vol": "volume", "ed": "edition",
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "jun": "June", "jul": "July", "aug": "August",
    "sept": "September", "sep": "September", "oct": "October", "nov": "November", "dec": "December",
}
BARE = {"dr": "Doctor", "mr": "Mister", "mrs": "Missis", "ms": "Miz", "vs": "versus"}
"""Abbreviations that British writing leaves without a full stop; only when capitalised, `vs` always."""
SIGNS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "°": "degrees", "<": "less than", ">": "greater than",
         "§": "section", "$": "dollars", "£": "pounds", "€": "euros", "¥": "yen"}

RESPELLED = {  # where the library takes the wrong one of two words spelled alike
    r"close(?=\s+(?:the|your|my|his|her|its|our|their|this|that|those|it)\b)": "cloze",
    r"used(?=\s+to\b)": "yoost",
    r"tear(?=\s+(?:it|them|him|her|me|us|this|that|apart|down|up|off)\b)": "tare",
    r"wind(?=\s+(?:it|them)\b)": "wined",
}
CALLS = {  # sounds and calls that the library would spell out, American and British, most after misaki's dictionaries
    r"yeah+": ("jˈɛə", "jˈɛː"), r"h+m+": ("hmm", "hmm"), r"m{2,}": ("mm", "mm"), r"mh+m+": ("mhm", "mhm"), r"s+h+": ("ʃʃ", "ʃʃ"),
    r"ps+t": ("pst", "pst"), r"p+f+t?": ("pft", "pft"), r"tsk": ("tsk", "tsk"), r"g+r{2,}": ("ɡɹɹ", "ɡɹɹ"), r"b+r{2,}": ("bɹɹ", "bɹɹ"),
    r"z{2,}": ("zz", "zz"), r"e+w+": ("ˈiu", "ˈiːuː"), r"o+w+": ("ˈW", "ˈW"), r"whew": ("hjˈu", "hjˈuː"), r"uh-huh": ("əhˈʌ", "ˈʌhˌʌ"),
}
EMPHASISED = frozenset({
    "AM", "IS", "IT", "WE", "HE", "ME", "MY", "DO", "GO", "NO", "SO", "OR", "IF", "IN", "ON", "AT", "AS", "AN", "BE",
    "BY", "TO", "UP", "OF", "WHO", "THE", "AND", "YOU", "NOT", "ARE", "FOR", "BUT",
})
"""Words that are shouted more often than they are abbreviations."""
KINGS = frozenset({
    "Henry", "Louis", "Charles", "Edward", "George", "James", "William", "Richard", "Elizabeth", "Mary", "Philip",
    "Ferdinand", "Napoleon", "Nicholas", "Catherine", "Frederick", "John", "Paul", "Benedict", "Pius", "Leo",
    "Francis", "Alexander", "Ivan",
})
ROMAN = {"X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1}

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
END = r"(?![\w])"


def spell(letters: str) -> str:
    """The names of letters and digits, apart."""
    return " ".join(LETTERS.get(c.lower(), c) for c in letters if c.isalnum())


def number(digits: str) -> str:
    """Digits as the library reads them: without thousands' commas, long ones digit by digit."""
    plain = digits.replace(",", "")
    if plain.startswith("."):
        plain = "0" + plain
    whole = plain.split(".")[0]
    if len(whole) > 15 or len(whole) > 1 and whole.startswith("0"):
        return plain.replace(".", " point ").replace("0", "0 ") if len(whole) < 3 else " ".join(plain.replace(".", ""))
    return plain


def year(digits: str) -> str:
    """1984 as two pairs, 1905 with an oh, 1900 in hundreds, 2005 as a plain number."""
    value = int(digits)
    if not 1100 <= value <= 2099 or value % 1000 < 10:
        return digits
    if value % 100 == 0:
        return f"{value // 100} hundred"
    return f"{value // 100} {'oh ' if value % 100 < 10 else ''}{value % 100}"


def ordinal(value: int) -> str:
    """1 -> 1st, 2 -> 2nd …"""
    ending = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def _amount(match: re.Match) -> str:
    return ("minus " if match["minus"] else "") + _money(match)


def _money(match: re.Match) -> str:
    one, many, small_one, small_many = MONEY[match["sign"]]
    great = match["great"]
    if great:
        return f"{number(match['whole'] + (match['part'] or ''))} {GREAT.get(great.lower(), great)} {many}"
    whole, part = match["whole"].replace(",", ""), (match["part"] or "")[1:]
    if len(part) > 2:
        return f"{number(match['whole'])} point {' '.join(part)} {many}"
    cents = int(part.ljust(2, "0") or 0)
    small = f"{cents} {small_one if cents == 1 else small_many}" if cents else ""
    if whole == "0" and small:
        return small
    large = f"{number(whole)} {one if whole == '1' else many}"
    return f"{large} and {small}" if small else large


def _measure(match: re.Match, british: bool) -> str:
    unit = match["unit"].lower()
    one, many = OTHER_UNITS.get(unit) or (UNITS[unit], UNITS[unit] + "s")
    if not british:
        one, many = (name.replace("metre", "meter").replace("litre", "liter") for name in (one, many))
    low = f"{match['low']} to " if match["low"] else ""
    return f"{'minus ' if match['minus'] else ''}{low}{number(match['number'])} {one if match['number'] == '1' else many}"


def _time(match: re.Match) -> str | None:
    hour, minutes, half = int(match["hour"]), match["minute"], (match["half"] or "").lower()
    if hour > 23 or int(minutes or 0) > 59:
        return None
    if int(minutes or 0):
        said = f"{hour} {'oh ' if minutes[0] == '0' else ''}{int(minutes)}"
    else:
        said = str(hour) if half else f"{hour} o'clock" if hour <= 12 else f"{hour} hundred"
    return f"{said} {spell(half)}" if half else said


def _date(year_digits: str, month: int, day: int, british: bool) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if british:
        return f"the {ordinal(day)} of {MONTHS[month - 1]} {year(year_digits)}"
    return f"{MONTHS[month - 1]} {ordinal(day)} {year(year_digits)}"


def _slashed_date(match: re.Match, british: bool) -> str | None:
    first, second = int(match[1]), int(match[2])
    month, day = (second, first) if british else (first, second)
    if month > 12:
        month, day = day, month
    return _date(match[3], month, day, british)


def _fraction(match: re.Match) -> str:
    over, under = int(match["over"]), int(match["under"])
    whole = f"{match['whole']} and " if match["whole"] else ""
    if under not in PARTS or over >= under:
        return f"{whole}{over} {under}"
    if over == 1:
        return f"{whole}{'a' if whole or under == 2 else 'one'} {PARTS[under]}"
    return f"{whole}{over} {PARTS[under]}s"


def _decade(match: re.Match) -> str | None:
    century, tens = match["century"] or "", int(match["tens"])
    if tens < 2:
        return f"{year(century + match['tens'] + '0')}s" if not tens and century else None
    return f"{century} {TENS[tens]}".strip()


def _abbreviation(match: re.Match) -> str | None:
    return ABBREVIATIONS.get(match[1].lower()) if match[1][0].isupper() or match[1] in ("vs", "approx") else None


def _saint(match: re.Match) -> str:
    return "Saint" if re.match(r"\s+[A-Z]", match.string[match.end():]) else "Street"


def _roman(match: re.Match) -> str:
    before = re.search(r"([A-Z]\w+)\s+$", match.string[max(0, match.start() - 30):match.start()])
    value = sum(ROMAN[part] for part in re.findall(r"IX|IV|X|V|I", match.group()))
    if not before:
        return str(value) if set(match.group()) == {"I"} else spell(match.group())
    return f"the {ordinal(value)}" if before[1] in KINGS else str(value)


def _word(match: re.Match) -> str:
    word = match.group()
    if word in EMPHASISED:
        return word.lower()
    return re.sub(r"([^\W\d])\1{2,}", r"\1", word)  # nooooo


def _calmed(text: str) -> str:
    """A page all in capitals as if it were not, so that IT and US are no abbreviations; as long as before."""
    words = re.findall(r"[^\W\d_]+", text)
    if text != text.upper() or len(words) < 2 or (len(words) < 4 and EMPHASISED.isdisjoint(words)):
        return text
    return re.sub(r"([^\W\d_])([A-Z]*(?:'[A-Z]+)*)", lambda m: m[1] + m[2].lower(), text)


def rules(british: bool) -> tuple[Rule, ...]:
    """How English is read, most special first."""
    # A closing abbreviation leaves its full stop to the sentence.
    stop = r"(?:\.(?=\s*\S)|(?=\.\s*$))"
    # After "p.m." and "etc." a capital begins a sentence, after "Dr." a name.
    last = r"(?:\.(?=\s*[^\sA-Z])|(?=\.))"
    names = sorted(map(re.escape, [*UNITS, *OTHER_UNITS]), key=len, reverse=True)
    # 5G and 1.5M are no grams and metres.
    measured = f"(?i:{'|'.join(name for name in names if len(name) > 1)})|{'|'.join(name for name in names if len(name) == 1)}"
    great = r"(?:\s?(?P<great>thousand|million|billion|trillion|bn|tn|[kKmMbB])\b)?"
    minus = r"(?P<minus>(?<![\w.])-)?"
    table = (
        (r"(?:https?://)?(?:www\.)?[a-zA-Z][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|co|uk|de|fr|tv|info)(?:/(?:[\w./-]*[\w/])?)?" + END,
         lambda m: re.sub(r"[/_-]", " ", re.sub(r"^https?://", "", m.group())).replace("www.", spell("www") + " dot ").replace(".", " dot ")),
        (rf"{minus}(?P<sign>[$£€¥])\s?(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<part>\.\d+)?{great}(?!\d)", _amount),
        (rf"(?P<minus>)(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<part>\.\d+)?{great}\s?(?P<sign>[£€¥])", _amount),
        (r"(\d{4})-(\d\d)-(\d\d)" + END, lambda m: _date(m[1], int(m[2]), int(m[3]), british)),
        (r"(\d{1,2})/(\d{1,2})/(\d{4})" + END, lambda m: _slashed_date(m, british)),
        (rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?:\s?(?P<half>[aApP]\.?[mM]\b{last}?))?(?![\d:])", _time),
        (rf"(?P<hour>\d{{1,2}})(?P<minute>)\s?(?P<half>[aApP]\.?[mM]\b{last}?)" + END, _time),
        (r"(?P<whole>)(?P<over>\d{1,2})/(?P<under>\d{1,2})" + END, _fraction),
        (r"(?P<whole>\d+) (?P<over>\d{1,2})/(?P<under>\d{1,2})" + END, _fraction),
        (r"(?P<century>1[1-9]|20)(?P<tens>\d)0'?s" + END, _decade),
        (r"'?(?P<century>)(?P<tens>\d)0'?s" + END, _decade),
        (rf"{minus}(?:(?P<low>\d{{1,4}})\s?[-–]\s?)?(?P<number>{NUMBER})[ -]?(?P<unit>{measured})" + END, lambda m: _measure(m, british)),
        (r"(\d{4})\s?[-–]\s?(\d{4})" + END, lambda m: f"{year(m[1])} to {year(m[2])}"),
        (r"\+?\d{1,3}[ -]\(?\d{3}\)?[ -]\d{3}[ -]\d{4}" + END + r"|\(?\d{3}\)?[ -]?\d{3}-\d{4}" + END + r"|\d{3}-\d{4}" + END,
         lambda m: spell(m.group())),
        (r"(\d{1,3})\s?[-–]\s?(\d{1,3})(?![\w%°$£€¥])", lambda m: f"{m[1]} to {m[2]}"),
        (r"(?<=\d)[-–](?=[$£€¥]?\d)", lambda m: "to"),
        (r"(\d)'\s?(\d{1,2})(?:\"|''|(?!\w))", lambda m: f"{m[1]} foot {m[2]}"),
        (r"(v(?:er)?\.?\s?)?(\d+(?:\.\d+){2,})" + END, lambda m: ("version " if m[1] else "") + " point ".join(m[2].split("."))),
        (r"v(\d+(?:\.\d+)?)" + END, lambda m: f"version {m[1]}"),
        (r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th))" + END, lambda m: m[1].replace(",", "")),
        (r"(1[1-9]\d\d|20\d\d)(?![\w]|[.,]\d)", lambda m: year(m[1])),
        (rf"({NUMBER})(k|M|bn|tn)" + END, lambda m: f"{number(m[1])} {GREAT[m[2].lower()]}"),
        (r"(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})" + END, _roman),
        (rf"(?:#|No\.\s?)({NUMBER})" + END, lambda m: f"number {number(m[1])}"),
        (rf"{minus}({NUMBER})(?!\w)", lambda m: ("minus " if m["minus"] else "") + number(m[2])),
        (rf"[aApP]\.[mM]{last}", lambda m: spell(m.group())),
        (rf"etc{last}", lambda m: "et cetera"),
        (rf"(?:[A-Za-z]\.){{2,}}(?<=\.){'(?=.*[^. ])'}|(?:[A-Za-z]\.)+[A-Za-z](?=\.\s*$)",
         lambda m: {"e.g": "for example", "i.e": "that is"}.get(m.group().rstrip(".").lower()) or spell(m.group())),
        (r"[A-Z]\.(?=\s+[A-Z])", lambda m: spell(m.group())),
        (rf"St{stop}", _saint),
        (rf"([A-Za-z]+){stop}", _abbreviation),
        (r"(Dr|Mr|Mrs|Ms|vs)(?=\s+\w)", lambda m: BARE[m[1].lower()]),
        *((f"(?i:{pattern})", lambda m, spelling=spelling: spelling) for pattern, spelling in RESPELLED.items()),
        (r"(?:'(?=(?:em|tis|twas|cause|til|round|bout|n)\b))?[^\W_]+(?:['-][^\W_]+)*(?:(?<=[sS])'(?!\w))?", _word),
        (r"[&%+=@°<>§$£€¥]", lambda m: SIGNS[m.group()]),
    )
    return tuple((re.compile(pattern), reading) for pattern, reading in table)


# misaki.espeak.EspeakFallback.E2M (hexgrad, Apache-2.0): from the library's phonemes to those of Kokoro's training.
TO_MODEL = sorted({
    "ʔˌn\u0329": "tn", "ʔn\u0329": "tn", "a^ɪ": "I", "a^ʊ": "W", "d^ʒ": "ʤ", "e^ɪ": "A", "e": "A", "t^ʃ": "ʧ", "ɔ^ɪ": "Y",
    "ə^l": "ᵊl", "ʲo": "jo", "ʲə": "jə", "ʲ": "", "ɚɹ": "əɹ", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ç": "k", "ɐ": "ə", "ɬ": "l", "\u0303": "",
}.items(), key=lambda pair: -len(pair[0]))
BRITISH = {"e^ə": "ɛː", "iə": "ɪə", "ə^ʊ": "Q"}
AMERICAN = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}


def to_model(ipa: str, british: bool) -> str:
    """The library's English phonemes (ties as `^`) in Kokoro's alphabet."""
    for old, new in TO_MODEL:
        ipa = ipa.replace(old, new)
    ipa = re.sub(r"(\S)\u0329", r"ᵊ\1", ipa).replace("\u0329", "")
    for old, new in (BRITISH if british else AMERICAN).items():
        ipa = ipa.replace(old, new)
    ipa = re.sub(r"(?<=\w)(?=hˈʌndɹɪd)", " ", ipa).replace("ɹɹ", "ɹ")
    return ipa.replace("o", "ɔ").replace("ɾ", "T").replace("ʔ", "t").replace("^", "")


@lru_cache(maxsize=4096)
def _say(text: str, language: str) -> str:
    return to_model(espeak().phonemes(text, VOICES[language]), language == "en-gb")


@lru_cache(maxsize=2)
def _rules(british: bool) -> tuple[Rule, ...]:
    return rules(british)


def read(text: str, language: str) -> list[Piece]:
    """The pieces of a clean page with their phonemes. Languages: `en-us`, `en-gb`."""
    british = language == "en-gb"
    return speak(cut(_calmed(text), _rules(british)), lambda words: _say(words, language), lambda word: _call(word, british))


@lru_cache(maxsize=4096)
def _call(word: str, british: bool) -> str:
    return next((both[british] for pattern, both in CALLS.items() if re.fullmatch(pattern, word, re.IGNORECASE)), "")
