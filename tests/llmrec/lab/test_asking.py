"""Questions over a real socket: in flight together, asked again, and what a dead server leaves."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from classic.errors import BadInput
from llmrec.lab.answers import Answers
from llmrec.lab.asking import Asking
from llmrec.lab.runner import Runner
from llmrec.lab.strategy import load_strategy
from llmrec.llm.server import Server
from tests.llmrec.lab.made_up import made_up_task

TASK = made_up_task(4)


class Handler(BaseHTTPRequestHandler):
    """Likes the first letter; says it is busy to `busy` questions first; dies after `alive`."""

    busy, alive, answered, at_once, most = 0, 10**9, 0, 0, 0
    lock = threading.Lock()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._send(200, {"data": [{"id": "tiny"}]})

    def do_POST(self) -> None:
        cls = type(self)
        self.rfile.read(int(self.headers["Content-Length"]))
        with cls.lock:
            cls.at_once += 1
            cls.most = max(cls.most, cls.at_once)
        time.sleep(0.02)
        with cls.lock:
            cls.at_once -= 1
            if cls.busy > 0:
                cls.busy -= 1
                return self._send(429, {})
            if cls.answered >= cls.alive:
                self.close_connection = True
                return self.connection.close()
            cls.answered += 1
        top = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -3.0}]
        content = {"logprobs": {"content": [{"top_logprobs": top}]}, "message": {"content": "A"}}
        usage = {"prompt_tokens": 100, "completion_tokens": 1}
        return self._send(200, {"choices": [content], "usage": usage})

    def _send(self, code: int, told: Any) -> None:
        body = json.dumps(told).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[tuple[str, type[Handler]]]:
    handler = type("Own", (Handler,), {"lock": threading.Lock()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}/v1", handler
        served.shutdown()


def run(url: str, folder: Path) -> Runner:
    asking = Asking(Server(url), 4, wait=lambda _: None)
    answers = Answers(folder / "answers.jsonl")
    strategies = [load_strategy("permutations"), load_strategy("recency")]
    runner = Runner(TASK, strategies, asking, answers, lambda _: None, 4)
    try:
        runner.run()
    finally:
        answers.close()
    return runner


def kept(folder: Path) -> int:
    return len((folder / "answers.jsonl").read_text().splitlines())


def test_questions_are_in_flight_together_but_not_too_many(
    server: tuple[str, type[Handler]], tmp_path: Path
) -> None:
    url, handler = server
    runner = run(url, tmp_path)
    assert 2 <= handler.most <= 4
    assert handler.answered == kept(tmp_path) == 4 * (3 + 1)
    assert all(put.reading.errors == {"missing": 18} for put in runner.puts)


def test_a_busy_server_is_asked_again(server: tuple[str, type[Handler]], tmp_path: Path) -> None:
    url, handler = server
    handler.busy = 3
    run(url, tmp_path)
    assert (handler.busy, handler.answered) == (0, 16)


def test_a_server_that_dies_leaves_its_answers_and_one_line(
    server: tuple[str, type[Handler]], tmp_path: Path
) -> None:
    url, handler = server
    handler.alive = 7
    with pytest.raises(BadInput) as stopped:
        run(url, tmp_path)
    assert "cannot be reached" in str(stopped.value) and "\n" not in str(stopped.value)
    assert kept(tmp_path) == 7
    handler.alive = 10**9
    run(url, tmp_path)
    assert handler.answered == kept(tmp_path) == 16


def test_a_ceiling_stops_the_run_and_keeps_what_there_is(
    server: tuple[str, type[Handler]], tmp_path: Path
) -> None:
    url, _ = server
    asking = Asking(Server(url), 1, wait=lambda _: None)
    answers = Answers(tmp_path / "answers.jsonl")
    strategies = [load_strategy("zero_shot")]
    runner = Runner(TASK, strategies, asking, answers, lambda _: None, 1, most_tokens=200)
    with pytest.raises(BadInput, match="200 tokens"):
        runner.run()
    assert len(answers) == 2
    answers.close()
