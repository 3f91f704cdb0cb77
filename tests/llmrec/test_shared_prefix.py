"""Prompts that begin alike: the tree they form, and that their logits stay what they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmrec.llm.shared_prefix import Branch, next_logits, tree
from llmrec.llm.trie import Trie, log_probabilities, write_within

prompts = st.lists(
    st.lists(st.integers(0, 1), min_size=1, max_size=60).map(tuple),
    min_size=1,
    max_size=12,
    unique=True,
)


@given(prompts)
def test_everybody_leaves_once_and_shares_what_is_above(asked: list[tuple[int, ...]]) -> None:
    whole = tree(asked)
    assert sorted(whole.members) == list(range(len(asked)))

    def check(branch: Branch) -> None:
        assert len({asked[m][: branch.end] for m in branch.members}) == 1
        assert all(len(asked[m]) > branch.end for m in branch.members)
        for smaller in branch.branches:
            assert smaller.start == branch.end < smaller.end
            check(smaller)

    check(whole)


def test_a_long_beginning_is_shared_and_a_short_one_is_not() -> None:
    a, b = tuple(range(100)), tuple(range(500, 600))
    asked = [(*a, 1), (*b, 1), (*a, *b, 2), (*a, *b, 3), (*b, 2), (7,), (*a, 3)]
    whole = tree(asked)
    assert whole.end == 0 and whole.leave == (5,)
    first, second = whole.branches
    assert (first.end, first.leave, second.end, second.leave) == (100, (0, 6), 100, (1, 4))
    assert [(x.end, x.leave) for x in first.branches] == [(200, (2, 3))]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen2"])
def test_logits_are_those_of_each_prompt_alone(kind: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 50}
    if kind == "gpt2":
        sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 50}
    else:
        sizes |= {"intermediate_size": 48, "num_key_value_heads": 2}
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **sizes)).eval()
    draw = torch.Generator().manual_seed(1)
    begin = torch.randint(0, 50, (90,), generator=draw).tolist()
    rests = [torch.randint(0, 50, (n,), generator=draw).tolist() for n in (1, 5, 30, 33, 2)]
    asked = [*(tuple(begin + rest) for rest in rests), tuple(rests[2]), tuple(begin + rests[1])]
    asked += [(*begin, *rests[3], 7, n) for n in range(3)]
    whole = tree(list(dict.fromkeys(asked)))
    assert [x.end for x in whole.branches] == [90]
    assert [x.end for x in whole.branches[0].branches] == [122]
    found = next_logits(model, asked)
    for prompt, one in zip(asked, found, strict=True):
        alone = model(torch.tensor([prompt])).logits[0, -1]
        assert torch.allclose(one.logits, alone, atol=1e-4)
    assert sum(one.computed for one in found) < sum(map(len, asked)) / 3
    before = torch.randint(0, 50, (3,), generator=draw).tolist()
    begun = model(torch.tensor([before]), use_cache=True).past_key_values
    for prompt, one in zip(asked, next_logits(model, asked, begun), strict=True):
        alone = model(torch.tensor([[*before, *prompt]])).logits[0, -1]
        assert torch.allclose(one.logits, alone, atol=1e-4)
    assert begun.get_seq_length() == 3, "what stands before is there for the next"


@pytest.mark.parametrize("kind", ["PromptTuningConfig", "PrefixTuningConfig"])
def test_what_was_learned_before_every_prompt_stands_there_once(kind: str) -> None:
    """The library would put it before every part that is read."""
    import peft
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 50}
    torch.manual_seed(0)
    plain = AutoModelForCausalLM.from_config(
        AutoConfig.for_model("llama", intermediate_size=48, num_key_value_heads=2, **sizes)
    )
    settings = getattr(peft, kind)(task_type="CAUSAL_LM", num_virtual_tokens=5)
    model = peft.get_peft_model(plain, settings).eval()
    with torch.no_grad():
        model.prompt_encoder["default"].embedding.weight.normal_()
    begin = tuple(n % 50 for n in range(90))
    asked = [(*begin, 1), (*begin, 2, 3), (*begin, 2, 4, 5), (7, 8)]
    for prompt, one in zip(asked, next_logits(model, asked), strict=True):
        alone = model(torch.tensor([prompt])).logits[0, -1]
        assert torch.allclose(one.logits, alone, atol=1e-4)
    texts = [(1, 2, 0), (1, 3, 4, 0), (6, 0)]
    whole = []
    for text in texts:
        chances = torch.log_softmax(model(torch.tensor([[*begin, *text]])).logits[0], dim=1)
        after = chances[-len(text) - 1 : -1]
        whole.append(float(after.gather(1, torch.tensor(text)[:, None]).sum()))
    assert log_probabilities(model, begin, texts) == pytest.approx(whole, abs=1e-4)
    found = write_within(model, begin, Trie.of(texts), 3)
    assert {one.place: one.log_probability for one in found} == pytest.approx(
        dict(enumerate(whole)), abs=1e-4
    )
