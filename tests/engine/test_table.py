"""Tables of lines come in with whichever delimiter and order of columns, broken rows are told, and what is written comes back."""
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formats import table
from engine.formats.cue import MOST_SIGNS, Cue
from engine.problems import LineProblem

HEAD = "speaker,start_time,end_time,transcription,translation\n"


@pytest.fixture
def read(tmp_path):
    def of(text, encoding="utf-8", **options):
        path = tmp_path / "lines.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return table.read(path, **options)

    return of


def test_the_columns_of_elevenlabs(read):
    script = read(HEAD + 'Anna,"0.10000","1.15000","Hello, how are you?","Hola, ¿cómo estás?"\nBen,00:00:01.300,"00:00:02,5",Good,Bien\n')
    assert script.cues == (
        Cue("Hello, how are you?", 0.1, 1.15, "Anna", translation="Hola, ¿cómo estás?", number=2), Cue("Good", 1.3, 2.5, "Ben", translation="Bien", number=3),
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_order_delimiter_and_mark(read, encoding, delimiter):
    rows = [["End_Time", " translation", "Speaker", "note", "start time", "transcription"], ["2", "Grüße, du; da", "ANNA (softly)", "x", "1", "Hi"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' if set(cell) & {",", ";"} else cell for cell in row) for row in rows)
    assert read(text, encoding).cues == (Cue("Hi", 1.0, 2.0, "ANNA", "softly", translation="Grüße, du; da", number=2),)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("1.5", 1.5), ("1,5", 1.5), ("0", 0.0), ("3600", 3600.0), ("01:02:03,004", 3723.004), ("01:02:03.5", 3723.5), ("1:02", 62.0), ("00:00:01:12", 1.5)],
)
def test_times(read, written, seconds):
    (cue,) = read(f'start_time,end_time,transcription\n"{written}",9999,Hi\n', pictures=24.0).cues
    assert cue.start == pytest.approx(seconds, abs=1e-9)


def test_lines_without_times(read):
    assert read("speaker,transcription\nAnna,Hi\n").cues == (Cue("Hi", None, None, "Anna", number=2),)
    assert read("start_time,transcription\n3,Hi\n").cues[0].start == 3.0


def test_broken_rows_are_told_and_the_rest_is_taken(read):
    script = read(
        HEAD + "a,1,2,good,\n\n,,,,\na,3,2,backwards,\na,soon,2,words,\na,1,2,,\na,nan,2,x,\na,-1,2,x,\na,00:00:01:12,2,pictures,\na,,2,x,\na,1,2,no,quotes,here\na,1e3,2,x,\na,1,2,good,\n"
    )
    assert [(cue.text, cue.number) for cue in script.cues] == [("good", 2), ("good", 14)]
    told = [problem.message for problem in script.problems]
    assert [message.split(" is passed")[0] for message in told] == [f"Row {number}" for number in (5, 6, 7, 8, 9, 10, 11, 12, 13)]
    assert "ends before it begins" in told[0] and "'soon'" in told[1] and "no words" in told[2] and "no start_time" in told[6] and "quotes" in told[7]


def test_which_column_is_spoken(read):
    script = read(HEAD + "a,1,2,Hello,Hallo\na,2,3,Bye,\na,3,4,,Gut\n")
    translated = table.chosen(script, True)
    assert [(cue.text, cue.original, cue.translation) for cue in translated.cues] == [("Hallo", "Hello", "Hallo"), ("Gut", "", "Gut")]
    assert [problem.message for problem in translated.problems] == ["Row 3 is passed over: it has no words in the column translation."]
    own = table.chosen(script, False)
    assert [(cue.text, cue.translation) for cue in own.cues] == [("Hello", "Hallo"), ("Bye", "")] and "Row 4" in own.problems[0].message
    plain = read("transcription\nHello\n")
    assert table.chosen(plain, True) == plain, "without any translation its own words"
    long = read(HEAD + f"a,1,2,{'x' * (MOST_SIGNS + 1)},ok\n")
    assert table.chosen(long, True).cues and "longer than" in table.chosen(long, False).problems[0].message


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "names no column"), ("a,b\n1,2\n", "names no column"), (HEAD, "no lines"), ("\0", "."), (HEAD + "a,1,2,x,y\n" * 20_001, "more than 20000 rows"), (b"\xff\xfe\x00\xd8" * 99, ".")],
)
def test_what_is_no_table_is_said_to_be_none(read, content, reason):
    with pytest.raises(LineProblem, match=reason) as refused:
        read(content)
    assert refused.value.code == "bad_script"


