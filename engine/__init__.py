"""Dubline's speech engine: lines in, takes out. Knows nothing of Blender and loads nothing heavy when imported."""

__version__ = "0.1.0"
