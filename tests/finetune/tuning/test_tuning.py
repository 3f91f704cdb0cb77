"""Tuning: the loss is that of the answers alone, a run that is cut goes on to the same end."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from transformers import AutoConfig, AutoModelForCausalLM

from classic.errors import BadInput
from finetune.tuning.adapters import AdapterConfig, adapted
from finetune.tuning.curve import Curve
from finetune.tuning.examples import Example, batches, shared_beginning
from finetune.tuning.loss import AnswerLoss
from finetune.tuning.tune import TuneConfig, told, tune
from tests.finetune.tuning.cut import cut_off

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "vocab_size": 60,
}
tokens = st.lists(st.integers(1, 59), min_size=1, max_size=12).map(tuple)
examples_drawn = st.lists(
    st.builds(Example, tokens.map(lambda t: (7, 7, 7, *t)), tokens), min_size=1, max_size=9
)


def small() -> Any:
    torch.manual_seed(0)
    config = AutoConfig.for_model("llama", **SIZES)
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager")


def some(n: int = 24) -> list[Example]:
    """Answers that can be learned: twice what the prompt ends with."""
    rng = random.Random(3)
    found = []
    for _ in range(n):
        prompt = (5, 6, 7, *(rng.randint(10, 50) for _ in range(rng.randint(2, 9))))
        found.append(Example(prompt, (prompt[-1], prompt[-1], 2)))
    return found


@settings(deadline=None, max_examples=30)
@given(examples_drawn)
def test_the_loss_is_that_of_the_answers_alone(drawn: list[Example]) -> None:
    model = small()
    for shared in (shared_beginning(drawn), ()):
        scored = AnswerLoss(model, shared)(drawn)
        assert len(scored.right) == sum(len(one.answer) for one in drawn)
        alone = 0.0
        for one in drawn:
            whole = torch.tensor([[*one.prompt, *one.answer]])
            logits = model(whole).logits[0, len(one.prompt) - 1 : -1]
            alone += float(functional.cross_entropy(logits, whole[0, len(one.prompt) :])) * len(
                one.answer
            )
        assert float(scored.loss) == pytest.approx(alone, rel=1e-4, abs=1e-4)


def test_what_is_shared_is_learned_from_as_well() -> None:
    drawn = some(6)
    grads = []
    for shared in ((), shared_beginning(drawn)):
        model = small()
        AnswerLoss(model, shared)(drawn).loss.backward()
        grads.append(model.model.layers[0].self_attn.q_proj.weight.grad)
    assert len(shared_beginning(drawn)) == 3
    assert torch.allclose(*grads, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(examples_drawn, st.integers(30, 80))
def test_every_example_is_in_one_batch_that_holds_it(drawn: list[Example], most: int) -> None:
    made = list(batches(drawn, most, random.Random(1)))
    assert sorted((e.prompt, e.answer) for b in made for e in b) == sorted(
        (e.prompt, e.answer) for e in drawn
    )
    assert all(len(b) * max(map(len, b)) <= most for b in made)


def test_a_row_that_no_batch_holds_is_refused() -> None:
    with pytest.raises(BadInput, match="batch_tokens"):
        list(batches(some(3), 5, random.Random(0)))


def test_tuning_learns_and_only_the_adapter_moves() -> None:
    model = adapted(small(), AdapterConfig(rank=8, alpha=16))
    before = {n: p.detach().clone() for n, p in model.named_parameters() if not p.requires_grad}
    start = told(model, some())
    config = TuneConfig(epochs=30, batch_tokens=120, learning_rate=2e-2, half_precision=False)
    ran = tune(model, some(), config, None, lambda said: None)
    end = told(model, some())
    assert end.loss < start.loss and end.right > start.right + 0.3
    assert ran["tokens"] == 30 * sum(map(len, some()))
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            assert torch.equal(parameter, before[name])


@pytest.mark.parametrize("kind", ["prompt", "prefix", "lora"])
def test_an_adapter_scores_as_the_library_does(kind: Any) -> None:
    model = adapted(small(), AdapterConfig(kind=kind, rank=4, virtual_tokens=3)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.3)
    drawn = some(5)
    for shared in (shared_beginning(drawn), ()):
        ours = float(AnswerLoss(model, shared)(drawn).loss)
        theirs = 0.0
        for one in drawn:
            whole = torch.tensor([[*one.prompt, *one.answer]])
            labels = torch.tensor([[*(-100 for _ in one.prompt), *one.answer]])
            theirs += float(model(whole, labels=labels).loss) * len(one.answer)
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_a_whole_answer_is_one_with_every_token_right() -> None:
    model = small()
    found = told(model, some())
    greedy = []
    for one in some():
        ids = list(one.prompt)
        for _ in one.answer:
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        greedy.append(tuple(ids[len(one.prompt) :]) == one.answer)
    assert found.whole == sum(greedy) / len(greedy)


@pytest.mark.parametrize("kind", ["lora", "dora", "full", "prompt", "prefix"])
def test_a_run_that_was_cut_goes_on_to_the_same_end(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TuneConfig(
        epochs=3, batch_tokens=120, keep_every_minutes=0.0, half_precision=False, learning_rate=1e-2
    )

    def run(folder: Path | None) -> tuple[dict[str, float], float]:
        model = adapted(small(), AdapterConfig(kind=kind, rank=4))
        ran = tune(model, some(), config, folder, lambda said: None)
        return ran, told(model, some()).loss

    _, whole = run(None)
    cut_off(lambda: run(tmp_path / "progress"), 5, monkeypatch)
    _, resumed = run(tmp_path / "progress")
    assert resumed == pytest.approx(whole, rel=1e-5)


def test_a_clock_ends_a_run_and_no_rows_are_an_error() -> None:
    model = adapted(small(), AdapterConfig(rank=4))
    config = TuneConfig(epochs=10_000, batch_tokens=120, minutes=0.01, half_precision=False)
    assert tune(model, some(), config, None, lambda said: None)["seconds"] < 20
    with pytest.raises(BadInput, match="no rows"):
        tune(model, [], config, None, lambda said: None)


def test_a_loss_that_is_lost_is_said() -> None:
    model = adapted(small(), AdapterConfig(rank=4))
    with torch.no_grad():
        next(p for p in model.parameters() if p.requires_grad).fill_(float("nan"))
    with pytest.raises(BadInput, match="learning_rate"):
        tune(model, some(), TuneConfig(batch_tokens=120, half_precision=False), None, print)


def test_the_best_on_rows_apart_is_kept_and_a_run_stops_when_they_get_worse() -> None:
    model = adapted(small(), AdapterConfig(rank=8, alpha=16))
    apart = [Example(one.prompt, (9, 9, 2)) for one in some()]  # what is learned makes them worse
    config = TuneConfig(
        epochs=30, batch_tokens=120, learning_rate=2e-2, half_precision=False, patience=2
    )
    said = list[str]()
    ran = tune(model, some(), config, None, said.append, apart)
    assert ran["epochs"] < 30 and len(said) == ran["epochs"]
    assert told(model, apart).loss == pytest.approx(ran["loss_apart"], rel=1e-5)
    losses = [float(line.split()[3]) for line in said]
    assert min(losses) == pytest.approx(ran["loss_apart"], abs=1e-4)
    assert losses.index(min(losses)) == len(losses) - 3


def test_a_run_that_was_cut_remembers_its_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TuneConfig(
        epochs=6, batch_tokens=120, keep_every_minutes=0.0, half_precision=False, patience=3
    )

    def run(folder: Path | None) -> dict[str, float]:
        model = adapted(small(), AdapterConfig(rank=4))
        return tune(model, some(), config, folder, lambda said: None, some(8))

    whole = run(None)
    cut_off(lambda: run(tmp_path), 9, monkeypatch)
    assert run(tmp_path)["loss_apart"] == pytest.approx(whole["loss_apart"], rel=1e-5)


def test_a_curve_is_what_tensorboard_reads(tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is missing"
    )
    curve = Curve(tmp_path)
    model = adapted(small(), AdapterConfig(rank=4))
    config = TuneConfig(epochs=2, batch_tokens=120, half_precision=False)
    ran = tune(model, some(), config, None, lambda said: None, some(4), curve)
    curve.close()
    events = accumulator.EventAccumulator(str(tmp_path)).Reload()
    losses = events.Scalars("loss")
    assert losses[-1].step == ran["tokens"] and len(events.Scalars("apart")) == 2
    assert {"loss", "learning_rate", "apart"} == set(events.Tags()["scalars"])
