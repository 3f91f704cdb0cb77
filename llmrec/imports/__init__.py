"""A person's own ratings from other places, matched to the catalogue."""

from llmrec.imports.match import Matched, Review, match
from llmrec.imports.parse import ImportedRating, ImportedRatings, parse

__all__ = ["ImportedRating", "ImportedRatings", "Matched", "Review", "match", "parse"]
