"""Models that answer by rule, so that what the lab makes of answers can be checked."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from llmrec.llm.protocol import JsonAnswer, Messages, ModelAway, ModelError, ModelInfo, Usage


class Fan:
    """Loves some titles: the likeliest letter is theirs, wherever they stand. Counts its calls;
    goes away after `calls`."""

    def __init__(self, loved: Sequence[str] = (), calls: int | None = None, can: str = "") -> None:
        self.loved, self.left, self.calls, self.seen = set(loved), calls, 0, list[str]()
        forms = frozenset(can.split() or ("options", "json", "text"))
        self.info = ModelInfo("fan", can=forms)  # type: ignore[arg-type]

    def _hear(self, messages: Messages, usage: Usage | None) -> str:
        if self.left is not None and self.calls >= self.left:
            raise ModelAway("the model server cannot be reached")
        self.calls += 1
        text = messages[-1]["content"]
        self.seen.append(text)
        if usage is not None:
            usage.add(len(text.split()), 1)
        return text

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        text = self._hear(messages, usage)
        if options[0] == "Yes":
            asked = re.findall(r"Will I like (.*)\?", text)[-1]
            return [0.0, -3.0] if asked in self.loved else [-3.0, 0.0]
        shown = dict(re.findall(r"^([A-Z]): (.*?)(?: \[.*\])?$", text, re.MULTILINE))
        return [0.0 if shown.get(o) in self.loved else -5.0 - 0.01 * ord(o) for o in options]

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        letters = re.findall(r"^([A-Z]): ", self._hear(messages, usage), re.MULTILINE)
        return JsonAnswer({"ranking": letters}, True)

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        titles = re.findall(r"^[A-Z]: (.*)$", self._hear(messages, usage), re.MULTILINE)
        yield "\n".join(f"{n}. {title}" for n, title in enumerate(titles[:5], start=1))
        yield "\nA Film That Nobody Made\n"


class Writer(Fan):
    """A fan who writes by rule too: what `text` says of each prompt, all of it."""

    def __init__(self, loved: Sequence[str], text: Callable[[str], str], **more: int) -> None:
        super().__init__(loved, **more)
        self.text, self.asked_to_write = text, list[str]()

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        assert temperature == 0.0
        told = self._hear(messages, usage)
        self.asked_to_write.append(told)
        yield self.text(told)


class Broken(Fan):
    """Answers nothing that can be read."""

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        self._hear(messages, usage)
        raise ModelError("the model gave none of the options any probability")
