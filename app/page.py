"""The page: what stands where, and which function answers which click."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app import markup
from app.charts import taste_map
from app.talk import Talk
from llmrec.assistant import Assistant
from llmrec.dialogue.events import Event
from llmrec.dialogue.evidence import comparative
from llmrec.errors import BadInput
from llmrec.identity import COOKIE, anonymous_user
from llmrec.imports import Review

LISTEN = """
const follow = () => {
  const last = [...element.querySelectorAll('.said, .noted, .why-panel')].pop();
  if (last) last.scrollIntoView({block: 'start', behavior: 'smooth'});
};
if (['past', 'live'].includes(element.id || element.parentElement?.id)) watch('value', follow);
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button && element.contains(button)) trigger('click', {...button.dataset});
});
"""
EXAMPLES = (
    "I loved Heat and Casino. What next?",
    "A funny film for the family, under two hours",
    "Something like Alien, but newer",
    "A slow, beautiful film from Japan",
)
HERE = Path(__file__).parent
Update = tuple[Any, ...]


def user_of(request: gr.Request) -> str:
    """The person behind a request: the login, or the browser's cookie; never a component."""
    if request.username:
        return f"login:{request.username}"
    return anonymous_user(request.cookies.get(COOKIE, "no cookie"))


class Page:
    """One page over one assistant; what differs by person or tab travels in the session id."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._stops: dict[str, threading.Event] = {}

    def build(self) -> gr.Blocks:
        """The whole page."""
        with gr.Blocks(title="llmrec", analytics_enabled=False, fill_width=True) as page:
            session = gr.State(None)
            editing = gr.State(None)
            reviewed = gr.State(None)
            with gr.Sidebar(open=False, width=260, elem_id="left"):
                new = gr.Button("New chat", elem_id="new-chat", variant="primary")
                chats = self._html("chats")
            with gr.Sidebar(position="right", open=False, width=360, elem_id="right"):
                gr.HTML("<h3>What I know about you</h3>")
                known = self._html("known")
                why = self._html("why")
                with gr.Accordion("Taste map", open=False) as map_fold:
                    figure = gr.Plot(show_label=False, elem_id="map")
                with gr.Accordion("Import my ratings", open=False):
                    file = gr.File(label="Letterboxd, IMDb, Netflix or CSV", type="filepath")
                    review = gr.HTML(elem_id="review")
                    keep = gr.Button("Keep the certain ones", visible=False, elem_id="keep")
                with gr.Accordion("My data", open=False):
                    export = gr.DownloadButton("Export", elem_id="export")
                    erase = gr.Button("Delete everything", elem_id="erase", variant="stop")
                    really = gr.Button(
                        "Really delete all my chats and tastes",
                        elem_id="really",
                        variant="stop",
                        visible=False,
                    )
            with gr.Column(elem_id="main"):
                with gr.Row(elem_id="top"):
                    gr.HTML(f"<h1>llmrec</h1><p>{self.assistant.n_items:,} films, and reasons</p>")
                    mode = gr.Dropdown(self._mode_choices(), value="auto", label="Mode", scale=0)
                    diversity = gr.Slider(
                        0, 1, value=0.2, step=0.1, label="Variety", elem_id="dial", scale=0
                    )
                if self.assistant.remote:
                    gr.HTML(
                        f"<p class='banner'>Your words are sent to {self.assistant.remote}.</p>"
                    )
                past = self._html("past")
                live = self._html("live")
                with gr.Row(elem_id="composer"):
                    box = gr.Textbox(
                        placeholder="Tell me a film you love, or what you are in the mood for",
                        show_label=False,
                        lines=1,
                        max_lines=6,
                        elem_id="say",
                        scale=1,
                        autofocus=True,
                        container=False,
                    )
                    send = gr.Button("Send", variant="primary", elem_id="send", scale=0)
                    halt = gr.Button("Stop", elem_id="stop", scale=0)
                    undo = gr.Button("Undo", elem_id="undo", scale=0)
                    again = gr.Button("Retry", elem_id="retry", scale=0)
            shown = [session, past, live, chats, known, why, box, editing]
            hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
            talk: dict[str, Any] = {**hidden, "concurrency_limit": 4, "concurrency_id": "talk"}
            page.load(self.enter, [session], [*shown, diversity], **hidden)
            gr.on([box.submit, send.click], self.say, [box, session, editing, mode], shown, **talk)
            for place in (past, live, chats, known):
                place.click(self.act, [session, mode], shown, **talk)
            again.click(self.retry, [session, mode], shown, **talk)
            undo.click(self.undo, [session], shown, **hidden)
            halt.click(self.stop, [session], None, **hidden)
            new.click(self.new, None, shown, **hidden)
            diversity.release(self.vary, [diversity, session], shown, **hidden)
            map_fold.expand(self.map, [session], [figure], **hidden)
            file.upload(self.review, [file], [review, keep, reviewed], **hidden)
            keep.click(self.keep, [reviewed, session], [review, keep, *shown], **hidden)
            export.click(self.export, None, [export], **hidden)
            erase.click(lambda: gr.update(visible=True), None, [really], **hidden)
            really.click(self.erase, None, [really, *shown], **hidden)
        return page

    @staticmethod
    def _html(name: str) -> gr.HTML:
        return gr.HTML("", elem_id=name, js_on_load=LISTEN, apply_default_css=False)

    def _mode_choices(self) -> list[tuple[str, str]]:
        return [
            (m.name if m.ready else f"{m.name} (not trained yet)", m.name)
            for m in self.assistant.modes()
        ]

    # What the page shows

    def screen(self, user: str, session_id: str, *, live: str = "", why: str = "") -> Update:
        """Every part of the page as it stands in the store."""
        talk = Talk(self.assistant, user, session_id)
        return (
            session_id,
            talk.past(EXAMPLES),
            live,
            self._chats(user, session_id),
            markup.known(talk.known()),
            why,
            "",
            None,
        )

    def _chats(self, user: str, here: str | None) -> str:
        return markup.chats([(s.session_id, s.title) for s in self.assistant.sessions(user)], here)

    def enter(self, session_id: str | None, request: gr.Request) -> Update:
        """A visit: the chat used last, or a new one."""
        user = user_of(request)
        chats = self.assistant.sessions(user)
        here = chats[0] if chats else self.assistant.new_session(user)
        dial = self.assistant.store.state(user, here.session_id).diversity
        return (*self.screen(user, here.session_id), dial)

    def new(self, request: gr.Request) -> Update:
        user = user_of(request)
        return self.screen(user, self.assistant.new_session(user).session_id)

    # Talking

    def say(
        self, text: str, session_id: str, turn_id: str | None, mode: str, request: gr.Request
    ) -> Iterator[Update]:
        """What was typed: a new turn, or an earlier one said differently."""
        user = user_of(request)
        stop = self._stops[session_id] = threading.Event()

        def ask() -> Iterator[Event]:
            if turn_id:
                return self.assistant.edit(user, session_id, turn_id, text, mode=mode, stop=stop)
            return self.assistant.stream(user, session_id, text, mode=mode, stop=stop)

        yield from self._stream(user, session_id, text, ask)

    def retry(self, session_id: str, mode: str, request: gr.Request) -> Iterator[Update]:
        user = user_of(request)
        talked = [t for t in self.assistant.turns(user, session_id) if t.kind == "talk"]
        text = talked[-1].text if talked else ""
        yield from self._stream(
            user, session_id, text, lambda: self.assistant.retry(user, session_id, mode=mode)
        )

    def _stream(
        self, user: str, session_id: str, text: str, ask: Callable[[], Iterator[Event]]
    ) -> Iterator[Update]:
        """Cards first, prose after, then the page as the store has it."""
        skip = gr.skip()
        try:
            events = ask()
            past = Talk(self.assistant, user, session_id).past(())
            for live in Talk(self.assistant, user, session_id).live(text, events):
                yield (session_id, past, live, skip, skip, skip, "", None)
        except BadInput as error:
            gr.Warning(str(error))
        yield self.screen(user, session_id)

    def stop(self, session_id: str) -> None:
        """Ends the prose of the turn that is running; what was said so far stays."""
        if session_id in self._stops:
            self._stops[session_id].set()

    def undo(self, session_id: str, request: gr.Request) -> Update:
        user = user_of(request)
        if self.assistant.undo(user, session_id) is None:
            gr.Info("There is nothing to undo.")
        return self.screen(user, session_id)

    def vary(self, value: float, session_id: str, request: gr.Request) -> Update:
        user = user_of(request)
        self.assistant.set_diversity(user, session_id, value)
        return self.screen(user, session_id)

    # Clicks

    def act(
        self, session_id: str, mode: str, request: gr.Request, event: gr.EventData
    ) -> Iterator[Update]:
        """A button in the talk, the sidebar or the drawer."""
        user, data = user_of(request), dict(event._data or {})
        try:
            yield from getattr(self, f"_act_{data.get('act')}")(user, session_id, mode, data)
        except BadInput as error:
            gr.Warning(str(error))
            yield self.screen(user, session_id)

    def _act_say(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        text = data["text"]
        ask = lambda: self.assistant.stream(user, here, text, mode=mode)  # noqa: E731
        yield from self._stream(user, here, text, ask)

    def _act_critique(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        attr, step = data["attr"], int(data["dir"])
        ask = lambda: self.assistant.critique(user, here, attr, step)  # noqa: E731
        yield from self._stream(user, here, comparative(attr, step), ask)

    def _act_similar(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        label = self.assistant.shelf.card(data["item"]).item.label
        said = {"text": f"More like {label}"}
        yield from self._act_say(user, here, mode, said)

    def _act_feedback(
        self, user: str, here: str, mode: str, data: dict[str, str]
    ) -> Iterator[Update]:
        change = self.assistant.feedback(user, here, data["item"], data["kindOf"])  # type: ignore[arg-type]
        if not change.before:
            talked = f"I like {self.assistant.shelf.card(data['item']).item.label}"
            yield from self._act_say(user, here, mode, {"text": f"{talked}, what next?"})
            return
        yield self.screen(user, here)

    def _act_why(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        talk = Talk(self.assistant, user, here)
        live = f"<div class='why-panel' tabindex='-1'>{talk.why(data['item'])}</div>"
        yield self.screen(user, here, live=live, why=talk.why(data["item"]))

    def _act_edit(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        yield (*self.screen(user, here)[:-2], data["text"], data["turn"])

    def _act_open(self, user: str, here: str, mode: str, data: dict[str, str]) -> Iterator[Update]:
        self.assistant.turns(user, data["session"])
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

    def map(self, session_id: str, request: gr.Request) -> Any:
        user = user_of(request)
        state = self.assistant.store.state(user, session_id)
        known = self.assistant.preferences(user, session_id)
        return taste_map(self.assistant.shelf.taste_map(known, state.shown))

    def review(self, path: str) -> tuple[str, Any, Review | None]:
        try:
            found = self.assistant.review_ratings(Path(path))
        except BadInput as error:
            gr.Warning(str(error))
            return "", gr.update(visible=False), None
        return markup.review(found, self.assistant.shelf), gr.update(visible=True), found

    def keep(self, found: Review, session_id: str, request: gr.Request) -> Update:
        user = user_of(request)
        kept = self.assistant.accept_ratings(user, found)
        told = f"<p>{kept} ratings kept on this machine.</p>"
        return (told, gr.update(visible=False), *self.screen(user, session_id))

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
        return (gr.update(visible=False), *self.screen(user, fresh.session_id))


def style() -> str:
    return (HERE / "style.css").read_text("utf-8")
