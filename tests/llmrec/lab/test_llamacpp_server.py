"""llama.cpp's own server, over a real socket, as a model of the lab: it comes with the engine."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from classic.errors import BadInput
from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.runner import Found, Runner
from llmrec.lab.strategy import load_strategy
from llmrec.llm.llamacpp import embedded_gguf
from llmrec.llm.server import Server
from tests.llmrec.lab.made_up import made_up_task

xllamacpp = pytest.importorskip("xllamacpp")
GGUF = embedded_gguf()
pytestmark = pytest.mark.skipif(GGUF is None, reason="the embedded model is not installed")
TASK = made_up_task(2, n_candidates=4)
NAMES = ("zero_shot:history.last=3", "tool_agent:history.last=3:plan.calls=1")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    params = xllamacpp.CommonParams()
    params.model.path = str(GGUF)
    params.n_ctx, params.n_parallel, params.verbosity = 4096, 2, -1
    params.cpuparams.n_threads = 1
    params.hostnames, params.port = ["127.0.0.1"], 0
    served = xllamacpp.Server(params)
    yield f"{served.listening_address}/v1"


def run(folder: Path, model: Server) -> Found:
    answers = Answers(folder / "answers.jsonl")
    asking = Asking(model, 2, wait=lambda _: None)
    asking.check(["options"])
    try:
        strategies = [load_strategy(name) for name in NAMES]
        return Runner(TASK, strategies, asking, answers, lambda _: None, 2).run()
    finally:
        answers.close()


def test_letters_and_an_agent_by_the_server_of_llama_cpp(url: str, tmp_path: Path) -> None:
    found = run(tmp_path, Server(url))
    assert set(found.scores) == set(NAMES)
    for put in found.puts:
        assert put.prompt_tokens > 20
        assert set(put.reading.errors) <= {"missing"}
    plans = [put.reading.text for put in found.puts if put.asked.step == "plan"]
    assert len(plans) >= len(TASK.cases)


def test_a_server_that_is_gone_is_told_in_one_line_and_gone_on_with(
    url: str, tmp_path: Path
) -> None:
    """What it answered before stays; with it back, only the rest is asked."""
    model = Server(url)
    run(tmp_path / "whole", model)
    lines = (tmp_path / "whole" / "answers.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "rest").mkdir()
    kept = tmp_path / "rest" / "answers.jsonl"
    kept.write_text("".join(lines[:3]), "utf-8")
    host = urlsplit(url)
    model._client.base_url = f"http://{host.hostname}:9/v1/"  # nobody listens at discard
    with pytest.raises(BadInput, match="run the same command again") as stopped:
        run(tmp_path / "rest", model)
    assert "\n" not in str(stopped.value) and len(kept.read_text("utf-8").splitlines()) == 3
    run(tmp_path / "rest", Server(url))
    keys = {line.split('"key": "')[1][:32] for line in lines}
    again = kept.read_text("utf-8").splitlines()
    assert {line.split('"key": "')[1][:32] for line in again} == keys
