"""Errors that a person can mend. The command line prints them as one line and exits with 2."""


class BadInput(ValueError):
    """The input cannot be used as it is; the message says what is wrong and how to mend it."""


class UnknownItem(BadInput):
    """An item id that is not in the catalogue."""

    def __init__(self, item_id: str, catalog: str) -> None:
        super().__init__(f"no item {item_id!r} in {catalog!r}: look it up with `llmrec understand`")
        self.item_id = item_id
