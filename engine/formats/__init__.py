"""Scripts, subtitles and tables that hold lines: one file a format."""
