"""Subtitles that are not in Unicode: a guess is told with its name, and the person's word counts."""
import bpy
import pytest

from .film import room


def put(film, cue: bytes, **options):
    path = film.folder / "film.srt"
    path.write_bytes(cue)
    return bpy.ops.dubline.import_subtitles(filepath=str(path), **options)


def said(film):
    return [film.words.text_of(strip) for strip in film.compat.all_strips(film.editor)]


ENCODED = {
    "cp1252": "Où est-il allé ? Ça m'est égal.", "cp1251": "Привет, как дела? Я не знаю, где он.", "gb18030": "你好，你在哪里？我马上就来。",
    "cp932": "こんにちは、元気ですか？今日はどこへ行くの？", "big5": "你好，你在哪裡？我馬上就來。這件事跟你沒有關係。",
}  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_guessed_encoding_is_told_and_a_chosen_one_is_taken(film, capfd, encoding):
    cue = f"1\n00:00:01,000 --> 00:00:09,000\n{ENCODED[encoding]}\n".encode(encoding)
    capfd.readouterr()
    put(film, cue)
    assert said(film) == [ENCODED[encoding]]
    assert f"its encoding seems to be {dict(cp1252='Western', cp1251='Cyrillic', gb18030='Simplified Chinese', cp932='Japanese', big5='Traditional Chinese')[encoding]} ({encoding})" in capfd.readouterr().out
    put(film, cue, encoding=encoding)
    assert said(film) == [ENCODED[encoding]] and "seems" not in capfd.readouterr().out
    put(film, cue, encoding="cp1252" if encoding == "cp1251" else "koi8_r")
    assert len(said(film)) == 1 and said(film) != [ENCODED[encoding]], "the person's word counts"
    put(film, cue)
    assert said(film) == [ENCODED[encoding]], "and to choose another mends it"


def test_every_encoding_to_choose_is_one(film):
    for code, name, _told in room("blender_addon.subtitle_ops").ENCODINGS[1:]:
        assert "".encode(code) in (b"", b"\xff\xfe"), name


def test_long_texts_and_old_encodings_come_in_whole(film):
    text = "Ça va très bien, à bientôt, mon élève. " * 20
    put(film, f"1\n00:00:01,000 --> 00:00:09,000\n{text}\n".encode("cp1252"))
    assert said(film) == [text.strip()]
    put(film, "1\n00:00:01,000 --> 00:00:09,000\nΔεν\n".encode("cp1253"), encoding="cp1253")
    assert said(film) == ["Δεν"]
