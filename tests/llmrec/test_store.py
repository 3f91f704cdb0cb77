"""The store: a turn whole or not at all, undo, no bleeding between users, nothing left behind."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import inspect, text

from classic.errors import BadInput
from llmrec.dialogue.nouns import DialogueState, Preference, Turn
from llmrec.store import Store

CANARY = "canary-7f3a9c1e-никто"


def turn(said: str = "hi", **more: object) -> Turn:
    return Turn(text=said, reply="hello", mode="rules", intent="chat", **more)  # type: ignore[arg-type]


def wish(value: str, scope: str = "now") -> Preference:
    return Preference.model_validate({"kind": "genre", "value": value, "scope": scope})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'a.sqlite'}")


def test_a_turn_is_kept_with_what_it_taught(store: Store) -> None:
    here = store.create_session("ann").session_id
    state = DialogueState(wish="space")
    learned = (wish("Drama"), wish("Western", "always"))
    store.commit_turn("ann", here, turn("space please", state=state, learned=learned))
    assert [t.text for t in store.turns("ann", here)] == ["space please"]
    assert store.state("ann", here).wish == "space"
    assert [p.value for p in store.preferences("ann", here)] == ["Drama", "Western"]
    elsewhere = store.create_session("ann").session_id
    assert [p.value for p in store.preferences("ann", elsewhere)] == ["Western"]


def test_undo_restores_state_and_profile(store: Store) -> None:
    here = store.create_session("ann").session_id
    old = wish("Drama")
    store.commit_turn("ann", here, turn("1", learned=(old,), state=DialogueState(wish="one")))
    new = wish("Comedy")
    second = turn(
        "2", learned=(new,), retired=(old.preference_id,), state=DialogueState(wish="two")
    )
    store.commit_turn("ann", here, second)
    assert [p.value for p in store.preferences("ann", here)] == ["Comedy"]
    assert store.undo("ann", here) == second
    assert [p.value for p in store.preferences("ann", here)] == ["Drama"]
    assert store.state("ann", here).wish == "one"
    store.undo("ann", here)
    assert store.preferences("ann", here) == ()
    assert store.undo("ann", here) is None


def test_rewind_takes_back_to_before_a_turn(store: Store) -> None:
    here = store.create_session("ann").session_id
    turns = [turn(str(n)) for n in range(4)]
    for one in turns:
        store.commit_turn("ann", here, one)
    assert len(store.rewind("ann", here, turns[1].turn_id)) == 3
    assert [t.text for t in store.turns("ann", here)] == ["0"]
    with pytest.raises(BadInput):
        store.rewind("ann", here, turns[1].turn_id)


def test_another_users_chat_cannot_be_touched(store: Store) -> None:
    here = store.create_session("ann").session_id
    for attempt in (
        lambda: store.commit_turn("bob", here, turn()),
        lambda: store.turns("bob", here),
        lambda: store.undo("bob", here),
        lambda: store.delete_session("bob", here),
        lambda: store.rename_session("bob", here, "mine"),
    ):
        with pytest.raises(BadInput):
            attempt()


class TwoUsers(RuleBasedStateMachine):
    """Interleaved users against plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store.open("sqlite://")
        self.here = {u: self.store.create_session(u).session_id for u in ("ann", "bob")}
        self.model: dict[str, list[Turn]] = {"ann": [], "bob": []}

    @rule(user=st.sampled_from(["ann", "bob"]), value=st.sampled_from("ABCDE"))
    def say(self, user: str, value: str) -> None:
        one = turn(value, learned=(wish(value),))
        self.store.commit_turn(user, self.here[user], one)
        self.model[user].append(one)

    @rule(user=st.sampled_from(["ann", "bob"]))
    def undo(self, user: str) -> None:
        taken = self.store.undo(user, self.here[user])
        assert taken == (self.model[user].pop() if self.model[user] else None)

    @rule(user=st.sampled_from(["ann", "bob"]))
    def erase(self, user: str) -> None:
        self.store.erase(user)
        self.here[user] = self.store.create_session(user).session_id
        self.model[user] = []

    @invariant()
    def each_sees_only_their_own(self) -> None:
        for user, said in self.model.items():
            here = self.here[user]
            assert self.store.turns(user, here) == said
            held = [p.value for p in self.store.preferences(user, here)]
            assert held == [t.text for t in said]


TwoUsers.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestTwoUsers = TwoUsers.TestCase


