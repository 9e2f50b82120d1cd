"""The worker for a port of IndexTTS, whose own core runs on arrays of random numbers instead of its graphs: `python ports.py indextts_onnx --folder F`."""
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from index_tts_2_5_onnx import engine as port  # noqa: E402

from engine.apart import __main__ as worker  # noqa: E402
from engine.apart.bindings import numpy_core  # noqa: E402

numpy_core.STEPS, numpy_core.MOST_CODES = 2, 200
RANDOM = np.random.default_rng(0)
WEIGHT = RANDOM.standard_normal((1280, 8194), dtype=np.float32) * 0.05
STATES = RANDOM.standard_normal((8194, 1280), dtype=np.float32) * 0.05


class Run:
    def __init__(self, run):
        self.run = run


class Gpt:
    """What comes next depends on what was said and on the conditions; its end becomes likelier with every code."""

    def prefill(self, text, conditions, _language):
        return self.logits(conditions.mean(axis=1)[0] + STATES[text[0]].mean(axis=0), 0), conditions.mean(axis=1)[0]

    def step(self, state, token, at):
        return self.logits(state + STATES[token], at)

    @staticmethod
    def logits(state, at):
        found = state @ WEIGHT
        found[8193] = found.max() - 2 + at / 10
        return found


def engines(*_args, **_more):
    def spread(x, frames):
        return np.repeat(x.mean(axis=2, keepdims=True), 512, axis=2)[:, np.arange(frames) * x.shape[1] // frames].astype(np.float32)

    return SimpleNamespace(
        semantic_model=Run(lambda features, _mask: np.repeat(features, 7, axis=2)[:, :, :1024].astype(np.float32)),
        emo_vec=Run(lambda features, _lengths: np.tanh(features[0].mean(axis=0))[None, np.arange(1280) % 1024].astype(np.float32)),
        campplus=Run(lambda bank: np.tanh(bank[0].mean(axis=0))[None, np.arange(192) % 80].astype(np.float32)),
        length_regulator=Run(spread),
        codec_decode=Run(lambda codes: np.repeat(STATES[codes[0], :1024], 2, axis=0)[None]),
        bigvgan=Run(lambda mel: np.repeat(np.tanh(mel[0].mean(axis=0)), 256)),
        gpt=Gpt(),
        cfm=Run(lambda x, _prompt, _lengths, _time, _style, condition: np.repeat(condition.mean(axis=2)[:, None], 80, axis=1) - x),
    )


port.load_engines = engines
worker.main()
