"""One chat as HTML: what was said, what was suggested, and the turn that is being made."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from app import markup
from app.words import words_for
from llmrec.assistant import Assistant
from llmrec.dialogue.events import Cards, Done, Event, Prose
from llmrec.dialogue.nouns import Preference, Suggestion, Turn


class Talk:
    """A view of one session of one user."""

    def __init__(self, assistant: Assistant, user: str, session_id: str) -> None:
        self.assistant, self.user, self.session_id = assistant, user, session_id
        self.shelf = assistant.shelf

    def known(self) -> list[tuple[Preference, str]]:
        held = self.assistant.preferences(self.user, self.session_id)
        return [(p, self.assistant.describe(p)) for p in reversed(held)]

    def past(self, why: str | None = None) -> str:
        """Every finished turn; the list in view keeps its cards, older ones become one line.
        `why` is the item whose reasons are unfolded. Nothing said yet: nothing."""
        turns = self.assistant.turns(self.user, self.session_id)
        if not turns:
            return ""
        in_view = max((n for n, t in enumerate(turns) if t.items), default=-1)
        before = next((t.items for t in reversed(turns[:in_view]) if t.items), ())
        opened = {why: self.why(why)} if why else {}
        told = [
            self._turn(turn, before if n == in_view else None, opened)
            for n, turn in enumerate(turns)
        ]
        return f'<div class="talk" role="log">{"".join(told)}</div>'

    def welcome(self) -> str:
        """Before anything is said: nine items to pick from, and things one could say."""
        wall = self.shelf.wall(9, int(self.session_id[:6], 16))
        return markup.welcome(words_for(self.assistant.domain, wall), wall)

    def _turn(
        self, turn: Turn, before: Sequence[Suggestion] | None, opened: Mapping[str, str]
    ) -> str:
        if turn.kind == "feedback":
            spoken = f'<p class="noted">{escape(turn.reply or turn.text)}</p>'
        else:
            spoken = markup.said(turn.text, turn.turn_id)
        cards = ""
        if turn.items and before is not None:
            known = self.assistant.preferences(self.user, self.session_id)
            cards = markup.shelf(self.shelf.cards(turn.items, before, known), opened=opened)
        elif turn.items and turn.kind == "talk":
            cards = f'<p class="earlier">{escape(titles(turn.items))}</p>'
        if turn.kind == "feedback":
            return spoken + cards
        told = markup.reply(turn.reply, turn.evidence) + self._offers(turn)
        return spoken + cards + told + markup.trace(turn)

    def _offers(self, turn: Turn) -> str:
        """Answers to an open question: posters when they are items, chips otherwise."""
        catalog = self.assistant.opened.box.catalog
        if not turn.offers:
            return ""
        if all(offer in catalog for offer in turn.offers):
            return markup.wall([self.shelf.card(offer) for offer in turn.offers])
        return markup.offers(turn.offers)

    def live(self, text: str, events: Iterator[Event]) -> Iterator[str]:
        """The running turn, growing: skeleton, cards, prose."""
        spoken, cards, prose = markup.said(text, None), markup.thinking(), ""
        yield f'<div class="talk">{spoken}{cards}</div>'
        for event in events:
            if isinstance(event, Cards):
                cards = markup.shelf(self.shelf.cards(event.items), chips=False)
            elif isinstance(event, Prose):
                prose += event.text
            elif isinstance(event, Done):
                return
            else:
                continue
            shown = cards if "bone" not in cards or not prose else ""
            yield f'<div class="talk">{spoken}{shown}{markup.reply(prose) if prose else ""}</div>'

    def why(self, item_id: str) -> str:
        """Evidence and score of an item in the list."""
        state = self.assistant.store.state(self.user, self.session_id)
        shown = next((s for s in state.shown if s.item_id == item_id), None)
        title = self.shelf.card(item_id).item.label
        if shown is None:
            return markup.evidence_panel(title, (), {})
        return markup.evidence_panel(title, shown.evidence, self.shelf.breakdown(shown.sources))


def titles(items: Sequence[Suggestion]) -> str:
    return ", ".join(f"{s.title} ({s.year})" if s.year else s.title for s in items)
