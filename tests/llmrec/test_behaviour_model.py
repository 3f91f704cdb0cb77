"""A model that reads people: vectors before the prompt, and without them the model as it is."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from classic.data.interactions import History
from classic.errors import BadInput
from llmrec.behaviour.pretrained import open_pretrained
from llmrec.behaviour.projector import Projector, loudness_of
from llmrec.lab.asking import Asking
from llmrec.llm.adapters import ABOUT, WEIGHTS
from llmrec.llm.behaviour_model import BehaviourModel
from llmrec.llm.choose import open_tuned
from llmrec.llm.lora_gguf import lora_gguf
from llmrec.llm.protocol import BehaviourScorer, ModelError
from llmrec.llm.soft_prompt import SoftPrompt
from llmrec.llm.transformers_model import TransformersModel
from tests.llmrec.behaviour.tiny import tiny_encoder
from tests.llmrec.lab.tiny import tiny_model

LONG = "What does this person take next among the films below? " * 3
ASKED = [
    ([{"role": "user", "content": LONG + "A or B?"}], ("A", "B")),
    ([{"role": "user", "content": LONG + "A, B or C?"}], ("A", "B", "C")),
    ([{"role": "user", "content": "Will I like Heat?"}], ("Yes", "No")),
]
PEOPLE = (History.of("heat-1995", "seven-1995"), History(), History(("fargo-1996",), (-1.0,)))


def soft_prompt(model: TransformersModel, folder: Path, tokens: int = 3) -> SoftPrompt:
    encoder, words = open_pretrained(str(tiny_encoder(folder))), model.model.get_input_embeddings()
    torch.manual_seed(1)
    loudness = 5 * loudness_of(words.weight)  # loud enough to be heard by drawn weights
    return SoftPrompt(encoder, Projector(16, tokens, words.embedding_dim, loudness))


@pytest.fixture
def plain(tmp_path: Path) -> TransformersModel:
    return tiny_model(tmp_path)


@pytest.fixture
def model(plain: TransformersModel, tmp_path: Path) -> BehaviourModel:
    return BehaviourModel.beside(plain.model, plain.tokenizer, "tiny", soft_prompt(plain, tmp_path))


@pytest.fixture
def adapter(model: BehaviourModel, tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    model.soft_prompt.save(folder)
    (folder / ABOUT).write_text(json.dumps({"base": "tiny", **model.soft_prompt.about}))
    return folder


def test_scores_are_those_after_the_vectors(model: BehaviourModel) -> None:
    asked = [one for one in ASKED for _ in PEOPLE]
    people = list(PEOPLE) * len(ASKED)
    found = model.score_people(asked, people)
    for (messages, options), person, one in zip(asked, people, found, strict=True):
        ids = model._chat(messages, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            words = model.model.get_input_embeddings()(ids)
            whole = torch.cat([model.soft_prompt([person]), words], dim=1)
            logits = model.model(inputs_embeds=whole).logits[0, -1]
        assert one.scores == pytest.approx(model._option_scores(logits, options), abs=1e-4)
        assert one.prompt_tokens == whole.shape[1] == model.count(messages)
    assert sum(one.computed_tokens for one in found) < sum(one.prompt_tokens for one in found)


def test_people_are_told_apart(model: BehaviourModel) -> None:
    a, b, c = (model.score_people([ASKED[0]], [person])[0].scores for person in PEOPLE)
    assert a != pytest.approx(b, abs=1e-5) and a != pytest.approx(c, abs=1e-5)


def test_of_nobody_the_model_says_what_it_did(
    plain: TransformersModel, model: BehaviourModel
) -> None:
    ours, theirs = model.score_many(ASKED), plain.score_many(ASKED)
    assert [one.scores for one in ours] == [one.scores for one in theirs]
    messages, options = ASKED[0]
    assert model.score_options(messages, options) == plain.score_options(messages, options)


def test_saved_and_loaded_it_says_the_same(
    plain: TransformersModel, model: BehaviourModel, adapter: Path
) -> None:
    again = open_tuned(adapter, str(plain.model.name_or_path))
    assert isinstance(again, BehaviourScorer) and isinstance(again, BehaviourModel)
    before, after = (m.score_people(ASKED, PEOPLE) for m in (model, again))
    assert [one.scores for one in after] == [one.scores for one in before]
    assert again.info.name.startswith("tiny+adapter-")


def test_what_is_not_its_own_is_refused(
    plain: TransformersModel, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = str(plain.model.name_or_path)
    other = tiny_encoder(tmp_path, seed=1)
    elsewhere = tmp_path / "other-encoder"
    shutil.copytree(adapter, elsewhere)
    shutil.copy(other, elsewhere / "encoder.npz")
    with pytest.raises(ModelError, match="another encoder"):
        open_tuned(elsewhere, source)
    (elsewhere / "encoder.npz").unlink()
    with pytest.raises(BadInput, match="no behaviour encoder"):
        open_tuned(elsewhere, source)
    wider = {k: v for k, v in load_file(adapter / WEIGHTS).items() if k != "outer.weight"}
    save_file(wider, str(adapter / WEIGHTS))
    with pytest.raises(ModelError, match="no projector"):
        open_tuned(adapter, source)
    about = json.loads((adapter / ABOUT).read_text())
    (adapter / ABOUT).write_text(json.dumps(about | {"base": "another"}))
    with pytest.raises(ModelError, match="made for another"):
        open_tuned(adapter, source)
    monkeypatch.setenv("LLMREC_LLM_URL", "http://localhost:1")
    with pytest.raises(ModelError, match="unset LLMREC_LLM_URL"):
        open_tuned(adapter, source)


def test_words_of_another_width_are_refused(model: BehaviourModel, adapter: Path) -> None:
    save_file(Projector(16, 2, 24).state_dict(), str(adapter / WEIGHTS))
    with pytest.raises(ModelError, match="words of 16 numbers"):
        open_tuned(adapter, str(model.model.name_or_path))


def test_who_cannot_read_vectors_says_so(model: BehaviourModel, adapter: Path) -> None:
    with pytest.raises(ModelError, match="only transformers"):
        lora_gguf(adapter)
    with pytest.raises(BadInput, match="cannot answer by text"):
        Asking(model).check(["options", "text"])


def test_a_prompt_has_to_leave_room_for_the_vectors(tmp_path: Path) -> None:
    short = tiny_model(tmp_path, context=64)
    model = BehaviourModel.beside(
        short.model, short.tokenizer, "tiny", soft_prompt(short, tmp_path, 20)
    )
    messages = [{"role": "user", "content": "x" * 30}]
    assert short.count(messages) < 64 and model.count(messages) > 64
    with pytest.raises(ModelError, match="does not fit"):
        model.score_people([(messages, ("A", "B"))], [History()])
