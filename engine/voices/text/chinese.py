"""Mandarin: numbers and dates as they are read, words cut apart, pinyin in Kokoro's alphabet with tone arrows."""
from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from ... import models as catalogue
from ...problems import LineProblem
from . import english
from .jieba import MODEL, Cutter
from .written import Piece, Rule, cut

# Initials and finals of pinyin in the alphabet of Kokoro's training: misaki/transcription.py (hexgrad, Apache-2.0),
# which adapts pinyin-to-ipa (Stefan Taubert, MIT). `0` is where the tone's arrow stands.
INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}
FINALS = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n", "iou": "jou0",
    "ing": "i0ŋ", "iong": "jʊ0ŋ", "ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "uei": "wei0", "ua": "wa0", "uai": "wai0",
    "uan": "wa0n", "uen": "wə0n", "uang": "wa0ŋ", "ueng": "wə0ŋ", "uo": "wo0", "o": "wo0", "ü": "y0", "üe": "ɥe0",
    "üan": "ɥɛ0n", "ün": "y0n",
}
WHOLE = {"hm": "hm0", "hng": "hŋ0", "m": "m0", "n": "n0", "ng": "ŋ0", "io": "jɔ0", "ê": "ɛ0", "er": "ɚ0", "o": "ɔ0"}
"""Syllables that are not an initial and a final."""
BUZZED = {"zh", "ch", "sh", "r", "z", "c", "s"}
"""Initials whose i is a consonant held on (知, 资)."""
TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}

DIGITS = "零一二三四五六七八九"
MONEY = {"$": "美元", "¥": "元", "€": "欧元", "£": "英镑"}
UNITS = {
    "km/h": "公里每小时", "km": "公里", "m": "米", "cm": "厘米", "mm": "毫米", "kg": "公斤", "g": "克", "mg": "毫克", "l": "升",
    "ml": "毫升", "°c": "摄氏度", "°f": "华氏度", "°": "度", "km2": "平方公里", "m2": "平方米", "gb": "G", "mb": "兆",
}
COUNTED = "个只位条件张本名次辆双天年周层间家块把台种样杯瓶碗斤米倍万千亿岁"
"""Words before which 2 is 两 and not 二 (年 only in 2年, not in dates)."""
POINTERS = "这那哪每几各一两某"
"""A word that begins so points at a noun: 这块地 is a field, 高兴地 is how."""
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"


def digits(text: str, one: str = "一") -> str:
    """Digit by digit; on the telephone 1 is 幺."""
    return "".join(one if c == "1" else DIGITS[int(c)] for c in text if c.isdigit())


def number(text: str) -> str:
    """A number in characters: 105 -> 一百零五, 3.50 -> 三点五零."""
    import cn2an

    whole, _, part = text.replace(",", "").partition(".")
    if len(whole) > 16 or len(whole) > 1 and whole.startswith("0"):
        return digits(text)
    return cn2an.an2cn(whole, "low") + ("点" + digits(part) if part else "")


def _time(match: re.Match) -> str | None:
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return None
    half = f"零{number(str(minute))}分" if 0 < minute < 10 else f"{number(str(minute))}分" if minute else "整"
    return f"{number(str(hour))}点{half}"


def _money(match: re.Match) -> str:
    amount = match[2].replace(",", "")
    if "." in amount:
        amount = amount.rstrip("0").rstrip(".")
    return number(amount) + (match[3] or "") + MONEY[match[1]]


def _plain(match: re.Match) -> str:
    value = match["number"]
    following = match.string[match.end():match.end() + 1]
    before = match.string[:match.start()][-1:]
    if value == "2" and following and following in COUNTED and before not in ("第", "月"):
        return "两"
    return _sign(match) + number(value)


def _sign(match: re.Match) -> str:
    return "负" if match["minus"] else ""


