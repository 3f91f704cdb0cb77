"""Preferences: the loss of the papers, learned from what a model gets wrong."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from classic.errors import BadInput
from finetune.tuning.adapters import AdapterConfig, adapted, opened
from finetune.tuning.examples import Example
from finetune.tuning.loss import AnswerLoss
from finetune.tuning.preference import Mistake, PreferenceLoss, mistakes
from finetune.tuning.tune import TuneConfig, tune
from tests.finetune.tuning.test_tuning import small, some

OPTIONS = (20, 21, 22, 23, 24)


def examples() -> list[Example]:
    """Answers of one token, one of five."""
    return [Example(one.prompt, (OPTIONS[sum(one.prompt) % 5],)) for one in some(30)]


def log_probabilities(model: torch.nn.Module, prompt: tuple[int, ...]) -> torch.Tensor:
    return model(torch.tensor([prompt])).logits[0, -1].log_softmax(0)  # type: ignore[no-any-return]


def test_mistakes_are_what_a_model_would_rather_say() -> None:
    model = small()
    found = {m.prompt: m for m in mistakes(model, examples(), OPTIONS, 2)}
    for one in examples():
        told = log_probabilities(model, one.prompt)
        best_first = sorted(OPTIONS, key=lambda t: -float(told[t]))
        if best_first[0] == one.answer[0]:
            assert one.prompt not in found
            continue
        mine = found[one.prompt]
        assert mine.rejected == tuple(t for t in best_first if t != one.answer[0])[:2]
        wanted = [float(told[t]) for t in (*one.answer, *mine.rejected)]
        assert mine.reference == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("rejected", [1, 3])
def test_the_loss_is_that_of_the_papers(rejected: int) -> None:
    found = mistakes(small(), examples(), OPTIONS, rejected)
    model = adapted(small(), AdapterConfig(rank=4))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.3)
    ours = float(PreferenceLoss(model, (), beta=0.7)(found).loss)
    theirs = 0.0
    for one in found:
        told = log_probabilities(model, one.prompt)
        moved = [
            told[t] - r for t, r in zip((*one.answer, *one.rejected), one.reference, strict=True)
        ]
        if rejected == 1:
            theirs -= float(functional.logsigmoid(0.7 * (moved[0] - moved[1])))
        else:
            gap = sum(torch.exp(0.7 * (m - moved[0])) for m in moved[1:])
            theirs -= float(functional.logsigmoid(-torch.log(torch.as_tensor(gap))))
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_mistakes_are_made_good() -> None:
    model = adapted(small(), AdapterConfig(rank=8, alpha=16))
    before = mistakes(model, examples(), OPTIONS, 3)
    config = TuneConfig(epochs=30, batch_tokens=200, learning_rate=2e-2, half_precision=False)

    def loss(of: object, shared: tuple[int, ...]) -> AnswerLoss:
        return PreferenceLoss(of, shared, beta=1.0)

    ran = tune(model, before, config, None, lambda said: None, loss=loss)
    after = mistakes(model, examples(), OPTIONS, 3)
    assert len(before) > 10 and len(after) < len(before) / 2
    assert ran["loss"] < float(torch.log(torch.tensor(4.0)))  # where it began: log(1 + rejected)


def test_what_is_no_mistake_is_refused() -> None:
    with pytest.raises(BadInput, match="mistakes"):
        PreferenceLoss(small(), (), beta=1.0)(examples())
    assert issubclass(Mistake, Example)


def test_four_bits_need_their_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finetune.tuning.adapters.find_spec", lambda name: None)
    small().save_pretrained(tmp_path)
    with pytest.raises(BadInput, match=r"llmrec\[gpu\]"):
        opened(str(tmp_path), half_precision=True, four_bits=True)


def test_an_adapter_beside_weights_of_four_bits_learns(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from llmrec.llm.llamacpp import embedded_gguf

    path = embedded_gguf()
    if path is None:
        pytest.skip("the embedded model is not installed")
    sizes = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    sizes |= {"num_key_value_heads": 1, "intermediate_size": 64, "vocab_size": 60}
    torch.manual_seed(0)
    net = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **sizes))
    net.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name).save_pretrained(tmp_path)
    model, _ = opened(str(tmp_path), half_precision=True, four_bits=True)
    assert type(model.model.layers[0].mlp.up_proj).__name__ == "Linear4bit"
    model = adapted(model, AdapterConfig(kind="qlora", rank=8, alpha=16))
    config = TuneConfig(epochs=20, batch_tokens=200, learning_rate=2e-2)
    said = tune(model, some(), config, None, lambda line: None)
    first = float(AnswerLoss(net, ())(some()).loss) / sum(len(one.answer) for one in some())
    assert said["loss"] < first - 0.3


def test_an_adapter_to_go_on_from_is_that_of_the_model(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no adapter"):
        adapted(small(), AdapterConfig(start=str(tmp_path)))
