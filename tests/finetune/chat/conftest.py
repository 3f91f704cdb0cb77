"""A net that can be tuned in seconds."""

from pathlib import Path

import pytest

from llmrec.llm.llamacpp import embedded_gguf

needs_the_model = pytest.mark.skipif(
    embedded_gguf() is None, reason="the embedded model is not installed"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small net that knows nothing, with the words of the embedded model."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    path = embedded_gguf()
    assert path is not None
    folder = tmp_path_factory.mktemp("models") / "small"
    tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    tokenizer.save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    sizes |= {"num_key_value_heads": 1, "intermediate_size": 24, "vocab_size": len(tokenizer)}
    torch.manual_seed(0)
    config = AutoConfig.for_model("llama", **sizes)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder
