"""Rows and tuning for telling why a title is on the list."""
