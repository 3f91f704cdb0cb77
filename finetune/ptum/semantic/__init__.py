"""Items as short codes of what they are, and a net that writes the next one digit by digit."""
