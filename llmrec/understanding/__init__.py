"""What a turn asks for: its intent and its slots."""
