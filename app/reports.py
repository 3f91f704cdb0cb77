"""The page of reports: what `llmrec evaluate prompts` wrote, to be read in the browser."""

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from llmrec.lab.reports import reports

PATH = "/reports"
_NONE = (
    "<p>No report yet. <code>llmrec evaluate prompts</code> compares prompting strategies and "
    "writes one; it will be listed here.</p>"
)


def add_reports(chat: gr.Blocks) -> None:
    """Adds the page to a chat, behind the same login."""
    with chat.route("Reports", PATH, show_in_navbar=False) as page:
        with gr.Column(elem_id="main"):
            gr.HTML("<p><a href='..'>Back to the chat</a></p><h1>Reports</h1>", elem_id="head")
            choice = gr.Dropdown(
                [], label="Report", container=False, elem_id="report-choice", interactive=True
            )
            shown = gr.HTML(_NONE, elem_id="report", apply_default_css=False)
        quiet: dict[str, Any] = {"api_visibility": "private"}
        page.load(_listed, None, [choice, shown], show_progress="hidden", **quiet)
        choice.input(_opened, [choice], [shown], **quiet)


def _listed() -> tuple[Any, str]:
    """The newest first, and open."""
    found = [(report.label, str(report.path)) for report in reports()]
    if not found:
        return gr.update(choices=[], visible=False), _NONE
    newest = found[0][1]
    return gr.update(choices=found, value=newest, visible=True), _framed(newest)


def _opened(path: str) -> str:
    """One of the reports that are listed; any other path is none."""
    if path not in {str(report.path) for report in reports()}:
        return "<p>This report is not there any more.</p>"
    return _framed(path)


def _framed(path: str) -> str:
    text = Path(path).read_text("utf-8")
    return f'<iframe class="report" title="report" srcdoc="{escape(text)}"></iframe>'
