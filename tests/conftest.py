"""Mounts the repository root as a package, the way Blender mounts the extension, so that relative imports hold in tests."""
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from mount import mount

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "dubline_dev"

os.environ.setdefault("DUBLINE_MODELS", str(ROOT / ".models"))


# how long an example takes is no test
settings.register_profile("dubline", deadline=None)
settings.load_profile("dubline")


def pytest_configure():
    mount(PACKAGE)


@pytest.fixture(scope="session")
def models() -> Path:
    """Folder of the voice models that `build.py models fetch` filled."""
    return Path(os.environ["DUBLINE_MODELS"])


def pytest_unconfigure(config):
    # bpy up to 4.5 crashes or hangs when the interpreter takes it down with anything still registered.
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(getattr(config, "exit_status", 1))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    session.config.exit_status = int(exitstatus)
