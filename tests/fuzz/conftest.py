"""Marks everything here as fuzzing, and tells how many examples each target had."""
from pathlib import Path

import pytest

from .guard import EXECUTIONS, TARGETS

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.fuzz)


def pytest_collection_finish(session):
    TARGETS.update(item.nodeid for item in session.items if HERE in item.path.parents)


def pytest_terminal_summary(terminalreporter):
    if EXECUTIONS:
        terminalreporter.section(f"fuzzed: {sum(EXECUTIONS.values())} examples")
        for name, count in sorted(EXECUTIONS.items()):
            terminalreporter.write_line(f"{name:40} {count}")
