"""An engine apart that speaks with one of our own voices, so that it is known when its words sound: `python mimic.py MODELS VOICE` beside the usual arguments."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402
import soxr  # noqa: E402

from engine.apart import __main__ as worker  # noqa: E402
from engine.apart.bindings import Sound, tones  # noqa: E402
from engine.script import Plan, Voice, Wish  # noqa: E402
from engine.voices.kokoro import Family  # noqa: E402

MODELS, VOICE = Path(sys.argv.pop(1)), sys.argv.pop(1)


class Mimic(tones.Binding):
    def say(self, wanted, tell, stop):
        family = Family(MODELS)
        wish = Wish(shortest=wanted.shortest, longest=wanted.longest) if wanted.samples else Wish(mode="free")
        speech, sound, _warnings = family.say(Plan(wanted.text, wanted.language, Voice(VOICE, VOICE), wanted.samples / tones.RATE, wish, family.rate, 1, 0.0, "", ""), stop)
        sound = soxr.resample(sound, family.rate, tones.RATE)
        sound = np.pad(sound, (0, max(0, wanted.samples - len(sound))))[: wanted.samples or len(sound)]
        told = {"text": wanted.text, "words": [[word.text, word.start, word.end] for word in speech.words], "samples": len(sound)}
        with Path(wanted.out).with_name("known.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
        return Sound((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes(), speech.natural, device="none")


tones.Binding = Mimic
worker.main()
