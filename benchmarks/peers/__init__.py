"""Races against other libraries: each in an environment of its own, files in, top-k ids out, and
one evaluator, ours, for everybody."""
