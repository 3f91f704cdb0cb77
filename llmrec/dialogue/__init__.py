"""One turn of the conversation, step by step."""
