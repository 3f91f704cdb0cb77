"""Measures the conversational half on labelled turns."""
