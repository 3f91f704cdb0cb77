"""What the run records say, as the tables of a page: a module for each page."""
