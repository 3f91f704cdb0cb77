"""Any Hugging Face causal language model, in this process: by name, by path, or the embedded one.

The embedded weights come as GGUF; they are de-quantised once and kept as safetensors, because
doing it at every start takes many times as long as loading.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classic.home import home
from llmrec.llm.adapters import named
from llmrec.llm.answers import read_json
from llmrec.llm.constrained import decoded, grammar_of
from llmrec.llm.llamacpp import embedded_gguf
from llmrec.llm.protocol import JsonAnswer, Messages, ModelError, ModelInfo, Scored, Title, Usage
from llmrec.llm.shared_prefix import Tokens, next_logits
from llmrec.llm.trie import Trie, log_probabilities, write_within

_FLUENT_PARAMETERS = 8e8


class TransformersModel:
    """A `LanguageModel` over `transformers`; one generation at a time."""

    def __init__(
        self, source: str, adapter: Path | None = None, *, half_precision: bool = False
    ) -> None:
        """`source` is a hub name, a folder, or a GGUF file; `adapter` a LoRA folder (peft).

        Raises `ModelError` when the model cannot be found or loaded.
        """
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder, kind = weights_folder(source), "bfloat16" if half_precision else "float32"
        loader: Any = AutoModelForCausalLM
        name = Path(source).stem
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
            model: Any = loader.from_pretrained(folder, dtype=kind)
            if adapter is not None:
                from peft import PeftModel

                model = PeftModel.from_pretrained(model, str(adapter))
                name = f"{name}+{named(adapter)}"
        except (OSError, ValueError, ImportError) as error:
            raise ModelError(f"{source} could not be loaded: {str(error)[:200]}") from None
        self._hold(model, tokenizer, name)

    @classmethod
    def around(cls, model: Any, tokenizer: Any, name: str) -> "TransformersModel":
        """A model that is open already."""
        made = cls.__new__(cls)
        made._hold(model, tokenizer, name)
        return made

    def _hold(self, model: Any, tokenizer: Any, name: str) -> None:
        self.model, self.tokenizer = model.eval(), tokenizer
        fluent = model.num_parameters() >= _FLUENT_PARAMETERS
        # Without a token that ends an answer, a title could not be told from what it begins.
        ends = tokenizer.eos_token_id is not None
        can = frozenset({"options", "json", "text", *(["titles"] if ends else [])})
        self.info = ModelInfo(name, fluent=fluent, can=can)  # type: ignore[arg-type]
        self.context = int(getattr(model.config, "max_position_embeddings", 2048))
        self._lock = threading.Lock()

    def score_options(
        self, messages: Messages, options: Sequence[str], *, usage: Usage | None = None
    ) -> list[float]:
        """One forward pass: the logits of the last position at each option's first token."""
        import torch

        tokens = self._tokens(messages, 1)
        with self._lock, torch.inference_mode():
            logits = self.model(**tokens, logits_to_keep=1).logits[0, -1]
        if usage is not None:
            usage.add(int(tokens["input_ids"].shape[1]), 1)
        return self._option_scores(logits, options)

    def score_many(self, asked: Sequence[tuple[Messages, Sequence[str]]]) -> list[Scored]:
        """`score_options` of each, what the prompts share computed once."""
        prompts = [self._prompt(m, 1) for m, _ in asked]
        with self._lock:
            found = next_logits(self.model, prompts)
        return [
            Scored(self._option_scores(one.logits, options), len(prompt), one.computed)
            for one, prompt, (_, options) in zip(found, prompts, asked, strict=True)
        ]

    def score_titles(
        self, messages: Messages, titles: Sequence[str], *, usage: Usage | None = None
    ) -> list[Title]:
        """The prompt is computed once for all titles."""
        texts = self._whole(titles)
        prompt = self._prompt(messages, max(map(len, texts), default=0))
        with self._lock:
            told = log_probabilities(self.model, prompt, texts)
        if usage is not None:
            usage.add(len(prompt) + sum(map(len, texts)), 0)
        return [Title(t, p, len(x)) for t, p, x in zip(titles, told, texts, strict=True)]

    def write_titles(
        self, messages: Messages, titles: Sequence[str], beams: int, *, usage: Usage | None = None
    ) -> list[Title]:
        texts = self._whole(titles)
        prompt = self._prompt(messages, max(map(len, texts), default=0))
        with self._lock:
            found = write_within(self.model, prompt, Trie.of(texts), beams)
        told = [Title(titles[w.place], w.log_probability, len(texts[w.place])) for w in found]
        if usage is not None:
            usage.add(len(prompt), sum(title.tokens for title in told))
        return told

    def _whole(self, titles: Sequence[str]) -> list[Tokens]:
        """Each title as the whole of an answer, with its end."""
        texts = self.tokenizer(list(titles), add_special_tokens=False)["input_ids"]
        return [(*text, self.tokenizer.eos_token_id) for text in texts]

    def _prompt(self, messages: Messages, more: int) -> Tokens:
        return tuple(self._tokens(messages, more)["input_ids"][0].tolist())

    def count(self, messages: Messages) -> int:
        return len(self._chat(messages)["input_ids"])

    def _option_scores(self, logits: Any, options: Sequence[str]) -> list[float]:
        import torch

        first = [self.tokenizer(o, add_special_tokens=False)["input_ids"][0] for o in options]
        return [float(s) for s in torch.log_softmax(logits[first].float(), dim=0)]

    def generate_json(
        self,
        messages: Messages,
        schema: Mapping[str, object],
        *,
        max_tokens: int = 256,
        usage: Usage | None = None,
    ) -> JsonAnswer:
        """Under a grammar made of the schema (llguidance) where that is installed, else parsed."""
        import torch

        grammar = grammar_of(schema)
        if grammar is None:
            text = "".join(self.generate_text(messages, max_tokens=max_tokens, usage=usage))
            return JsonAnswer(read_json(text), constrained=False)
        prompt = self._prompt(messages, max_tokens)
        with self._lock, torch.inference_mode():
            answer = decoded(self.model, self.tokenizer, prompt, grammar, max_tokens)
        if usage is not None:
            usage.add(len(prompt), len(answer.tokens))
        text = self.tokenizer.decode(answer.tokens, skip_special_tokens=True)
        return JsonAnswer(read_json(text), True, answer.confidence)

    def generate_text(
        self,
        messages: Messages,
        *,
        max_tokens: int = 160,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        usage: Usage | None = None,
    ) -> Iterator[str]:
        return self._generate(messages, max_tokens, temperature, stop, usage)

    def _generate(
        self,
        messages: Messages,
        max_tokens: int,
        temperature: float,
        stop: Sequence[str],
        usage: Usage | None,
    ) -> Iterator[str]:
        from transformers import StoppingCriteria, TextIteratorStreamer

        tokens = self._tokens(messages, max_tokens)
        reader: Any = TextIteratorStreamer
        streamer = reader(self.tokenizer, skip_prompt=True, skip_special_tokens=True)
        left = threading.Event()
        faults: list[BaseException] = []

        class Left(StoppingCriteria):
            """Whether the listener has gone."""

            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                return left.is_set()

        def run() -> None:
            sampled = {"do_sample": True, "temperature": temperature} if temperature else {}
            try:
                with self._lock:
                    self.model.generate(
                        **tokens,
                        max_new_tokens=max_tokens,
                        streamer=streamer,
                        stopping_criteria=[Left()],
                        **(sampled or {"do_sample": False}),
                    )
            except BaseException as fault:
                faults.append(fault)
                streamer.end()

        threading.Thread(target=run, daemon=True).start()
        told = ""
        try:
            for piece in streamer:
                told += piece
                if any(mark in told for mark in stop):
                    break
                if piece:
                    yield piece
        finally:
            left.set()
        if faults:
            raise ModelError(f"{self.info.name} stopped: {faults[0]}")
        if usage is not None:
            n_told = len(self.tokenizer(told, add_special_tokens=False)["input_ids"])
            usage.add(int(tokens["input_ids"].shape[1]), n_told)

    def _tokens(self, messages: Messages, max_tokens: int) -> Any:
        tokens = self._chat(messages, return_tensors="pt")
        if tokens["input_ids"].shape[1] + max_tokens > self.context:
            raise ModelError(f"the prompt does not fit the model's {self.context} tokens")
        return tokens

    def _chat(self, messages: Messages, **form: str) -> Any:
        return self.tokenizer.apply_chat_template(
            [dict(m) for m in messages], add_generation_prompt=True, return_dict=True, **form
        )


def weights_folder(source: str) -> str:
    """The folder or hub name of a model's weights; `embedded` is the one that comes with the
    project. Raises `ModelError`."""
    if source != "embedded":
        return _unquantised(Path(source)) if source.endswith(".gguf") else source
    path = embedded_gguf()
    if path is None:
        raise ModelError("the embedded model is not installed")
    return _unquantised(path)


def _unquantised(gguf: Path) -> str:
    """The folder with the weights of a GGUF file as safetensors, made on first use."""
    if not gguf.is_file():
        raise ModelError(f"there is no model file {gguf}")
    folder = home() / "cache" / "models" / gguf.stem
    if not (folder / "config.json").is_file():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
        loader: Any = AutoModelForCausalLM
        model = loader.from_pretrained(**source, dtype="float32")
        # The weights are plain now, but the model still says it is quantised and won't be saved.
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.hf_quantizer = None
        partial = folder.with_name(folder.name + ".partial")
        model.save_pretrained(partial)
        AutoTokenizer.from_pretrained(**source).save_pretrained(partial)
        partial.replace(folder)
    return str(folder)
