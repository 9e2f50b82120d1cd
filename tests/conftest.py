"""Mounts the repository root as a package, the way Blender mounts the extension, so that relative imports hold in tests."""
import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "dubline_dev"

os.environ.setdefault("DUBLINE_MODELS", str(ROOT / ".models"))


def mount():
    """The root package under a test name; the same module every time."""
    if PACKAGE not in sys.modules:
        spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
        module = importlib.util.module_from_spec(spec)
        sys.modules[PACKAGE] = module
        spec.loader.exec_module(module)
    return sys.modules[PACKAGE]


# how long an example takes is no test
settings.register_profile("dubline", deadline=None)
settings.load_profile("dubline")


def pytest_configure():
    mount()


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
