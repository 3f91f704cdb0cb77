"""`Toolbox`: what every tool needs, made once per catalogue, and the tools by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classic.candidates import Candidates
from classic.data.catalog import Catalog
from classic.errors import BadInput
from classic.filters import allowed
from classic.pipeline import Pipeline
from classic.query import Query
from llmrec.dialogue.nouns import TraceStep
from llmrec.tools.limits import lift, spell
from llmrec.tools.result import ToolResult
from llmrec.understanding.schema import Frozen

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from llmrec.behaviour.people import People


@dataclass(frozen=True)
class Toolbox:
    """The catalogue, the pipeline over it, an optional text encoder (text -> float32 [d]), and what
    is pre-trained on the catalogue's people."""

    catalog: Catalog
    pipeline: Pipeline
    encode: Callable[[str], np.ndarray] | None = None
    behaviour: "People | None" = None

    def run(self, query: Query, verb: str) -> ToolResult:
        """The pipeline's answer; when nothing is left, says which limit did it and lifts it."""
        query = self._embedded(query)
        remaining = int(allowed(self.catalog, query.constraints).sum())
        emptied: tuple[str, ...] = ()
        relaxed: tuple[str, ...] = ()
        if not remaining:
            emptied = tuple(spell(query.constraints, n) for n in query.constraints.active)
            limits, relaxed = lift(query.constraints, lambda c: int(allowed(self.catalog, c).sum()))
            query = replace(query, constraints=limits)
        candidates, stages = self.pipeline.trace(query)
        steps = tuple(
            TraceStep(step=s.name, tool=verb, n_in=s.n_in, n_out=s.n_out, ms=s.ms) for s in stages
        )
        return ToolResult(
            note=self._note(remaining, candidates, relaxed),
            candidates=candidates,
            items=candidates.item_ids,
            n_in=len(self.catalog),
            emptied_by=emptied,
            relaxed=relaxed,
            steps=steps,
        )

    def people(self) -> "People":
        """Raises `BadInput` where nothing can be pre-trained."""
        if self.behaviour is None:
            raise BadInput(f"no behaviour encoder reads people of {self.catalog.name}")
        return self.behaviour

    def score(self, query: Query, item_ids: tuple[str, ...]) -> Candidates:
        """The given items with their scores and sources, limits ignored."""
        return self.pipeline.score(self._embedded(query), item_ids)

    def _embedded(self, query: Query) -> Query:
        if not query.text or query.text_vector is not None or self.encode is None:
            return query
        return replace(query, text_vector=self.encode(query.text))

    def _note(self, remaining: int, found: Candidates, relaxed: tuple[str, ...]) -> str:
        lifted = f" Nothing fitted until I lifted: {'; '.join(relaxed)}." if relaxed else ""
        return f"{len(self.catalog)} items, {remaining} fit, {len(found)} chosen.{lifted}"


@dataclass(frozen=True)
class Tool:
    """A named function over typed arguments. `run` raises `BadInput` for an id that the catalogue
    does not have, or for want of something to answer by, as an encoder that was not pre-trained;
    and nothing else on arguments that validate."""

    name: str
    description: str
    arguments: type[Frozen]
    run: Callable[[Any, Toolbox], ToolResult]

    def as_langchain(self, box: Toolbox) -> "BaseTool":
        """The tool for any LangChain agent: the note is its content, the result its artifact. An
        id that does not exist is told to the agent, so that it can do better."""
        from langchain_core.tools import StructuredTool, ToolException

        def call(**arguments: object) -> tuple[str, ToolResult]:
            try:
                result = self.run(self.arguments.model_validate(arguments), box)
            except BadInput as error:
                raise ToolException(str(error)) from None
            named = ", ".join(box.catalog[i].label for i in result.items[:10])
            return f"{result.note} {named}".strip(), result

        return StructuredTool.from_function(
            func=call,
            name=self.name,
            description=self.description,
            args_schema=self.arguments,
            response_format="content_and_artifact",
            handle_tool_error=True,
        )


def langchain_tools(tools: Mapping[str, Tool], box: Toolbox) -> list["BaseTool"]:
    """All tools, ready to be bound to a LangChain chat model."""
    return [tool.as_langchain(box) for tool in tools.values()]
