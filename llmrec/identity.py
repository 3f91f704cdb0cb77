"""Who is who: optional login with hashed passwords, and a private name for everyone else."""

import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from classic.errors import BadInput
from classic.home import home

COOKIE = "llmrec_visitor"
_FREE_TRIES = 5
_LONGEST_WAIT = 300.0
_DUMMY = PasswordHasher().hash("nobody")


def anonymous_user(cookie: str) -> str:
    """The user behind a browser's random cookie; the store never holds the cookie itself."""
    return "web:" + hmac.new(_secret(), cookie.encode(), hashlib.sha256).hexdigest()[:32]


def new_cookie() -> str:
    return secrets.token_urlsafe(32)


def _secret() -> bytes:
    """A key of this installation, readable by its owner only."""
    path = home() / "secret"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
        except FileExistsError:
            pass
    return path.read_bytes()


class Users:
    """Names and password hashes in a JSON file. After a few wrong passwords a name has to wait."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hasher = PasswordHasher()
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    @classmethod
    def configured(cls) -> "Users | None":
        """The users of `$LLMREC_USERS`, or `None` when nobody has to log in."""
        named = os.environ.get("LLMREC_USERS")
        if not named:
            return None
        users = cls(Path(named))
        if not users.names():
            raise BadInput(f"{named} holds no users: add one with `llmrec users add NAME`")
        return users

    def names(self) -> list[str]:
        return sorted(self._hashes())

    def _hashes(self) -> dict[str, str]:
        if not self.path.is_file():
            return {}
        try:
            read = json.loads(self.path.read_text("utf-8"))
        except json.JSONDecodeError:
            raise BadInput(f"{self.path} is not a users file: move it away and add users") from None
        return {str(k): str(v) for k, v in read.items()}

    def add(self, name: str, password: str) -> None:
        """Adds a user or changes a password. Raises `BadInput` for one that is too short."""
        if len(password) < 8:
            raise BadInput("a password needs at least 8 characters")
        self._write(self._hashes() | {name: self._hasher.hash(password)})

    def remove(self, name: str) -> None:
        hashes = self._hashes()
        if hashes.pop(name, None) is None:
            raise BadInput(f"there is no user {name!r}")
        self._write(hashes)

    def _write(self, hashes: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(hashes, indent=1), "utf-8")
        partial.chmod(0o600)
        partial.replace(self.path)

    def check(self, name: str, password: str) -> bool:
        """Whether the password is right; an unknown name takes as long as a wrong password."""
        with self._lock:
            failed, until = self._failures.get(name, (0, 0.0))
            if time.monotonic() < until:
                return False
        try:
            self._hasher.verify(self._hashes().get(name, _DUMMY), password)
            right = name in self._hashes()
        except Argon2Error:
            right = False
        with self._lock:
            if right:
                self._failures.pop(name, None)
            else:
                wait = min(2.0 ** (failed + 1 - _FREE_TRIES), _LONGEST_WAIT)
                late = time.monotonic() + (wait if failed + 1 >= _FREE_TRIES else 0.0)
                self._failures[name] = (failed + 1, late)
        return right
