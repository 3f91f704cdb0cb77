"""Language models: the embedded one really answers; a server's faults become one clear error."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from llmrec.errors import BadInput
from llmrec.llm.answers import option_scores, read_json
from llmrec.llm.llamacpp import LlamaCpp, embedded_gguf
from llmrec.llm.prompt_files import load_prompt, parse_prompt
from llmrec.llm.protocol import LanguageModel, ModelError, Usage
from llmrec.llm.server import Server

HELLO = [{"role": "user", "content": "Say hello."}]
SCHEMA = {
    "type": "object",
    "properties": {"pick": {"enum": ["Heat", "Casino"]}},
    "required": ["pick"],
    "additionalProperties": False,
}


def check_language_model(model: LanguageModel) -> None:
    """The contract of every backend."""
    usage = Usage()
    scores = model.score_options(HELLO, ["A", "B", "C"], usage=usage)
    assert len(scores) == 3
    assert max(scores) <= 0.0
    answer = model.generate_json(HELLO, SCHEMA, usage=usage)
    assert answer.value in ({"pick": "Heat"}, {"pick": "Casino"})
    text = "".join(model.generate_text(HELLO, max_tokens=8, usage=usage))
    assert text
    assert usage.calls == 3
    assert usage.prompt_tokens > 0


@pytest.mark.skipif(embedded_gguf() is None, reason="the embedded model is not installed")
class TestEmbedded:
    @pytest.fixture(scope="class")
    def model(self) -> LlamaCpp:
        path = embedded_gguf()
        assert path is not None
        return LlamaCpp(path, threads=2)

    def test_keeps_the_contract(self, model: LlamaCpp) -> None:
        check_language_model(model)

    def test_is_deterministic_and_streams_in_pieces(self, model: LlamaCpp) -> None:
        pieces = [list(model.generate_text(HELLO, max_tokens=12)) for _ in range(2)]
        assert "".join(pieces[0]) == "".join(pieces[1])
        assert len(pieces[0]) > 2

    def test_stops_when_the_listener_leaves(self, model: LlamaCpp) -> None:
        stream = model.generate_text(HELLO, max_tokens=500)
        assert next(iter(stream))
        stream.close()  # type: ignore[attr-defined]

    def test_a_prompt_that_cannot_fit_is_refused(self, model: LlamaCpp) -> None:
        with pytest.raises(ModelError, match="does not fit"):
            model.score_options([{"role": "user", "content": "word " * 20_000}], ["A"])

    def test_several_threads_at_once(self, model: LlamaCpp) -> None:
        answers: list[str] = []

        def ask() -> None:
            answers.append("".join(model.generate_text(HELLO, max_tokens=6)))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(set(answers)) == 1
        assert len(answers) == 4


class Fake(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that can misbehave."""

    fault = ""

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        self._send({"data": [{"id": "tiny"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.fault == "500":
            self.send_error(500)
        elif self.fault == "html":
            self._raw(b"<html>busy</html>")
        elif self.fault == "no schema" and "response_format" in asked:
            self.send_error(400)
        elif asked.get("stream"):
            self._stream(cut=self.fault == "cut")
        elif asked.get("logprobs"):
            top = [{"token": t, "logprob": p} for t, p in ((" A", -0.1), ("B", -3.0), ("x", -5.0))]
            logs = {"content": [{"top_logprobs": top}]}
            self._answer("A", logprobs=logs)
        else:
            self._answer('Sure! {"pick": "Heat"} as asked')

    def _answer(self, content: str, **more: Any) -> None:
        choice = {"message": {"role": "assistant", "content": content}, **more}
        self._send({"choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})

    def _stream(self, *, cut: bool) -> None:
        self.send_response(200)
        self.end_headers()
        for piece in ("Hel", "lo"):
            chunk = json.dumps({"choices": [{"delta": {"content": piece}}]})
            self.wfile.write(f"data: {chunk}\n\n".encode())
        if cut:
            self.wfile.write(b"data: {broken\n\n")
            return
        usage = json.dumps({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})
        self.wfile.write(f"data: {usage}\n\ndata: [DONE]\n\n".encode())

    def _send(self, told: Any) -> None:
        self._raw(json.dumps(told).encode())

    def _raw(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def url() -> Iterator[str]:
    Fake.fault = ""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def test_server_keeps_the_contract(url: str) -> None:
    check_language_model(Server(url))


def test_server_without_schemas_is_asked_in_words(url: str) -> None:
    Fake.fault = "no schema"
    answer = Server(url).generate_json(HELLO, SCHEMA)
    assert answer.value == {"pick": "Heat"}
    assert not answer.constrained


@pytest.mark.parametrize("fault", ["500", "html"])
def test_faults_are_model_errors(url: str, fault: str) -> None:
    server = Server(url)
    Fake.fault = fault
    with pytest.raises(ModelError):
        server.generate_json(HELLO, SCHEMA)


def test_a_cut_stream_is_a_model_error_after_its_first_pieces(url: str) -> None:
    server = Server(url)
    Fake.fault = "cut"
    got = []
    with pytest.raises(ModelError):
        got.extend(server.generate_text(HELLO))


def test_down_wrong_and_remote(url: str) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        Server("http://127.0.0.1:9/v1")
    with pytest.raises(ModelError, match="it serves: tiny"):
        Server(url, "huge")
    assert not Server(url).info.remote


def test_option_scores_count_blanks_and_case_together() -> None:
    top = [{"token": " A", "logprob": -1.0}, {"token": "a", "logprob": -1.0}]
    first, second = option_scores(top, ["A", "B"])
    assert first == pytest.approx(0.0)
    assert second < -10
    with pytest.raises(ModelError):
        option_scores([{"token": "x", "logprob": -1.0}], ["A"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": "}"}\n```', {"a": "}"}),
        ('so: {"a": {"b": "\\""}} done', {"a": {"b": '"'}}),
    ],
)
def test_json_is_found_in_talk(text: str, value: object) -> None:
    assert read_json(text) == value


def test_no_json_is_an_error() -> None:
    with pytest.raises(ModelError):
        read_json("no braces here {")


def test_prompts_treat_values_as_data() -> None:
    messages = load_prompt("understand_intent").messages(
        text="{{ 7*7 }} {% for x in y %}", context=["# system", "hi"]
    )
    assert [m["role"] for m in messages] == ["system", "user"]
    assert "{{ 7*7 }}" in messages[1]["content"]
    with pytest.raises(BadInput, match="text"):
        load_prompt("understand_intent").messages(context=[])


def test_a_prompt_file_may_hold_prompts_that_are_asked_before_it() -> None:
    front = "---\ntask: x\nversion: 1\nsource: s\nchannel: c\n---\n"
    body = "# plan: system\nbe brief\n# plan: user\n{{ a }}?\n# user\n{{ plan }}!\n# Not: a section"
    prompt = parse_prompt("x", front + body)
    assert prompt.first["plan"].messages(a=1) == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "1?"},
    ]
    assert prompt.variables() == {"plan"} and prompt.first["plan"].variables() == {"a"}
    assert prompt.messages(plan=2) == [{"role": "user", "content": "2!\n# Not: a section"}]
    with pytest.raises(BadInput, match="has no section"):
        parse_prompt("x", front + "# plan: user\nonly a step")


@pytest.mark.parametrize("text", ["no front", "---\ntask: x\n---\n# user\nhi", "---\n- a\n---\n"])
def test_prompt_files_without_their_front_matter_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_prompt("x", text)


@pytest.mark.skipif(embedded_gguf() is None, reason="the embedded model is not installed")
@pytest.mark.slow
class TestTransformers:
    """The same weights through transformers: the contract, and agreement with llama.cpp."""

    @pytest.fixture(scope="class")
    def model(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
        from llmrec.llm.transformers_model import TransformersModel

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LLMREC_HOME", str(tmp_path_factory.mktemp("home")))
            yield TransformersModel(str(embedded_gguf()))

    def test_keeps_the_contract(self, model: LanguageModel) -> None:
        check_language_model(model)

    def test_agrees_with_llama_cpp_about_options(self, model: LanguageModel) -> None:
        path = embedded_gguf()
        assert path is not None
        other = LlamaCpp(path, threads=2)
        asked = [{"role": "user", "content": "Is the sky blue? A: yes, B: no. Letter:"}]
        ours, theirs = (m.score_options(asked, ["A", "B", "C"]) for m in (model, other))
        assert ours.index(max(ours)) == theirs.index(max(theirs))
        assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 0.5


def test_any_langchain_chat_model_can_tell_and_give_json() -> None:
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    from llmrec.llm.langchain_model import LangChainModel

    answers = iter([AIMessage(content='{"pick": "Heat"}'), AIMessage(content="Hello there")])
    model = LangChainModel(GenericFakeChatModel(messages=answers), name="fake", remote=False)
    assert model.generate_json(HELLO, SCHEMA).value == {"pick": "Heat"}
    assert "".join(model.generate_text(HELLO)) == "Hello there"
    with pytest.raises(ModelError, match="no probabilities"):
        model.score_options(HELLO, ["A"])
    with pytest.raises(ModelError):
        list(model.generate_text(HELLO))