def test_erase_leaves_no_byte(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite'}")
    here = store.create_session("ann", title=CANARY).session_id
    other = store.create_session("bob").session_id
    store.commit_turn("bob", other, turn("keep me"))
    for n in range(30):
        learned = (wish(f"{CANARY} {n}", "always"),)
        store.commit_turn("ann", here, turn(f"{CANARY} {n}" * 20, learned=learned))
    store.undo("ann", here)
    store.erase("ann")
    left = [f for f in tmp_path.iterdir() if CANARY.encode() in f.read_bytes()]
    escaped = CANARY.encode("ascii", "backslashreplace")
    left += [f for f in tmp_path.iterdir() if escaped in f.read_bytes()]
    assert left == []
    assert [t.text for t in store.turns("bob", other)] == ["keep me"]


def test_killed_in_the_middle_loses_no_finished_turn(tmp_path: Path) -> None:
    """A process that writes turns without end is killed; every turn it reported is there, whole."""
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    writer = textwrap.dedent(
        f"""
        from llmrec.dialogue.nouns import Preference, Turn
        from llmrec.store import Store
        store = Store.open({url!r})
        here = store.create_session("ann", "s").session_id
        n = 0
        while True:
            learned = (Preference(kind="genre", value=str(n), scope="always"),)
            turn = Turn(text=str(n), reply="r" * 5000, mode="rules", intent="chat", learned=learned)
            store.commit_turn("ann", here, turn)
            print(n, flush=True)
            n += 1
        """
    )
    process = subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(15):
        reported = int(process.stdout.readline())
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    reported = max([reported, *map(int, rest)])
    store = Store.open(url)
    session = store.find_session("ann", "s")
    assert session is not None
    said = [t.text for t in store.turns("ann", session.session_id)]
    held = [p.value for p in store.preferences("ann", session.session_id)]
    assert said == held == [str(n) for n in range(len(said))]
    assert len(said) > reported


def test_many_threads_write_at_once(store: Store) -> None:
    sessions = [store.create_session(f"user{n}").session_id for n in range(10)]
    faults: list[Exception] = []

    def write(n: int) -> None:
        try:
            for _ in range(5):
                store.commit_turn(f"user{n}", sessions[n], turn())
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(len(store.turns(f"user{n}", s)) == 5 for n, s in enumerate(sessions))


def test_a_broken_file_and_one_from_the_future_are_clear_errors(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database at all, not even a little" * 50)
    with pytest.raises(BadInput, match="not a readable database"):
        Store.open(f"sqlite:///{broken}")
    url = f"sqlite:///{tmp_path / 'future.sqlite'}"
    store = Store.open(url)
    with store.engine.begin() as connection:
        connection.execute(text("update schema_version set version = 99"))
    store.close()
    with pytest.raises(BadInput, match="newer than this program"):
        Store.open(url)


def test_wishes_about_one_data_set_say_nothing_about_another(store: Store) -> None:
    films = store.create_session("ann").session_id
    games = store.create_session("ann", data="games").session_id
    store.commit_turn("ann", games, turn(learned=(wish("Strategy", "always"),)))
    store.learn("ann", "films", [wish("Western", "always")])
    assert [p.value for p in store.preferences("ann", films)] == ["Western"]
    assert [p.value for p in store.preferences("ann", games)] == ["Strategy"]
    assert [p.value for p in store.lasting("ann", "games")] == ["Strategy"]
    assert store.data_of("ann", games) == "games"
    assert set(store.export("ann")["preferences"]) == {"films", "games"}


VERSION_1 = """
CREATE TABLE sessions (session_id VARCHAR(32) NOT NULL PRIMARY KEY, user VARCHAR(200) NOT NULL,
  name VARCHAR(200), title VARCHAR(200) NOT NULL, created VARCHAR(40) NOT NULL,
  updated VARCHAR(40) NOT NULL, UNIQUE (user, name));
CREATE INDEX sessions_by_user ON sessions (user);
CREATE TABLE turns (turn_id VARCHAR(32) NOT NULL PRIMARY KEY, session_id VARCHAR(32) NOT NULL
  REFERENCES sessions (session_id) ON DELETE CASCADE, seq INTEGER NOT NULL, turn TEXT NOT NULL,
  UNIQUE (session_id, seq));
CREATE TABLE preferences (number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  preference_id VARCHAR(32) NOT NULL UNIQUE, user VARCHAR(200) NOT NULL, session_id VARCHAR(32)
  REFERENCES sessions (session_id) ON DELETE CASCADE, preference JSON NOT NULL,
  learned_by VARCHAR(32), retired_by VARCHAR(32));
CREATE INDEX preferences_by_user ON preferences (user);
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO schema_version VALUES (1);
INSERT INTO sessions VALUES ('s1', 'ann', NULL, 'An old chat', '2026', '2026');
"""


def columns(store: Store) -> dict[str, set[str]]:
    looked = inspect(store.engine)
    return {t: {c["name"] for c in looked.get_columns(t)} for t in looked.get_table_names()}


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "old.sqlite")
    old.executescript(VERSION_1)
    old.execute(
        "INSERT INTO turns VALUES ('t1', 's1', 1, ?)", (turn("from long ago").model_dump_json(),)
    )
    liked = wish("Drama", "always")
    old.execute(
        "INSERT INTO preferences VALUES (1, ?, 'ann', NULL, ?, 't1', NULL)",
        (liked.preference_id, liked.model_dump_json()),
    )
    old.commit()
    old.close()
    store = Store.open(f"sqlite:///{tmp_path / 'old.sqlite'}")
    assert [t.text for t in store.turns("ann", "s1")] == ["from long ago"]
    assert store.preferences("ann", "s1") == (liked,)
    assert store.sessions("ann")[0].data == "films"
    store.commit_turn("ann", "s1", turn("and now", learned=(wish("Comedy"),)))
    assert columns(store) == columns(Store.open("sqlite://"))
    again = Store.open(f"sqlite:///{tmp_path / 'old.sqlite'}")
    assert len(again.turns("ann", "s1")) == 2


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(BadInput, match="LLMREC_HOME"):
        Store.open(f"sqlite:///{blocked / 'deeper' / 'a.sqlite'}")


def test_export_holds_everything(store: Store) -> None:
    here = store.create_session("ann").session_id
    store.commit_turn("ann", here, turn("hello", learned=(wish("Drama", "always"),)))
    told = store.export("ann")
    assert told["preferences"]["films"][0]["value"] == "Drama"
    assert told["sessions"][0]["turns"][0]["text"] == "hello"
