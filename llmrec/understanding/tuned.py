"""`TunedReader`: a small model, tuned to fill in forms, says what a turn wants and which part each
of its marks plays; numbers, years and subjects stay with the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmrec.linking.linker import Linker
from llmrec.linking.normal import key
from llmrec.llm.protocol import LanguageModel, ModelError, Usage
from llmrec.understanding.amounts import read_amounts
from llmrec.understanding.form import FORGET, Answer, Form
from llmrec.understanding.other_title import places_of
from llmrec.understanding.qualities import QUALITIES, step_before
from llmrec.understanding.reader import Context
from llmrec.understanding.reading import Reading
from llmrec.understanding.rest import ASKING, fitting, read_scope, words_left
from llmrec.understanding.rules import RulesReader
from llmrec.understanding.schema import Mention, Slots, Understanding
from llmrec.understanding.settled import settle
from llmrec.understanding.spans import Span, Spans
from llmrec.understanding.wishes import read_audience

_LONGEST = 600
"""Characters of a turn that the model has learned to read; longer ones are read by rule."""
_ITEMS = {"liked": "liked", "disliked": "disliked", "seen": "seen", "anchor": "anchors"}
_WISHES = {
    "person": "people",
    "genre": "genres",
    "country": "countries",
    "language": "languages",
}
_REFUSED = {"person": "not_people", "genre": "not_genres", "country": "not_countries"}


@dataclass(frozen=True)
class TunedReader:
    """A reader over the rules, who answer where the model cannot."""

    model: LanguageModel
    rules: RulesReader
    linker: Linker
    usage: Usage | None = None

    def read(self, text: str, mentions: Sequence[Mention], context: Context) -> Understanding:
        if len(text) > _LONGEST:
            read = self.rules.read(text, mentions, context)
            return read.model_copy(update={"path": "rules (a long turn)"})
        spans = Spans(self.linker, self.rules.wishes).find(text, mentions, context)
        form = Form(text, spans, context)
        try:
            said = self.model.generate_json(
                form.messages, form.schema, max_tokens=32 + 12 * len(spans), usage=self.usage
            )
            answer = Answer.of(said.value, len(spans))
        except (ModelError, KeyError, TypeError) as error:
            read = self.rules.read(text, mentions, context)
            return read.model_copy(update={"path": f"rules ({error})"})
        return self.understood(form, answer, said.confidence)

    def understood(self, form: Form, answer: Answer, confidence: float) -> Understanding:
        """A filled form as what the turn means."""
        person = self.rules.wishes.people.by_any_surname.get(key(answer.other))
        if person:  # "who is Bergman?": nobody's film is called that
            answer = replace(answer, other="")
        mentions = _mentions(form, answer)
        reading = Reading(form.text, mentions, listed=bool(form.context.shown))
        for span, part in zip(form.spans, answer.parts, strict=True):
            if part != "none" and not _inside(span, mentions):
                _say(reading, span, part, form.context)
        read_audience(reading, reading.free)
        read_amounts(reading)
        self.rules.wishes.read_subject(reading)
        read_scope(reading)
        people = [person] if person else [s.values[0] for s in form.spans if s.kind == "person"]
        intent = settle(reading, answer.aim, form.context, people)
        if person and intent in ASKING:
            reading.add("people", person)
        reading.slots["forget"] = (answer.aim == FORGET and intent == "remember") or None
        slots = Slots.model_validate({k: v for k, v in reading.slots.items() if v is not None})
        return Understanding(
            intent=intent,
            slots=fitting(slots, intent),
            mentions=mentions,
            wishes=words_left(reading) if intent in ASKING else "",
            confidence=confidence,
            path="model",
        )


def _mentions(form: Form, answer: Answer) -> tuple[Mention, ...]:
    """The titles that are meant, known or not, in order."""
    found = [
        Mention(text=form.text[s.start : s.end], start=s.start, end=s.end, item_ids=s.values)
        for s, part in zip(form.spans, answer.parts, strict=True)
        if s.kind in ("film", "title") and part != "none"
    ]
    for start, end in places_of(form.text, answer.other):
        found = [m for m in found if m.end <= start or end <= m.start]
        found.append(Mention(text=form.text[start:end], start=start, end=end))
    return tuple(sorted(found, key=lambda m: m.start))


def _inside(span: Span, mentions: Sequence[Mention]) -> bool:
    """Whether these words are a piece of a title."""
    return any(
        m.start < span.end and span.start < m.end and (m.start, m.end) != (span.start, span.end)
        for m in mentions
    )


def _say(reading: Reading, span: Span, part: str, context: Context) -> None:
    """What one mark says."""
    reading.claim([(span.start, span.end)])
    if (span.kind == "film" and len(span.values) == 1) or span.kind == "it":
        reading.add(_ITEMS[part], span.values[0])
    elif span.kind == "place":
        for place in map(int, span.values):
            places = reading.slots.setdefault("refers_to", [])
            if place not in places:
                places.append(place)
            reading.add(_ITEMS[part], context.shown[place - 1])
    elif span.kind == "quality":
        _say_quality(reading, span, part)
    elif slot := (_WISHES if part == "want" else _REFUSED).get(span.kind):
        for value in span.values:
            reading.add(slot, value)


def _say_quality(reading: Reading, span: Span, part: str) -> None:
    """A mood that is wanted, or a step towards or away from a quality. Words right before it are
    surer than a model, and a comparative is a step by itself: "nah, shorter"."""
    step = step_before(reading.text[: span.start])
    for quality, start, end in QUALITIES.find(reading.text):
        if start != span.start:
            continue
        compares = quality.mood is None and reading.text[start:end].endswith("er")
        part = step or ("want" if compares else part)
        if part == "want" and quality.mood:
            reading.add("moods", quality.mood)
        elif quality.attr:
            reading.critique(quality.attr, -quality.dir if part == "less" else quality.dir)
