"""Discriminative tuning: sentence encoders learn what people take next, as retriever and as
re-ranker."""
