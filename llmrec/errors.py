"""The errors that front ends answer to."""

from classic.errors import BadInput
from llmrec.llm.protocol import ModelError

__all__ = ["BadInput", "ModelError"]
