"""A person's own ratings from other places, matched to the catalogue."""

from llmrec.imports.match import Review, match
from llmrec.imports.parse import ImportedRating, ImportedRatings, parse

__all__ = ["ImportedRating", "ImportedRatings", "Review", "match", "parse"]
