"""Tuning a model to choose: the letter of what a person takes next, or Yes and No."""
