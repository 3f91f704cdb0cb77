"""First stage: retrievers. Each scores every item for a history, known or folded in."""
