"""`python -m blender_addon dub film.blend …` in the repository: what the command `dubline` is where it is installed."""
from importlib import import_module

from mount import mount

if __name__ == "__main__":
    mount("dubline")
    import_module("dubline.blender_addon.command").main()
