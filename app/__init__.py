"""The browser front end: pages, cards, charts. Knows llmrec only."""
