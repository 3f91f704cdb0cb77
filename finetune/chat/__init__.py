"""Rows and tuning for understanding a turn of the chat."""
