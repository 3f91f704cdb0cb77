"""Classic recommenders: data, models by stage, pipeline, metrics. Needs no language model."""
