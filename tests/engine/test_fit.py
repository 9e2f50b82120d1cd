"""A slot is met to the sample, words are never cut, and edges are silent."""
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.fit import CEILING, EDGE, fit, room
from engine.problems import LineProblem
from engine.script import Plan, Speech, Voice, Wish

SOURCE = 24000


def plan(seconds, rate=48000, quantum=0.0, **wish):
    return Plan("x", "en-us", Voice("sine", "sine", "tone"), seconds, Wish(**wish), rate, 2, quantum, "", "")


def speech_of(start, sound, tail, level=0.5):
    """A square wave: every sample of the speech is as loud as the first, so a cut word would show."""
    total = round((start + sound + tail) * SOURCE)
    samples = np.zeros(total, np.float32)
    first, last = round(start * SOURCE), round((start + sound) * SOURCE)
    samples[first:last] = level * np.where(np.arange(last - first) // 60 % 2, 1, -1)
    return Speech((), (), sound, 1.0, first / SOURCE, last / SOURCE), samples


def sounding(fitted):
    """Samples that belong to the square wave, at whatever level it is."""
    return np.flatnonzero(np.abs(fitted.audio[:, 0]) > np.abs(fitted.audio).max() / 2)


@settings(max_examples=60)
@given(
    frames=st.integers(1, 1500),
    fps=st.sampled_from([(24, 1.0), (25, 1.0), (30, 1.001), (30, 1.0), (60, 1.0), (24, 1.0013)]),
    rate=st.sampled_from([44100, 48000]),
    share=st.floats(0.05, 1.0),
    start=st.floats(0, 1.0),
)
@example(frames=1, fps=(24, 1.0), rate=48000, share=1.0, start=0.0)
def test_slot_to_the_sample(frames, fps, rate, share, start):
    wanted = plan(frames * fps[1] / fps[0], rate)
    sound = max(0.005, share * room(wanted))
    speech, samples = speech_of(start * (wanted.seconds - sound - 0.001), sound, 0.3)
    fitted = fit(speech, samples, SOURCE, wanted)
    assert len(fitted.audio) == round(wanted.seconds * rate)
    assert fitted.audio.shape[1] == 2
    assert fitted.overflow_ms == 0
    loud = sounding(fitted)
    # the fades take up to 5 ms of a sound that begins at once
    assert (loud[-1] - loud[0]) / rate == pytest.approx(speech.end - speech.start, abs=0.006)
    assert fitted.speech.start == pytest.approx(loud[0] / rate, abs=0.006)
    assert fitted.speech.end == pytest.approx(loud[-1] / rate, abs=0.006)


def test_whole_when_it_overflows():
    speech, samples = speech_of(EDGE, 2.0, 0.3)
    fitted = fit(speech, samples, SOURCE, plan(1.0, quantum=1 / 24))
    assert fitted.overflow_ms == pytest.approx(1000 + 2000 * EDGE, abs=1)
    assert len(fitted.audio) % 2000 == 0, "a longer take still ends on a whole frame"
    assert len(fitted.audio) / 48000 >= 2.0 + 2 * EDGE
    loud = sounding(fitted)
    assert (loud[-1] - loud[0]) / 48000 == pytest.approx(2.0, abs=0.002)


def test_refused_when_wished():
    speech, samples = speech_of(EDGE, 2.0, 0.3)
    with pytest.raises(LineProblem, match="10[0-9][0-9] ms more") as caught:
        fit(speech, samples, SOURCE, plan(1.0, overflow="refuse"))
    assert caught.value.code == "does_not_fit"


def test_free_length_is_whole_frames():
    speech, samples = speech_of(EDGE, 1.234, 0.3)
    fitted = fit(speech, samples, SOURCE, plan(0.0, quantum=1 / 25, mode="free"))
    assert len(fitted.audio) % 1920 == 0
    assert 1.254 <= len(fitted.audio) / 48000 < 1.254 + 0.04


def test_never_clips():
    speech, samples = speech_of(0.2, 0.5, 0.3, level=1.4)
    fitted = fit(speech, samples, SOURCE, plan(1.0))
    assert 20 * np.log10(np.abs(fitted.audio).max()) <= CEILING
    assert fitted.true_peak <= CEILING


def test_edges_are_silent():
    speech, samples = speech_of(0.2, 0.5, 0.3)
    samples += 0.004  # an offset that would click where it is cut
    fitted = fit(speech, samples, SOURCE, plan(1.0))
    assert np.abs(np.diff(fitted.audio[:240, 0])).max() < 0.001
    assert fitted.audio[0, 0] == pytest.approx(0, abs=1e-4)
    assert np.abs(fitted.audio[-240:, 0]).max() < 1e-4
