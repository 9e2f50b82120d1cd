"""Where real Blender windows come from: a folder for each Debian suite, made once, and how to run a program in it."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SUITES = {"4.3": "trixie", "5.2": "sid"}
"""Blender -> the Debian suite that has it."""

PACKAGES = (
    "blender", "xvfb", "xauth", "xdotool", "imagemagick", "tesseract-ocr", "libgl1-mesa-dri", "libegl1",
    # Blender's extension system is silent without the last, and Debian's package of Blender names none of these
    "python3-numpy", "python3-requests", "python3-zstandard", "python3-cattr",
)  # fmt: skip

MADE = "made-from.txt"


class Obstacle(Exception):
    """Why there is no Blender to look at, as a sentence for the person."""


class NoDebian(Obstacle):
    """Why none can be made on this computer."""


class Root:
    """A folder with a Debian and its Blender in it."""

    def __init__(self, blender: str):
        home = Path(os.environ.get("DUBLINE_GUI_ROOTS") or Path.home() / ".cache" / "dubline" / "gui")
        self.blender, self.suite, self.folder = blender, SUITES[blender], home / SUITES[blender]

    def command(self, *words, **surroundings) -> list[str]:
        """How to run a program in it."""
        given = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **surroundings}
        return ["chroot", str(self.folder), "env", "-i", *(f"{name}={value}" for name, value in given.items()), *map(str, words)]

    def run(self, *words, **surroundings) -> str:
        """Runs a program in it to its end; gives what it said. Raises CalledProcessError."""
        return subprocess.run(self.command(*words, **surroundings), capture_output=True, text=True, check=True).stdout

    @property
    def python(self) -> str:
        """The version of its Python, which is its Blender's."""
        return self.run("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()

    def make(self):
        """Makes the folder unless it is there. Raises NoDebian."""
        wanted = " ".join(PACKAGES) + "\n"
        stamp = self.folder / MADE
        if stamp.exists() and stamp.read_text() == wanted:
            return
        if not sys.platform.startswith("linux") or os.geteuid():
            raise NoDebian("Real Blender windows are made from Debian's packages, which needs Linux and root.")
        if not shutil.which("mmdebstrap"):
            print("gui: installing mmdebstrap", file=sys.stderr, flush=True)
            subprocess.run(["apt-get", "update", "-qq"])
            if subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}).returncode:
                raise NoDebian("mmdebstrap, which makes a Debian in a folder, could not be installed.")
        print(f"gui: making {self.folder}, Debian {self.suite} with its Blender: about 350 MB to download, 1.5 GB on disk", file=sys.stderr, flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # what it mounts while it works is seen by nobody else and gone with it, however it ends
        command = ["unshare", "--mount", "mmdebstrap", "--mode=root", "--variant=apt", "--components=main", "--quiet", "--aptopt=APT::Install-Recommends \"false\""]
        # the snapshot of a suite that moves on is soon older than it says it may be
        command += ["--aptopt=Acquire::Check-Valid-Until \"false\"", "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*"]
        if subprocess.run([*command, f"--include={','.join(PACKAGES)}", self.suite, str(self.folder), mirror()]).returncode:
            raise NoDebian(f"Debian {self.suite} could not be made in {self.folder}; see above.")
        stamp.write_text(wanted)


def mirror() -> str:
    """The address that this computer's own apt takes Debian from. Raises NoDebian."""
    if not shutil.which("apt-get"):
        raise NoDebian("Real Blender windows are made from Debian's packages, and there is no apt here.")
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"]
    found = subprocess.run(ask, capture_output=True, text=True).stdout.split()
    if not found:
        raise NoDebian("apt names no source of Debian's packages; `apt-get update` may help.")
    return found[0]
