"""Fetching a data set from its owner: progress, resume, and nothing half done."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx

from classic.errors import BadInput

Progress = Callable[[int, int | None], None]
"""(bytes so far, bytes in all if known)."""


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def download(url: str, target: Path, *, md5: str | None = None, progress: Progress) -> None:
    """Fetches `url` to `target`, going on where an earlier attempt stopped.

    Raises `BadInput` when the owner's site does not answer or sends something else than it should;
    what has arrived so far stays beside the target for the next attempt.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(target.suffix + ".part")
    have = partial.stat().st_size if partial.is_file() else 0
    asked = {"Range": f"bytes={have}-"} if have else {}
    try:
        with httpx.stream("GET", url, headers=asked, follow_redirects=True, timeout=30) as answer:
            if answer.status_code == 416:
                partial.unlink()
                raise BadInput(f"{url}: the part fetched earlier does not fit; try again")
            answer.raise_for_status()
            resumed = answer.status_code == 206
            have = have if resumed else 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with partial.open("ab" if resumed else "wb") as file:
                for block in answer.iter_bytes(1 << 16):
                    file.write(block)
                    have += len(block)
                    progress(have, total)
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        raise BadInput(f"{url} answered {code}: fetch it by hand and set LLMREC_DATA") from None
    except httpx.HTTPError as error:
        raise BadInput(
            f"{url} cannot be reached ({error}); run the command again to go on, "
            "or fetch it by hand and set LLMREC_DATA to the folder it lies in"
        ) from None
    if md5 and hashlib.md5(partial.read_bytes(), usedforsecurity=False).hexdigest() != md5:
        partial.unlink()
        raise BadInput(f"{url} is not what its owner published (wrong checksum): try again")
    partial.replace(target)


def unpack(archive: Path, into: Path) -> None:
    """The files of a zip, without its folders, all of them or none. Raises `BadInput`."""
    staging = into.with_name(into.name + ".unpacking")
    staging.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as zipped:
            for member in zipped.infolist():
                if not member.is_dir():
                    (staging / Path(member.filename).name).write_bytes(zipped.read(member))
    except zipfile.BadZipFile:
        archive.unlink()
        raise BadInput(
            f"{archive.name} is damaged; it was removed, run the command again"
        ) from None
    staging.replace(into)
