"""How well speech fits its time: exact ends, word times, quality, phrases in step with an original, quick planning."""
