"""Third stage: rankers."""
