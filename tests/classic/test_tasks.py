"""Several tasks at once: what is asked for, how it is measured, and a table from end to end."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from classic.evaluate.labelled import Labelled
from classic.evaluate.table_ctr import at_random, trial_of
from classic.evaluate.table_tasks import TASKS, next_and_who
from classic.evaluate.task_tables import TaskEntry, TaskTable, by_task, conflict
from classic.rank.mmoe import Mmoe, MmoeConfig, Task
from classic.rank.table import item_table
from tests.small import catalog, interactions

CATALOG = catalog()
EVENTS = interactions(CATALOG)
ITEMS = item_table(EVENTS.item_ids, CATALOG)
PEOPLE = pl.DataFrame(
    {
        "user": list(EVENTS.user_ids),
        "gender": ["F" if n % 3 else "M" for n in range(EVENTS.n_users)],
    }
)
TWO = (Task("like"), Task("stars", number=True))


def liked_and_stars() -> Labelled:
    return trial_of(EVENTS, CATALOG, None, at_random, "random", ("like", "stars"))


def test_labels_by_task() -> None:
    tasks = (Task("a"), Task("b", labels=2))
    found = by_task(tasks, np.arange(6.0).reshape(2, 3))
    assert found["a"].tolist() == [[0.0], [3.0]]
    assert found["b"].tolist() == [[1.0, 2.0], [4.0, 5.0]]


def test_moments_are_of_the_past_and_people_are_held_out_whole() -> None:
    trial = next_and_who(EVENTS, ITEMS, PEOPLE)
    assert not set(trial.users) & set(trial.validation_users)
    assert len(trial.train) + len(trial.validation) + len(trial.test) > 2 * EVENTS.n_users
    # Who a person is is the same in all of their moments, and what it was in the file.
    women = trial.test.labels[:, -1] > 0
    for user in set(trial.users):
        wanted = PEOPLE["gender"][PEOPLE["user"].to_list().index(EVENTS.user_ids[user])] == "F"
        assert (women[trial.users == user] == wanted).all()
    # The next film's genres are those of some film that the person met later.
    names = [name.removeprefix("next ") for name in trial.schema.labels[:-1]]
    asked = trial.test.labels[:, :-1] > 0
    for labels, user in zip(asked, trial.users, strict=True):
        wanted_genres = {name for name, yes in zip(names, labels, strict=True) if yes}
        own = EVENTS.items[EVENTS.users == user]
        assert any(set(ITEMS["genres"][int(item)]) == wanted_genres for item in own)


def net(*tasks: Task, labels: int) -> tuple[Mmoe, Labelled]:
    torch.manual_seed(0)
    trial = liked_and_stars()
    layout = replace(trial.schema.layout, labels=labels)
    return Mmoe(layout, MmoeConfig("none", tasks, dropout=0.0)).eval(), trial


def test_tasks_that_want_the_same_do_not_conflict_and_opposites_do() -> None:
    same, trial = net(Task("a"), Task("b"), labels=2)
    same.towers[1].load_state_dict(same.towers[0].state_dict())
    like = trial.train.labels[:, :1]
    twice = replace(trial.train, labels=np.concatenate([like, like], axis=1))
    assert conflict(same, twice) == pytest.approx({"gradient cosine": 1.0, "batches apart": 0.0})
    for tower in same.towers:
        tower[-1].bias.data.zero_()  # type: ignore[union-attr, index]
    against = replace(trial.train, labels=np.concatenate([like, 1.0 - like], axis=1))
    found = conflict(same, against)
    assert found["gradient cosine"] < 0.0
    assert found["batches apart"] == 1.0


def small_table(**entries: TaskEntry) -> TaskTable:
    def read(_: Path) -> Labelled:
        return liked_and_stars()

    return TaskTable("small", "-", ("-",), read, TWO, entries, ("auc/like",), "alone")


def test_a_row_from_end_to_end(tmp_path: Path) -> None:
    brief = MmoeConfig("none", expert=(16,), hidden=(8,))
    table = small_table(
        alone=TaskEntry((brief,), alone=True, seeds=(0,)),
        many=TaskEntry((replace(brief, gates="many", experts=2), brief), seeds=(0, 1)),
    )
    said: list[str] = []
    row = table.run("many", tmp_path, said.append)
    assert row.seeds == (0, 1)
    assert set(row.metrics) == {"auc/like", "logloss/like", "rmse/stars"} == set(row.intervals)
    low, high = row.intervals["rmse/stars"]
    assert low < row.metrics["rmse/stars"] < high + 0.2
    assert set(row.beyond) == {"gradient cosine", "batches apart"}
    assert any("on validation" in line for line in said)
    alone = table.run("alone", tmp_path, said.append)
    assert alone.beyond == {}
    assert alone.gains["auc/like"] == (0.0, (0.0, 0.0))
    assert alone.gains["rmse/stars"] == (0.0, (0.0, 0.0))
    assert row.gains["rmse/stars"][0] != 0.0


def test_who_somebody_is_has_an_interval_too(tmp_path: Path) -> None:
    """All answers about a person are alike, so that nobody has an AUC of their own."""
    trial = next_and_who(EVENTS, ITEMS, PEOPLE)
    tasks = (Task("genres", len(trial.schema.labels) - 1), Task("woman"))
    entries = {"one": TaskEntry((MmoeConfig("none", expert=(8,), hidden=(4,)),), seeds=(0,))}
    table = TaskTable("small", "-", ("-",), lambda _: trial, tasks, entries, ("auc/woman",), "one")
    row = table.run("one", tmp_path, lambda _: None)
    low, high = row.intervals["auc/woman"]
    assert low <= row.metrics["auc/woman"] <= high
    assert all(np.isfinite(v) for v in row.metrics.values())


def test_real_tables_name_what_they_read() -> None:
    for name, table in TASKS.items():
        if (folder := table.folder()) is None:
            pytest.skip(f"needs the data set {table.data}")
        trial = table.read(folder)
        assert sum(task.labels for task in table.tasks) == len(trial.schema.labels), name
