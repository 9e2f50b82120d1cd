"""What of a line is spoken and in which moods: directions are never said, words are understood, the rest stays itself."""
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.described import Understood
from engine.emotion import limited, over, preset, scaled
from engine.events import Done, Planned
from engine.script import Anchor, Emotion, Feeling, Mood, Wish
from engine.speak import Engine
from engine.spoken import LONGEST_TEXT, spoken

from .sound import job, line

PERHAPS = "like before"
KNOWN = {"angrily": Emotion(angry=0.8), "whispering": Emotion(whisper=0.8), "sadly": Emotion(sad=0.8)}


def read(words):
    if words == PERHAPS:
        return Understood(Emotion(calm=0.3), "calm 0.30", 0.2)
    return Understood(KNOWN[words], words, 0.9) if words in KNOWN else Understood(Emotion(), "neutral", 0.0)


def said(text, *feelings, **wish):
    return spoken(text, Wish(feelings=feelings, **wish), read)


def test_a_plain_line_is_itself():
    found = said("one two")
    assert (found.text, found.moods, found.warnings) == ("one two", (), ())


def test_a_direction_before_the_line_holds_for_all_of_it():
    found = said("[angrily] Get out, all of you.")
    assert found.text == "Get out, all of you."
    assert found.moods == (Mood(0, limited(KNOWN["angrily"])),)


def test_a_direction_within_acts_on_its_phrase():
    found = said("I know. [whispering] Come here, now.", Feeling(preset="sad"))
    base = limited(preset("sad"))
    assert found.text == "I know. Come here, now."
    assert [(found.text[mood.index :].split()[0], mood.emotion) for mood in found.moods] == [
        ("I", base), ("Come", limited(over(preset("sad"), KNOWN["whispering"]))), (",", base),
    ]  # fmt: skip


def test_of_two_moods_at_one_place_the_later_counts():
    found = said("One. [sadly] Two [angrily] three. Four.")
    assert [(found.text[mood.index :].split()[0], mood.emotion) for mood in found.moods] == [
        ("Two", limited(KNOWN["sadly"])), ("three.", limited(KNOWN["angrily"])), (".", Emotion()),
    ]  # fmt: skip


def test_words_of_the_wish_are_a_source_like_any_other():
    found = said("One.", Feeling(0.3, words="angrily"), Feeling(0.7, preset="sad"))
    (mood,) = found.moods
    assert mood.emotion == limited(Emotion(angry=0.3 * 0.8, sad=0.7))


def test_intensity_scales_directions_too():
    whole, half = (said("[angrily] One.", intensity=intensity).moods[0].emotion.angry for intensity in (1.0, 0.5))
    assert half == pytest.approx(whole / 2, abs=0.001)


def test_parentheses_in_a_sentence_are_spoken():
    assert said("He left (at last) for home.").text == "He left (at last) for home."
    assert said("（sadly）他走了。").text == "他走了。"


def test_intensity_nothing_is_neutral():
    assert said("[angrily] Get out.", Feeling(preset="sad"), intensity=0.0).moods == ()
    assert said("Get out.", Feeling(preset="sad"), intensity=0.5).moods == (Mood(0, limited(scaled(preset("sad"), 0.5))),)


def test_what_nobody_understands_is_told_and_not_spoken():
    found = said("[blue car] Get out.")
    assert found.text == "Get out." and found.moods == ()
    assert "blue car" in found.warnings[0]


def test_what_is_only_guessed_is_told():
    found = said(f"[{PERHAPS}] One. [{PERHAPS}] Two.")
    assert len(found.warnings) == 1 and PERHAPS in found.warnings[0] and "calm 0.30" in found.warnings[0] and "look at it" in found.warnings[0]
    assert found.moods[0].emotion.calm > 0, "and played all the same"
    assert said("[sadly] One.").warnings == ()


def test_places_follow_the_words():
    text = "[sadly]  One  two. [angrily] Three."
    found = said(text)
    assert found.text == "One two. Three." and len(found.places) == len(text) + 1
    for word in ("One", "two", "Three"):
        assert found.text[found.places[text.index(word)] :].startswith(word)


@given(st.text(st.sampled_from("ab .,[](（）angrily\n"), max_size=60))
def test_any_text(text):
    found = said(text)
    assert len(found.places) == len(text) + 1 and all(0 <= place <= len(found.text) for place in found.places)
    assert all(0 <= mood.index < len(found.text) for mood in found.moods)
    assert [mood.index for mood in found.moods] == sorted({mood.index for mood in found.moods})


def test_a_very_long_line_is_refused_by_name(models, tmp_path):
    events = {event.uid: event for event in Engine(models).run(1, job(tmp_path, line("long", "[sadly] " + "word " * 2000), line("good"))) if hasattr(event, "uid")}
    assert events["long"].code == "text_too_long" and str(LONGEST_TEXT) in events["long"].message
    assert isinstance(events["good"], Done)


def test_a_missing_encoder_fails_its_line_and_no_other(tmp_path):
    lines = line("words", "[angrily] one two"), line("preset", "one two", feelings=(Feeling(preset="sad"),))
    events = {event.uid: event for event in Engine(tmp_path).run(1, job(tmp_path, *lines)) if hasattr(event, "uid")}
    assert events["words"].code == "no_reader" and isinstance(events["preset"], Done)


def test_planning_tells_the_moods(models, tmp_path):
    wanted = job(tmp_path, line("a", "[angrily] one two", 2.0), line("b", "one two", 2.0), speak=False)
    found = {event.uid: event.outlook for event in Engine(models).run(1, wanted) if isinstance(event, Planned)}
    assert found["a"].moods[0].emotion.angry > 0.3 and found["b"].moods == ()
    assert found["a"].advice == found["b"].advice, "what is understood needs no advice"


def test_planning_tells_what_nobody_understands(models, tmp_path):
    wanted = job(tmp_path, line("a", "[blue car] one two", 2.0), speak=False)
    (found,) = (event.outlook for event in Engine(models).run(1, wanted) if isinstance(event, Planned))
    assert any("blue car" in advice for advice in found.advice) and found.moods == ()


def test_an_anchor_keeps_its_word_behind_a_direction(models, tmp_path):
    text = "[sadly] one two three"
    one = replace(line("a", text, 3.0), anchors=(Anchor(text.index("two"), 1.0),))
    done = next(event for event in Engine(models).run(1, job(tmp_path, one)) if isinstance(event, Done))
    assert done.take.plan.text == "one two three" and next(word.start for word in done.take.speech.words if word.text == "two") == pytest.approx(1.0, abs=0.02)


def test_a_line_of_directions_alone_is_empty(models, tmp_path):
    events = [event for event in Engine(models).run(1, job(tmp_path, line("a", "[sadly]"))) if hasattr(event, "code")]
    assert [event.code for event in events] == ["empty_text"]
