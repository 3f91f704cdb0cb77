"""Soft prompts of behaviour: only the projector learns, and a run that is cut goes on."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from classic.data.films import load_films
from classic.data.interactions import History
from classic.errors import BadInput
from finetune.tuning.adapters import adapted, saved
from finetune.tuning.behaviour import BehaviourConfig
from finetune.tuning.examples import Example
from finetune.tuning.loss import AnswerLoss
from finetune.tuning.tune import TuneConfig, told, tune
from llmrec.behaviour.projector import Projector
from llmrec.llm.soft_prompt import load_soft_prompt
from tests.finetune.tuning.cut import cut_off
from tests.finetune.tuning.test_tuning import small, some
from tests.llmrec.behaviour.tiny import tiny_encoder

CONFIG = TuneConfig(epochs=3, batch_tokens=120, half_precision=False, learning_rate=1e-2)


@pytest.fixture
def config(tmp_path: Path) -> BehaviourConfig:
    return BehaviourConfig(encoder=str(tiny_encoder(tmp_path)), tokens=3)


def of_people(n: int = 24) -> list[Example]:
    """The prompt tells nothing of the answer: one half of the people did one thing, and the other
    another, and what they take follows from that."""
    films = load_films().ids
    kinds = (History.of(*films[:5]), 20), (History.of(*films[300:305]), 40)
    return [
        Example(one.prompt, (kinds[n % 2][1],), history=kinds[n % 2][0])
        for n, one in enumerate(some(n))
    ]


def by_hand(model: Any, drawn: list[Example]) -> float:
    """The loss by whole sequences of vectors."""
    found = 0.0
    for one in drawn:
        whole = torch.tensor([[*one.prompt, *one.answer]])
        words = model.base.get_input_embeddings()(whole)
        vectors = model.before([one])
        labels = torch.tensor([[-100] * (3 + len(one.prompt)) + list(one.answer)])
        read = torch.cat([vectors, words], dim=1)
        found += float(model.base(inputs_embeds=read, labels=labels).loss) * len(one.answer)
    return found


def test_an_answer_is_scored_after_its_person(config: BehaviourConfig) -> None:
    model = adapted(small(), config).eval()
    drawn = of_people(9)
    assert float(AnswerLoss(model, (5, 6, 7))(drawn).loss) == pytest.approx(
        by_hand(model, drawn), rel=1e-4
    )


def test_the_projector_alone_has_gradients(config: BehaviourConfig) -> None:
    model = adapted(small(), config)
    learned = {name: p for name, p in model.named_parameters() if p.requires_grad}
    width, profile = 32, 16
    wanted = (profile + 1) * width + (width + 1) * 3 * width + width
    assert sum(p.numel() for p in learned.values()) == wanted
    assert all(name.startswith("soft_prompt.projector.") for name in learned)
    AnswerLoss(model, ())(of_people(8)).loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learned.values())
    assert all(p.grad is None for p in model.base.parameters())
    assert all(p.grad is None for p in model.soft_prompt.encoder.model.net.parameters())


def test_what_a_person_did_is_learned_from(config: BehaviourConfig) -> None:
    model = adapted(loud(), config)
    base = {name: p.clone() for name, p in model.base.named_parameters()}
    prompt = torch.tensor([of_people()[0].prompt])
    before = model.base(prompt).logits
    tune(model, of_people(), replace(CONFIG, epochs=40), None, lambda said: None)
    assert told(model, of_people()).right > 0.9
    turned = [replace(one, history=other.history) for one, other in pairs(of_people())]
    assert told(model, turned).right < 0.1, "the vectors of others tell what others take"
    assert all(torch.equal(p, base[name]) for name, p in model.base.named_parameters())
    assert torch.equal(model.base(prompt).logits, before)


def loud() -> Any:
    """A drawn model whose places hear each other."""
    model = small()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(8)
    return model


def pairs(rows: list[Example]) -> Iterator[tuple[Example, Example]]:
    yield from zip(rows, [*rows[1:], rows[0]], strict=True)


def test_a_run_that_was_cut_goes_on_to_the_same_end(
    config: BehaviourConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(CONFIG, keep_every_minutes=0.0)

    def run(folder: Path | None) -> float:
        model = adapted(small(), config)
        tune(model, of_people(), settings, folder, lambda said: None)
        return told(model, of_people()).loss

    whole = run(None)
    cut_off(lambda: run(tmp_path / "progress"), 5, monkeypatch)
    assert run(tmp_path / "progress") == pytest.approx(whole, rel=1e-5)


def test_a_model_in_half_precision_is_told_in_it(config: BehaviourConfig) -> None:
    model = adapted(small().bfloat16(), config)
    ran = tune(model, of_people(), replace(CONFIG, half_precision=True), None, lambda said: None)
    assert ran["loss"] > 0 and model.before(of_people(2)).dtype == torch.bfloat16
    assert all(p.dtype == torch.float32 for p in model.soft_prompt.parameters())


def test_what_is_saved_is_the_projector_and_its_encoder(
    config: BehaviourConfig, tmp_path: Path
) -> None:
    model, folder = adapted(small(), config), tmp_path / "adapter"
    saved(model, folder)
    files = sorted(file.name for file in folder.iterdir())
    assert files == ["adapter_model.safetensors", "encoder.json", "encoder.npz"]
    (folder / "about.json").write_text(json.dumps({"base": "small", **model.soft_prompt.about}))
    again = load_soft_prompt(folder, 32)
    people = [one.history for one in of_people(4) if one.history]
    assert torch.equal(again(people), model.soft_prompt(people))
    assert isinstance(again.projector, Projector) and again.tokens == 3


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"encoder": ""}, "names no encoder"),
        ({"encoder": "none.npz"}, "no behaviour encoder"),
        ({"encoder": "books"}, "nothing is pre-trained on books"),
        ({"tokens": 0}, "adapter.tokens"),
    ],
)
def test_bad_settings_are_said(wrong: dict[str, Any], why: str, config: BehaviourConfig) -> None:
    with pytest.raises(BadInput, match=why):
        adapted(small(), replace(config, **wrong))


def test_rows_of_nobody_are_refused(config: BehaviourConfig) -> None:
    with pytest.raises(BadInput, match="rows about people"):
        tune(adapted(small(), config), some(), CONFIG, None, lambda said: None)
