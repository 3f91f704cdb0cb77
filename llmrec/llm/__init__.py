"""Language models behind one protocol of three methods."""
