"""What is kept of a person, and how it is erased."""

from llmrec.store.store import Session, Store

__all__ = ["Session", "Store"]
