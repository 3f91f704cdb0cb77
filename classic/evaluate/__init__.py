"""Protocols, and what the models score under them."""
