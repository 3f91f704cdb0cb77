"""Tuning a causal language model to answer prompts, with adapters of every kind."""
