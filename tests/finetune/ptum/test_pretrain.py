"""Pre-training in small: it learns, goes on where it was cut off, and never sees the test."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from classic.data.interactions import Interactions
from classic.errors import BadInput
from classic.train.loop import TrainConfig
from finetune.command import register
from finetune.ptum.command import read_config
from finetune.ptum.data import Split
from finetune.ptum.objectives import ObjectiveConfig
from finetune.ptum.pretrain import PretrainConfig, batches, foretold, pretrained, questions
from finetune.ptum.progress import go_on, run_of
from llmrec.behaviour.encoder import BehaviourEncoder, EncoderConfig
from llmrec.behaviour.recommender import Ptum
from llmrec.behaviour.sequences import Sequences

N = 30
ENCODER = EncoderConfig(16, 1, 2, length=8, dropout=0.0)
TRAINING = TrainConfig(30, learning_rate=1e-2, warm_up_steps=0)


def rings(n_people: int = 200, steps: int = 9) -> Interactions:
    """Everybody goes on from item to item around a ring, from somewhere on it."""
    rng = np.random.default_rng(0)
    start = rng.integers(0, N, n_people)
    items = (start[:, None] + np.arange(steps)) % N
    users = np.repeat(np.arange(n_people), steps)
    ids = tuple(map(str, range(n_people))), tuple(map(str, range(N)))
    times = np.tile(np.arange(steps), n_people)
    return Interactions(users.astype(np.int32), items.ravel().astype(np.int32), *ids, None, times)


def settings(**more: object) -> PretrainConfig:
    return replace(PretrainConfig(ENCODER, batch_size=32, training=TRAINING), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("negatives", ["all", "shared", "drawn"])
@pytest.mark.parametrize("guessed_from", ["person", "place"])
def test_it_learns_what_comes_next(negatives: str, guessed_from: str) -> None:
    told = Sequences.of(rings())
    objective = ObjectiveConfig(guessed_from=guessed_from, negatives=negatives)  # type: ignore[arg-type]
    net, epochs = pretrained(told, settings(objective=objective))
    untrained = BehaviourEncoder(N, ENCODER).eval()
    assert 1 <= epochs <= 30
    asked = questions(told, False, np.random.default_rng(1))
    assert foretold(net, *asked) > foretold(untrained, *asked) + 0.2


def test_each_objective_alone_learns() -> None:
    told = Sequences.of(rings())
    net, _ = pretrained(told, settings(objective=ObjectiveConfig(masked=0.0)))
    assert foretold(net, *questions(told, False, np.random.default_rng(1))) > 0.5
    net, epochs = pretrained(told, settings(objective=ObjectiveConfig(next=0.0)))
    assert epochs >= 1


def test_questions_are_of_what_came_next() -> None:
    told = Sequences.of(rings(5))
    before, wanted = questions(told, False, np.random.default_rng(0))
    assert len(wanted) == 5 * 8, "all moments, of which each has eight"
    last = before.items[before.bounds[1:] - 1]
    assert np.array_equal(wanted, (last + 1) % N)


def test_only_likes_are_asked_for_where_that_is_said() -> None:
    told = Sequences.of(rings(5))
    told.actions[::2] = 1
    _, wanted = questions(told, True, np.random.default_rng(0))
    liked = told.items[told.actions == 3]
    assert len(wanted) < 40 and set(wanted) <= set(liked)


def test_the_rank_is_among_what_was_not_met() -> None:
    net = BehaviourEncoder(N, ENCODER).eval()
    told = Sequences.of(rings(5))
    before, wanted = questions(told, False, np.random.default_rng(0))
    scores = Ptum.of(net, tuple(map(str, range(N)))).scores(before)
    by_hand = []
    for row in range(len(wanted)):
        met = set(before.items[before.bounds[row] : before.bounds[row + 1]])
        better = [i for i in range(N) if i not in met and scores[row, i] > scores[row, wanted[row]]]
        by_hand.append(1 / (1 + len(better)))
    assert foretold(net, before, wanted) == pytest.approx(np.mean(by_hand))


def test_who_is_cut_off_comes_to_the_same(tmp_path: Path) -> None:
    told = Sequences.of(rings(60))
    whole, _ = pretrained(told, settings(training=replace(TRAINING, epochs=4)))
    half = replace(TRAINING, epochs=2, folder=tmp_path)
    pretrained(told, settings(training=half))
    again, _ = pretrained(told, settings(training=replace(half, epochs=4)))
    for name, value in whole.state_dict().items():
        assert np.allclose(value.numpy(), again.state_dict()[name].numpy(), atol=1e-6), name


def test_who_is_killed_comes_to_the_same_loss(tmp_path: Path) -> None:
    """kill -9 in the middle of a run, which goes on in another process."""
    whole, again = [], []
    told, few = Sequences.of(rings(60)), replace(TRAINING, epochs=6)
    pretrained(told, settings(training=few), say=whole.append)
    command = [sys.executable, "-m", "tests.finetune.ptum.killed", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = [next(process.stdout) for _ in range(3)]
        process.kill()
    assert "epoch 3: loss" in said[-1]
    pretrained(told, settings(training=replace(few, folder=tmp_path)), say=again.append)
    assert again[0].startswith("  goes on after epoch ")
    assert _losses(again[1:]) == pytest.approx(_losses(whole)[-len(again[1:]) :], abs=2e-4)


def _losses(lines: list[str]) -> list[float]:
    return [float(line.split("loss ")[1].split()[0].strip(",")) for line in lines]


def test_a_killed_save_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    told = Sequences.of(rings(60))
    two = settings(training=replace(TRAINING, epochs=2, folder=tmp_path))
    pretrained(told, two)
    (tmp_path / "progress").rename(tmp_path / "progress.before")
    (tmp_path / "progress.partial").mkdir()
    said: list[str] = []
    pretrained(told, settings(training=replace(two.training, epochs=3)), say=said.append)
    assert said[0] == "  goes on after epoch 2"
    assert [path.name for path in tmp_path.iterdir()] == ["progress"]


def test_a_curve_has_the_loss_and_what_was_watched() -> None:
    drawn = []
    training = replace(TRAINING, epochs=4, look_every=2)
    pretrained(
        Sequences.of(rings(60)), settings(training=training), draw=lambda *at: drawn.append(at)
    )
    assert [(name, at) for name, _, at in drawn if name == "validation"] == [
        ("validation", 2),
        ("validation", 4),
    ]
    assert [at for name, _, at in drawn if name == "loss"] == [1, 2, 3, 4]


@pytest.mark.parametrize("protocol", ["last-two", "people"])
def test_nothing_of_the_test_reaches_pre_training(protocol: str) -> None:
    """Every behaviour of a batch, read or wanted, is one that pre-training may see."""
    whole = rings()
    split = Split.of(whole, protocol)  # type: ignore[arg-type]
    assert len(split.kept) and not set(split.seen) & set(split.kept)
    assert len(split.seen) + len(split.kept) == len(whole)
    marked = replace(whole, ratings=np.full(len(whole), 5.0, dtype=np.float32))
    marked.ratings[split.kept] = 1.0  # type: ignore[index]
    learned = Sequences.of(Split(marked, split.seen, split.kept).to_learn)
    assert (learned.actions == 3).all(), "disliked are those of the test alone"
    kept = {(int(whole.users[r]), int(whole.items[r])) for r in split.kept}
    seen = {(int(whole.users[r]), int(whole.items[r])) for r in split.seen}
    assert not kept & seen
    if protocol == "last-two":
        assert len(split.kept) == 2 * whole.n_users
        for person in range(whole.n_users):
            own = learned.items[learned.bounds[person] : learned.bounds[person + 1]]
            assert len(own) == 7
    else:
        assert set(whole.users[split.kept]).isdisjoint(whole.users[split.seen])


def test_people_of_like_length_stand_together_and_nobody_is_left_out() -> None:
    import torch

    told = Sequences.of(rings(70))
    found = list(batches(told, settings(), torch.Generator().manual_seed(0)))
    assert sum(len(batch[0]) for batch in found) == 70


def test_too_little_to_learn_from() -> None:
    few = rings(1, 1)
    with pytest.raises(BadInput, match="two behaviours"):
        pretrained(Sequences.of(few), settings())


@pytest.mark.timeout(20)
def test_one_item_for_everybody_is_refused_and_not_drawn_for_ever() -> None:
    """Whoever is kept apart may be the only one who met another item."""
    told = Sequences.of(rings(4, 3))
    told.items[:] = 5
    with pytest.raises(BadInput, match="two items"):
        pretrained(told, settings(objective=ObjectiveConfig(negatives="drawn")))


def test_progress_of_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    """It may have seen the people that this one is to be asked about."""
    first = run_of(settings(), "all", "abc")
    go_on(tmp_path / "p", first)
    go_on(tmp_path / "p", run_of(settings(training=replace(TRAINING, epochs=99)), "all", "abc"))
    others = (
        run_of(settings(), "people", "abc"),
        run_of(settings(), "all", "abd"),
        run_of(settings(objective=ObjectiveConfig(share=0.3)), "all", "abc"),
    )
    for other in others:
        with pytest.raises(BadInput, match="other settings or data"):
            go_on(tmp_path / "p", other)


def test_what_a_config_file_may_say(tmp_path: Path) -> None:
    def read(text: str) -> dict:
        path = tmp_path / "config.yaml"
        path.write_text(text, "utf-8")
        return read_config(path)

    assert read("data: films\nout: x.npz\n")["size"] == "S"
    with pytest.raises(BadInput, match="nobody knows 'sise'"):
        read("data: films\nout: x.npz\nsise: M\n")
    with pytest.raises(BadInput, match="says no 'out'"):
        read("data: films\n")
    with pytest.raises(BadInput, match="cannot be read"):
        read_config(tmp_path / "missing.yaml")


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    program = typer.Typer()
    register(program)
    path = tmp_path / "config.yaml"
    path.write_text("data: films\nout: x.npz\nsize: XL\n", "utf-8")
    result = CliRunner().invoke(program, ["ptum", "--config", str(path)])
    if result.exit_code == 2:  # one group alone is the program itself
        result = CliRunner().invoke(program, ["pretrain", "ptum", "--config", str(path)])
    assert isinstance(result.exception, BadInput)
    assert "size 'XL'" in str(result.exception)
