"""From free text to catalogue ids, with character spans."""
