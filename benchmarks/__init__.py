"""Commands that reproduce the figures that are quoted; never timed tests."""
