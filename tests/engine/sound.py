"""Jobs of the weightless voice, and what is heard in a written file."""
import numpy as np
import soundfile

from engine.script import Cast, Job, Line, Voice, Wish

TONE = Cast(default=Voice("sine", family="tone"))


def line(uid="a", text="one two three", seconds=1.0, **wish):
    return Line(uid, text, seconds=seconds, wish=Wish(**wish))


def job(folder, *lines, **settings):
    return Job(lines or (line(),), settings.pop("cast", TONE), str(folder), **settings)


def heard(path):
    """Samples of the first channel and the rate."""
    samples, rate = soundfile.read(path, always_2d=True)
    assert np.array_equal(samples[:, 0], samples[:, -1])
    return samples[:, 0], rate


def audible(path, floor=0.003):
    """First and last sample above the floor."""
    samples, _rate = heard(path)
    loud = np.flatnonzero(np.abs(samples) > floor)
    return int(loud[0]), int(loud[-1])
