"""The verifier: takes out of a reply whatever no fact supports.

It reads a reply sentence by sentence. Every title, person, year, genre and number in a sentence
has to be carried by a fact about the items that the sentence speaks of, by the evidence, or by
what the person said; otherwise the sentence goes.
"""

from llmrec.dialogue.verify.verify import Cut, Verified, verifier, verify

__all__ = ["Cut", "Verified", "verifier", "verify"]
