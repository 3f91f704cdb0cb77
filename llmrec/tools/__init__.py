"""What the dialogue can do: typed tools over the catalogue and the pipeline."""
