"""Prompt text only: one file per strategy or job, versioned and hashed."""
