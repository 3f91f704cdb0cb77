"""The page as a web application: a cookie for every visitor, a login where users are set up."""

import os
import warnings

import gradio as gr
from fastapi import FastAPI, Request, Response
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint

from app.page import Page, style
from llmrec.assistant import Assistant
from llmrec.identity import COOKIE, Users, new_cookie

_TEN_YEARS = 10 * 365 * 24 * 3600


class Visitors(BaseHTTPMiddleware):
    """Gives every new browser a random cookie, so that its chats are its own."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        if COOKIE not in request.cookies and request.method == "GET" and request.url.path == "/":
            response.set_cookie(
                COOKIE, new_cookie(), max_age=_TEN_YEARS, httponly=True, samesite="lax"
            )
        return response


def application(assistant: Assistant) -> FastAPI:
    """The page mounted at `/`, asking nothing of any other host."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    outer.add_middleware(Visitors)

    @outer.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    users = Users.configured()
    page = Page(assistant).build()
    page.queue(default_concurrency_limit=8)
    # Said of every application with more than one page; nobody asked for that mode here.
    warnings.filterwarnings("ignore", "SSR mode is not supported")
    return gr.mount_gradio_app(
        outer,
        page,
        path="/",
        auth=users.check if users else None,
        css=style(),
        theme=theme(),
        footer_links=[],
        show_error=False,
    )


def theme() -> gr.themes.Base:
    """System fonts only: a web font would be a request to someone else."""
    return gr.themes.Base(
        primary_hue="amber",
        neutral_hue="stone",
        font=["ui-sans-serif", "system-ui", "Segoe UI", "Helvetica Neue", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )
