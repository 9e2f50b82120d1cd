"""What the voices read: every written thing is found in the text, spoken as a person would, in the model's symbols only."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.problems import LineProblem
from engine.voices.text import LANGUAGES, pronounce, resolve, vocabulary

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("pronunciations.txt")
READ_HERE = [code for code in LANGUAGES if code != "ja"]


def sounds(text, language="en-us"):
    """The sounds of a text without stress, spaces and pauses: two spellings of the same words are equal."""
    return "".join(c for chunk in pronounce(text, language).chunks if chunk.kind == "word" for c in chunk.phonemes if c not in "ˈˌ ")


def words(text, language="en-us"):
    return [chunk.text for chunk in pronounce(text, language).chunks if chunk.kind == "word"]


def problem(text, language="en-us"):
    with pytest.raises(LineProblem) as caught:
        pronounce(text, language)
    return caught.value


def check(text, said):
    """What must hold of any pronunciation."""
    at = 0
    for chunk in said.chunks:
        assert at <= chunk.start < chunk.end <= len(text), "in order, without overlap"
        assert chunk.text == text[chunk.start:chunk.end]
        assert chunk.phonemes and chunk.phonemes == chunk.phonemes.strip()
        assert chunk.kind in ("word", "pause")
        at = chunk.end
    assert set(said.phonemes) <= set(vocabulary())
    assert any(chunk.kind == "word" for chunk in said.chunks)
    assert not said.chunks[-1].space and "  " not in said.phonemes


def golden():
    """(language, text, [(written, phonemes), …]) of every entry of the table."""
    entries = []
    for row in GOLDEN.read_text(encoding="utf-8").splitlines():
        if row.startswith("    "):
            entries[-1][2].append(tuple(row.strip().split(" = ")))
        elif row and not row.startswith("#"):
            entries.append((*row.split(" | "), []))
    return entries


@pytest.mark.parametrize("language, text, expected", golden(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_table_of_pronunciations_holds(language, text, expected):
    said = pronounce(text, language)
    check(text, said)
    assert [(chunk.text, chunk.phonemes) for chunk in said.chunks] == expected
    assert not said.warnings


@pytest.mark.parametrize("written, spoken", [
    ("$5.20", "five dollars and twenty cents"),
    ("$1", "one dollar"),
    ("$0.50", "fifty cents"),
    ("$5 million", "five million dollars"),
    ("£3.2bn", "three point two billion pounds"),
    ("5€", "five euros"),
    ("1984", "nineteen eighty four"),
    ("1905", "nineteen oh five"),
    ("1900", "nineteen hundred"),
    ("2005", "two thousand five"),
    ("2026", "twenty twenty six"),
    ("1980s", "nineteen eighties"),
    ("'90s", "nineties"),
    ("3.5 km", "three point five kilometers"),
    ("3-5 km", "three to five kilometers"),
    ("1 km", "one kilometer"),
    ("60 mph", "sixty miles per hour"),
    ("-5°C", "minus five degrees Celsius"),
    ("50%", "fifty percent"),
    ("2nd", "second"),
    ("103rd", "one hundred third"),
    ("1,234", "one thousand two hundred thirty four"),
    ("10:05", "ten oh five"),
    ("10:00", "ten o'clock"),
    ("12/25/2026", "December twenty fifth twenty twenty six"),
    ("2½", "two and a half"),
    ("3/4", "three quarters"),
    ("Dr. Smith", "Doctor Smith"),
    ("St. Mary", "Saint Mary"),
    ("#7", "number seven"),
    ("555-0123", "five five five zero one two three"),
    ("example.com", "example dot com"),
    ("R&D", "ar and dee"),
    ("Henry VIII", "Henry the eighth"),
    ("Chapter IV", "Chapter four"),
    ("1.5M", "one point five million"),
    ("nooooo", "no"),
])
def test_english_is_read_as_a_person_would(written, spoken):
    assert sounds(f"they said {written} again") == sounds(f"they said {spoken} again")
    [*_, chunk] = [chunk for chunk in pronounce(f"they said {written}", "en-us").chunks if chunk.kind == "word"]
    assert written.endswith(chunk.text), "the written thing carries its own reading"


def test_british_dates_put_the_day_first():
    assert sounds("25/12/2026", "en-gb") == sounds("the twenty fifth of December twenty twenty six", "en-gb")


@pytest.mark.parametrize("written, spoken", [
    ("2026年11月22日", "二零二六年十一月二十二日"),
    ("3.5%", "百分之三点五"),
    ("拨打110", "拨打幺幺零"),
    ("电话13812345678", "电话幺三八幺二三四五六七八"),
    ("105米", "一百零五米"),
    ("2个人", "两个人"),
    ("第2个", "第二个"),
    ("-5°C", "负五摄氏度"),
    ("10:05", "十点零五分"),
    ("¥1,234.50", "一千二百三十四点五元"),
    ("3/4", "四分之三"),
    ("3-5天", "三到五天"),
    ("２０２６年", "二零二六年"),
    ("2026-11-22", "二零二六年十一月二十二日"),
])
def test_chinese_numbers_are_read_as_a_person_would(written, spoken):
    assert sounds(written, "zh") == sounds(spoken, "zh")


def test_a_written_thing_is_one_chunk_however_many_words_it_takes():
    said = pronounce("It cost $5.20, Dr. Smith!", "en-us")
    assert [chunk.text for chunk in said.chunks] == ["It", "cost", "$5.20", ",", "Dr.", "Smith", "!"]
    assert said.phonemes.count(",") == 1 and said.phonemes.endswith("!")


def test_a_full_stop_that_ends_the_sentence_is_a_pause_even_after_an_abbreviation():
    assert [chunk.text for chunk in pronounce("He left at 5 p.m. She stayed, etc.", "en-us").chunks][-1] == "."
    assert pronounce("He left at 5 p.m. She stayed.", "en-us").phonemes.count(".") == 2
    assert pronounce("Dr. Smith stayed.", "en-us").phonemes.count(".") == 1


def test_little_words_sound_as_they_do_in_a_sentence():
    of, the = pronounce("cat of the house", "en-us").chunks[1:3]
    assert (of.phonemes, the.phonemes) == ("ʌv", "ðə")
    assert pronounce("the apple", "en-us").chunks[0].phonemes == "ðɪ"


def test_capitals_are_shouting_and_no_abbreviations():
    assert sounds("DON'T GIVE US THE BOMB, DR. SMITH") == sounds("Don't give us the bomb, Dr. Smith")
    assert sounds("It IS here") == sounds("It is here")
    assert sounds("the FBI") == sounds("the ef bee eye")


def test_calls_are_not_spelled_out():
    assert [chunk.phonemes for chunk in pronounce("Yeah, hmm, shhh!", "en-us").chunks] == ["jˈɛə", ",", "hmm", ",", "ʃʃ", "!"]


@pytest.mark.parametrize("text, place, rhyme", [
    ("Close the door", 0, "klˈOz"), ("It is close to us", 2, "klˈOs"), ("I used to go", 1, "jˈust"), ("I used it", 1, "jˈuzd"),
    ("Tear it apart", 0, "tˈɛɹ"), ("He lives here", 1, "lˈɪvz"), ("We present it", 1, "pɹɪzˈɛnt"), ("a present", 1, "pɹˈɛzənt"),
])
def test_words_spelled_alike_are_told_apart(text, place, rhyme):
    assert pronounce(text, "en-us").chunks[place].phonemes == rhyme


def test_chinese_speaks_english_words_inside():
    said = pronounce("我喜欢用Python写code。", "zh")
    spoken = {chunk.text: chunk.phonemes for chunk in said.chunks}
    assert spoken["Python"] == pronounce("Python", "en-us").phonemes
    assert spoken["喜欢"] == "ɕi↓xwa→n"


def test_pictures_and_control_characters_are_left_out_and_reported():
    text = "Hello 😀 wor\u200bld!\x07 ❤️ 👩‍👩‍👧"
    said = pronounce(text, "en-us")
    assert said.phonemes == pronounce("Hello world!", "en-us").phonemes
    assert len(said.warnings) == 1 and "😀" in said.warnings[0] and r"\x07" in said.warnings[0]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_empty_text_is_refused(text):
    assert problem(text).code == "empty_text"


@pytest.mark.parametrize("text", ["😀", "...", "?!", "😀!!! ❤️", "—", "\u200b", "()"])
@pytest.mark.parametrize("language", ["en-us", "zh", "fr"])
def test_text_without_words_is_refused(text, language):
    assert problem(text, language).code == "nothing_to_say"


@pytest.mark.parametrize("text, language, characters", [
    ("Привет", "en-us", "П р и в е т"),
    ("say مرحبا", "en-us", "م"),
    ("this is 中文", "en-gb", "中 文"),
    ("hello かな", "en-us", "か な"),
    ("他说привет", "zh", "п"),
    ("ひらがな", "zh", "ひ"),
    ("hola नमस्ते", "es", "न"),
])
def test_a_foreign_script_is_named(text, language, characters):
    refusal = problem(text, language)
    assert refusal.code == "foreign_script" and characters in refusal.message


def test_japanese_is_refused_with_its_reason():
    refusal = problem("こんにちは", "ja")
    assert refusal.code == "no_front_end" and "Japanese" in refusal.message and "dictionary" in refusal.message


def test_a_missing_library_is_named(monkeypatch):
    from engine.voices.text import espeak

    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(LineProblem, match="eSpeak NG is missing") as caught:
        espeak.Espeak()
    assert caught.value.code == "no_front_end"


def test_a_deep_folder_does_not_keep_the_library_from_its_data(tmp_path):
    import espeakng_loader

    deep = tmp_path / ("d" * 100) / "naïve 用户" / "site-packages"
    shutil.copytree(Path(espeakng_loader.__file__).parent, deep / "espeakng_loader")
    code = (f"import sys; sys.path.insert(0, {str(deep)!r}); import espeakng_loader; assert len(espeakng_loader.get_data_path()) > 160;"
            "from engine.voices.text import pronounce; print(pronounce('hello', 'en-us').phonemes)")
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "həlˈO"


def test_languages_are_found_by_code_alias_and_name():
    assert resolve("EN") == resolve("english") == resolve("American English") == resolve("en_US") == "en-us"
    assert resolve("zh-CN") == resolve("Mandarin Chinese") == "zh"
    assert all(resolve(code) == code for code in LANGUAGES)
    assert problem("hello", "klingon").code == "unknown_language"


@pytest.mark.parametrize("language, sentence", [
    ("en-us", "The quick brown fox of the house didn't jump over $5.20 in 1984, and I have been there. "),
    ("en-gb", "no full stop and no comma in this one of the lines "),
    ("zh", "他缓缓地走过来，2026年我们在北京用iPhone打电话。"),
    ("fr", "Qu'est-ce que c'est? Les amis ont 25 ans. "),
])
def test_ten_thousand_characters_are_read_to_the_end(language, sentence):
    text = (sentence * 10000)[:10000]
    said = pronounce(text, language)
    check(text, said)
    assert said.chunks[-1].end >= 9990


def test_one_endless_word_does_no_harm():
    check("ha" * 5000, pronounce("ha" * 5000, "en-us"))


@pytest.mark.parametrize("language", READ_HERE)
@given(text=st.text(alphabet=st.sampled_from("abcXYZ 0123456789.,:;!?'\"-–—…$£€%/°#&()[]@\n😀éñ"), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_chunks_that_hold_or_a_named_problem(language, text):
    try:
        said = pronounce(text, language)
    except LineProblem as refusal:
        assert refusal.code in ("empty_text", "nothing_to_say")
    else:
        check(text, said)
        assert pronounce(text, language) == said, "the same text is read the same way every time"


@given(text=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_character_of_unicode_is_spoken_left_out_or_refused(text):
    for language in ("en-us", "zh"):
        try:
            check(text, pronounce(text, language))
        except LineProblem as refusal:
            assert refusal.code in ("empty_text", "nothing_to_say", "foreign_script")


@pytest.mark.parametrize("text", ["Nobody is left out here 123 km at all", "She'll re-enter O'Neill's co-op in the U.S.A. today"])
def test_no_letter_or_digit_is_passed_over(text):
    covered = {place for chunk in pronounce(text, "en-us").chunks for place in range(chunk.start, chunk.end)}
    assert not [c for place, c in enumerate(text) if c.isalnum() and place not in covered]


def test_importing_the_front_end_loads_no_library():
    code = "import sys, engine.voices.text; print([m for m in ('espeakng_loader', 'jieba', 'pypinyin', 'cn2an') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_chinese_prints_nothing_and_leaves_no_file(tmp_path):
    code = "from engine.voices.text import pronounce; pronounce('他缓缓地走过来', 'zh')"
    command = [sys.executable, "-X", f"pycache_prefix={tmp_path / 'compiled'}", "-c", code]
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path / "temporary"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""
    assert not list((tmp_path / "temporary").iterdir())
