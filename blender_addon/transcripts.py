"""What was heard in a recording as text strips beside it: one a sentence, in its frames, with the times of its words. Frames start here."""
from __future__ import annotations

import math

from ..engine.tracks import Sentence, Transcript
from . import backgrounds, compat, pieces, props, words


def lay(scene, strip, shift: int, last: int, transcript: Transcript) -> tuple[int, int]:
    """Makes a text strip of every sentence that none stands for yet; how many were made, and how many were there.

    shift: frames from the strip's first to where the recording that was heard begins; last: frames from there to its end.
    Raises LineProblem `no_channel`.
    """
    second, first = pieces.second(scene), compat.start(strip) + shift
    spans = _spans(transcript.sentences, second, last)
    texts = [piece for piece in pieces.seen(scene.sequence_editor) if piece.strip.type == "TEXT"]
    missing = [
        (first + begin, first + end, one)
        for (begin, end), one in zip(spans, transcript.sentences, strict=True)
        if not any(2 * min(first + end - text.first, text.last - first - begin, end - begin, text.frames) > end - begin for text in texts)
    ]
    if not missing:
        return 0, len(spans)
    owner = compat.parent(scene.sequence_editor, strip)
    channel = backgrounds.free_channel(owner, "", missing[0][0], missing[-1][1], strip.channel)
    for begin, end, one in missing:
        made = compat.new_text(owner, one.text[:40], "", channel, begin, end - begin)
        made.location, made.wrap_width, made.select = (0.5, 0.07), 0.9, False
        words.set_text(made, one.text)
        at = (begin - first) * second
        times = [[word.text, round(word.start - at, 3), round(word.end - at, 3)] for word in one.words]
        props.update(made, heard={"text": one.text, "language": transcript.language, "words": times})
    return len(missing), len(spans) - len(missing)


def _spans(sentences: tuple[Sentence, ...], second: float, last: int) -> list[tuple[int, int]]:
    """First frame and the one after the last of every sentence: each has one at least, and none lies over another."""
    found = []
    for number, one in enumerate(sentences):
        begin = max(found[-1][1] if found else 0, math.floor(one.start / second + 1e-6))
        end = math.ceil(one.end / second - 1e-6)
        if number + 1 < len(sentences):
            end = min(end, math.floor(sentences[number + 1].start / second + 1e-6))
        found.append((begin, max(begin + 1, min(end, last))))
    return found
