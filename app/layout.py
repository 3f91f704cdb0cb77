"""What stands where on the page, and nothing of what it does."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from llmrec.assistant import Assistant

LISTEN = """
const follow = () => {
  const why = element.querySelector('.card.open');
  if (why) return why.scrollIntoView({block: 'nearest', behavior: 'smooth'});
  const last = [...element.querySelectorAll('.said, .noted')].pop();
  if (last) last.scrollIntoView({block: 'start', behavior: 'smooth'});
};
if (element.closest('#past, #live')) watch('value', () => requestAnimationFrame(follow));
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button && element.contains(button)) trigger('click', {...button.dataset});
});
"""
"""Buttons inside our own HTML carry their meaning as data; one listener per part passes it on."""


@dataclass(frozen=True)
class Layout:
    """The components, by what they show."""

    session: gr.State
    editing: gr.State
    reviewed: gr.State
    new: gr.Button
    chats: gr.HTML
    known: gr.HTML
    map_fold: gr.Accordion
    figure: gr.Plot
    file: gr.File
    review: gr.HTML
    keep: gr.Button
    export: gr.DownloadButton
    erase: gr.Button
    really: gr.Button
    head: gr.HTML
    data: gr.Dropdown
    retriever: gr.Dropdown
    mode: gr.Dropdown
    diversity: gr.Slider
    banner: gr.HTML
    past: gr.HTML
    live: gr.HTML
    box: gr.Textbox
    send: gr.Button
    halt: gr.Button
    undo: gr.Button
    again: gr.Button

    @property
    def screen(self) -> list[Any]:
        """What may change with a turn, a click or another chat."""
        return [
            *(self.session, self.editing, self.chats, self.known, self.head, self.data),
            *(self.retriever, self.diversity, self.past, self.live, self.box, self.send, self.halt),
        ]

    @property
    def importing(self) -> list[Any]:
        return [self.file, self.review, self.keep, self.reviewed]


def lay_out(assistant: Assistant) -> Layout:
    """Makes the components inside the `gr.Blocks` at hand."""
    parts: dict[str, Any] = {n: gr.State(None) for n in ("session", "editing", "reviewed")}
    with gr.Sidebar(open=False, width=260, elem_id="left"):
        parts["new"] = gr.Button("New chat", elem_id="new-chat", variant="primary")
        parts["chats"] = _html("chats")
        gr.HTML("<a href='reports'>Reports of the prompt lab</a>", elem_id="reports-link")
    with gr.Sidebar(position="right", open=False, width=360, elem_id="right"):
        parts |= _drawer()
    with gr.Column(elem_id="main"):
        with gr.Row(elem_id="top"):
            parts |= _top(assistant)
        parts["banner"] = gr.HTML(visible=False, elem_id="banner")
        parts["past"], parts["live"] = _html("past"), _html("live")
        with gr.Row(elem_id="composer"):
            parts |= _composer()
    return Layout(**parts)


def _drawer() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    gr.HTML("<h3>What I know about you</h3>")
    parts["known"] = _html("known")
    with gr.Accordion("Taste map", open=False) as parts["map_fold"]:
        parts["figure"] = gr.Plot(show_label=False, elem_id="map")
    with gr.Accordion("Import my ratings", open=False):
        parts["file"] = gr.File(label="Letterboxd, IMDb, Netflix or CSV", type="filepath")
        parts["review"] = _html("review")
        parts["keep"] = gr.Button("Keep these", visible=False, elem_id="keep", variant="primary")
    with gr.Accordion("My data", open=False):
        parts["export"] = gr.DownloadButton("Export", elem_id="export")
        parts["erase"] = gr.Button("Delete everything", elem_id="erase", variant="stop")
        parts["really"] = gr.Button(
            "Really delete all my chats and tastes", elem_id="really", variant="stop", visible=False
        )
    return parts


def _top(assistant: Assistant) -> dict[str, Any]:
    modes = [
        (m.name if m.ready else f"{m.name} (not trained yet)", m.name) for m in assistant.modes()
    ]
    return {
        "head": gr.HTML(elem_id="head"),
        "data": gr.Dropdown(
            list(assistant.datasets()), value=assistant.data, label="Catalogue", elem_id="data"
        ),
        "retriever": gr.Dropdown(
            retriever_choices(assistant),
            value=assistant.retriever,
            label="Retriever",
            elem_id="retriever",
        ),
        "mode": gr.Dropdown(modes, value=assistant.mode, label="Mode", elem_id="mode"),
        "diversity": gr.Slider(0, 1, value=0.2, step=0.1, label="Variety", elem_id="dial"),
    }


def retriever_choices(assistant: Assistant) -> list[tuple[str, str]]:
    """Label and name of each; the label says what is missing."""
    infos = assistant.retrievers()
    return [(f"{r.name} ({r.note})" if r.note else r.name, r.name) for r in infos]


def _composer() -> dict[str, Any]:
    return {
        "box": gr.Textbox(
            placeholder="Tell me one you love, or what you are in the mood for",
            show_label=False,
            lines=1,
            max_lines=6,
            elem_id="say",
            scale=1,
            autofocus=True,
            container=False,
        ),
        "send": gr.Button("Send", variant="primary", elem_id="send", scale=0),
        "halt": gr.Button("Stop", elem_id="stop", scale=0, visible=False),
        "undo": gr.Button("Undo", elem_id="undo", scale=0),
        "again": gr.Button("Retry", elem_id="retry", scale=0),
    }


def _html(name: str) -> gr.HTML:
    return gr.HTML("", elem_id=name, js_on_load=LISTEN, apply_default_css=False)
