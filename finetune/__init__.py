"""Training scripts and their row builders. Models live in llmrec or classic."""
