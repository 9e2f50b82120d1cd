"""What an engine that imitates recordings is given of a voice: the recording that an enrolled person allowed to keep, or a sentence of a stock voice."""
from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import whole
from ..problems import LineProblem
from ..script import Plan, Voice, Wish
from . import Family, Stop
from .library import RECORDING, Library
from .stock import MODEL
from .stock import names as stock_voices

SENTENCES = {
    "en-us": "I went down to the harbour early that morning, and the boats were still asleep. Nobody asked me where I was going, so I simply kept on walking.",
    "en-gb": "I went down to the harbour early that morning, and the boats were still asleep. Nobody asked me where I was going, so I simply kept on walking.",
    "zh": "那天清早我走到港口，船都还睡着。没有人问我要去哪里，我就一直往前走，走到看不见房子的地方。",
    "es": "Aquella mañana bajé temprano al puerto, y los barcos dormían todavía. Nadie me preguntó adónde iba, así que seguí caminando.",
    "fr": "Ce matin-là, je suis descendu tôt au port, et les bateaux dormaient encore. Personne ne m'a demandé où j'allais, alors j'ai continué à marcher.",
    "hi": "उस सुबह मैं जल्दी बंदरगाह गया, और नावें अभी सो रही थीं। किसी ने मुझसे नहीं पूछा कि मैं कहाँ जा रहा हूँ, इसलिए मैं चलता रहा।",
    "it": "Quella mattina scesi presto al porto, e le barche dormivano ancora. Nessuno mi chiese dove andassi, così continuai a camminare.",
    "ja": "あの朝、早く港へ下りていくと、船はまだ眠っていました。どこへ行くのかと誰も聞かなかったので、そのまま歩き続けました。",
    "pt-br": "Naquela manhã desci cedo ao porto, e os barcos ainda dormiam. Ninguém me perguntou aonde eu ia, então continuei andando.",
}
"""What a stock voice says, in its own language: six to ten seconds in its plain manner."""


class Reference:
    """The recordings of a model folder's voices."""

    def __init__(self, models: Path, ours: Callable[[], Family]):
        """ours: gives the family of the stock voices."""
        self._models, self._ours = Path(models), ours
        self._library = Library(models)
        self._stock = stock_voices()

    def digest(self, name: str, engine: str) -> str:
        """A hash of the recording, without making it. Raises LineProblem `unknown_voice`, `bad_voice` or `no_source`."""
        if name in self._stock:
            return self._key(name)
        found = self._library.find(name).recording
        if not found:
            raise LineProblem("no_source", voice=name, engine=engine)
        return found

    def path(self, name: str, engine: str, stop: Stop) -> Path:
        """The recording. Raises LineProblem as `digest`, and as the speaking of a stock voice does; Cancelled."""
        if name not in self._stock:
            self.digest(name, engine)
            self._library.recording(name)  # it is the one that was kept
            return self._library.home / name / RECORDING
        path = self._models / "engines" / "references" / f"{name}-{self._key(name)[:12]}.wav"
        if not path.exists():
            self._say(name, path, stop)
        return path

    def _key(self, name: str) -> str:
        return hashlib.sha256(f"{MODEL} {name} {SENTENCES[self._stock[name]]}".encode()).hexdigest()

    def _say(self, name: str, path: Path, stop: Stop) -> None:
        family, language = self._ours(), self._stock[name]
        plan = Plan(SENTENCES[language], language, Voice(name, name), 0.0, Wish(mode="free"), family.rate, 1, 0.0, "", "")
        _speech, samples, _warnings = family.say(plan, stop)
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(family.rate)
            wav.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            whole.write(path, file.getvalue())
        except OSError as error:
            raise LineProblem("cannot_keep", folder=str(path.parent), reason=error.strerror or str(error)) from error