@lru_cache(maxsize=1)
def _rules() -> tuple[Rule, ...]:
    measured = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
    minus = r"(?P<minus>(?<![\w.])-)?"
    table = (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", lambda m: f"{digits(m[1])}年{number(str(int(m[2])))}月{number(str(int(m[3])))}日"),
        (r"(\d{4}|\d\d)年(?!前|后|来|内|间|以)", lambda m: digits(m[1]) + "年"),
        (r"(\d{1,2}):(\d\d)(?!\d)", _time),
        (rf"([$¥€£])\s?({NUMBER})(万|亿|千|百万)?", _money),
        (rf"({NUMBER})\s?%", lambda m: "百分之" + number(m[1])),
        (rf"({NUMBER})\s?‰", lambda m: "千分之" + number(m[1])),
        (r"(\d{1,4})/(\d{1,4})(?![\d/])", lambda m: f"{number(m[2])}分之{number(m[1])}"),
        (rf"{minus}({NUMBER})\s?(?i:({measured}))(?![A-Za-z])", lambda m: _sign(m) + number(m[2]) + UNITS[m[3].lower()]),
        (r"1[3-9]\d{9}(?!\d)|0\d{2,3}-?\d{7,8}(?!\d)|\d{3,4}-\d{3,4}(?:-\d{4})?(?!\d)|400-?\d{3}-?\d{4}(?!\d)|(?<=[打拨])\d{3,6}(?!\d)"
         r"|(?<=电话)\d{3,}(?!\d)|(?<=号码)\d{3,}(?!\d)|(?<=电话[:是])\d{3,}(?!\d)|(?<=号码[:是])\d{3,}(?!\d)",
         lambda m: digits(m.group(), "幺")),
        (rf"({NUMBER})\s?[-–~]\s?({NUMBER})", lambda m: f"{number(m[1])}到{number(m[2])}"),
        (rf"{minus}(?P<number>{NUMBER})", _plain),
        (rf"[^\W\d_{HAN}][^\W_{HAN}]*(?:['.&-][^\W_{HAN}]+)*(?: +[^\W\d_{HAN}][^\W_{HAN}]*(?:['.&-][^\W_{HAN}]+)*)*", lambda m: m.group()),
        (rf"[{HAN}々]+", lambda m: m.group()),
    )
    return tuple((re.compile(pattern), reading) for pattern, reading in table)


@lru_cache(maxsize=1)
def _cutter(models: Path | None) -> Cutter:
    try:
        import cn2an  # noqa: F401  the numbers need it later
        import pypinyin  # noqa: F401  the readings need it later
    except ImportError as error:
        raise LineProblem("no_front_end", language="Mandarin Chinese", reason=f"{error.name} is missing.") from error
    try:
        return Cutter(catalogue.find(MODEL, models))
    except (LineProblem, OSError) as error:
        reason = f"the model {MODEL} cannot be used ({getattr(error, 'message', error)})"
        raise LineProblem("no_front_end", language="Mandarin Chinese", reason=reason) from error


@lru_cache(maxsize=8192)
def say(word: str) -> str:
    """A word's phonemes; characters without a reading are left out."""
    from pypinyin import Style, lazy_pinyin

    return "".join(map(syllable, lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")))


def syllable(pinyin: str) -> str:
    """One syllable of pinyin with its tone as last digit, in the model's alphabet: `hao3` -> `xau↓`."""
    from pypinyin.contrib.tone_convert import to_finals, to_initials, to_normal

    plain, arrow = to_normal(pinyin), TONES.get(pinyin[-1:], "")
    if plain in WHOLE:
        return WHOLE[plain].replace("0", arrow)
    initial, final = to_initials(plain, strict=True), to_finals(plain, strict=True, v_to_u=True)
    sound = "ɨ0" if initial in BUZZED and final == "i" else FINALS.get(final, "")
    return INITIALS.get(initial, "") + sound.replace("0", arrow)


def read(text: str, language: str, models: Path | None) -> list[Piece]:
    """The pieces of a clean page with their phonemes; Latin words by the English reader. models: folder that holds the dictionary's folder."""
    cutter = _cutter(models)
    pieces = []
    for piece in cut(text, _rules()):
        written = text[piece.start:piece.end]
        if piece.kind == "pause":
            pieces.append(Piece(piece.start, piece.end, "pause", piece.spoken, piece.spoken))
        elif written[0].isascii() and written[0].isalpha() or not re.search(f"[{HAN}]", piece.spoken):
            for part in english.read(written, "en-us"):
                pieces.append(Piece(piece.start + part.start, piece.start + part.end, part.kind, part.spoken, part.phonemes))
        elif piece.spoken == written:
            at, before = piece.start, ""
            for word in cutter.cut(written):
                end = at + len(word)
                adverbial = word == "地" and len(before) > 1 and before[0] not in POINTERS and end < piece.end
                pieces.append(Piece(at, end, "word", word, syllable("de5") if adverbial else say(word)))
                at, before = end, word
        else:
            phonemes = " ".join(filter(None, map(say, cutter.cut(piece.spoken))))
            pieces.append(Piece(piece.start, piece.end, "word", piece.spoken, phonemes))
    return pieces
