"""Pre-training of the behaviour encoder, and what it is worth."""
