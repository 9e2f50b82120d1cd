"""The natural length that is told before anything is spoken is near what the voice then needs."""
from pathlib import Path

import numpy as np
import pytest

from engine.events import Done, Planned
from engine.problems import LineProblem
from engine.script import Cast, Job, Line, Role, Voice, Wish
from engine.speak import Engine
from engine.voices.kokoro import Family

SAID = {
    "af_heart": ("We kept every pause exactly where he left it.", "No.", "Then we simply talk a little faster."),
    "bm_george": ("What if there is hardly any time to say it all?", "Good morning, and welcome to the show."),
    "zf_xiaobei": ("你怎么敢这样对我!", "今天的天气非常好。"),
    "zm_yunxi": ("我们明天早上再见。", "请把门关上,外面太冷了。"),
}


@pytest.mark.model
def test_near_the_real_length(models, tmp_path):
    engine = Engine(models, 2)
    cast = Cast(tuple(Role(name, Voice(name)) for name in SAID))
    lines = tuple(Line(f"{name}-{i}", text, name, wish=Wish("free")) for name, texts in SAID.items() for i, text in enumerate(texts))
    job = Job(lines, cast, str(tmp_path))
    told = {event.uid: event.outlook.natural for event in engine.run(1, Job(lines, cast, speak=False)) if isinstance(event, Planned)}
    real = {event.uid: event.take.speech.end - event.take.speech.start for event in engine.run(2, job) if isinstance(event, Done)}
    assert set(told) == set(real) == {line.uid for line in lines}
    error = np.array([abs(told[uid] / real[uid] - 1) for uid in real])
    assert np.median(error) <= 0.10 and all(e <= 0.30 or e * real[uid] <= 0.2 for e, uid in zip(error, real, strict=True)), dict(zip(real, error.round(2), strict=True))


@pytest.mark.parametrize("text", ["", "…", "!?", "word " * 900, "a" * 300])
def test_odd_texts_are_told_or_refused(text):
    family = Family(Path("nowhere"))
    try:
        assert family.foretell(text, "en-us", Voice("af_heart")) > 0
    except LineProblem as problem:
        assert problem.code in ("nothing_to_say", "empty_text", "word_too_long")
