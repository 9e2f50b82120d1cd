"""Teaches the encoder that `engine.hear.feeling` listens with: speech with known emotions, network, training, judgement, export."""