def test_an_open_quote_costs_the_rest_and_not_what_was_before(read):
    script = read(HEAD + "a,1,2,good,\na,2,3,\"never closed" + "\nx" * 200_000)
    assert [cue.text for cue in script.cues] == ["good"] and "never closed" in script.problems[0].message and "row 3" in script.problems[0].message


@pytest.mark.parametrize("text", ['"a' * 5_000_000, "," * 10_000_000, HEAD + "," * 10_000_000, HEAD + '"' * 9_000_001, ("transcription" + "," * 9000 + "\n") * 3])
def test_a_hostile_table_is_refused_or_read_at_once(read, text):
    began = time.process_time()
    try:
        read(text)
    except LineProblem as problem:
        assert problem.code == "bad_script"
    assert time.process_time() - began < 20


@settings(max_examples=150)
@given(content=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from([
    "speaker", "start_time", "transcription", "translation", ",", ";", "\t", "\n", '"', "1", "00:00:01,5", "x y", "é", "\0", "\r", "nan", "-1", "1e9", "９", "(", ")",
]), max_size=40).map(lambda parts: ("transcription," + "".join(parts)).encode())))  # fmt: skip
def test_whatever_the_file_holds_it_is_cues_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        script = table.read(path)
    except LineProblem as problem:
        assert problem.code == "bad_script" and problem.message and problem.remedy
        return
    for cue in table.chosen(script, True).cues:
        assert cue.text and (cue.start is None or cue.start >= 0) and (cue.end is None or cue.end > cue.start)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=30).map(str.strip).filter(lambda text: any(sign.isalnum() for sign in text))


@given(cues=st.lists(st.builds(
    lambda text, start, length, speaker, translation: Cue(text, start / 1000, (start + length) / 1000, speaker, translation=translation),
    TEXT, st.integers(0, 10**7), st.integers(1, 9000), st.sampled_from(["", "ANNA", "小明", "O'Neil; Ben"]), st.one_of(st.just(""), TEXT),
), min_size=1, max_size=6, unique_by=lambda cue: cue.start), ending=st.sampled_from(table.ENDINGS))  # fmt: skip
def test_what_is_written_comes_back(tmp_path_factory, cues, ending):
    path = tmp_path_factory.getbasetemp() / f"again{ending}"
    table.write(path, cues)
    found = table.read(path).cues
    wanted = sorted(cues, key=lambda cue: cue.start)
    assert [(cue.text, cue.start, cue.end, cue.speaker, cue.translation) for cue in found] == [(cue.text, cue.start, cue.end, cue.speaker, cue.translation) for cue in wanted]


def test_a_translated_line_goes_out_in_its_column(tmp_path):
    table.write(tmp_path / "out.csv", [Cue("Hallo", 1.0, 2.25, "Anna", original="Hello"), Cue("Untimed, too")])
    assert (tmp_path / "out.csv").read_bytes().decode() == 'speaker,start_time,end_time,transcription,translation\r\nAnna,1,2.25,Hello,Hallo\r\n,,,"Untimed, too",\r\n'
    with pytest.raises(LineProblem, match="could not be written"):
        table.write(tmp_path / "nowhere" / "out.csv", [])


def test_the_documented_table_is_read_as_it_says(read):
    guide = (Path(__file__).parents[2] / "docs" / "formats" / "script.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```csv\n(.*?)```", guide, re.DOTALL)
    assert [(cue.speaker, cue.start, cue.end, cue.text, cue.translation) for cue in read(example, pictures=24.0).cues] == [
        ("Anna", 1.5, 2.75, "Who is there?", "谁在那里？"), ("Ben", 3.2, 4.5, "It's me, and I am wet.", "是我，我淋湿了。"),
    ]  # fmt: skip
    assert all(f"`{column}`" in guide for column in table.COLUMNS)
