"""The Python environments: one for each Blender, made from the lock files, and what Blender's module wants of the system.

Starts on the standard library alone, as build.py does.
"""
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent

BLENDERS = {"5.0": "3.11", "5.2": "3.13", "4.5": "3.11", "4.3": "3.11"}
"""Blender builds that exist as a Python module with sound, and the only Python each runs on; 4.3 stands in for 4.2."""

DEFAULTS = {"3.11": "5.0", "3.13": "5.2"}
"""Python -> the Blender that `.venv` gets."""

LIBRARIES = {
    "libXxf86vm.so.1": "libxxf86vm1", "libXfixes.so.3": "libxfixes3", "libXi.so.6": "libxi6",
    "libxkbcommon.so.0": "libxkbcommon0", "libGL.so.1": "libgl1", "libSM.so.6": "libsm6",
    "libXrender.so.1": "libxrender1", "libgomp.so.1": "libgomp1",
    "libatomic.so.1": "libatomic1",
}  # fmt: skip
"""What Blender's module, and the last of them pedalboard, link on Linux beyond a bare system, and the Debian package that has it."""

STAMP = "made-from.txt"


class Stop(Exception):
    """Ends the tool with a sentence for the person."""


def default():
    """The Blender of the running Python."""
    return DEFAULTS[f"{sys.version_info[0]}.{sys.version_info[1]}"]


def environment(blender):
    """The Python of the environment with this Blender, made when it is not there. Raises Stop."""
    blender = blender or default()
    lock = ROOT / "requirements" / f"bpy-{blender}.txt"
    home = ROOT / ".venv"
    # The plain name belongs to whichever Python made it first, so that two Pythons do not undo each other's work.
    mine = blender == default() and not (home / STAMP).exists()
    if not mine and not (home / STAMP).exists() or (home / STAMP).exists() and lock.name not in (home / STAMP).read_text():
        home = ROOT / f".venv-bpy{blender}"
    system_libraries()
    return made(home, lock, interpreter(BLENDERS[blender]))


def made(home, lock, interpreter):
    """The Python of the environment `home`, which holds what the lock file says. A finished one costs nothing."""
    if not lock.exists():
        raise Stop(f"{lock} is missing.")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / STAMP
    wanted = f"{lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n"
    if stamp.exists() and stamp.read_text() == wanted and python.exists():
        return python
    if importlib.util.find_spec("ensurepip") is None:
        apt([f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"], "Python cannot make environments here")
    whole = stamp.exists() and python.exists()
    stamp.unlink(missing_ok=True)
    say(f"bringing {home.name} up to {lock.name}" if whole else f"making {home.name} from {lock.name}; Blender's module is large, this takes a minute or two")
    started = time.monotonic()
    # One that was broken off is made anew: there is no telling what it lacks.
    if not whole and subprocess.run([str(interpreter), "-m", "venv", "--clear", str(home)]).returncode:
        raise Stop(f"{home} could not be made with {interpreter}.")
    # a lock file names all that is wanted; what a package names beyond it was left out on purpose
    install = [str(python), "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "--quiet" if not sys.stderr.isatty() else "--progress-bar=on", "--require-hashes", "-r", str(lock)]
    if subprocess.run(install).returncode:
        raise Stop(f"The dependencies of {lock.name} could not be installed; see above. The next try begins anew.")
    stamp.write_text(wanted)
    say(f"made {home.name} in {time.monotonic() - started:.0f} s")
    return python


def interpreter(version):
    """A Python of this version on this computer. Raises Stop."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [[str(path)] for path in sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)]
    candidates[:0] = [[path] for path in [shutil.which(f"python{version}")] if path]
    candidates += [[path, f"-{version}"] for path in [shutil.which("py")] if path]
    for command in candidates:
        # A found name may be a mere signpost of a version manager that leads nowhere.
        answer = subprocess.run([*command, "-c", "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2], sep='|')"], capture_output=True, text=True)
        path, _, found = answer.stdout.strip().partition("|")
        if answer.returncode == 0 and found == version:
            return path
    raise Stop(f"Python {version} is not on this computer (looked for python{version} on the PATH and in pyenv).")


def version_of(python):
    """The version of an environment's Python."""
    return subprocess.run([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=True).stdout.strip()


def system_libraries():
    """Sees that Blender's module can be loaded. Raises Stop."""
    if not sys.platform.startswith("linux"):
        return
    lacking = []
    for library, name in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            lacking.append(name)
    if lacking:
        apt(lacking, "Blender's module or a package needs system libraries that are not here")


def apt(names, why):
    """Installs Debian packages, or says how. Raises Stop."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    if not shutil.which("apt-get"):
        raise Stop(f"{why}. Debian calls them {' '.join(names)}; install what your system calls the same.")
    if os.geteuid():
        raise Stop(f"{why}. Please run:\n    sudo {' '.join(command)}")
    say(f"{why}; installing {' '.join(names)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet)
    if subprocess.run(command, env=quiet).returncode:
        raise Stop(f"That failed. Please run it yourself:\n    {' '.join(command)}")


def say(text):
    """Tells the person what goes on."""
    print(f"build: {text}", file=sys.stderr, flush=True)
