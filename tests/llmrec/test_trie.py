"""What a model may write: every text of a trie and nothing else, as likely as the plain model says,
and the likeliest found first."""

from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llmrec.llm.protocol import ModelError, TitleWriter, Usage
from llmrec.llm.transformers_model import TransformersModel
from llmrec.llm.trie import Trie, log_probabilities, write_within
from tests.llmrec.lab.tiny import tiny_model

WORDS = 12
texts_drawn = st.lists(
    st.lists(st.integers(0, 3), min_size=1, max_size=6).map(tuple), min_size=1, max_size=20
)
prompts_drawn = st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=9).map(tuple)


@cache
def small(kind: str = "llama") -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 24, "num_key_value_heads": 1}
    if kind == "gpt2":
        sizes = {"n_embd": 16, "n_layer": 2, "n_head": 2}
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, vocab_size=WORDS, **sizes)
    return AutoModelForCausalLM.from_config(config).eval()


def alone(model: Any, prompt: tuple[int, ...], text: tuple[int, ...]) -> float:
    """Over the whole sequence at once, nothing kept and nothing shared."""
    with torch.inference_mode():
        logits = model(torch.tensor([[*prompt, *text]])).logits[0].float()
    chances = torch.log_softmax(logits[len(prompt) - 1 : -1], dim=1)
    return float(chances.gather(1, torch.tensor(text)[:, None]).sum())


@given(texts_drawn)
def test_every_text_is_reached_and_nothing_else(texts: list[tuple[int, ...]]) -> None:
    trie, found = Trie.of(texts), list[tuple[tuple[int, ...], int]]()

    def walk(node: int, so_far: tuple[int, ...]) -> None:
        found.extend((so_far, place) for place in trie.ends.get(node, ()))
        assert node in trie.ends or trie.children[node]
        for token, child in trie.children[node].items():
            walk(child, (*so_far, token))

    walk(0, ())
    assert sorted(found, key=lambda pair: pair[1]) == [(t, n) for n, t in enumerate(texts)]


@given(prompts_drawn, texts_drawn)
@settings(max_examples=30, deadline=None)
def test_scores_are_those_of_each_whole_sequence(
    prompt: tuple[int, ...], texts: list[tuple[int, ...]]
) -> None:
    told = log_probabilities(small(), prompt, texts)
    assert told == pytest.approx([alone(small(), prompt, text) for text in texts], abs=1e-4)


@pytest.mark.parametrize("kind", ["gpt2", "qwen2"])
def test_scores_of_other_kinds_of_model(kind: str) -> None:
    """More texts than go through the model together, of many lengths."""
    texts = [tuple((n + k) % WORDS for k in range(1 + n % 7)) for n in range(40)]
    told = log_probabilities(small(kind), (1, 2, 3), texts)
    assert told == pytest.approx([alone(small(kind), (1, 2, 3), t) for t in texts], abs=1e-4)


@given(prompts_drawn, texts_drawn)
@settings(max_examples=30, deadline=None)
def test_a_wide_beam_finds_all_in_their_order(
    prompt: tuple[int, ...], texts: list[tuple[int, ...]]
) -> None:
    found = write_within(small(), prompt, Trie.of(texts), len(set(texts)))
    assert sorted(one.place for one in found) == list(range(len(texts)))
    told = [one.log_probability for one in found]
    assert told == sorted(told, reverse=True)
    assert told == pytest.approx([alone(small(), prompt, texts[w.place]) for w in found], abs=1e-4)


@given(prompts_drawn, texts_drawn, st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_a_narrow_beam_finds_some_of_them_as_likely_as_they_are(
    prompt: tuple[int, ...], texts: list[tuple[int, ...]], beams: int
) -> None:
    found = write_within(small(), prompt, Trie.of(texts), beams)
    assert found and len({texts[one.place] for one in found}) <= beams
    for one in found:
        assert one.log_probability == pytest.approx(
            alone(small(), prompt, texts[one.place]), abs=1e-4
        )
    assert found == write_within(small(), prompt, Trie.of(texts), beams)


def test_one_path_goes_where_each_token_is_likeliest() -> None:
    texts = [(a, b, 9) for a in range(4) for b in range(4)]
    here: tuple[int, ...] = (5, 6)
    for _ in range(2):
        nexts = {t: alone(small(), here, (t,)) for t in range(4)}
        here = (*here, max(nexts, key=lambda t: nexts[t]))
    [found] = write_within(small(), (5, 6), Trie.of(texts), 1)
    assert texts[found.place] == (*here[2:], 9)


ASKED = [{"role": "user", "content": "Which film?"}]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TransformersModel:
    return tiny_model(tmp_path_factory.mktemp("tiny"), context=80)


def test_a_model_scores_titles_with_their_ends(tiny: TransformersModel) -> None:
    """A title that another begins with is another answer."""
    assert isinstance(tiny, TitleWriter) and "titles" in tiny.info.can
    titles, usage = ["Alien", "Aliens", "Heat (1995)", "Amélie"], Usage()
    told = tiny.score_titles(ASKED, titles, usage=usage)
    assert [one.text for one in told] == titles
    assert [one.tokens for one in told] == [6, 7, 12, 8]
    prompt = tuple(tiny._chat(ASKED)["input_ids"])
    for one in told:
        text = tiny.tokenizer(one.text, add_special_tokens=False)["input_ids"]
        whole = (*text, tiny.tokenizer.eos_token_id)
        assert one.log_probability == pytest.approx(alone(tiny.model, prompt, whole), abs=1e-3)
    assert (usage.calls, usage.prompt_tokens) == (1, len(prompt) + 6 + 7 + 12 + 8)
    found = tiny.write_titles(ASKED, titles, len(titles))
    by_title = {one.text: one.log_probability for one in found}
    assert by_title == pytest.approx({t.text: t.log_probability for t in told}, abs=1e-3)


def test_what_does_not_fit_is_refused(tiny: TransformersModel) -> None:
    for ask in (tiny.score_titles, lambda m, t: tiny.write_titles(m, t, 2)):
        with pytest.raises(ModelError, match="does not fit the model's 80 tokens"):
            ask(ASKED, ["Heat", "x" * 60])


def test_a_model_whose_answers_have_no_end_writes_no_titles(tiny: TransformersModel) -> None:
    from transformers import PreTrainedTokenizerFast

    endless = PreTrainedTokenizerFast(tokenizer_object=tiny.tokenizer.backend_tokenizer)
    assert "titles" not in TransformersModel.around(tiny.model, endless, "endless").info.can
