"""Prompts that begin alike: how they are grouped, and that their logits stay what they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmrec.llm.shared_prefix import groups, next_logits

prompts = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=60).map(tuple), max_size=12)


@given(prompts)
def test_everybody_is_in_one_group_and_shares_its_beginning(given: list[tuple[int, ...]]) -> None:
    found = groups(given)
    assert sorted(m for group in found for m in group.members) == list(range(len(given)))
    for group in found:
        assert len({given[m][: group.shared] for m in group.members}) == 1
        assert all(len(given[m]) > group.shared for m in group.members)


def test_a_long_beginning_is_shared_and_a_short_one_is_not() -> None:
    a, b = tuple(range(100)), tuple(range(500, 600))
    asked = [(*a, 1), (*b, 1), (*a, 2), (*b, 2), (7,), (*a, 3)]
    assert sorted(group.shared for group in groups(asked)) == [0, 100, 100]


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
    assert max(group.shared for group in groups(asked)) >= 90
    found = next_logits(model, asked)
    for prompt, row in zip(asked, found, strict=True):
        alone = model(torch.tensor([prompt])).logits[0, -1]
        assert torch.allclose(row, alone, atol=1e-4)
