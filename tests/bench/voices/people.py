"""Who is enrolled and judged: thirteen people, seven women and six men, whose real recordings packages carry; nobody learns from them.

Each says one thing to enrol and others to compare with. Sexes are as the packages tell them; where they are silent, the
fundamental frequency tells. By CAM++ a person's two recordings are alike by 0.85 to 0.96, those of two people by 0.32 ± 0.16
and 0.66 at most, between telephone announcers. Most packages are of Debian 12, so apt must be there.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from engine.train.recordings import read, unpacked

PAUSE = 0.25
"""Seconds between clips that are put in a row."""


@dataclass(frozen=True)
class Source:
    """A package, and the folder in it under which the clips lie."""

    pin: str
    sha256: str = field(repr=False)
    folder: str
    licence: str
    """And where it is told."""


@dataclass(frozen=True)
class Row:
    """A person as the table has them: clips are paths in the source's folder."""

    name: str
    sex: str
    language: str
    source: Source
    enrol: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """A person with their recordings, mono float32 at `rate` Hz."""

    name: str
    sex: str
    """ "f" or "m"."""
    language: str
    licence: str
    enrol: np.ndarray = field(repr=False)
    other: np.ndarray = field(repr=False)
    rate: int


def _asterisk(language: str, folder: str, sha256: str, licence: str) -> Source:
    return Source(f"asterisk-core-sounds-{language}-g722=1.6.1-1", sha256, f"usr/share/asterisk/sounds/{folder}", f"{licence}, debian/copyright")


ALLISON = _asterisk("en", "en_US_f_Allison", "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806", "CC BY-SA 3.0, Allison Smith")
JUNE = _asterisk("fr", "fr_CA_f_June", "7add61d5e42279ecff1bbdf842a5a946ac3644fac9a0fe44384731aa7270c8e0", "CC BY-SA 3.0, June Wallack")
CARLO = _asterisk("it", "it_IT_m_Carlo", "46b4cf7afc508a5fcfc051b7ea233251c0d195dd4ef83cc4b7facb4c6429b016", "CC BY 3.0, Carlo Flora")
IVRVOICE = _asterisk("ru", "ru_RU_f_IvrvoiceRU", "673b4238a6b8269960f055d868c6a11083f7a0d00979167cb01554046b48ed9b", "CC BY 3.0, Maxim Topal")
CZECH = Source("fillets-ng-data-cs=1.0.1-1.1", "3ecef99b9456f1c80c9625c6f2418642b52d58e7167a46bad7a412db17991b14", "usr/share/games/fillets-ng/sound", "GPL-2, debian/copyright")
DUTCH = Source("fillets-ng-data-nl=1.0.1-1.1", "afb4443fda9ab507dee578b75be857d121718a1cd6017a474f30e0eb13dc9d10", "usr/share/games/fillets-ng/sound", "GPL-2, debian/copyright")
AUSTEN = Source("pocketsphinx-testdata=0.8+5prealpha+1-15", "eaeb7a01d54f20b799d1a81ef110ec544b2cb47ea006614078220737a33019f0", "usr/share/pocketsphinx/test/data/librivox", "public domain, read for LibriVox; the package BSD-2, debian/copyright")
TORTOISE = Source("tortoise-tts==3.0.0", "8684aac23976ffa9813a4ec074b6bff0a348ce82a1923483e57d5d4e27dd21d6", "tortoise-tts-3.0.0/tortoise/voices", "Apache-2.0, LICENSE; lj is of LJ Speech, public domain, and myself the package's author")
STAMPS = Source("tuxpaint-stamps-default=2022.06.04-1", "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34", "usr/share/tuxpaint/stamps", "GPL-2, debian/copyright")

JUDGE = (
    Row("allison", "f", "en-us", ALLISON, ("queue-periodic-announce.g722", "demo-enterkeywords.g722"), ("vm-instructions.g722", "confbridge-lock-extended.g722")),
    Row("june", "f", "fr", JUNE, ("vm-record-prepend.g722", "vm-review.g722"), ("agent-newlocation.g722", "vm-forwardoptions.g722")),
    Row("carlo", "m", "it", CARLO, ("vm-instructions.g722", "vm-intro.g722"), ("confbridge-lock-extended.g722", "vm-review.g722")),
    Row("ivrvoice", "f", "ru", IVRVOICE, ("queue-periodic-announce.g722", "demo-enterkeywords.g722"), ("confbridge-lock-extended.g722", "vm-forwardoptions.g722")),
    Row("czech-small", "f", "cs", CZECH, ("gods/cs/lod-m-jednoho.ogg", "cannons/cs/del-m-ci.ogg"), ("barrel/cs/bar-m-pobit.ogg", "crabshow/cs/sec-m-program.ogg")),
    Row("czech-big", "m", "cs", CZECH, ("floppy/cs/disk-v-pozor.ogg",), ("stairs/cs/sch-v-setkani.ogg", "dump/cs/sm-v-sbirka.ogg")),
    Row("dutch-big", "m", "nl", DUTCH, ("stairs/nl/sch-v-setkani.ogg",), ("emulator/nl/zx-v-pamet.ogg", "share/blackjokes/nl/smrt-v-autorest.ogg")),
    Row("austen", "m", "en-us", AUSTEN, ("sense_and_sensibility_01_austen_64kb-0870.wav", "sense_and_sensibility_01_austen_64kb-0890.wav"), ("sense_and_sensibility_01_austen_64kb-0920.wav", "sense_and_sensibility_01_austen_64kb-0930.wav")),
    Row("lj", "f", "en-us", TORTOISE, ("lj/1.wav",), ("lj/2.wav",)),
    Row("tortoise", "m", "en-us", TORTOISE, ("myself/1.wav",), ("myself/2.wav", "myself/3.wav")),
    Row("stamps-es", "f", "es", STAMPS, ("seasonal/hanukkah/menorah_desc_es.ogg",), ("symbols/money/canadian/coins/200toonie_desc_es.ogg",)),
    Row("stamps-el", "f", "el", STAMPS, ("seasonal/hanukkah/dreydl-hay_desc_el.ogg",), ("symbols/chess/b_6_pawn_desc_el.ogg",)),
    Row("stamps-ru", "m", "ru", STAMPS, ("symbols/chess/b_4_knight_desc_ru.ogg",), ("symbols/chess/b_6_pawn_desc_ru.ogg",)),
)


@cache
def people(folder: Path) -> tuple[Person, ...]:
    """Everybody of JUDGE with their recordings. folder: where packages are unpacked. Raises what `unpacked` raises."""
    roots = {row.source.pin: unpacked(row.source.pin, row.source.sha256, folder) for row in {row.source.pin: row for row in JUDGE}.values()}
    found = []
    for row in JUDGE:
        home = roots[row.source.pin] / row.source.folder
        (enrol, rate), (other, _) = (_in_a_row([home / clip for clip in clips]) for clips in (row.enrol, row.other))
        found.append(Person(row.name, row.sex, row.language, row.source.licence, enrol, other, rate))
    return tuple(found)


def _in_a_row(paths: list[Path]) -> tuple[np.ndarray, int]:
    clips = [read(path) for path in paths]
    (rate,) = {rate for _, rate in clips}
    pause = np.zeros(round(PAUSE * rate), np.float32)
    return np.concatenate([part for samples, _ in clips for part in (samples, pause)][:-1]), rate
