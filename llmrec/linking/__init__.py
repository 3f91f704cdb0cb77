"""From free text to catalogue ids, with character spans."""

from llmrec.linking.linker import Linker

__all__ = ["Linker"]
