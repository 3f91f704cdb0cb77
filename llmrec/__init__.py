"""The conversational recommender: linking, dialogue, tools, models, store, command line."""

__version__ = "0.1.0"
