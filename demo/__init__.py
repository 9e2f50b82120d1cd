"""The sample film: built with Blender, dubbed by the add-on's own button, and judged in a report."""
