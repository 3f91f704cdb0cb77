"""The page: which function answers which click, over one assistant for many people."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app import markup
from app.charts import taste_map
from app.layout import Layout, lay_out, retriever_choices
from app.reports import add_reports
from app.talk import Talk
from llmrec.assistant import Assistant
from llmrec.dialogue.events import Event
from llmrec.dialogue.evidence import comparative
from llmrec.errors import BadInput
from llmrec.identity import COOKIE, anonymous_user
from llmrec.imports import Review

HERE = Path(__file__).parent
Update = dict[Any, Any]
"""New values by component; what is not named stays."""
Ask = Callable[[threading.Event], Iterator[Event]]
Reviewed = tuple[Review, dict[int, str | None]]
"""A file's rows, and what the person chose for the unclear ones."""


def user_of(request: gr.Request) -> str:
    """The person behind a request: the login, or the browser's cookie; never a component."""
    if request.username:
        return f"login:{request.username}"
    return anonymous_user(request.cookies.get(COOKIE, "no cookie"))


class Page:
    """What differs by person or tab travels in the session id."""

    ui: Layout

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._stops: dict[str, threading.Event] = {}

    def build(self) -> gr.Blocks:
        """The whole page."""
        with gr.Blocks(title="llmrec", analytics_enabled=False, fill_width=True) as page:
            ui = self.ui = lay_out(self.assistant)
            quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
            talk: dict[str, Any] = {**quiet, "concurrency_limit": 4, "concurrency_id": "talk"}
            screen = ui.screen
            page.load(self.enter, [ui.session], screen, **quiet)
            page.load(self.announce, [ui.mode], [ui.banner], **quiet)
            typed = [ui.box.submit, ui.send.click]
            gr.on(typed, self.say, [ui.box, ui.session, ui.editing, ui.mode], screen, **talk)
            for place in (ui.past, ui.live, ui.chats, ui.known):
                place.click(self.act, [ui.session, ui.mode], screen, **talk)
            ui.again.click(self.retry, [ui.session, ui.mode], screen, **talk)
            ui.undo.click(self.undo, [ui.session], screen, **quiet)
            ui.halt.click(self.stop, [ui.session], None, **quiet)
            ui.new.click(self.new, [ui.session], screen, **quiet)
            ui.data.select(self.switch, [ui.data, ui.session], screen, **talk)
            ui.retriever.select(self.retrieve, [ui.retriever, ui.session], screen, **talk)
            ui.data.change(self.offer, [ui.session], [ui.retriever], **quiet)
            ui.mode.change(self.announce, [ui.mode], [ui.banner], **quiet)
            ui.diversity.release(self.vary, [ui.diversity, ui.session], screen, **quiet)
            ui.map_fold.expand(self.map, [ui.session], [ui.figure], **quiet)
            ui.file.upload(self.review, [ui.file, ui.session], ui.importing, **quiet)
            ui.review.click(self.choose, [ui.reviewed, ui.session], ui.importing, **quiet)
            kept = [*ui.importing, *screen]
            ui.keep.click(self.keep, [ui.reviewed, ui.session], kept, **quiet)
            ui.export.click(self.export, None, [ui.export], **quiet)
            ui.erase.click(lambda: gr.update(visible=True), None, [ui.really], **quiet)
            ui.really.click(self.erase, None, [ui.really, *screen], **quiet)
        add_reports(page)
        return page

    # What the page shows

    def screen(self, user: str, here: str, *, why: str | None = None) -> Update:
        """Every part of the page as it stands in the store. Raises `BadInput` for a chat that is
        gone, or about a data set that is."""
        ui, assistant = self.ui, self.assistant.over(user, here)
        talk = Talk(assistant, user, here)
        chats = [(s.session_id, s.title) for s in assistant.sessions(user)]
        return {
            ui.session: here,
            ui.editing: None,
            ui.head: markup.head(assistant.n_items, assistant.domain),
            ui.data: gr.update(choices=list(assistant.datasets()), value=assistant.data),
            ui.retriever: assistant.retriever,
            ui.diversity: assistant.store.state(user, here).diversity,
            ui.past: talk.past(why) or talk.welcome(),
            ui.live: "",
            ui.chats: markup.chats(chats, here),
            ui.known: markup.known(talk.known()),
            ui.box: "",
            ui.send: gr.update(visible=True),
            ui.halt: gr.update(visible=False),
        }

    def enter(self, here: str | None, request: gr.Request) -> Update:
        """A visit: the chat used last that can still be opened, or a new one."""
        user = user_of(request)
        for chat in self.assistant.sessions(user):
            try:
                return self.screen(user, chat.session_id)
            except BadInput as error:
                gr.Info(f"{chat.title or 'A chat'} cannot be opened: {error}")
        return self.screen(user, self.assistant.new_session(user).session_id)

    def new(self, here: str, request: gr.Request) -> Update:
        user = user_of(request)
        fresh = self.assistant.over(user, here).new_session(user)
        return self.screen(user, fresh.session_id)

    def switch(self, data: str, here: str, request: gr.Request) -> Iterator[Update]:
        """To the newest chat about a data set, or a new one; the first opening may take a while."""
        user = user_of(request)
        yield {self.ui.past: "", self.ui.live: markup.opening(data)}
        try:
            chosen = self.assistant.with_data(data)
            about = [s for s in chosen.sessions(user) if s.data == data]
            here = (about[0] if about else chosen.new_session(user)).session_id
        except BadInput as error:
            gr.Warning(str(error))
        yield self.screen(user, here)

    def retrieve(self, name: str, here: str, request: gr.Request) -> Iterator[Update]:
        """The chat by another retriever; fitting it for the first time may take a while."""
        user = user_of(request)
        yield {self.ui.live: markup.opening(name)}
        try:
            self.assistant.over(user, here).set_retriever(user, here, name)
        except BadInput as error:
            gr.Warning(str(error))
        yield self.screen(user, here)

    def offer(self, here: str, request: gr.Request) -> Any:
        """The retrievers of the catalogue that the chat is about. Apart from `screen`: a list that
        comes together with its value makes the page keep the value before."""
        assistant = self.assistant.over(user_of(request), here)
        return gr.update(choices=retriever_choices(assistant))

    def announce(self, mode: str) -> Any:
        """Says where words go before any is sent there."""
        host = self.assistant.remote(mode)
        return gr.update(value=markup.banner(host) if host else "", visible=bool(host))

    # Talking

    def say(
        self, text: str, here: str, turn_id: str | None, mode: str, request: gr.Request
    ) -> Iterator[Update]:
        """What was typed: a new turn, or an earlier one said differently."""
        user = user_of(request)
        assistant = self.assistant.over(user, here)
        if turn_id:
            ask: Ask = lambda stop: assistant.edit(  # noqa: E731
                user, here, turn_id, text, mode=mode, stop=stop
            )
        else:
            ask = lambda stop: assistant.stream(user, here, text, mode=mode, stop=stop)  # noqa: E731
        yield from self._stream(user, here, text, ask)

    def retry(self, here: str, mode: str, request: gr.Request) -> Iterator[Update]:
        user = user_of(request)
        assistant = self.assistant.over(user, here)
        talked = [t for t in assistant.turns(user, here) if t.kind == "talk"]
        text = talked[-1].text if talked else ""
        yield from self._stream(
            user, here, text, lambda stop: assistant.retry(user, here, mode=mode, stop=stop)
        )

    def _stream(self, user: str, here: str, text: str, ask: Ask) -> Iterator[Update]:
        """Cards first, prose after, then the page as the store has it. What could not be
        answered stands in the box again."""
        ui, stop, unsaid = self.ui, threading.Event(), ""
        self._stops[here] = stop
        running = {ui.send: gr.update(visible=False), ui.halt: gr.update(visible=True)}
        try:
            events = ask(stop)
            talk = Talk(self.assistant.over(user, here), user, here)
            yield {**running, ui.past: talk.past(), ui.box: "", ui.editing: None}
            for live in talk.live(text, events):
                yield {ui.live: live}
        except BadInput as error:
            gr.Warning(str(error))
            unsaid = text
        finally:
            self._stops.pop(here, None)
        yield {**self.screen(user, here), ui.box: unsaid}

    def stop(self, here: str) -> None:
        """Ends the prose of the turn that is running; what was said so far stays."""
        if running := self._stops.get(here):
            running.set()

    def undo(self, here: str, request: gr.Request) -> Update:
        user = user_of(request)
        if self.assistant.undo(user, here) is None:
            gr.Info("There is nothing to undo.")
        return self.screen(user, here)

    def vary(self, value: float, here: str, request: gr.Request) -> Update:
        user = user_of(request)
        self.assistant.over(user, here).set_diversity(user, here, value)
        return self.screen(user, here)

    # Clicks

    def act(
        self, here: str, mode: str, request: gr.Request, event: gr.EventData
    ) -> Iterator[Update]:
        """A button in the talk, the sidebar or the drawer."""
        user, data = user_of(request), dict(event._data or {})
        try:
            yield from getattr(self, f"_act_{data.get('act')}")(user, here, mode, data)
        except BadInput as error:
            gr.Warning(str(error))
            yield self.screen(user, here)

    def _act_say(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        text, assistant = data["text"], self.assistant.over(user, here)
        yield from self._stream(
            user, here, text, lambda stop: assistant.stream(user, here, text, mode=mode, stop=stop)
        )

    def _act_critique(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        said = comparative(data["attr"], int(data["dir"]))
        yield from self._act_say(user, here, mode, {"text": said})

    def _act_similar(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        label = self.assistant.over(user, here).shelf.card(data["item"]).item.label
        yield from self._act_say(user, here, mode, {"text": f"More like {label}"})

    def _act_feedback(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        assistant = self.assistant.over(user, here)
        change = assistant.feedback(user, here, data["item"], data["kindOf"])  # type: ignore[arg-type]
        if not change.before:
            label = assistant.shelf.card(data["item"]).item.label
            yield from self._act_say(user, here, mode, {"text": f"I like {label}, what next?"})
            return
        yield self.screen(user, here)

    def _act_why(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        yield self.screen(user, here, why=data["item"])

    def _act_edit(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        screen = self.screen(user, here)
        yield {**screen, self.ui.box: data["text"], self.ui.editing: data["turn"]}

    def _act_open(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        yield self.screen(user, data["session"])

    def _act_delete(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        self.assistant.delete_session(user, data["session"])
        if data["session"] == here:
            chats = self.assistant.sessions(user)
            here = (chats[0] if chats else self.assistant.new_session(user)).session_id
        yield self.screen(user, here)

    def _act_forget(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        self.assistant.forget(user, data["preference"])
        yield self.screen(user, here)

    def _act_flip(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        for p in self.assistant.preferences(user, here):
            if p.preference_id == data["preference"]:
                self.assistant.correct(user, p, polarity=-p.polarity or 1)
        yield self.screen(user, here)

    # The drawer

    def map(self, here: str, request: gr.Request) -> Any:
        user = user_of(request)
        assistant = self.assistant.over(user, here)
        shown = assistant.store.state(user, here).shown
        return taste_map(assistant.shelf.taste_map(assistant.preferences(user, here), shown))

    def review(self, path: str, here: str, request: gr.Request) -> Update:
        """What an export file holds, before anything of it is kept."""
        try:
            found = self.assistant.over(user_of(request), here).review_ratings(Path(path))
        except BadInput as error:
            gr.Warning(str(error))
            return {self.ui.file: None, self.ui.review: "", self.ui.keep: gr.update(visible=False)}
        return self._reviewed((found, {}), user_of(request), here)

    def choose(
        self, reviewed: Reviewed, here: str, request: gr.Request, event: gr.EventData
    ) -> Update:
        """One unclear row made clear."""
        found, choices = reviewed
        data = dict(event._data or {})
        chosen = {**choices, int(data["row"]): data.get("item") or None}
        return self._reviewed((found, chosen), user_of(request), here)

    def _reviewed(self, reviewed: Reviewed, user: str, here: str) -> Update:
        found, choices = reviewed
        n = len(list(found.accepted(choices)))
        return {
            self.ui.review: markup.review(found, choices, self.assistant.over(user, here).shelf),
            self.ui.keep: gr.update(visible=True, value=f"Keep {n} ratings", interactive=n > 0),
            self.ui.reviewed: reviewed,
        }

    def keep(self, reviewed: Reviewed, here: str, request: gr.Request) -> Update:
        user = user_of(request)
        kept = self.assistant.over(user, here).accept_ratings(user, *reviewed)
        return {
            **self.screen(user, here),
            self.ui.file: None,
            self.ui.review: markup.kept(kept),
            self.ui.keep: gr.update(visible=False),
            self.ui.reviewed: None,
        }

    def export(self, request: gr.Request) -> str:
        """Everything kept of a person as a file to take along."""
        folder = Path(tempfile.mkdtemp(prefix="llmrec-export-"))
        file = folder / "llmrec-my-data.json"
        file.write_text(json.dumps(self.assistant.export(user_of(request)), indent=1), "utf-8")
        return str(file)

    def erase(self, request: gr.Request) -> Update:
        user = user_of(request)
        self.assistant.erase(user)
        gr.Info("Everything about you is deleted.")
        fresh = self.assistant.new_session(user)
        return {self.ui.really: gr.update(visible=False), **self.screen(user, fresh.session_id)}


def style() -> str:
    return (HERE / "style.css").read_text("utf-8")
