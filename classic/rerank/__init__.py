"""Last stage: re-rankers, which choose the order with the whole list in view."""
