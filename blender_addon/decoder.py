"""A film's sound as a FLAC, the way a Blender of its own makes it: PATH, TARGET, START and SECONDS stand behind `--`. Nothing of ours imports it."""
import os
import sys

import bpy  # noqa: F401  its sound library can be found only after it

import aud  # isort: skip

path, target, start, seconds = sys.argv[sys.argv.index("--") + 1 :]
sound = aud.Sound.file(path)
# up to Blender 5.0 reading the samples of a file that is no sound ends the whole program; its specs fail gently
rate, channels = sound.specs
if float(seconds):
    sound = sound.limit(float(start), float(start) + float(seconds))
sound.write(target, round(rate), channels, aud.FORMAT_S24, aud.CONTAINER_FLAC, aud.CODEC_FLAC, 256000, 4096)
# as a module Blender may hang when it is taken down
os._exit(0)
