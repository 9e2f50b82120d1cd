"""Sentences in panels: as wide as the sidebar, whatever its width and Blender's scale, and nothing of them is lost."""
from types import SimpleNamespace

import blf
import bpy
import pytest

from .film import room

TOLD = "The voice model is not on this computer: /home/somebody/.config/blender/extensions/.user/models lacks kokoro.onnx. Fetch it, or import it from a folder."
CHINESE = "没有任何人可以在未经同意的情况下被录入，请写明是谁的声音，然后再试一次。"


@pytest.fixture
def layouts(film):
    return room("blender_addon.layouts")


def sidebar(width, scale=1.0, kind="UI"):
    styles = bpy.context.preferences.ui_styles
    return SimpleNamespace(region=SimpleNamespace(width=width, type=kind), preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=scale), ui_styles=styles))


def drawn(layouts, monkeypatch, text, context, icon="NONE"):
    """Text and icon of every label that a panel gets."""
    labels = []
    column = SimpleNamespace(label=lambda text, icon, translate: labels.append((text, icon)))
    monkeypatch.setattr(layouts, "bpy", SimpleNamespace(context=context))
    layouts.say(SimpleNamespace(column=lambda align: column), text, icon)
    return labels


@pytest.mark.parametrize("text", [TOLD, CHINESE])
@pytest.mark.parametrize(("width", "scale"), [(220, 1.0), (300, 1.0), (600, 1.0), (300, 1.5), (600, 2.0)])
def test_every_line_fits_the_sidebar(layouts, monkeypatch, text, width, scale):
    labels = drawn(layouts, monkeypatch, text, sidebar(width, scale), "ERROR")
    blf.size(0, 11 * scale)
    widths = [blf.dimensions(0, line)[0] for line, _icon in labels]
    assert max(widths) < width - 90 * scale, "beside tabs, edges and icon"
    assert sum(widths[:-1]) >= 0.5 * (len(widths) - 1) * (width - 100 * scale), "and uses it"
    assert "".join(line for line, _icon in labels).replace(" ", "") == text.replace(" ", ""), "nothing is lost"
    assert [icon for _line, icon in labels] == ["ERROR", *["BLANK1"] * (len(labels) - 1)]


def test_a_wider_sidebar_needs_fewer_lines_and_a_greater_scale_more(layouts, monkeypatch):
    def count(width, scale=1.0, kind="UI"):
        return len(drawn(layouts, monkeypatch, TOLD, sidebar(width, scale, kind)))

    assert count(220) > count(320) > count(800) == 1 + (count(800) > 1)
    assert count(320, 2.0) > count(320) == pytest.approx(count(640, 2.0), abs=1)
    assert count(2000) == 1 < count(2000, 1.0, "TEMPORARY"), "a dialog's width is not known yet when it is drawn"


def test_the_narrowest_sidebar_still_says_all(layouts, monkeypatch):
    labels = drawn(layouts, monkeypatch, TOLD, sidebar(1))
    assert "".join(line for line, _icon in labels).replace(" ", "") == TOLD.replace(" ", "")


def test_words_are_broken_only_where_no_line_holds_them(layouts):
    assert layouts.lines("one two three", 8, len) == ["one two", "three"]
    assert layouts.lines("in /a/very/long/path now", 9, len) == ["in", "/a/very/", "long/pat", "h now"]
    assert layouts.lines("", 9, len) == [""] and layouts.lines("W", 1, len) == ["W"]
