"""Catalogues and interactions: the nouns, and how each data set is found and read."""
