"""Prompts as files: YAML front matter, then `# system`, `# user` and `# assistant` sections; those
of a prompt that is asked before it carry its name, as in `# thoughts: user`."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

import yaml
from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from classic.errors import BadInput

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_SECTION = re.compile(r"^# (?:(\w+): )?(system|user|assistant)\s*$", re.MULTILINE)
_NEEDED = ("task", "version", "source", "channel")
_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True)


@dataclass(frozen=True)
class Prompt:
    """One prompt file. `hash` goes into every record of what it produced; `more` is what its front
    matter says beyond what every prompt says; `first` are the prompts that are asked before it, by
    name, in the order of the file."""

    name: str
    task: str
    version: int
    source: str
    channel: str
    hash: str
    sections: tuple[tuple[str, str], ...]
    more: Mapping[str, object] = field(default_factory=dict)
    first: Mapping[str, "Prompt"] = field(default_factory=dict)

    def variables(self) -> set[str]:
        """What the text wants to be given. Raises `BadInput` for a template that is broken."""
        try:
            trees = [_JINJA.parse(body) for _, body in self.sections]
        except TemplateError as error:
            raise BadInput(f"prompt {self.name!r}: {error}") from None
        return {name for tree in trees for name in meta.find_undeclared_variables(tree)}

    def messages(self, **variables: object) -> list[dict[str, str]]:
        """The chat messages. Values are data: what looks like a template in them stays text.

        Raises `BadInput` for a variable that the prompt needs and was not given.
        """
        try:
            return [
                {"role": role, "content": _JINJA.from_string(body).render(variables).strip()}
                for role, body in self.sections
            ]
        except TemplateError as error:
            raise BadInput(f"prompt {self.name!r}: {error}") from None


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt `prompts/NAME.md`. Raises `BadInput` naming what is missing."""
    path = files("prompts") / f"{name}.md"
    if not path.is_file():
        raise BadInput(f"there is no prompt {name!r} in prompts/")
    return parse_prompt(name, path.read_text("utf-8"))


def parse_prompt(name: str, text: str) -> Prompt:
    """A prompt from its file's text. Raises `BadInput`."""
    front = _FRONT.match(text)
    if not front:
        raise BadInput(f"prompt {name!r} has no front matter between --- lines")
    try:
        fields = yaml.safe_load(front[1])
    except yaml.YAMLError as error:
        told = " ".join(str(error).split())
        raise BadInput(f"prompt {name!r}: its front matter is no YAML: {told}") from None
    missing = [n for n in _NEEDED if not isinstance(fields, dict) or n not in fields]
    if missing:
        raise BadInput(f"prompt {name!r} lacks {', '.join(missing)} in its front matter")
    sections = _sections(text[front.end() :])
    own = sections.pop("", ())
    if not own:
        raise BadInput(f"prompt {name!r} has no section; write a line `# user`")
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    prompt = Prompt(
        name,
        str(fields["task"]),
        int(fields["version"]),
        str(fields["source"]),
        str(fields["channel"]),
        digest,
        own,
        {key: value for key, value in fields.items() if key not in _NEEDED},
    )
    first = {n: replace(prompt, name=f"{name}: {n}", sections=s) for n, s in sections.items()}
    return replace(prompt, first=first)


def _sections(body: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """(role, text) of each section by the name of its prompt, the file's own without a name."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    parts = _SECTION.split(body)
    for name, role, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        found[name or ""] = (*found.get(name or "", ()), (role, text))
    return found
