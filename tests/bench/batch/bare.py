"""What the files of takes cost with nothing of ours: each encoded, written and laid by Blender once more: `python -m tests.bench.batch.bare FOLDER FIGURES`."""
from __future__ import annotations

import io
import json
import os
import sys
import time
from pathlib import Path


def main(folder: Path, figures: Path):
    """CPU seconds of all takes in the folder, by what was done with them."""
    import bpy
    import soundfile

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    editor = bpy.context.scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    told = {"encoded": 0.0, "written": 0.0, "laid": 0.0}
    for place, path in enumerate(sorted(folder.glob("[!.]*.wav"))):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        content, copy = io.BytesIO(), folder / f"{path.stem}.copy"
        started = time.process_time()
        with soundfile.SoundFile(content, "w", rate, samples.shape[1], subtype="PCM_24", format="WAV") as wav:
            wav.write(samples)
        encoded = time.process_time()
        with copy.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        written = time.process_time()
        strips.new_sound(name=path.stem, filepath=str(path), channel=1, frame_start=1 + 100 * place)
        laid = time.process_time()
        copy.unlink()
        for name, seconds in (("encoded", encoded - started), ("written", written - encoded), ("laid", laid - written)):
            told[name] += seconds
    figures.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)  # bpy up to 4.5 crashes or hangs when the interpreter takes it down
