"""What is measured of voices enrolled from real recordings."""
