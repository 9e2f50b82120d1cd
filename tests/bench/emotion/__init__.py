"""How well an emotion arrives: words, quality, voice, and every axis of the literature, measured by others' instruments."""
