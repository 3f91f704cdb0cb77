"""Logins: hashed, slow to guess; visitors: private names from a cookie."""

import json
from pathlib import Path

import pytest

from classic.errors import BadInput
from llmrec.identity import Users, anonymous_user


def test_passwords_are_hashed_and_checked(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("ann", "correct horse")
    assert "correct horse" not in (tmp_path / "users.json").read_text()
    assert json.loads((tmp_path / "users.json").read_text())["ann"].startswith("$argon2")
    assert users.check("ann", "correct horse")
    assert not users.check("ann", "wrong horse")
    assert not users.check("bob", "correct horse")
    users.remove("ann")
    assert users.names() == []


def test_guessing_locks_a_name(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("ann", "correct horse")
    for _ in range(8):
        users.check("ann", "guess")
    assert not users.check("ann", "correct horse")


def test_short_passwords_and_broken_files_are_refused(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    with pytest.raises(BadInput, match="8 characters"):
        users.add("ann", "short")
    (tmp_path / "users.json").write_text("{broken")
    with pytest.raises(BadInput, match="not a users file"):
        users.names()


def test_visitors_differ_and_the_cookie_is_not_in_the_name() -> None:
    assert anonymous_user("a") == anonymous_user("a") != anonymous_user("b")
    assert "cookie-value" not in anonymous_user("cookie-value")
