"""Durations hit their sum, pauses give before sounds do, and limits hold."""
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.retime import retime

DURATIONS = st.lists(st.floats(1, 40), min_size=1, max_size=60).map(np.array)


@given(natural=DURATIONS, ratio=st.floats(0.75, 1.25))
def test_sum_is_exact(natural, ratio):
    target = max(round(natural.sum() * ratio), len(natural))
    timing = retime(natural, np.ones(len(natural)), target, 0.5, 2.0)
    if 0.5 < timing.tempo < 2.0:
        assert timing.frames.sum() == target
    assert timing.frames.min() >= 1
    assert np.abs(timing.frames - natural * timing.tempo).max() <= 1.0 + 1e-6 or natural.min() * timing.tempo < 1


def test_pauses_give_first():
    natural, elasticity = np.array([20.0, 20.0, 20.0]), np.array([1.0, 2.0, 1.0])
    quick = retime(natural, elasticity, 48, 0.5, 2.0).frames
    slow = retime(natural, elasticity, 75, 0.5, 2.0).frames
    assert quick[1] < quick[0] and slow[1] > slow[0]


def test_fixed_tokens_stay():
    assert retime(np.array([10.0, 20.0, 7.0]), np.array([0.0, 1.0, 0.0]), 27, 0.3, 2.0).frames.tolist() == [10, 10, 7]


def test_limits_hold():
    natural, ones = np.full(10, 10.0), np.ones(10)
    assert retime(natural, ones, 30, 0.7, 1.4).frames.sum() == 70
    assert retime(natural, ones, 300, 0.7, 1.4).frames.sum() == 140
    assert retime(natural, ones, None, 0.7, 1.4).frames.sum() == 100
