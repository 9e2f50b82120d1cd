"""Bench of what is carried over from recordings and films."""
