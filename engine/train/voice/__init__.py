"""The training of the encoder that hears a timbre: our own engine's speech in voices that never were, and what may befall a recording."""
